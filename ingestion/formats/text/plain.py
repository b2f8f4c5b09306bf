"""Reading plain text: wrapped paragraphs as paragraphs, all else line by line as it stands."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from ingestion.chunk import BlockKind
from ingestion.formats.assembly import first_line_title
from ingestion.formats.content import Content, Passage
from ingestion.formats.encoding import declared_encoding, read_characters
from ingestion.formats.text.html import replaced
from ingestion.parse.outcome import Limits

_LINE_END: Final = re.compile("\r\n?|\u2028|\u2029|\x85")
_TERMINAL: Final = re.compile("\x1b\\[[0-9;?]{0,20}[A-Za-z]|\x1b\\][^\x07\x1b]{0,200}\x07|[^\\n]\x08")
_NOTHING: Final = re.compile("[\u00ad\u200b\u2060\ufeff]")
_ITEM: Final = re.compile(r"(?:[-*+•\u2013\u2014>|#$%~=]|\d{1,3}[.)]|[(]?[a-zA-Z\d][)]|[A-Z][a-z]+:)\s")
_COLUMNS: Final = re.compile(r"[^\s.!?:;]\s{2,}\S|\t")
_NARROW: Final = 40  # a paragraph is wrapped at no less
_NARROW_EAST: Final = 20
_LONG: Final = 150  # a line that is a paragraph by itself
_MOST_UNWRAPPED: Final = 0.15  # of the lines, ended before they were full
_LETTERS: Final = 0.7
_EAST: Final = "\u2e80"


def read_text(path: Path, _limits: Limits) -> Content:
    """Read plain text in any encoding; form feeds are the ends of its pages."""
    raw = path.read_bytes()
    text, lost = read_characters(raw, declared_encoding(raw))
    text = _LINE_END.sub("\n", _NOTHING.sub("", _TERMINAL.sub("", text)))
    pages = text.strip("\f\n ").split("\f")
    numbered = len(pages) > 1
    blocks = [
        passage
        for number, page in enumerate(pages, start=1)
        for passage in text_passages(page, number if numbered else None)
    ]
    return Content(
        blocks, first_line_title(text), len(pages) if numbered else None, headings=False, warnings=replaced(lost)
    )


def text_passages(text: str, page: int | None = None) -> Iterator[Passage]:
    """Yield the paragraphs of a text, and what stands line by line in it."""
    block: list[str] = []
    for line in [*text.split("\n"), ""]:
        if line.strip():
            block.append(line.rstrip())
        elif block:
            yield from _passages(block, page)
            block = []


def _passages(lines: Sequence[str], page: int | None) -> Iterator[Passage]:
    if is_wrapped(lines):
        yield Passage(joined(lines), page=page)
        return
    kept: list[str] = []
    for line in lines:
        if len(line) > _LONG and line[0].isalpha() and line.endswith((".", "!", "?", "…", '"', "”", "。")):
            yield from _as_lines(kept, page)
            kept = []
            yield Passage(line, page=page)
        else:
            kept.append(line)
    yield from _as_lines(kept, page)


def _as_lines(lines: Sequence[str], page: int | None) -> Iterator[Passage]:
    if len(lines) == 1 and not lines[0][0].isspace():
        yield Passage(lines[0], page=page)
    elif lines:
        yield Passage("\n".join(lines), BlockKind.LINES, page)


def is_wrapped(lines: Sequence[str]) -> bool:
    """Whether `lines` are a paragraph that was cut where the next word did not fit, not lines that end on purpose."""
    width = max(map(len, lines))
    eastern = sum(line[-1] >= _EAST for line in lines) * 2 > len(lines)
    if len(lines) == 1 or width < (_NARROW_EAST if eastern else _NARROW):
        return False
    if any(line[0].isspace() for line in lines[1:]) or any(_ITEM.match(line) for line in lines[1:]):
        return False
    text = "".join(lines)
    if sum(letter.isalpha() or letter == " " for letter in text) < len(text) * _LETTERS:
        return False
    if sum(_COLUMNS.search(line.lstrip()) is not None for line in lines) * 10 > len(lines):
        return False
    early = sum(
        len(line) + (0 if following[0] >= _EAST else 1) + _first_word(following) <= width
        for line, following in pairwise(lines)
    )
    return early <= (len(lines) - 1) * _MOST_UNWRAPPED


def _first_word(line: str) -> int:
    return 1 if line[0] >= _EAST else len(line.split(maxsplit=1)[0])


def joined(lines: Sequence[str]) -> str:
    """Return wrapped lines as one: no space between ideographs, nor after a hyphen inside a word."""
    parts = [lines[0].strip()]
    for line in lines[1:]:
        clean = line.strip()
        before = parts[-1][-2:]
        hyphen = before.endswith("-") and before[:1].isalpha() and clean[:1].islower()
        eastern = before[-1:] >= _EAST and clean[:1] >= _EAST and not "\uac00" <= clean[:1] <= "\ud7a3"
        parts.append(clean if hyphen or eastern else f" {clean}")
    return "".join(parts)
