"""Reading Org files as they are exported: headings, lists, tables, blocks of code, notes after their paragraph."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, final

from ingestion.chunk import BlockKind
from ingestion.formats.content import Content, Passage, Table
from ingestion.formats.encoding import declared_encoding, read_characters
from ingestion.formats.text.html import replaced
from ingestion.formats.text.restructured_lines import dedented, indent_of
from ingestion.formats.text.tables import ShownRow, table_of
from ingestion.parse.outcome import Limits

_HEADING: Final = re.compile(r"\*+\s+(\S.*)")
_KEYWORD: Final = re.compile(r"#\+(\w+):\s*(.*)", re.IGNORECASE)
_BEGIN: Final = re.compile(r"#\+begin_(\w+)", re.IGNORECASE)
_DRAWER: Final = re.compile(r":(\w[\w-]*):\s*$")
_ITEM: Final = re.compile(r"(?:([-+])|(\d{1,4}[.)]))\s+(?:(\[[ X-]\])\s+)?(?:(\S.*?)\s+::(?:\s+|$))?")
_NOTE: Final = re.compile(r"\[fn:([\w-]{1,80})\]\s*(.*)")
_REFERENCE: Final = re.compile(r"\[fn:([\w-]{1,80})(?::([^\]]*))?\]")
_LINK: Final = re.compile(r"\[\[([^\[\]]+)\](?:\[([^\[\]]+)\])?\]")
_MARK: Final = re.compile(r"(?<![\w*/=~+_])([*/=~+_])(?=\S)([^\n]*?\S)\1(?![\w*/=~+_])")
_RULE: Final = re.compile(r"\|[-+|]+\s*")
_SHOWN: Final = frozenset({"author", "date", "subtitle", "email", "description", "keywords"})
_LONGEST: Final = 2_000


def read_org(path: Path, _limits: Limits) -> Content:
    """Read an Org file, with the title that it gives itself."""
    raw = path.read_bytes()
    text, lost = read_characters(raw, declared_encoding(raw))
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(8).split("\n")]
    reader = _Lines(lines)
    blocks = reader.blocks()
    return Content(blocks, reader.title or None, warnings=replaced(lost))


@final
class _Lines:
    """The lines of a file, read block by block."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.title = ""
        self._notes: dict[str, str] = {}
        self._lines: list[str] = []
        name = ""
        for line in lines:
            if found := _NOTE.match(line):
                name, text = found.groups()
                self._notes[name] = text
            elif name and self._is_text(line):
                self._notes[name] += f" {line.strip()}"
            else:
                name = ""
                self._lines.append(line)
        self._at = 0
        self._caption = ""

    def blocks(self) -> list[Passage | Table]:
        found: list[Passage | Table] = []
        while self._at < len(self._lines):
            for source, block in self._next(self._lines[self._at]):
                found.append(block)
                for name, text in _REFERENCE.findall(source):
                    note = text or self._notes.pop(name, "")
                    found += [Passage(f"Footnote {name}: {_shown(note)}")] if note else []
        found += [Passage(f"Footnote {name}: {_shown(text)}") for name, text in self._notes.items()]
        return found

    def _next(self, line: str) -> Iterator[tuple[str, Passage | Table]]:
        """Yield the blocks that begin with `line`, each with its text as it is written; go on to what follows."""
        begun = _BEGIN.match(line.lstrip())
        if heading := _HEADING.match(line):
            self._at += 1
            yield line, Passage(_shown(heading.group(1)), BlockKind.HEADING)
        elif begun:
            yield from self._block(begun.group(1).lower())
        elif line.lstrip().startswith("#"):
            self._at += 1
            yield from self._keyword(line.lstrip())
        elif line.lstrip().startswith("|"):
            yield self._table()
        elif _DRAWER.match(line.lstrip()):
            yield from self._drawer()
        elif line.lstrip().startswith(": "):
            kept = [each.lstrip()[2:] for each in self._taken(lambda each: each.lstrip().startswith(": "))]
            yield "", Passage("\n".join(kept), BlockKind.LINES)
        elif not line:
            self._at += 1
        else:
            yield self._paragraph()

    def _block(self, kind: str) -> Iterator[tuple[str, Passage | Table]]:
        self._at += 1
        end = re.compile(rf"\s*#\+end_{re.escape(kind)}\b", re.IGNORECASE)
        inner = self._taken(lambda line: end.match(line) is None)
        self._at += 1
        if kind in {"quote", "center"}:
            yield from _Lines(inner).written()
        elif kind != "comment":
            yield "", Passage("\n".join(dedented(inner)), BlockKind.LINES)

    def written(self) -> Iterator[tuple[str, Passage | Table]]:
        """Yield the blocks with their texts as they are written."""
        while self._at < len(self._lines):
            yield from self._next(self._lines[self._at])

    def _keyword(self, line: str) -> Iterator[tuple[str, Passage | Table]]:
        found = _KEYWORD.match(line)
        if found is None:
            return  # a comment
        name, value = found.group(1).lower(), found.group(2)
        if name == "title":
            self.title = f"{self.title} {_shown(value)}".strip()
        elif name == "caption":
            self._caption = _shown(value)
        elif name in _SHOWN and value:
            yield value, Passage(f"{name.capitalize()}: {_shown(value)}")

    def _table(self) -> tuple[str, Table]:
        lines = self._taken(lambda line: line.lstrip().startswith("|"))
        rows: list[ShownRow] = []
        for number, line in enumerate(lines):
            if _RULE.fullmatch(line.strip()):
                if number == 1 and rows:
                    rows[0] = replace(rows[0], is_head=True)
            else:
                cells = [_shown(cell) for cell in line.strip().strip("|").split("|")]
                rows.append(ShownRow([(cell, 1, 1) for cell in cells]))
        caption, self._caption = self._caption, ""
        return "\n".join(lines), table_of(rows, caption)

    def _drawer(self) -> Iterator[tuple[str, Passage | Table]]:
        self._at += 1
        inner = self._taken(lambda line: line.strip().lower() != ":end:")
        self._at += 1
        values = [line.strip().lstrip(":") for line in inner if line.strip()]
        yield "", Passage("\n".join(values), BlockKind.LINES)

    def _paragraph(self) -> tuple[str, Passage]:
        first = self._lines[self._at]
        item = _ITEM.match(first.lstrip())
        depth = indent_of(first)
        self._at += 1
        following = self._taken(lambda line: self._is_text(line) and (item is None or indent_of(line) > depth))
        text = " ".join([first.strip()[item.end() :] if item else first, *following])
        label = ""
        if item:
            _bullet, number, box, term = item.groups()
            label = " ".join(filter(None, (number, box, f"{_shown(term)}:" if term else "")))
        return " ".join([first, *following]), Passage(f"{label} {_shown(text)}".strip())

    def _is_text(self, line: str) -> bool:
        start = line.lstrip()
        return (
            bool(start)
            and not (_HEADING.match(line) or start.startswith(("#", "|", ": ")) or _DRAWER.match(start))
            and not _ITEM.match(start)
        )

    def _taken(self, goes_on: Callable[[str], bool]) -> list[str]:
        start = self._at
        while self._at < len(self._lines) and goes_on(self._lines[self._at]):
            self._at += 1
        return self._lines[start : self._at]


def _shown(text: str) -> str:
    text = _LINK.sub(lambda link: link.group(2) or link.group(1), text)
    text = _REFERENCE.sub(lambda note: f"[{note.group(1)}]", text)
    if len(text) <= _LONGEST:
        text = _MARK.sub(r"\2", text)
    return " ".join(text.split())
