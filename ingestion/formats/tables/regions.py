"""The tables of a sheet, parted from each other by blank rows and columns.

A blank row parts two tables where the rows below have a header of their own; else they go on with the table above, and
one below the names of columns parts nothing. A blank column parts two tables where both sides are tables by themselves,
or begin and end in different rows; else it is a gap within one. What the program itself calls a table is one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final

from ingestion.formats.tables.headers import SAMPLE_ROWS, CellKind, Header, find_header, kind_of
from ingestion.formats.tables.records import CAPTION_CHARS
from ingestion.formats.tables.spans import Area, by_top, named_columns

_TITLE_ROWS: Final = 3
_TITLE_GAP: Final = 2
_ROUNDS: Final = 4
_MOST_RUNS: Final = 40
_LOOK: Final = 12
_LOOK_BACK: Final = 4
_MOST_BRIDGED: Final = 50
_MOST_MERGES: Final = 100_000
_MOST: Final = 0.6

Cells = Mapping[int, str]
Rows = list[tuple[int, Cells]]
"""The rows of a sheet that hold something: their number and their cells by column, from 1."""


@dataclass(frozen=True, slots=True)
class Region:
    """A table of a sheet: its rows, its columns in order, what its header is, and the title that stands apart above."""

    rows: Rows
    columns: tuple[int, ...]
    header: Header = field(default_factory=Header)
    names: tuple[str, ...] | None = None
    caption: str = ""
    certain: bool = False
    """The program itself calls it a table."""

    @property
    def top(self) -> int:
        """The number of its first row."""
        return self.rows[0][0]

    @property
    def bottom(self) -> int:
        """The number of its last row."""
        return self.rows[-1][0]

    def dense(self, most: int | None = None) -> Iterator[list[str]]:
        """Yield the cells of its rows, of the first `most`, without blank ones at the end of a row."""
        return (_dense(cells, self.columns) for _, cells in islice(self.rows, most))


def regions_of(rows: Rows, merges: Sequence[Area], known: Sequence[Area], filters: Sequence[Area] = ()) -> list[Region]:
    """Return the tables of a sheet in reading order.

    `merges` are its merged cells, `known` its certain tables; a filter stands in the row that names columns.
    """
    taken, rest = _taken(rows, known)
    spans = by_top(merges)
    named = {area.top: area for area in filters}
    found = [_with_header(region, spans, named, area.header) for region, area in taken]
    found += [_with_header(region, spans, named) for region in _parted(rest, _bridged(merges), _ROUNDS)]
    return sorted(_joined(found), key=lambda region: (region.top, region.columns[0]))


def _dense(cells: Cells, columns: Sequence[int]) -> list[str]:
    row = [cells.get(column, "") for column in columns]
    while row and not row[-1]:
        row.pop()
    return row


def _taken(rows: Rows, known: Sequence[Area]) -> tuple[list[tuple[Region, Area]], Rows]:
    waiting = sorted(known, key=lambda area: area.top, reverse=True)
    active: list[tuple[Area, Rows]] = []
    found: list[tuple[Area, Rows]] = []
    rest: Rows = []
    for number, cells in rows:
        while waiting and waiting[-1].top <= number:
            active.append((waiting.pop(), []))
            found.append(active[-1])
        active = [each for each in active if each[0].bottom >= number]
        left = cells
        for area, mine in active:
            within = {column: text for column, text in left.items() if area.left <= column <= area.right}
            if within:
                mine.append((number, within))
                left = {column: text for column, text in left.items() if column not in within}
        if left:
            rest.append((number, left))
    return [(Region(mine, _columns(mine), certain=True), area) for area, mine in found if mine], rest


def _columns(rows: Rows) -> tuple[int, ...]:
    return tuple(sorted(set().union(*(cells.keys() for _, cells in rows))))


def _bridged(merges: Sequence[Area]) -> frozenset[int]:
    """Return the rows that a merged cell goes through, though they hold nothing themselves."""
    low = (area for area in islice(merges, _MOST_MERGES) if 0 < area.bottom - area.top <= _MOST_BRIDGED)
    return frozenset(row for area in low for row in range(area.top + 1, area.bottom + 1))


def _bands(rows: Rows, bridged: frozenset[int]) -> Iterator[Rows]:
    """Yield the runs of rows without a blank one in between, but for one below the names of columns."""
    waiting: Rows = []
    start = 0
    for place in range(1, len(rows) + 1):
        if place < len(rows) and _follows(rows[place - 1][0], rows[place][0], bridged):
            continue
        band = rows[start:place]
        start = place
        if waiting and _names_above(waiting, band):
            band = [*waiting, *band]
        elif waiting:
            yield waiting
        waiting = band
    if waiting:
        yield waiting


def _follows(before: int, number: int, bridged: frozenset[int]) -> bool:
    return number - before <= _MOST_BRIDGED and all(row in bridged for row in range(before + 1, number))


def _names_above(names: Rows, band: Rows) -> bool:
    """Whether the rows of `names` are nothing but names for the columns of `band`, which begins two rows below."""
    last = names[-1][1]
    if len(names) > _TITLE_ROWS or band[0][0] - names[-1][0] != _TITLE_GAP or len(last) <= 1:
        return False
    if any(kind_of(text) is CellKind.FIGURE for _, cells in names for text in cells.values()):
        return False
    columns = _columns(band[:SAMPLE_ROWS])
    if len(last.keys() & set(columns)) < len(columns) * _MOST:
        return False
    below = [_dense(cells, columns) for _, cells in band[:SAMPLE_ROWS]]
    return (
        not find_header(below).sure and find_header([*(_dense(cells, columns) for _, cells in names), *below]).rows > 0
    )


def _parted(rows: Rows, bridged: frozenset[int], rounds: int) -> Iterator[Region]:
    for band in _bands(rows, bridged):
        groups = _groups(band)
        if len(groups) == 1 or not rounds:
            yield Region(band, _columns(band))
            continue
        for columns in groups:
            wanted = set(columns)
            part: Rows = [(number, {c: text for c, text in cells.items() if c in wanted}) for number, cells in band]
            yield from _parted([(number, cells) for number, cells in part if cells], bridged, rounds - 1)


def _groups(band: Rows) -> list[tuple[int, ...]]:
    """Return the columns of each of the tables that stand side by side in a band of rows without a blank one."""
    columns = _columns(band)
    runs: list[list[int]] = []
    for column in columns:
        if runs and column == runs[-1][-1] + 1:
            runs[-1].append(column)
        else:
            runs.append([column])
    if len(runs) == 1 or len(runs) > _MOST_RUNS:
        return [columns]
    spans = _extents(band, runs)
    groups = [(runs[0], spans[0])]
    for run, span in zip(runs[1:], spans[1:], strict=True):
        before, extent = groups[-1]
        if _are_apart(band, before, extent, run, span):
            groups.append((run, span))
        else:
            groups[-1] = (before + run, (min(extent[0], span[0]), max(extent[1], span[1])))
    return [tuple(group) for group, _ in groups]


def _extents(band: Rows, runs: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    run_of = {column: place for place, run in enumerate(runs) for column in run}
    extents: dict[int, tuple[int, int]] = {}
    for number, cells in band:
        for place in {run_of[column] for column in cells}:
            extents[place] = (extents.get(place, (number, number))[0], number)
    return [extents[place] for place in range(len(runs))]


def _are_apart(
    band: Rows, left: Sequence[int], one: tuple[int, int], right: Sequence[int], other: tuple[int, int]
) -> bool:
    if one[0] != other[0] and one[1] != other[1]:
        return True
    if min(len(left), len(right)) == 1:
        return False
    first = [[_dense(cells, side) for _, cells in band[:SAMPLE_ROWS]] for side in (left, right)]
    headers = [find_header(rows) for rows in first]
    if not all(header.rows for header in headers):
        return False
    below = [row[0] for row in first[1][headers[1].above + headers[1].rows :] if row and row[0]]
    return sum(kind_of(cell) not in {CellKind.FIGURE, CellKind.NONE} for cell in below) * 2 > len(below)


def _with_header(
    region: Region, merges: Mapping[int, Sequence[Area]], filters: Mapping[int, Area], certain: int = 0
) -> Region:
    """Find the header of `region`; `certain` is the number of its first rows that are one."""
    if certain and len(region.rows) > certain:
        return replace(region, header=Header(0, certain, sure=True))
    for place, (number, _) in enumerate(region.rows[:_LOOK]):
        area = filters.get(number)
        if area is not None and area.left <= region.columns[-1] and area.right >= region.columns[0]:
            return replace(region, header=Header(place, 1, sure=True)) if place + 1 < len(region.rows) else region
    sample = list(region.dense(SAMPLE_ROWS))
    numbers = [number for number, _ in region.rows[: len(sample)]]
    header, names = named_columns(sample, numbers, region.columns, merges)
    return replace(region, header=header, names=names)


def _joined(regions: Sequence[Region]) -> list[Region]:
    """Join titles with the table below them, and rows without a header with the table above them."""
    joined: list[Region] = []
    for region in sorted(regions, key=lambda region: (region.top, region.columns[0])):
        nearest = range(len(joined) - 1, max(len(joined) - 1 - _LOOK_BACK, -1), -1)
        place = next((place for place in nearest if _meets(joined[place], region)), None)
        if place is None:
            joined.append(region)
            continue
        above = joined[place]
        if _is_title(above) and not _is_title(region) and region.top - above.bottom <= _TITLE_GAP:
            caption = "; ".join(text for row in above.dense() for text in row if text)
            joined[place] = replace(region, caption=caption)
        elif above.header.rows and not above.certain and not region.certain and _goes_on(above, region):
            above.rows.extend(region.rows)
        else:
            joined.append(region)
    return joined


def _meets(above: Region, below: Region) -> bool:
    return above.bottom < below.top and above.columns[0] <= below.columns[-1] and above.columns[-1] >= below.columns[0]


def _is_title(region: Region) -> bool:
    if len(region.rows) > _TITLE_ROWS or any(len(cells) > 1 for _, cells in region.rows):
        return False
    return sum(len(text) for _, cells in region.rows for text in cells.values()) <= CAPTION_CHARS


def _goes_on(above: Region, below: Region) -> bool:
    if not set(below.columns) <= set(above.columns) or (below.header.rows and below.header.sure):
        return False
    if below.header.rows and below.columns != above.columns:
        return False
    return any(len(cells) > 1 for _, cells in below.rows)
