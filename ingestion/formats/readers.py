"""Readers of prose: each returns the elements of a file, its own title, its number of pages."""

import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import docx
import pptx
import xlrd
from charset_normalizer import from_bytes
from lxml import etree, html
from unstructured.documents.elements import Element
from unstructured.partition.docx import partition_docx
from unstructured.partition.epub import partition_epub
from unstructured.partition.html import partition_html
from unstructured.partition.md import partition_md
from unstructured.partition.odt import partition_odt
from unstructured.partition.org import partition_org
from unstructured.partition.pptx import partition_pptx
from unstructured.partition.rst import partition_rst
from unstructured.partition.rtf import partition_rtf
from unstructured.partition.text import partition_text
from unstructured.partition.xlsx import partition_xlsx

from ingestion.formats.assembly import first_line_title
from ingestion.formats.content import Content
from ingestion.formats.encoding import decode, encoding_of
from ingestion.formats.partitioned import partitioned
from ingestion.parse.outcome import Limits, ParseFailed

# Naming no language keeps unstructured from guessing one, which is slow and changes from run to run.
_ANY: Final = [""]
_CHARSET: Final = re.compile(rb"""charset=["']?([A-Za-z0-9_-]+)""")
_GUESS_BYTES: Final = 1 << 16
_DUBLIN_CORE_TITLE: Final = "{http://purl.org/dc/elements/1.1/}title"


def needs_libreoffice(_path: Path, _limits: Limits) -> Content:
    """Raise ParseFailed with the advice to save the file anew."""
    raise ParseFailed("needs_libreoffice")


def _decoded(path: Path) -> str:
    raw = path.read_bytes()
    declared = _CHARSET.search(raw[:4096])
    if declared is not None:
        return decode(raw, declared=declared.group(1).decode("ascii"))
    if encoding_of(raw) != "cp1252":
        return decode(raw)
    guess = from_bytes(raw[:_GUESS_BYTES]).best()
    return decode(raw, declared=guess.encoding if guess else None)


def read_text(path: Path, _limits: Limits) -> Content:
    """Read plain text in any encoding."""
    text = _decoded(path)
    return partitioned(partition_text(text=text, languages=_ANY), first_line_title(text), headings=False)


def read_markdown(path: Path, _limits: Limits) -> Content:
    """Read Markdown."""
    return partitioned(partition_md(text=_decoded(path), languages=_ANY))


def read_html(path: Path, _limits: Limits) -> Content:
    """Read HTML, with the title that it gives itself."""
    text = _decoded(path)
    try:
        title = html.fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8")).findtext(".//title")
    except etree.ParserError:
        title = None
    return partitioned(partition_html(text=text, languages=_ANY), title)


def read_docx(path: Path, _limits: Limits) -> Content:
    """Read a Word document, with its title and the pages that Word drew last."""
    title = docx.Document(str(path)).core_properties.title
    return _paged(partition_docx(str(path), languages=_ANY), title)


def read_odt(path: Path, _limits: Limits) -> Content:
    """Read an OpenDocument text."""
    return partitioned(partition_odt(str(path), languages=_ANY))


def read_pptx(path: Path, _limits: Limits) -> Content:
    """Read slides, a page each."""
    slides = pptx.Presentation(str(path))
    return partitioned(
        partition_pptx(str(path), languages=_ANY), slides.core_properties.title, len(slides.slides) or None
    )


def read_spreadsheet(path: Path, _limits: Limits) -> Content:
    """Read a workbook of any age."""
    try:
        return partitioned(partition_xlsx(str(path), languages=_ANY))
    except xlrd.XLRDError as error:
        raise ParseFailed("encrypted" if "encrypted" in str(error) else "damaged") from error


def read_epub(path: Path, _limits: Limits) -> Content:
    """Read a book, with the title in its package."""
    with zipfile.ZipFile(path) as book:
        package = next((name for name in book.namelist() if name.endswith(".opf")), None)
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        title = etree.fromstring(book.read(package), parser).findtext(f".//{_DUBLIN_CORE_TITLE}") if package else None
    return partitioned(partition_epub(str(path), languages=_ANY), title)


def read_rtf(path: Path, _limits: Limits) -> Content:
    """Read rich text."""
    return partitioned(partition_rtf(str(path), languages=_ANY))


def read_restructured(path: Path, _limits: Limits) -> Content:
    """Read reStructuredText in any encoding."""
    path.write_text(_decoded(path), encoding="utf-8")
    return partitioned(partition_rst(str(path), languages=_ANY))


def read_org(path: Path, _limits: Limits) -> Content:
    """Read an Org file in any encoding."""
    path.write_text(_decoded(path), encoding="utf-8")
    return partitioned(partition_org(str(path), languages=_ANY))


def _paged(elements: Sequence[Element], title: str | None) -> Content:
    # Word stores where pages ended when it last drew them; without a second page nothing is known about pages.
    last = max((element.metadata.page_number or 1 for element in elements), default=1)
    return partitioned(elements, title, last if last > 1 else None)
