"""Reading reStructuredText as it is shown: sections, lists, tables, notes, and the content of every directive."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final, final

from ingestion.chunk import BlockKind
from ingestion.formats.content import Content, Passage, Table
from ingestion.formats.encoding import declared_encoding, read_characters
from ingestion.formats.text.elements import html_blocks
from ingestion.formats.text.html import replaced
from ingestion.formats.text.restructured_inline import shown
from ingestion.formats.text.restructured_lines import (
    DIRECTIVE,
    EXPLICIT,
    FIELD,
    ITEM,
    NOTE,
    REFERENCE,
    RULE,
    SUBSTITUTION,
    TARGET,
    dedented,
    indent_of,
    indented,
    is_header,
    is_item,
    is_simple,
    is_term,
    is_title,
    numbered_notes,
    options_of,
    quoted,
    simple_end,
)
from ingestion.formats.text.text_tables import GRID_RULE, csv_table, grid_table, list_table, simple_table
from ingestion.parse.outcome import Limits

_VERBATIM: Final = frozenset(
    {"code", "code-block", "sourcecode", "parsed-literal", "math", "prompt", "doctest", "testcode", "testoutput"}
    | {"productionlist", "graphviz", "mermaid", "console", "literalinclude"}
)
_UNSHOWN: Final = frozenset(
    {"contents", "toctree", "index", "highlight", "include", "meta", "default-role", "role", "sectnum", "target-notes"}
    | {"currentmodule", "module", "section-numbering", "tabularcolumns", "title", "default-domain", "sectionauthor"}
)
_LABELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "versionadded": "New in version",
        "versionchanged": "Changed in version",
        "deprecated": "Deprecated since version",
        "deprecated-removed": "Deprecated since version",
        **{
            name: name.capitalize()
            for name in ("note", "warning", "tip", "hint", "important", "caution", "danger", "attention", "error")
        },
        "seealso": "See also",
    }
)
_DEEP: Final = 60
_HEAD_LINES: Final = 20
_TITLE: Final = re.compile(r":?Title:\s+(\S.*)", re.IGNORECASE)

_Written = tuple[str, Passage | Table]
_Found = tuple[int, Iterator[_Written]]


def read_restructured(path: Path, _limits: Limits) -> Content:
    """Read reStructuredText in any encoding."""
    raw = path.read_bytes()
    text, lost = read_characters(raw, declared_encoding(raw))
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(8).split("\n")]
    title = next(filter(None, map(_TITLE.match, lines[:_HEAD_LINES])), None)
    return Content(_Body(lines).content(), title.group(1) if title else None, warnings=replaced(lost))


@final
class _Body:
    """A text that is being read, its notes, names and substitutions gathered first."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = numbered_notes(lines)
        self._notes: dict[str, list[str]] = {}
        self._substitutions: dict[str, str] = {}
        targets = set()
        for line in lines:
            if line.lstrip().startswith(".. _") and (target := TARGET.match(line.lstrip())) and target.group(2):
                targets.add(target.group(2).replace("\\", "").lower())
            elif line.lstrip().startswith(".. |") and (found := SUBSTITUTION.match(line.lstrip())):
                name, kind, value = found.groups()
                self._substitutions[name.lower()] = "" if kind in {"image", "date"} else value
        self._targets = frozenset(targets)

    def content(self) -> list[Passage | Table]:
        """Return the blocks of the text, each note after the first block that refers to it."""
        blocks: list[Passage | Table] = []
        for source, block in list(self._blocks(self._lines, 0)):
            blocks.append(block)
            for name in REFERENCE.findall(source) if self._notes else ():
                blocks += self._note(name)
        for name in list(self._notes):
            blocks += self._note(name)
        return blocks

    def _note(self, name: str) -> list[Passage | Table]:
        lines = self._notes.pop(name, None)
        if lines is None:
            return []
        label = f"Footnote {name.lstrip('#') or '#'}" if name[0].isdigit() or name[0] in "#*" else f"[{name}]"
        return [block for _source, block in self._labelled(f"{label}: ", lines, 1)]

    def _shown(self, text: str) -> str:
        return shown(text, self._substitutions, self._targets)

    def _blocks(self, lines: list[str], depth: int) -> Iterator[_Written]:
        """Yield the blocks of `lines`, each with its text as it is written."""
        if depth > _DEEP:
            yield "", Passage("\n".join(lines), BlockKind.LINES)
            return
        at = 0
        while at < len(lines):
            line = lines[at]
            if not line:
                at += 1
                continue
            end, found = self._block(lines, at, depth)
            yield from found
            at = max(end, at + 1)

    def _block(self, lines: list[str], at: int, depth: int) -> _Found:
        """Return where the block that begins at `at` ends, and what it holds."""
        line = lines[at]
        for begins, read in self._kinds():
            if begins(lines, at):
                return read(lines, at, depth)
        if line[0] == " ":
            end = indented(lines, at)
            return end, self._blocks(dedented(lines[at:end]), depth + 1)
        return self._paragraph(lines, at)

    def _kinds(self) -> tuple[tuple[Callable[..., object], Callable[..., _Found]], ...]:
        return (
            (is_title, self._title),
            (lambda lines, at: GRID_RULE.fullmatch(lines[at]), self._grid),
            (is_simple, self._simple),
            (lambda lines, at: RULE.fullmatch(lines[at]), lambda _lines, at, _depth: (at + 1, iter(()))),
            (lambda lines, at: EXPLICIT.match(lines[at]), self._explicit),
            (lambda lines, at: lines[at].startswith("__ "), lambda _lines, at, _depth: (at + 1, iter(()))),
            (lambda lines, at: lines[at].startswith(("| ", ">>> ")), self._kept),
            (lambda lines, at: FIELD.match(lines[at]), self._fields),
            (is_header, self._kept),
            (is_item, self._item),
            (is_term, self._definition),
        )

    def _title(self, lines: list[str], at: int, _depth: int) -> _Found:
        over = RULE.fullmatch(lines[at]) is not None
        text = lines[at + 1 if over else at].strip()
        return at + (3 if over else 2), iter([(text, Passage(self._shown(text), BlockKind.HEADING))])

    def _grid(self, lines: list[str], at: int, _depth: int) -> _Found:
        end = at
        while end < len(lines) and lines[end][:1] in {"+", "|"}:
            end += 1
        return end, iter([("\n".join(lines[at:end]), grid_table([self._in_cell(line) for line in lines[at:end]]))])

    def _simple(self, lines: list[str], at: int, _depth: int) -> _Found:
        end = simple_end(lines, at)
        return end, iter([("\n".join(lines[at:end]), simple_table(lines[at:end]))])

    def _in_cell(self, line: str) -> str:
        # The marks go, but each letter stays in its column.
        return line.replace("``", "  ").replace("**", "  ")

    def _kept(self, lines: list[str], at: int, _depth: int) -> _Found:
        end = at
        while end < len(lines) and lines[end]:
            end += 1
        part = lines[at:end]
        if lines[at].startswith("| "):
            part = [self._shown_line(line) for line in part]
        return end, iter([("\n".join(part), Passage("\n".join(part), BlockKind.LINES))])

    def _shown_line(self, line: str) -> str:
        text = line.removeprefix("|").removeprefix(" ")
        return " " * indent_of(text) + self._shown(text)

    def _fields(self, lines: list[str], at: int, _depth: int) -> _Found:
        fields: list[str] = []
        while at < len(lines) and (found := FIELD.match(lines[at])):
            end = indented(lines, at + 1)
            value = " ".join([found.group(2) or "", *(line.strip() for line in lines[at + 1 : end])])
            fields.append(f"{found.group(1)}: {self._shown(value)}".rstrip())
            at = end
        return at, iter([("\n".join(fields), Passage("\n".join(fields), BlockKind.LINES))])

    def _item(self, lines: list[str], at: int, depth: int) -> _Found:
        found = ITEM.match(lines[at])
        mark = (found.group(1) or found.group(3)) if found else ""
        width = found.end() if found else 1
        end = indented(lines, at + 1, 2 if len(mark) == 1 else min(width, 3))
        inner = [lines[at][width:], *dedented(lines[at + 1 : end])]
        label = f"{mark} " if any(map(str.isalnum, mark)) else ""
        return end, self._labelled(label, inner, depth + 1)

    def _definition(self, lines: list[str], at: int, depth: int) -> _Found:
        end = indented(lines, at + 1)
        return end, self._labelled(f"{self._shown(lines[at])}: ", dedented(lines[at + 1 : end]), depth + 1, lines[at])

    def _labelled(self, label: str, lines: list[str], depth: int, source: str = "") -> Iterator[_Written]:
        """Yield the blocks of `lines`, with a label before the first of them."""
        waiting = label
        for written, block in self._blocks(lines, depth):
            if waiting and isinstance(block, Passage) and block.kind is BlockKind.PROSE:
                yield source + written, Passage(waiting + block.text)
            else:
                if waiting.strip(": "):
                    yield source, Passage(waiting.strip(": "))
                yield written, block
            waiting = ""
        if waiting.strip(": ") and label.endswith(": "):
            yield source, Passage(waiting.strip(": "))

    def _explicit(self, lines: list[str], at: int, depth: int) -> _Found:
        line = lines[at]
        end = indented(lines, at + 1)
        inner = dedented(lines[at + 1 : end])
        note = NOTE.match(line)
        if note:
            self._notes.setdefault(note.group(1), []).extend((note.group(2), *inner))
            return end, iter(())
        directive = DIRECTIVE.match(line)
        if directive is None or SUBSTITUTION.match(line):
            return end, iter(())  # a target, a substitution, a comment
        name = directive.group(1).rpartition(":")[2].lower()
        return end, self._directive(name, (directive.group(2) or "").strip(), inner, depth + 1)

    def _directive(self, name: str, argument: str, inner: list[str], depth: int) -> Iterator[_Written]:
        options, body = options_of(inner)
        if name in _UNSHOWN:
            return
        if name in _VERBATIM:
            text = "\n".join([argument, *body] if name == "math" and argument else body)
            yield "", Passage(f"$${text}$$" if name == "math" else text, BlockKind.LINES)
        elif name in {"image", "figure"}:
            yield "", Passage(self._shown(options.get("alt", "")))
            yield from self._blocks(body, depth)
        elif name == "raw":
            yield from (("", block) for block in html_blocks("\n".join(body))[0] if argument.startswith("html"))
        elif name == "csv-table":
            yield "", csv_table(argument, options, body)
        elif name == "list-table":
            yield "", list_table(argument, options, body, self._shown)
        elif name in _LABELS:
            yield from self._labelled(f"{_LABELS[name]}: ", [argument, *inner] if argument else inner, depth)
        else:
            if argument:
                yield argument, Passage(self._shown(argument))
            yield from self._blocks(body, depth)

    def _paragraph(self, lines: list[str], at: int) -> _Found:
        end = at
        while end < len(lines) and lines[end] and not (end > at and EXPLICIT.match(lines[end])):
            end += 1
        text = " ".join(line.strip() for line in lines[at:end])
        found: list[_Written] = []
        literal = text.endswith("::")
        if literal:
            text = text[:-2] if text.endswith(" ::") or text == "::" else text[:-1]
        if text.strip():
            found.append((text, Passage(self._shown(text))))
        following = indented(lines, end)
        if literal and any(lines[end:following]):
            found.append(("", Passage("\n".join(dedented(lines[end:following])), BlockKind.LINES)))
            end = following
        elif literal:
            end, signed = quoted(lines, end)
            found += [("", Passage("\n".join(signed), BlockKind.LINES))] if signed else []
        return end, iter(found)
