"""A sheet of a workbook of any kind, and the passages and tables that it holds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, final

from ingestion.formats.content import Passage, Table
from ingestion.formats.tables.headers import CellKind, kind_of
from ingestion.formats.tables.records import Setting, records_of
from ingestion.formats.tables.regions import Region, Rows, regions_of
from ingestion.formats.tables.spans import Area
from ingestion.parse.outcome import Limits, ParseFailed

_LONG: Final = 0.5


@final
class Room:
    """How many more letters and cells a document may have."""

    def __init__(self, limits: Limits) -> None:
        """Begin with what `limits` give."""
        self._left = limits.text_chars

    def take(self, amount: int) -> None:
        """Raise ParseFailed if there is no room for `amount` more."""
        self._left -= amount
        if self._left < 0:
            raise ParseFailed("too_large")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on a sheet: cells by row and column from 1, as they are shown and on one line each.

    `merges` are merged cells, `known` areas that are tables for certain, `filters` those with filters in their first
    row; `remarks` are comments by row and column; `others` what else is on it, such as the texts of its drawings.
    """

    name: str
    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    merges: list[Area] = field(default_factory=list)
    known: list[Area] = field(default_factory=list)
    filters: list[Area] = field(default_factory=list)
    remarks: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    others: list[Passage | Table] = field(default_factory=list)


def blocks_of(sheet: Sheet, page: int, room: Room) -> Iterator[Passage | Table]:
    """Yield what a sheet holds in reading order. Raises ParseFailed when that is more than there is room for."""
    rows: Rows = [(number, cells) for number, cells in sorted(sheet.rows.items()) if cells]
    remarks: dict[int, dict[int, list[str]]] = {}
    for (row, column), texts in sorted(sheet.remarks.items()):
        remarks.setdefault(row, {})[column] = texts
    for region in regions_of(rows, sheet.merges, sheet.known, sheet.filters):
        yield from _region_blocks(region, sheet.name, page, room, _taken(region, remarks))
    yield from (Passage(text, page=page) for row in remarks.values() for texts in row.values() for text in texts)
    yield from sheet.others


def _taken(region: Region, remarks: dict[int, dict[int, list[str]]]) -> dict[int, list[str]]:
    """Take the remarks on cells of `region` out of `remarks`, and return them by the place of its rows."""
    taken: dict[int, list[str]] = {}
    for place, (number, _) in enumerate(region.rows if remarks else ()):
        on_row = remarks.get(number, {})
        for column in [column for column in on_row if region.columns[0] <= column <= region.columns[-1]]:
            taken.setdefault(place, []).extend(on_row.pop(column))
    return taken


def _region_blocks(
    region: Region, sheet: str, page: int, room: Room, remarks: Mapping[int, Sequence[str]]
) -> Iterator[Passage | Table]:
    rows = []
    for row in region.dense():
        room.take(len(row))
        rows.append(row)
    if len(region.columns) == 1 and _is_prose([row[0] for row in rows]):
        for place, row in enumerate(rows):
            yield from (Passage(text, page=page) for text in (row[0], *remarks.get(place, ())))
        return
    setting = Setting(sheet, page, region.caption, remarks)
    yield from records_of(rows, region.header, setting, region.names)


def _is_prose(texts: Sequence[str]) -> bool:
    return len(texts) == 1 or sum(kind_of(text) is CellKind.LONG for text in texts) >= len(texts) * _LONG
