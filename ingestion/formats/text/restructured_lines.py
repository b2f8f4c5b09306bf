"""What a line of reStructuredText begins, by how it looks and what stands below it."""

import re
from collections.abc import Sequence
from typing import Final

from ingestion.formats.text.text_tables import SIMPLE_RULE

RULE: Final = re.compile(r"([!-/:-@\[-`{-~])\1{2,}\s*")
ITEM: Final = re.compile(r"([-*+\u2022\u2023]|\(?(?:\d{1,4}|#|[A-Za-z])[.)])(\s+)(?=\S)|([-*+\u2022])\s*$")
FIELD: Final = re.compile(r":(?![:\s])((?:\\.|[^:\\\n]|:(?!\s)){1,100}):(?:\s+(.*)|\s*$)")
_HEADER: Final = re.compile(r"[A-Z][\w-]{0,40}: |\s")
EXPLICIT: Final = re.compile(r"\.\.(?:\s+|$)")
NOTE: Final = re.compile(r"\.\.\s+\[([^\]\s]{1,80})\]\s*(.*)")
TARGET: Final = re.compile(r"\.\.\s+_(`?)((?:\\.|[^:`\\]|:(?!\s|$))+)\1:(?:\s+(.*)|$)|__\s")
SUBSTITUTION: Final = re.compile(r"\.\.\s+\|([^|]+)\|\s+([\w-]+)::\s*(.*)")
DIRECTIVE: Final = re.compile(r"\.\.\s+([A-Za-z][\w:+.-]{0,60}?)\s?::(?:\s+(.*)|\s*$)")
_UNNUMBERED: Final = re.compile(r"\[#\]_")
REFERENCE: Final = re.compile(r"\[([^\]\s]{1,80})\]_")


def indent_of(line: str) -> int:
    """Return how far a line is indented."""
    return len(line) - len(line.lstrip())


def indented(lines: Sequence[str], start: int, least: int = 1) -> int:
    """Return where the lines end that follow from `start` on and are indented by `least` or blank."""
    at = start
    while at < len(lines) and (not lines[at] or indent_of(lines[at]) >= least):
        at += 1
    return at


def dedented(lines: Sequence[str]) -> list[str]:
    """Return lines without the indent that all of them have, and without blank ones around them."""
    least = min((indent_of(line) for line in lines if line), default=0)
    return "\n".join(line[least:] for line in lines).strip("\n").split("\n") if any(lines) else []


def numbered_notes(lines: Sequence[str]) -> list[str]:
    """Return lines whose notes without a number have one, as have the references to them, both in their order."""
    taken = {found.group(1) for line in lines if (found := NOTE.match(line))}
    numbers = [number for number in map(str, range(1, len(lines) + len(taken) + 2)) if number not in taken]
    texts, notes = iter(numbers), iter(numbers)
    return [
        line.replace("[#]", f"[{next(notes)}]", 1)
        if line.startswith(".. [#] ")
        else _UNNUMBERED.sub(lambda _found: f"[{next(texts, '#')}]_", line)
        for line in lines
    ]


def is_title(lines: Sequence[str], at: int) -> bool:
    """Whether a section begins: a line of text with a rule below it, perhaps one above it, too."""
    if RULE.fullmatch(lines[at]):
        return at + 2 < len(lines) and bool(lines[at + 1]) and lines[at + 2] == lines[at]
    below = lines[at + 1] if at + 1 < len(lines) else ""
    return lines[at][0] != " " and RULE.fullmatch(below) is not None and len(below) >= min(len(lines[at]), 4)


def is_simple(lines: Sequence[str], at: int) -> bool:
    """Whether a table of columns below rules begins."""
    return SIMPLE_RULE.fullmatch(lines[at]) is not None and simple_end(lines, at) > at + 1


def simple_end(lines: Sequence[str], at: int) -> int:
    """Return where such a table ends: after its third rule, or after its second where a blank line follows."""
    last = at
    for number in range(at + 1, len(lines)):
        if SIMPLE_RULE.fullmatch(lines[number]):
            last = number
            if number + 1 >= len(lines) or not lines[number + 1]:
                break
    return last + 1


def is_header(lines: Sequence[str], at: int) -> bool:
    """Whether a text begins with values by name, as mail does."""
    if at != 0 or not re.match(r"[A-Z][\w-]{0,40}: ", lines[0]):
        return False
    end = next((number for number, line in enumerate(lines) if not line), len(lines))
    return end > 1 and all(_HEADER.match(f"{line} ") for line in lines[:end])


def is_item(lines: Sequence[str], at: int) -> bool:
    """Whether an item of a list begins; a letter and a full stop may be one, or an initial in a paragraph."""
    found = ITEM.match(lines[at])
    if found is None:
        return False
    below = lines[at + 1] if at + 1 < len(lines) else ""
    return not below or below[0] == " " or ITEM.match(below) is not None


def is_term(lines: Sequence[str], at: int) -> bool:
    """Whether a term begins, with what it means indented below it."""
    below = lines[at + 1] if at + 1 < len(lines) else ""
    return lines[at][0] != " " and below[:1] == " " and not lines[at].endswith("::")


def quoted(lines: Sequence[str], start: int) -> tuple[int, list[str]]:
    """Return a literal block that is not indented but begins each line with the same sign, and where it ends."""
    at = start
    while at < len(lines) and not lines[at]:
        at += 1
    first = lines[at][:1] if at < len(lines) else ""
    end = at
    while first and not first.isalnum() and end < len(lines) and lines[end].startswith(first):
        end += 1
    return (end, list(lines[at:end])) if end > at else (start, [])


def options_of(lines: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Return the options at the top of a directive's lines, and its content."""
    options: dict[str, str] = {}
    at = 0
    while at < len(lines) and (found := FIELD.match(lines[at])):
        options[found.group(1)] = found.group(2) or ""
        at += 1
    return options, dedented(lines[at:])
