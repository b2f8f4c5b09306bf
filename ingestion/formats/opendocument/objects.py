"""What is embedded in OpenDocument files: charts as tables, formulas as text."""

from collections.abc import Iterator
from typing import Final

from ingestion.formats.content import Passage, Table, TableRow
from ingestion.formats.opendocument.grids import grid_rows, row_cells
from ingestion.formats.opendocument.inline import plain_text
from ingestion.formats.opendocument.names import CHART, MATH, OFFICE, TABLE, Element

_ENCODING: Final = "encoding"


def chart_blocks(body: Element, page: int | None) -> Iterator[Passage | Table]:
    """Yield the data of a chart as a table with its title as the caption, and the titles of its axes."""
    titles = [plain_text(each) for each in body.iter(f"{CHART}title", f"{CHART}subtitle")]
    titles = [title for title in titles if title]
    caption = titles[0] if titles else ""
    tables = 0
    for table in body.iter(f"{TABLE}table"):
        rows = [(row.is_header, row_cells(row.element, _shown)[0]) for row in grid_rows(table)]
        named = [cells for is_header, cells in rows if is_header]
        body_rows = [TableRow(tuple(cells), page) for is_header, cells in rows if not is_header and any(cells)]
        if body_rows:
            tables += 1
            yield Table(body_rows, tuple(named[-1]) if named else (), caption, page=page)
    for title in titles[1:] if tables else titles:
        yield Passage(title, page=page)


def _shown(cell: Element) -> str:
    return plain_text(cell) or cell.get(f"{OFFICE}value", "").replace("NaN", "")


def formula_text(root: Element) -> str:
    """Return a formula of MathML on one line: as it was typed where the file keeps that, else its signs."""
    for note in root.iter(f"{MATH}annotation"):
        if "StarMath" in note.get(_ENCODING, "") and note.text:
            return " ".join(note.text.split())
    signs = (each.text or "" for each in root.iter(*(f"{MATH}{name}" for name in ("mi", "mn", "mo", "mtext", "ms"))))
    return " ".join(" ".join(signs).split())
