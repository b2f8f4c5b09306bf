"""Open Packaging files: their parts as XML, how parts refer to each other, and an account of those not read."""

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Self
from urllib.parse import unquote

from lxml import etree

from ingestion.formats.content import PART_CHARS, ReadingWarning, WarningCode
from ingestion.formats.office.namespaces import CONTENT_TYPES, DC, Element, to_transitional
from ingestion.parse.outcome import ParseFailed


@dataclass(frozen=True, slots=True)
class Relation:
    """How a part refers to another: `kind` is the last word of the relationship's type, such as "footnotes".

    `target` is the other part's name, or an address outside the file where it is `external`.
    """

    kind: str
    target: str
    external: bool = False


class Package:
    """An Open Packaging file. It counts the parts that were asked for, and warns about those that cannot be read."""

    def __init__(self, path: Path, usual: str) -> None:
        """Open the file at `path`, whose main part is called `usual` where it does not say otherwise."""
        self._archive = zipfile.ZipFile(path)
        self._names = {_key(name): name for name in self._archive.namelist()}
        self._relations: dict[str, Mapping[str, Relation]] = {}
        self._types: dict[str, str] | None = None
        self.parts = 0
        self._warnings: dict[ReadingWarning, None] = {}
        self.main = next((one.target for one in self.related("", "officeDocument")), usual)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()

    @property
    def warnings(self) -> list[ReadingWarning]:
        """The warnings so far."""
        return list(self._warnings)

    def title(self) -> str | None:
        """Return the title among the file's properties; None where it has none."""
        for one in self.related("", "core-properties"):
            root, _ = self._parse(one.target)
            if root is not None:
                return root.findtext(f".//{DC}title") or None
        return None

    def root(self, part: str, called: str, page: int | None = None) -> Element | None:
        """Return the first element of a part, in Transitional names; None where it cannot be read.

        `called` is the name by which a person knows the part, such as "footnotes" or "slide 4", for a warning.
        """
        self.parts += 1
        root, is_whole = self._parse(part)
        if not is_whole:
            self.warn(WarningCode.PART_UNREAD, called, page)
        return root

    def auxiliary(self, part: str) -> Element | None:
        """Return the first element of a part that holds no text, such as styles; None where it cannot be read."""
        return self._parse(part)[0]

    def main_root(self, called: str) -> Element:
        """Return the first element of the main part. Raises ParseFailed where there is none."""
        root = self.root(self.main, called)
        if root is None:
            raise ParseFailed("damaged")
        return root

    def data(self, part: str) -> bytes | None:
        """Return the bytes of a part; None where it is missing or damaged."""
        name = self._names.get(_key(part))
        if name is None:
            return None
        try:
            return self._archive.read(name)
        except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, EOFError, zlib.error):
            return None

    def relations(self, part: str) -> Mapping[str, Relation]:
        """Return what a part refers to, by the identifiers it uses; `part` is empty for the file itself."""
        if part not in self._relations:
            folder, name = posixpath.split(part)
            root, _ = self._parse(posixpath.join(folder, "_rels", f"{name}.rels"))
            each = [] if root is None else root.iter("{*}Relationship")
            self._relations[part] = MappingProxyType({one.get("Id", ""): _relation(folder, one) for one in each})
        return self._relations[part]

    def related(self, part: str, kind: str) -> Iterator[Relation]:
        """Yield what a part refers to by relationships of a kind."""
        return (one for one in self.relations(part).values() if one.kind == kind)

    def content_type(self, part: str) -> str:
        """Return the media type that the file gives a part; empty where it gives none."""
        if self._types is None:
            root, _ = self._parse("[Content_Types].xml")
            each = [] if root is None else root.iter(f"{CONTENT_TYPES}Default", f"{CONTENT_TYPES}Override")
            self._types = {
                _key(one.get("PartName") or f".{one.get('Extension')}"): one.get("ContentType", "") for one in each
            }
        return self._types.get(_key(part)) or self._types.get(f".{part.rpartition('.')[2].lower()}", "")

    def warn(self, code: WarningCode, part: str = "", page: int | None = None) -> None:
        """Keep a warning, once."""
        self._warnings[ReadingWarning(code, page, part[:PART_CHARS])] = None

    def _parse(self, part: str) -> tuple[Element | None, bool]:
        # What is left of a damaged part is read too; whether it was whole is the second value.
        data = self.data(part)
        if not data:
            return None, False
        root, is_whole = _tree(data, recover=False), True
        if root is None:
            root, is_whole = _tree(data, recover=True), False
        if root is not None:
            to_transitional(root)
        return root, is_whole


def numbered(word: str, part: str) -> str:
    """Return what a person calls a part, by the number in its name: "chart 2"."""
    digits = re.sub(r"\D", "", posixpath.splitext(posixpath.basename(part))[0])
    return f"{word} {digits}" if digits else word


def _tree(data: bytes, *, recover: bool) -> Element | None:
    try:
        return etree.fromstring(data, _parser(recover=recover))
    except etree.XMLSyntaxError:
        return None


def _parser(*, recover: bool) -> Element:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True, recover=recover
    )


def _key(name: str) -> str:
    # Names of parts are compared without case; some programs write the other slash.
    return unquote(name).replace("\\", "/").lstrip("/").lower()


def _relation(folder: str, element: Element) -> Relation:
    kind = element.get("Type", "").rpartition("/")[2]
    target = element.get("Target", "")
    if element.get("TargetMode") == "External":
        return Relation(kind, target, external=True)
    target = re.sub(r"[#?].*", "", target).replace("\\", "/")
    return Relation(kind, posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/"))
