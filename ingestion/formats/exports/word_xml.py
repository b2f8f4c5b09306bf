"""Reading Word documents that are one XML file: those of Word 2003, and today's parts without their archive."""

import base64
import binascii
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from lxml import etree

from ingestion.chunk import BlockKind
from ingestion.formats.catalogue import FORMATS
from ingestion.formats.content import Content, Passage, Table
from ingestion.formats.tables.headers import find_header
from ingestion.formats.tables.records import Setting, cell_line, records_of
from ingestion.parse.outcome import Limits, ParseFailed

_W: Final = "{http://schemas.microsoft.com/office/word/2003/wordml}"
_AML: Final = "{http://schemas.microsoft.com/aml/2001/core}"
_PKG: Final = "{http://schemas.microsoft.com/office/2006/xmlPackage}"
_HEADINGS: Final = ("heading", "title", "überschrift", "titre")
_NOTES: Final = {f"{_W}footnote": "Footnote", f"{_W}endnote": "Endnote"}

_Element = Any  # lxml ships no annotations


def read_word_xml(path: Path, limits: Limits) -> Content:
    """Read such a document. Raises ParseFailed where it is damaged."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    try:
        root = etree.fromstring(path.read_bytes(), parser)
    except etree.XMLSyntaxError as error:
        raise ParseFailed("damaged") from error
    if root.tag == f"{_PKG}package":
        return FORMATS.named("docx").read(_packed(root, path), limits)
    body = root.find(f"{_W}body")
    if body is None:
        raise ParseFailed("damaged")
    title = root.findtext("{*}DocumentProperties/{*}Title")
    return Content(list(_Story(root).blocks(body)), title)


def _packed(root: _Element, path: Path) -> Path:
    """Return a package beside `path` with the parts that are written out in `root`."""
    packed = path.with_name("parts.docx")
    with zipfile.ZipFile(packed, "w") as archive:
        for part in root.iterchildren(f"{_PKG}part"):
            name = part.get(f"{_PKG}name", "").lstrip("/")
            xml = next((each for data in part.iterchildren(f"{_PKG}xmlData") for each in data), None)
            binary = part.findtext(f"{_PKG}binaryData") or ""
            archive.writestr(name, etree.tostring(xml) if xml is not None else _decoded(binary))
    return packed


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""


class _Story:
    """The content of one document of Word 2003; its notes stand where they are anchored."""

    def __init__(self, root: _Element) -> None:
        named = ((each.get(f"{_W}styleId", ""), each.find(f"{_W}name")) for each in root.iter(f"{_W}style"))
        self._styles = {key: name.get(f"{_W}val", "") for key, name in named if name is not None}
        self._count = dict.fromkeys(_NOTES, 0)

    def blocks(self, container: _Element) -> Iterator[Passage | Table]:
        for child in container:
            if child.tag == f"{_W}p":
                yield from self._paragraph(child)
            elif child.tag == f"{_W}tbl":
                yield from self._table(child)
            elif isinstance(child.tag, str) and child.tag != f"{_W}sectPr" and not _is_deleted(child):
                yield from self.blocks(child)

    def _paragraph(self, element: _Element) -> Iterator[Passage | Table]:
        text = "".join(_runs(element)).strip()
        style = element.find(f"{_W}pPr/{_W}pStyle")
        name = "" if style is None else self._styles.get(style.get(f"{_W}val", ""), style.get(f"{_W}val", ""))
        is_heading = name.lower().startswith(_HEADINGS)
        if text:
            yield Passage(text, BlockKind.HEADING if is_heading else BlockKind.PROSE)
        for note in element.iter(*_NOTES):
            self._count[note.tag] += 1
            yield Passage(f"{_NOTES[note.tag]} {self._count[note.tag]}: {_text(note)}")
        for comment in element.iter(f"{_AML}annotation"):
            if comment.get(f"{_W}type") == "Word.Comment" and (said := _text(comment)):
                author = comment.get(f"{_AML}author", "")
                yield Passage(f"Comment by {author}: {said}" if author else f"Comment: {said}")
        for box in element.iter(f"{_W}txbxContent"):
            yield from self.blocks(box)

    def _table(self, element: _Element) -> Iterator[Passage | Table]:
        rows = [[_text(cell) for cell in row.iterfind(f"{_W}tc")] for row in element.iterfind(f"{_W}tr")]
        yield from records_of(rows, find_header(rows), Setting())


def _text(element: _Element) -> str:
    return cell_line(" ".join("".join(_runs(each)) for each in element.iter(f"{_W}p")))


def _runs(element: _Element) -> Iterator[str]:
    """Yield the texts of a paragraph, without what was deleted, noted or boxed."""
    for child in element:
        if child.tag == f"{_W}t":
            yield child.text or ""
        elif child.tag == f"{_W}tab":
            yield "\t"
        elif child.tag in {f"{_W}br", f"{_W}cr"}:
            yield "\n"
        elif child.tag not in {*_NOTES, f"{_W}txbxContent", f"{_W}pPr"} and not _is_deleted(child):
            yield from _runs(child)


def _is_deleted(element: _Element) -> bool:
    return bool(element.get(f"{_W}type") in {"Word.Deletion", "Word.Comment"})
