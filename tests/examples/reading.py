"""Reads the text of an example document with the plainest reader of its format."""

import email
import email.policy
import html.parser
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import docx
import openpyxl
import pptx
import pypdf
from pptx.shapes.autoshape import Shape
from pptx.shapes.graphfrm import GraphicFrame
from pptx.shapes.placeholder import PlaceholderGraphicFrame


class _PageText(html.parser.HTMLParser):
    """Collects the text between tags; the standard library's parser works by inheritance."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def document_text(path: Path) -> str:
    """Return the document's text with every run of white space made one space; raises KeyError for other formats."""
    return " ".join(" ".join(_READERS[path.suffix](path)).split())


def _plain(path: Path) -> Iterator[str]:
    yield path.read_text(encoding="utf-8")


def _pdf(path: Path) -> Iterator[str]:
    yield from (page.extract_text() for page in pypdf.PdfReader(path).pages)


def _docx(path: Path) -> Iterator[str]:
    document = docx.Document(str(path))
    yield from (paragraph.text for paragraph in document.paragraphs)
    yield from (cell.text for table in document.tables for row in table.rows for cell in row.cells)


def _pptx(path: Path) -> Iterator[str]:
    for slide in pptx.Presentation(str(path)).slides:
        for shape in slide.shapes:
            if isinstance(shape, Shape):
                yield shape.text_frame.text
            elif isinstance(shape, (GraphicFrame, PlaceholderGraphicFrame)) and shape.has_table:
                yield from (cell.text for row in shape.table.rows for cell in row.cells)


def _xlsx(path: Path) -> Iterator[str]:
    workbook = openpyxl.load_workbook(path)
    for sheet in workbook.worksheets:
        yield sheet.title
        yield from (str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None)
    workbook.close()


def _html(path: Path) -> Iterator[str]:
    parser = _PageText()
    parser.feed(path.read_text(encoding="utf-8"))
    parser.close()
    yield from parser.found


def _eml(path: Path) -> Iterator[str]:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    yield str(message["Subject"])
    body = message.get_body(("plain",))
    if body is not None:
        yield body.get_content()


_READERS: Final[dict[str, Callable[[Path], Iterator[str]]]] = {
    ".csv": _plain,
    ".docx": _docx,
    ".eml": _eml,
    ".html": _html,
    ".md": _plain,
    ".pdf": _pdf,
    ".pptx": _pptx,
    ".xlsx": _xlsx,
}
