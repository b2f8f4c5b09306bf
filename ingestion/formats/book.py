"""Reading electronic books (EPUB 2 and 3): their chapters in the order in which they are read."""

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from lxml import etree

from ingestion.formats.content import Content, Passage, ReadingWarning, Table, WarningCode
from ingestion.formats.encoding import declared_encoding, read_characters
from ingestion.formats.text.elements import html_blocks, local_name
from ingestion.formats.text.html import replaced
from ingestion.formats.text.markup import parse_xml
from ingestion.parse.outcome import Limits, ParseFailed

_CONTAINER: Final = "META-INF/container.xml"
_ENCRYPTION: Final = "META-INF/encryption.xml"
_PAGES: Final = (".xhtml", ".html", ".htm")
_LOCKED: Final = frozenset({"META-INF/sinf.xml"})


def read_epub(path: Path, _limits: Limits) -> Content:
    """Read a book, with the title in its package; a chapter that is damaged is left out with a warning."""
    with zipfile.ZipFile(path) as archive:
        book = _Book(archive)
        chapters = book.chapters()
        if not book.encrypted.isdisjoint(chapters) or not _LOCKED.isdisjoint(archive.namelist()):
            raise ParseFailed("encrypted")
        blocks: list[Passage | Table] = []
        warnings: list[ReadingWarning] = []
        lost = 0
        for chapter in chapters:
            try:
                text, unread = book.text(chapter)
            except (KeyError, zipfile.BadZipFile, zlib.error, EOFError):
                warnings.append(ReadingWarning(WarningCode.PART_UNREAD, part=posixpath.basename(chapter)))
                continue
            blocks += html_blocks(text)[0]
            lost += unread
    if not chapters or len(warnings) == len(chapters):
        raise ParseFailed("damaged")
    return Content(blocks, book.title, parts=len(chapters), warnings=[*replaced(lost), *warnings])


class _Book:
    """The package of a book: its title, and its files in reading order."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._name, self._package = self._found_package()
        titles = self._elements("title")
        self.title = " ".join("".join(titles[0].itertext()).split()) if titles else None
        self.encrypted = frozenset(self._encrypted())

    def chapters(self) -> list[str]:
        """Return the names of the files that are read one after the other, tables of contents left out."""
        items = {item.get("id", ""): item for item in self._elements("item")}
        spine = [items[each.get("idref", "")] for each in self._elements("itemref") if each.get("idref", "") in items]
        names = [
            self._resolved(item.get("href", ""))
            for item in spine
            if "nav" not in item.get("properties", "").split() and not item.get("media-type", "").startswith("image/j")
        ]
        pages = (name for name in sorted(self._archive.namelist()) if name.endswith(_PAGES))
        return list(dict.fromkeys(names or pages))

    def text(self, name: str) -> tuple[str, int]:
        """Return the text of a file, and how many of its bytes mean nothing. Raises KeyError where it is missing."""
        raw = self._archive.read(name)
        return read_characters(raw, declared_encoding(raw))

    def _found_package(self) -> tuple[str, etree._Element | None]:
        container = self._xml(_CONTAINER)
        roots = [] if container is None else [each for each in container.iter() if local_name(each) == "rootfile"]
        named = [unquote(each.get("full-path", "")) for each in roots]
        for name in [*named, *(name for name in self._archive.namelist() if name.endswith(".opf"))]:
            package = self._xml(name)
            if package is not None:
                return name, package
        return "", None

    def _encrypted(self) -> Iterator[str]:
        root = self._xml(_ENCRYPTION)
        for data in [] if root is None else [each for each in root.iter() if local_name(each) == "encrypteddata"]:
            for reference in data.iter():
                if local_name(reference) == "cipherreference":
                    yield posixpath.normpath(unquote(reference.get("URI", "")))

    def _elements(self, name: str) -> list[etree._Element]:
        if self._package is None:
            return []
        return [element for element in self._package.iter() if local_name(element) == name]

    def _resolved(self, address: str) -> str:
        return posixpath.normpath(posixpath.join(posixpath.dirname(self._name), unquote(address.partition("#")[0])))

    def _xml(self, name: str) -> etree._Element | None:
        try:
            return parse_xml(self.text(name)[0])[0]
        except (KeyError, zipfile.BadZipFile, zlib.error):
            return None
