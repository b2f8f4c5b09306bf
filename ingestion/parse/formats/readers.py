"""One reader per kind of file: its elements, its own title, its number of pages."""

import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
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

from ingestion.parse.detect import IMAGES, FileType
from ingestion.parse.formats.assembly import first_line_title
from ingestion.parse.formats.data import read_json, read_table, read_xml
from ingestion.parse.formats.encoding import decode, encoding_of
from ingestion.parse.formats.found import Read
from ingestion.parse.formats.mail import read_eml, read_msg
from ingestion.parse.formats.pdf import read_image, read_pdf
from ingestion.parse.outcome import Limits, ParseFailed

# Naming no language keeps unstructured from guessing one, which is slow and changes from run to run.
_ANY: Final = [""]
_CHARSET: Final = re.compile(rb"""charset=["']?([A-Za-z0-9_-]+)""")
_GUESS_BYTES: Final = 1 << 16
_DUBLIN_CORE_TITLE: Final = "{http://purl.org/dc/elements/1.1/}title"


def read(path: Path, kind: FileType, limits: Limits) -> Read:
    """Read the file at `path` as what it is. Raises ParseFailed, and what the libraries raise on damaged files."""
    if kind in {FileType.DOC, FileType.PPT}:
        raise ParseFailed("needs_libreoffice")
    if kind in IMAGES:
        return read_image(path, limits)
    if kind is FileType.PDF:
        return read_pdf(path, limits)
    if kind is FileType.EML:
        return read_eml(path, limits, read)
    if kind is FileType.MSG:
        return read_msg(path, limits, read)
    return _READERS[kind](path)


def _decoded(path: Path) -> str:
    raw = path.read_bytes()
    declared = _CHARSET.search(raw[:4096])
    if declared is not None:
        return decode(raw, declared=declared.group(1).decode("ascii"))
    if encoding_of(raw) != "cp1252":
        return decode(raw)
    guess = from_bytes(raw[:_GUESS_BYTES]).best()
    return decode(raw, declared=guess.encoding if guess else None)


def _text(path: Path) -> Read:
    text = _decoded(path)
    return Read(partition_text(text=text, languages=_ANY), first_line_title(text), headings=False)


def _markdown(path: Path) -> Read:
    return Read(partition_md(text=_decoded(path), languages=_ANY))


def _html(path: Path) -> Read:
    text = _decoded(path)
    try:
        title = html.fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8")).findtext(".//title")
    except etree.ParserError:
        title = None
    return Read(partition_html(text=text, languages=_ANY), title)


def _docx(path: Path) -> Read:
    title = docx.Document(str(path)).core_properties.title
    return _paged(partition_docx(str(path), languages=_ANY), title)


def _odt(path: Path) -> Read:
    return Read(partition_odt(str(path), languages=_ANY))


def _pptx(path: Path) -> Read:
    slides = pptx.Presentation(str(path))
    return Read(partition_pptx(str(path), languages=_ANY), slides.core_properties.title, len(slides.slides) or None)


def _spreadsheet(path: Path) -> Read:
    try:
        return Read(partition_xlsx(str(path), languages=_ANY))
    except xlrd.XLRDError as error:
        raise ParseFailed("encrypted" if "encrypted" in str(error) else "damaged") from error


def _epub(path: Path) -> Read:
    with zipfile.ZipFile(path) as book:
        package = next((name for name in book.namelist() if name.endswith(".opf")), None)
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        title = etree.fromstring(book.read(package), parser).findtext(f".//{_DUBLIN_CORE_TITLE}") if package else None
    return Read(partition_epub(str(path), languages=_ANY), title)


def _rtf(path: Path) -> Read:
    return Read(partition_rtf(str(path), languages=_ANY))


def _restructured(path: Path) -> Read:
    path.write_text(_decoded(path), encoding="utf-8")
    return Read(partition_rst(str(path), languages=_ANY))


def _org(path: Path) -> Read:
    path.write_text(_decoded(path), encoding="utf-8")
    return Read(partition_org(str(path), languages=_ANY))


def _paged(elements: Sequence[Element], title: str | None) -> Read:
    # Word stores where pages ended when it last drew them; without a second page nothing is known about pages.
    last = max((element.metadata.page_number or 1 for element in elements), default=1)
    return Read(elements, title, last if last > 1 else None)


_READERS: Final[Mapping[FileType, Callable[[Path], Read]]] = MappingProxyType(
    {
        FileType.TXT: _text,
        FileType.MD: _markdown,
        FileType.HTML: _html,
        FileType.XML: read_xml,
        FileType.CSV: lambda path: read_table(path, FileType.CSV),
        FileType.TSV: lambda path: read_table(path, FileType.TSV),
        FileType.JSON: lambda path: read_json(path, by_line=False),
        FileType.NDJSON: lambda path: read_json(path, by_line=True),
        FileType.RST: _restructured,
        FileType.ORG: _org,
        FileType.RTF: _rtf,
        FileType.DOCX: _docx,
        FileType.PPTX: _pptx,
        FileType.XLSX: _spreadsheet,
        FileType.XLS: _spreadsheet,
        FileType.ODT: _odt,
        FileType.EPUB: _epub,
    }
)
