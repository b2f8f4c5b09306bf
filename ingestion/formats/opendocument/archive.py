"""OpenDocument files, in a ZIP archive or flat in one XML: their parts, and an account of those not read."""

import zipfile
import zlib
from pathlib import Path
from typing import Self, final

from lxml import etree

from ingestion.formats.content import PART_CHARS, ReadingWarning, WarningCode
from ingestion.formats.opendocument.names import DC, MANIFEST, META, OFFICE, Element
from ingestion.parse.outcome import ParseFailed


@final
class Archive:
    """An OpenDocument file. It counts the parts that were asked for, and warns about those that cannot be read."""

    def __init__(self, path: Path) -> None:
        """Open the file at `path`. Raises ParseFailed where it is protected."""
        self._zip = zipfile.ZipFile(path) if zipfile.is_zipfile(path) else None
        self._flat = None if self._zip else _parsed(path.read_bytes())
        self._names = {name.replace("\\", "/"): name for name in self._zip.namelist()} if self._zip else {}
        self.parts = 0
        self.warnings: list[ReadingWarning] = []
        if self._is_encrypted():
            raise ParseFailed("encrypted")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._zip:
            self._zip.close()

    def data(self, part: str) -> bytes | None:
        """Return the bytes of a part; None where it is missing or damaged."""
        name = self._names.get(part)
        if self._zip is None or name is None:
            return None
        try:
            return self._zip.read(name)
        except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, EOFError, zlib.error):
            return None

    def root(self, part: str) -> Element | None:
        """Return the first element of a part; None where it cannot be read. A flat file is all of its parts."""
        if self._flat is not None:
            return self._flat
        data = self.data(part)
        return _parsed(data) if data else None

    def body(self, kind: str, part: str = "content.xml") -> Element:
        """Return the element that holds all content of a `kind`, such as "text". Raises ParseFailed without one."""
        self.parts += 1
        root = self.root(part)
        found = None if root is None else root.find(f"{OFFICE}body/{OFFICE}{kind}")
        if found is None:
            raise ParseFailed("damaged")
        return found

    def title(self) -> str | None:
        """Return the title among the file's properties; None where it has none."""
        return self._property(f"{DC}title") or None

    def page_count(self) -> int | None:
        """Return how many pages the program counted; None where it did not say."""
        root = self.root("meta.xml")
        found = None if root is None else root.find(f".//{META}document-statistic")
        count = "" if found is None else found.get(f"{META}page-count", "")
        return int(count) if count.isdecimal() and len(count) < 6 else None  # noqa: PLR2004 - no document has more

    def warn(self, code: WarningCode, part: str = "", page: int | None = None) -> None:
        """Keep a warning, once."""
        warning = ReadingWarning(code, page, part[:PART_CHARS])
        if warning not in self.warnings:
            self.warnings.append(warning)

    def _property(self, name: str) -> str:
        root = self.root("meta.xml")
        return "" if root is None else (root.findtext(f".//{OFFICE}meta/{name}") or "").strip()

    def _is_encrypted(self) -> bool:
        manifest = _parsed(self.data("META-INF/manifest.xml") or b"<none/>")
        return manifest is not None and manifest.find(f".//{MANIFEST}encryption-data") is not None


def _parsed(data: bytes) -> Element | None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        return None
