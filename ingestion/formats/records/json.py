"""Reading JSON: numbers as they are written, lists of alike objects as tables, all else as lines `name: value`."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from ingestion.chunk import BlockKind
from ingestion.formats.content import Content, Passage, ReadingWarning, Table, TableRow, WarningCode
from ingestion.formats.encoding import read_characters
from ingestion.formats.text.html import replaced
from ingestion.parse.outcome import Limits, ParseFailed

_ASIDE: Final = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|/\*.*?\*/|,(?=(?:\s|//[^\n]*\n|/\*.*?\*/)*[}\]])', re.DOTALL)
_LONG: Final = 300  # such a value is text, not a cell or a line
_MOST_COLUMNS: Final = 60
_ALIKE: Final = 0.6  # of the cells filled
_TWO: Final = 2

Pairs = list[tuple[str, object]]


class _Members:
    """The members of an object in their order, names that stand twice with all of their values."""

    def __init__(self, pairs: Pairs) -> None:
        self.pairs = pairs


def read_json(path: Path, _limits: Limits) -> Content:
    """Read JSON, also with comments and commas too many; several values one after the other as those of a list."""
    text, lost = read_characters(path.read_bytes())
    try:
        value = _parsed(text)
    except json.JSONDecodeError:
        return _read_lines(text, lost)
    return Content(list(json_blocks(value)), headings=False, warnings=replaced(lost))


def read_ndjson(path: Path, _limits: Limits) -> Content:
    """Read a JSON value a line; a line that is none is left out with a warning."""
    text, lost = read_characters(path.read_bytes())
    return _read_lines(text, lost)


def json_blocks(value: object) -> Iterator[Passage | Table]:
    """Yield what a JSON value holds, as it was parsed by `parsed`."""
    texts = _element_texts(value)
    if texts:
        yield from map(Passage, texts)
    else:
        yield from _blocks(value, "")


def _read_lines(text: str, lost: int) -> Content:
    values: list[object] = []
    warnings: list[ReadingWarning] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            values.append(_parsed(line))
        except (json.JSONDecodeError, RecursionError):
            warnings.append(ReadingWarning(WarningCode.RECORD_UNREAD, part=f"line {number}"))
    parts = len(values) + len(warnings)
    if len(values) <= len(warnings):  # not a value a line
        try:
            values, warnings, parts = _one_after_the_other(text), [], 1
        except json.JSONDecodeError as error:
            if not any(isinstance(value, _Members | list) for value in values):
                raise ParseFailed("damaged") from error
    return Content(list(json_blocks(values)), headings=False, parts=parts, warnings=[*replaced(lost), *warnings])


def _parsed(text: str) -> object:
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError:
        if text.rfind("/*") > text.rfind("*/"):
            raise  # a comment without end; looking for that of each would take for ever
        return _DECODER.decode(_ASIDE.sub(lambda found: found.group() if found.group()[0] == '"' else " ", text))


def _one_after_the_other(text: str) -> list[object]:
    values, position = [], 0
    while position < len(text):
        if text[position].isspace() or text[position] == ",":
            position += 1
            continue
        value, position = _DECODER.raw_decode(text, position)
        values.append(value)
    if not any(isinstance(value, _Members | list) for value in values):
        raise json.JSONDecodeError("no object", text, 0)
    return values


# Numbers stay as they are written: 1.10 is not 1.1, and an id of twenty digits has no exact float.
_DECODER: Final = json.JSONDecoder(
    parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_Members, strict=False
)


def _blocks(value: object, name: str) -> Iterator[Passage | Table]:
    """Yield the blocks of a value called `name`: what stands side by side in it is one record."""
    lines: list[str] = []
    for path, member in _members(value, name):
        if isinstance(member, list) or (isinstance(member, str) and len(member) > _LONG):
            yield from _record(lines)
            lines = []
            yield from _list(member, path) if isinstance(member, list) else (Passage(_line(path, member)),)
        elif member:
            lines.append(_line(path, str(member)))
    yield from _record(lines)


def _members(value: object, name: str) -> Iterator[tuple[str, object]]:
    """Yield the values in `value` with their paths; a list as it is, unless it is one of plain values."""
    if isinstance(value, _Members):
        for key, member in value.pairs:
            yield from _members(member, f"{name}.{key}" if name else key)
    elif isinstance(value, list) and (plain := _plain(value)) is not None:
        yield name, plain
    else:
        yield name, value if isinstance(value, list) else _written(value)


def _list(members: list[object], name: str) -> Iterator[Passage | Table]:
    table = _table(members, name)
    if table is not None:
        yield table
        return
    for number, member in enumerate(members, start=1):
        yield from _blocks(member, f"{name}.{number}" if name else "")


def _record(lines: Sequence[str]) -> Iterator[Passage]:
    if lines:
        yield Passage("\n".join(lines), BlockKind.LINES if len(lines) > 1 else BlockKind.PROSE)


def _line(name: str, value: str) -> str:
    clean = value if len(value) > _LONG else " ".join(value.split())
    return f"{name}: {clean}" if name else clean


def _table(members: Sequence[object], name: str) -> Table | None:
    """Return objects that have nearly the same members, each a plain value, as a table; None for others."""
    if len(members) < _TWO or not all(isinstance(member, _Members) for member in members):
        return None
    rows: list[dict[str, str]] = []
    columns: dict[str, None] = {}
    for member in members:
        row: dict[str, str] = {}
        for path, value in _members(member, ""):
            if not isinstance(value, str) or len(value) > _LONG:
                return None
            row[path] = f"{row[path]}, {value}" if path in row else value
        rows.append(row)
        columns |= dict.fromkeys(row)
        if len(columns) > _MOST_COLUMNS:
            return None
    if sum(map(len, rows)) < _ALIKE * len(rows) * len(columns) or not columns:
        return None
    cells = tuple(TableRow(tuple(row.get(column, "") for column in columns)) for row in rows)
    return Table(cells, tuple(columns), name)


def _plain(values: Sequence[object]) -> str | None:
    """Return plain values, and lists of these, in one line; None where an object is among them."""
    parts = []
    for value in values:
        if isinstance(value, list):
            inner = _plain(value)
            if inner is None:
                return None
            parts.append(f"[{inner}]")
        elif isinstance(value, _Members):
            return None
        elif written := _written(value):
            parts.append(written)
    return ", ".join(parts)


def _written(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _element_texts(value: object) -> list[str]:
    """Return the texts of the elements that unstructured writes, which are the document then; else nothing."""
    texts: list[str] = []
    for member in value if isinstance(value, list) else ():
        fields = dict(member.pairs) if isinstance(member, _Members) else {}
        text = fields.get("text")
        if not isinstance(text, str) or not {"element_id", "type"} <= fields.keys():
            return []
        texts.append(text)
    return texts
