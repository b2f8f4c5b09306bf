"""What unstructured's partitioning found, as content."""

import re
from collections.abc import Sequence
from typing import Final

from lxml import etree, html
from unstructured.documents.elements import Element, PageBreak, Title
from unstructured.documents.elements import Table as PartitionedTable

from ingestion.chunk import BlockKind
from ingestion.formats.content import Content, Passage, Table, TableRow

_SPACES: Final = re.compile(r"\s+")
_LINE_BREAK_IN_CELL: Final = re.compile(r"(?<!\\)\\n")
_WINDOWS_PATH: Final = re.compile(r"[A-Za-z]:\\|^\\\\")


def partitioned(
    elements: Sequence[Element], title: str | None = None, pages: int | None = None, *, headings: bool = True
) -> Content:
    """Return elements as content; their pages only where `pages` says that the format has some."""
    blocks = [_block(element, None if pages is None else element.metadata.page_number) for element in elements]
    return Content([block for block in blocks if block is not None], title, pages, headings)


def _block(element: Element, page: int | None) -> Passage | Table | None:
    if isinstance(element, PageBreak):
        return None
    if isinstance(element, PartitionedTable):
        rows = _rows(element.metadata.text_as_html) if element.metadata.text_as_html else []
        return Table(rows, page=page) if rows else Passage(element.text, BlockKind.LINES, page)
    return Passage(element.text, BlockKind.HEADING if isinstance(element, Title) else BlockKind.PROSE, page)


def _rows(table: str) -> list[TableRow]:
    try:
        root = html.fromstring(table)
    except etree.ParserError:
        return []
    found = (tuple(map(_cell, row.iterchildren("td", "th"))) for row in root.iter("tr"))
    return [TableRow(cells) for cells in found if any(cells)]


def _cell(cell: html.HtmlElement) -> str:
    text = " ".join(str(part) for part in cell.itertext())
    # pandas writes a line break inside a cell of a spreadsheet as a backslash and an n.
    return _SPACES.sub(" ", text if _WINDOWS_PATH.search(text) else _LINE_BREAK_IN_CELL.sub(" ", text)).strip()
