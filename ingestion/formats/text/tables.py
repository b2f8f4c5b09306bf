"""Tables of a web page as records: cells that span others filled in, names of columns told from values."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from ingestion.formats.content import Table, TableRow

_SECTIONS: Final = ("h1", "h2", "h3", "h4", "form", "nav", "section", "article", "header", "footer", "main")
_LONG_CELL: Final = 1_500
_NAME_CHARS: Final = 60
_MOST_CELLS: Final = 1_000_000
_MOST_COLUMNS: Final = 1_000
_SPAN: Final = re.compile(r"\s*\+?(\d{1,9})")
_LETTERS_OF_NUMBER: Final = 3
_TWO: Final = 2


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row as it stands in a file: each cell with its text and how many columns and rows it takes.

    `is_head` says that it holds the names of columns, `is_strong` that all of it is in bold.
    """

    cells: Sequence[tuple[str, int, int]]
    is_head: bool = False
    is_strong: bool = False


def is_layout(table: etree._Element) -> bool:
    """Whether a table only places parts of the page: it holds tables, sections, long texts, one column or one row."""
    if table.get("role", "").lower() in {"presentation", "none"}:
        return True
    if next(table.iterdescendants("table", "{*}table"), None) is not None:
        return True
    if next(table.iterdescendants(*_SECTIONS, *(f"{{*}}{name}" for name in _SECTIONS)), None) is not None:
        return True
    widest = rows = 0
    for row in table.iterdescendants("tr", "{*}tr"):
        rows += 1
        cells = [cell for cell in row if _name(cell) in {"td", "th"}]
        widest = max(widest, len(cells))
        if any(sum(map(len, cell.itertext())) > _LONG_CELL for cell in cells):
            return True
    return widest < _TWO or rows < _TWO


def html_table(
    table: etree._Element, text_of: Callable[[etree._Element], str], hides: Callable[[etree._Element], bool]
) -> Table:
    """Return a table as it is seen; `text_of` reads a cell, `hides` tells what is not seen."""
    caption, rows = "", []
    for part in table.iterdescendants("tr", "caption", "{*}tr", "{*}caption"):
        if hides(part) or any(hides(above) for above in part.iterancestors() if above is not table and _in(above)):
            continue
        if _name(part) == "caption":
            caption = text_of(part)
        else:
            rows.append(_row(part, text_of, hides))
    return table_of(rows, caption)


def table_of(rows: Sequence[ShownRow], caption: str = "") -> Table:
    """Return rows as a table, with the names of its columns where the rows at its top hold them."""
    grid = _filled(rows)
    first, title = _title(rows, grid)
    heads = first + _heads(rows[first:], grid[first:])
    names = _names(grid[first:heads])
    kept = [at for at in range(len(names) or _width(grid)) if any(row[at] for row in grid[first:])]
    return Table(
        tuple(TableRow(tuple(row[at] for at in kept)) for row in grid[heads:]),
        tuple(names[at] for at in kept) if names else (),
        " ".join(filter(None, (caption, title))),
    )


def _name(element: etree._Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _in(element: etree._Element) -> bool:
    return _name(element) in {"thead", "tbody", "tfoot"}


def _row(
    row: etree._Element, text_of: Callable[[etree._Element], str], hides: Callable[[etree._Element], bool]
) -> ShownRow:
    cells, names, strong = [], 0, 0
    for cell in row:
        name = _name(cell)
        if name not in {"td", "th"} or hides(cell):
            continue
        text = text_of(cell)
        cells.append((text, _span(cell, "colspan"), _span(cell, "rowspan")))
        names += name == "th" or not text
        strong += not text or _is_strong(cell, text)
    written = any(text for text, _columns, _rows in cells)
    in_head = _name(row.getparent()) == "thead"
    return ShownRow(cells, written and (in_head or names == len(cells)), written and strong == len(cells))


def _span(cell: etree._Element, name: str) -> int:
    found = _SPAN.match(cell.get(name, ""))
    return max(1, int(found.group(1))) if found else 1


def _is_strong(cell: etree._Element, text: str) -> bool:
    strong = next(cell.iter("b", "strong", "{*}b", "{*}strong"), None)
    return strong is not None and "".join("".join(strong.itertext()).split()) == "".join(text.split())


def _filled(rows: Sequence[ShownRow]) -> list[list[str]]:
    """Return the cells by row and column; what spans several stands in each, a row of one cell has it once."""
    widest = min(_MOST_COLUMNS, max((len(row.cells) for row in rows), default=0))
    spans = widest * len(rows) <= _MOST_CELLS
    grid: list[list[str]] = []
    below: dict[int, tuple[str, int]] = {}
    for row in rows:
        line: list[str] = []
        waiting, below = below, {}
        for text, columns, down in row.cells:
            _take(line, waiting, below)
            across = min(columns, widest) if spans else 1
            start = len(line)
            line += [text] * (across if len(row.cells) > 1 else 1)
            line += [""] * (across - (len(line) - start))
            if spans and down > 1:
                below |= {at: (line[at], down - 1) for at in range(start, len(line))}
            if len(line) > _MOST_COLUMNS:
                break
        while any(at >= len(line) for at in waiting):
            line += [] if len(line) in waiting else [""]
            _take(line, waiting, below)
        grid.append(line)
    width = _width(grid)
    return [line + [""] * (width - len(line)) for line in grid]


def _take(line: list[str], waiting: dict[int, tuple[str, int]], below: dict[int, tuple[str, int]]) -> None:
    while len(line) in waiting:
        at = len(line)
        text, left = waiting.pop(at)
        line.append(text)
        if left > 1:
            below[at] = (text, left - 1)


def _width(grid: Sequence[Sequence[str]]) -> int:
    return max(map(len, grid), default=0)


def _title(rows: Sequence[ShownRow], grid: Sequence[Sequence[str]]) -> tuple[int, str]:
    """Return how many rows at the top hold one cell alone, which is what the table is called, and that."""
    if len(rows) > _TWO and _width(grid) > 1 and len(rows[0].cells) == 1 and rows[0].cells[0][1] > 1:
        return 1, rows[0].cells[0][0]
    return 0, ""


def _heads(rows: Sequence[ShownRow], grid: Sequence[Sequence[str]]) -> int:
    """Return how many rows at the top hold the names of columns."""
    marked = 0
    while marked < len(rows) and rows[marked].is_head:
        marked += 1
    if marked:
        return marked if marked < len(rows) else 0
    if len(rows) < _TWO or not grid[0]:
        return 0
    first = grid[0]
    if not all(first) or len(set(first)) < len(first) or any(map(_is_value, first)):
        return 0
    if max(map(len, first)) > _NAME_CHARS:
        return 0
    if rows[0].is_strong and not all(row.is_strong for row in rows):
        return 1
    columns = zip(*grid[1:], strict=True)
    numbers = any(sum(map(_is_value, column)) * 2 >= len(column) for column in columns)
    return int(numbers or len(first) > _TWO)


def _is_value(text: str) -> bool:
    letters = sum(map(str.isalpha, text))
    return any(map(str.isdigit, text)) and letters <= _LETTERS_OF_NUMBER


def _names(heads: Sequence[Sequence[str]]) -> list[str]:
    return [" ".join(dict.fromkeys(filter(None, column))) for column in zip(*heads, strict=True)]
