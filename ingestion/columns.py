"""Building the columns of a document's tables from its text, for what is counted and added up."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, zip_longest
from typing import Final

import numpy as np

from ingestion.chunk import Piece
from tenancy.values.cells import Amount, decimal_mark, month_first, read_amount, read_moment
from tenancy.values.columns import NO_FIGURE, ColumnKind, ColumnTable, TableColumn
from tenancy.values.layout import Layout, Rows

CELL_SEPARATOR: Final = " | "
_MOST_COLUMNS: Final = 256
_MOST_UNITS: Final = 8
_LARGEST: Final = 1 << 62
_NONE: Final = np.zeros(0, np.int64)


def columns_of(text: str, layout: Layout, chunks: Sequence[Piece]) -> tuple[ColumnTable, ...]:
    """Return the tables of a text whose columns have names, with the place and the chunk of every row.

    CPU only: call it in a thread.
    """
    ends = [piece.end for piece in chunks]
    return tuple(_table(text, parts, ends) for parts in _joined(text, layout.rows) if _fits(text, parts))


def _joined(text: str, tables: Iterable[Rows]) -> Iterator[list[Rows]]:
    """Put together what stands in one go under the same names: a table that goes on on another page."""
    group: list[Rows] = []
    for rows in tables:
        if group and not _goes_on(text, group[-1], rows):
            yield group
            group = []
        group.append(rows)
    if group:
        yield group


def _goes_on(text: str, before: Rows, rows: Rows) -> bool:
    if replace(before, start=rows.start, end=rows.end) != rows:
        return False
    return text[before.end : rows.start].strip() in {"", CELL_SEPARATOR.join(rows.header)}


def _fits(text: str, parts: Sequence[Rows]) -> bool:
    first = text[parts[0].start : parts[0].end].partition("\n")[0]
    return bool(parts[0].header) and max(len(parts[0].header), first.count(CELL_SEPARATOR)) < _MOST_COLUMNS


def _table(text: str, parts: Sequence[Rows], chunk_ends: Sequence[int]) -> ColumnTable:
    lines = [line for rows in parts for line in text[rows.start : rows.end].split("\n")]
    starts = [start for rows in parts for start in _starts(text, rows)]
    last = len(chunk_ends) - 1
    ordinals = [min(bisect_right(chunk_ends, start), last) for start in starts]
    cells = list(zip_longest(*(line.split(CELL_SEPARATOR) for line in lines), fillvalue=""))[:_MOST_COLUMNS]
    header = parts[0].header
    names = [*header, *[""] * (len(cells) - len(header))]
    cells += [("",) * len(lines)] * (len(header) - len(cells))
    mark = decimal_mark(cell for column in cells for cell in set(column))
    found = tuple(_column(name, column, mark) for name, column in zip(names, cells, strict=True))
    return ColumnTable(
        parts[0].sheet, parts[0].caption, found, np.array(starts, np.uint32), np.array(ordinals, np.uint32)
    )


def _starts(text: str, rows: Rows) -> Iterator[int]:
    lengths = (len(line) + 1 for line in text[rows.start : rows.end].split("\n"))
    return (at for at in accumulate(lengths, initial=rows.start) if at < rows.end)


def _column(name: str, cells: Sequence[str], mark: str | None) -> TableColumn:
    places: dict[str, int] = {}
    codes = np.array([places.setdefault(cell, len(places)) for cell in cells], np.uint32)
    texts = tuple(places)
    plain = TableColumn(name, ColumnKind.TEXT, texts, codes, _NONE)
    filled = sum(map(bool, cells))
    return _as_figures(plain, filled, mark) or _as_moments(plain, filled) or plain


def _as_figures(column: TableColumn, filled: int, mark: str | None) -> TableColumn | None:
    """Return a column as one of figures, where at least half of its cells are."""
    own = decimal_mark(column.texts) or mark
    amounts = [read_amount(text, own) for text in column.texts]
    if not _are_most(column, amounts, filled):
        return None
    scale = max((each.scale for each in amounts if each is not None), default=0)
    scaled = [NO_FIGURE if each is None else each.digits * 10 ** (scale - each.scale) for each in amounts]
    units = tuple(dict.fromkeys(each.unit for each in amounts if each is not None))
    if len(units) > _MOST_UNITS or any(abs(figure) > _LARGEST for figure in scaled if figure != NO_FIGURE):
        return None
    unit_codes = np.array([0 if each is None else units.index(each.unit) for each in amounts], np.uint8)
    figures = np.array(scaled, np.int64)
    return replace(column, kind=ColumnKind.FIGURES, figures=figures, scale=scale, units=units, unit_codes=unit_codes)


def _as_moments(column: TableColumn, filled: int) -> TableColumn | None:
    first = month_first(column.texts)
    moments = [read_moment(text, months_first=first) for text in column.texts]
    if not _are_most(column, moments, filled):
        return None
    figures = np.array([NO_FIGURE if each is None else each for each in moments], np.int64)
    return replace(column, kind=ColumnKind.MOMENTS, figures=figures)


def _are_most(column: TableColumn, read: Sequence[Amount | int | None], filled: int) -> bool:
    known = np.array([each is not None for each in read])
    return bool(filled) and 2 * int(known[column.codes].sum()) >= filled
