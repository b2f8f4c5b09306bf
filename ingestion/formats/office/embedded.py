"""Files inside Office files, read by the readers of their own formats."""

import io
import posixpath
import struct
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import olefile
from lxml import etree

from ingestion.formats.catalogue import FORMATS
from ingestion.formats.content import Content, Passage, Table, WarningCode
from ingestion.formats.detection import HEAD_BYTES, detect
from ingestion.formats.office.package import Package
from ingestion.formats.refusals import refuse
from ingestion.parse.outcome import Limits, ParseFailed

_MOST_FILES: Final = 100
_DEEPEST: Final = 3
_COMPOUND: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_NATIVE: Final = "\x01Ole10Native"
_EQUATION: Final = "Equation Native"
_WRAPPED: Final = ("Package", "CONTENTS")
_OLD_FORMATS: Final = (("Workbook", "xls"), ("Book", "xls"), ("WordDocument", "doc"), ("PowerPoint Document", "ppt"))
# Another reader's library may raise any of these on a damaged file, which then fails alone.
_DAMAGE: Final = (
    ArithmeticError, AssertionError, AttributeError, LookupError, OSError, RuntimeError, SyntaxError, TypeError,
    ValueError, etree.LxmlError, struct.error, zipfile.BadZipFile,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    data: bytes
    suffix: str = ""


class EmbeddedFiles:
    """Reads the files in a package. The file at `path` lends them its name, which tells how deep they are inside."""

    def __init__(self, package: Package, path: Path, limits: Limits) -> None:
        """Take the package and where it lies."""
        self._package = package
        self._path = path
        self._limits = limits
        self._count = 0

    def read(self, part: str, identifier: str, page: int | None, *, named: bool = True) -> list[Passage | Table]:
        """Return what the file says that `part` embeds under an identifier, below its name where it is to be `named`.

        A file that cannot be read is a warning.
        """
        relation = self._package.relations(part).get(identifier)
        if relation is None:
            self._package.warn(WarningCode.ATTACHMENT_UNREAD, "embedded file", page)
            return []
        if relation.external:
            return []
        self._count += 1
        self._package.parts += 1
        data = self._package.data(relation.target)
        file = _File(posixpath.basename(relation.target), data or b"")
        if file.data.startswith(_COMPOUND):
            unwrapped = _unwrapped(file)
            if unwrapped is None:
                self._package.warn(WarningCode.PART_UNREAD, "equation", page)
                return []
            file = unwrapped
        content = self._content(file, self._package.content_type(relation.target))
        if content is None:
            self._package.warn(WarningCode.ATTACHMENT_UNREAD, file.name, page)
            return []
        self._package.parts += content.parts - 1
        for warning in content.warnings:
            self._package.warn(warning.code, ", ".join(filter(None, (file.name, warning.part))), page)
        label = [Passage(f"Attachment: {file.name}", page=page)] if named else []
        return [*label, *(placed(block, page) for block in content.blocks)]

    def _content(self, file: _File, content_type: str) -> Content | None:
        name = f"{file.name}.{file.suffix}" if file.suffix else file.name
        kind = detect(name, file.data[:HEAD_BYTES])
        if kind is None or kind.name == "txt":
            kind = next((each for each in FORMATS if each.media_type == content_type), kind)
        depth = self._path.stem.count("-")
        if kind is None or kind.attaches or not file.data or self._count > _MOST_FILES or depth >= _DEEPEST:
            return None
        path = self._path.with_name(f"{self._path.stem}-{self._count}.{kind.name}")
        path.write_bytes(file.data)
        try:
            refuse(path, kind, self._limits)
            return kind.read(path, self._limits)
        except (ParseFailed, *_DAMAGE):
            return None
        finally:
            path.unlink(missing_ok=True)


def placed(block: Passage | Table, page: int | None) -> Passage | Table:
    """Return a block as it is on one page, or on none."""
    if isinstance(block, Passage):
        return replace(block, page=page, breaks=())
    return replace(block, rows=[replace(row, page=page) for row in block.rows], page=page)


def _unwrapped(file: _File) -> _File | None:
    """Return the file in a compound file; None for an equation of the old editor, which says nothing in letters."""
    try:
        with olefile.OleFileIO(io.BytesIO(file.data)) as container:
            if container.exists(_EQUATION):
                return None
            if container.exists(_NATIVE):
                return _native(container.openstream(_NATIVE).read()) or file
            for stream in _WRAPPED:
                if container.exists(stream):
                    return _File(file.name, container.openstream(stream).read())
            suffix = next((suffix for stream, suffix in _OLD_FORMATS if container.exists(stream)), "")
            return replace(file, suffix=suffix)
    except _DAMAGE:
        return file


def _native(data: bytes) -> _File | None:
    # Sizes and flags, the file's name, its path, two more numbers, a path for a copy, then its bytes.
    label, _, rest = data[6:].partition(b"\0")
    _, _, rest = rest.partition(b"\0")
    copy = struct.unpack_from("<I", rest, 4)[0]
    size = struct.unpack_from("<I", rest, 8 + copy)[0]
    content = rest[12 + copy : 12 + copy + size]
    name = posixpath.basename(label.decode("cp1252", "replace").replace("\\", "/"))
    return _File(name, content) if content else None
