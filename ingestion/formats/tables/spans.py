"""The names of columns in a header of several rows, whose cells are merged or stand for groups of columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ingestion.formats.tables.headers import CellKind, Header, column_names, find_header, kind_of

_HEADER_ROWS: Final = 5


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of cells, borders included, from 1; a `header` of rows at its top holds names for certain."""

    top: int
    left: int
    bottom: int
    right: int
    header: int = 0


def by_top(merges: Sequence[Area]) -> Mapping[int, Sequence[Area]]:
    """Return merged cells by the number of their first row."""
    found: dict[int, list[Area]] = {}
    for area in merges:
        found.setdefault(area.top, []).append(area)
    return found


def named_columns(
    sample: Sequence[Sequence[str]],
    numbers: Sequence[int],
    columns: Sequence[int],
    merges: Mapping[int, Sequence[Area]],
) -> tuple[Header, tuple[str, ...] | None]:
    """Return the header of a region, and its names where they are not simply what stands above each other.

    `sample` are its first rows, `numbers` and `columns` those of its cells, `merges` the sheet's by their first row.
    """
    start = next((place for place, row in enumerate(sample) if sum(map(bool, row)) > 1), 0)
    depth = _merged_depth(numbers, start, columns, merges)
    if depth > 1 and start + depth < len(sample):
        filled = _filled(numbers[start : start + depth], sample[start : start + depth], columns, merges)
        names = column_names(filled, groups=False)
        found = find_header([names, *sample[start + depth :]])
        if (found.rows and not found.above) or all(kind_of(name) is not CellKind.FIGURE for name in names):
            return Header(start, depth, found.sure), names
    header = find_header(sample)
    if not header.groups:
        return header, None
    end = header.above + header.rows
    return header, column_names(_grouped(sample[header.above : end], columns), groups=False)


def _merged_depth(
    numbers: Sequence[int], start: int, columns: Sequence[int], merges: Mapping[int, Sequence[Area]]
) -> int:
    """Return how many rows from `start` on merged cells hold together, 1 where none does."""
    end = start + 1
    place = start
    while place < min(end, len(numbers), start + _HEADER_ROWS):
        for area in merges.get(numbers[place], ()):
            if area.left > columns[-1] or area.right < columns[0]:
                continue
            deep = area.bottom > area.top
            wide = area.right > area.left and (place > start or not deep)
            is_title = area.left <= columns[0] and area.right >= columns[-1]
            if not is_title and (deep or wide):
                end = max(end, place + (area.bottom - area.top) + 1 + wide)
        place += 1
    return min(end - start, _HEADER_ROWS + 1)


def _filled(
    numbers: Sequence[int], rows: Sequence[Sequence[str]], columns: Sequence[int], merges: Mapping[int, Sequence[Area]]
) -> list[list[str]]:
    filled = []
    for number, row in zip(numbers, rows, strict=True):
        cells = dict(zip(columns, row, strict=False))
        for area in merges.get(number, ()):
            text = cells.get(area.left, "")
            covered = (column for column in columns if area.left < column <= area.right)
            cells.update(dict.fromkeys(covered, text))
        filled.append([cells.get(column, "") for column in columns])
    return filled


def _grouped(rows: Sequence[Sequence[str]], columns: Sequence[int]) -> list[list[str]]:
    """Return the rows of a header in which the names of groups, in the first, stand above all of their columns.

    Where blank columns keep the groups apart, a name counts for its whole group, else for the columns to its right.
    """
    above = [rows[0][place] if place < len(rows[0]) else "" for place in range(len(columns))]
    below = [any(place < len(row) and row[place] for row in rows[1:]) for place in range(len(columns))]
    groups: list[list[int]] = []
    for place, named in enumerate(below):
        if not named:
            continue
        if groups and columns[place] == columns[groups[-1][-1]] + 1:
            groups[-1].append(place)
        else:
            groups.append([place])
    if len(groups) > 1 and all(sum(bool(above[place]) for place in group) == 1 for group in groups):
        for group in groups:
            text = next(above[place] for place in group if above[place])
            above = [text if place in group else cell for place, cell in enumerate(above)]
    else:
        last = ""
        for place, named in enumerate(below):
            last = above[place] or last
            above[place] = last if named else above[place]
    return [above, *map(list, rows[1:])]
