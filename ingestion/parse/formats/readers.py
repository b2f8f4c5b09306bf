"""One reader per kind of file: its elements, its own title, its number of pages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import docx
import pptx
from unstructured.documents.elements import Element
from unstructured.partition.csv import partition_csv
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
from unstructured.partition.tsv import partition_tsv
from unstructured.partition.xlsx import partition_xlsx
from unstructured.partition.xml import partition_xml

from ingestion.parse.detect import IMAGES, FileType
from ingestion.parse.formats.assembly import first_line_title
from ingestion.parse.formats.encoding import decode
from ingestion.parse.formats.pdf import read_image, read_pdf
from ingestion.parse.formats.found import Read
from ingestion.parse.outcome import Limits, ParseFailed

# Naming no language keeps unstructured from guessing one, which is slow and changes from run to run.
_ANY_LANGUAGE: Final = [""]


def read(path: Path, kind: FileType, limits: Limits) -> Read:
    """Read the file at `path` as what it is. Raises ParseFailed, and what the libraries raise on damaged files."""
    if kind is FileType.PDF:
        return read_pdf(path, limits)
    if kind in IMAGES:
        return read_image(path, limits)
    return _READERS[kind](path)


def _text(path: Path) -> Read:
    text = decode(path.read_bytes())
    return Read(partition_text(text=text, languages=_ANY_LANGUAGE), first_line_title(text))


def _markdown(path: Path) -> Read:
    return Read(partition_md(text=decode(path.read_bytes()), languages=_ANY_LANGUAGE))


def _docx(path: Path) -> Read:
    title = docx.Document(str(path)).core_properties.title
    return Read(partition_docx(str(path), languages=_ANY_LANGUAGE), title)


_READERS: Final[Mapping[FileType, Callable[[Path], Read]]] = MappingProxyType(
    {
        FileType.TXT: _text,
        FileType.MD: _markdown,
        FileType.DOCX: _docx,
    }
)
