"""Tables of OpenDocument texts and slides as rows of cells."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ingestion.formats.content import Passage, Table
from ingestion.formats.opendocument.names import TABLE, TEXT, Element, whole
from ingestion.formats.tables.headers import Header, column_names, find_header
from ingestion.formats.tables.records import Setting, records_of

_MOST_COLUMNS: Final = 1024
_MOST_REPEATED: Final = 1000
_GROUPS: Final = frozenset(
    {f"{TABLE}table-header-rows", f"{TABLE}table-rows", f"{TABLE}table-row-group", f"{TEXT}soft-page-break"}
)


@dataclass(frozen=True, slots=True)
class GridRow:
    """A row of a table: its element, whether it names columns, and how many pages ended before it in the table."""

    element: Element
    is_header: bool
    pages: int


def grid_rows(table: Element) -> Iterator[GridRow]:
    """Yield the rows of a table, those of groups too."""
    waiting: list[tuple[Element, bool]] = [(each, False) for each in reversed(list(table))]
    pages = 0
    while waiting:
        element, is_header = waiting.pop()
        if element.tag == f"{TABLE}table-row":
            yield GridRow(element, is_header, pages)
        elif element.tag == f"{TEXT}soft-page-break":
            pages += 1
        elif element.tag in _GROUPS:
            inside = is_header or element.tag == f"{TABLE}table-header-rows"
            waiting += [(each, inside) for each in reversed(list(element))]


def row_cells(row: Element, text_of: Callable[[Element], str]) -> tuple[list[str], list[str]]:
    """Return the texts of the cells of a row, and the same with the text of a merged cell in all that it covers."""
    cells: list[str] = []
    spread: list[str] = []
    covered = ""
    for cell in row:
        is_covered = cell.tag == f"{TABLE}covered-table-cell"
        if not is_covered and cell.tag != f"{TABLE}table-cell":
            continue
        count = whole(cell, f"{TABLE}number-columns-repeated", 1, _MOST_COLUMNS - min(len(cells), _MOST_COLUMNS))
        text = "" if is_covered else text_of(cell)
        if not is_covered:
            covered = text if whole(cell, f"{TABLE}number-columns-spanned", 1, _MOST_COLUMNS) > 1 else ""
        cells += [text] * count
        spread += [covered if is_covered else text] * count
    while cells and not cells[-1]:
        cells.pop()
    return cells, spread


def table_blocks(table: Element, text_of: Callable[[Element], str], page: int | None) -> list[Passage | Table]:
    """Return a table; where its file does not say which rows name columns, they are found."""
    rows: list[list[str]] = []
    spread: list[list[str]] = []
    pages: list[int | None] = []
    named = 0
    for row in grid_rows(table):
        cells, filled = row_cells(row.element, text_of)
        if not any(cells):
            continue
        times = whole(row.element, f"{TABLE}number-rows-repeated", 1, _MOST_REPEATED)
        named += times if row.is_header and named == len(rows) else 0
        rows += [cells] * times
        spread += [filled] * times
        pages += [None if page is None else page + row.pages] * times
    if not rows:
        return []
    if 0 < named < len(rows):
        header, names = Header(rows=named, sure=True), column_names(spread[:named], groups=False)
    else:
        header, names = _found(rows, spread)
    return list(records_of(rows, header, Setting(page=page, pages=pages), names))


def _found(rows: Sequence[Sequence[str]], spread: Sequence[Sequence[str]]) -> tuple[Header, tuple[str, ...]]:
    header = find_header(rows)
    first = header.above
    if not header.groups and header.rows and first and len([cell for cell in rows[first - 1] if cell]) > 1:
        header = Header(first - 1, header.rows + 1, header.sure, groups=True)
    end = header.above + header.rows
    return header, column_names(spread[header.above : end] if header.rows else (), groups=False)
