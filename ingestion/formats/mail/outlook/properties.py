"""The properties of an Outlook message, of a recipient and of an attachment, each a folder of a compound file."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, final

import olefile

from ingestion.formats.encoding import read_characters

TOP: Final = 32
"""How many bytes of the table of a message that stands in none come before its entries."""
_TABLE: Final = "__properties_version1.0"
_UNICODE, _BYTES, _BINARY, _OBJECT, _TIME = 0x001F, 0x001E, 0x0102, 0x000D, 0x0040
_ENTRY: Final = struct.Struct("<HHI8s")
_CODE_PAGES: Final = (0x3FDE, 0x3FFD)
_CHARSETS: Final = {
    20127: "ascii",
    65001: "utf-8",
    20866: "koi8-r",
    21866: "koi8-u",
    50220: "iso-2022-jp",
    51932: "euc-jp",
    51949: "euc-kr",
    54936: "gb18030",
    52936: "hz",
    10000: "macintosh",
}
_LATIN: Final = range(28591, 28606)
_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)


@final
@dataclass(frozen=True, slots=True)
class PropertyStorage:
    """A folder with properties: `place` is its path, `header` how many bytes of its table come before the entries."""

    container: olefile.OleFileIO
    folders: Mapping[tuple[str, ...], Sequence[str]]
    place: tuple[str, ...]
    header: int

    @classmethod
    def of_file(cls, raw: bytes) -> "PropertyStorage":
        """Return the top folder of a compound file."""
        container = olefile.OleFileIO(raw)
        folders: dict[tuple[str, ...], list[str]] = {}
        for path in container.listdir(streams=False, storages=True):
            folders.setdefault(tuple(path[:-1]), []).append(path[-1])
        return cls(container, folders, (), TOP)

    @property
    def is_message(self) -> bool:
        """Whether there are properties in it: other objects are embedded in the same way."""
        return self._exists(_TABLE)

    def text(self, tag: int) -> str:
        """Return a property that is text, "" where it is missing."""
        if self._exists(name := _stream(tag, _UNICODE)):
            return self._stream(name).decode("utf-16-le", errors="replace").replace("\0", "")
        for kind in (_BYTES, _BINARY):
            if self._exists(name := _stream(tag, kind)):
                return read_characters(self._stream(name), self._charset())[0]
        return ""

    def binary(self, tag: int) -> bytes:
        """Return a property that is bytes, none where it is missing."""
        return self._stream(name) if self._exists(name := _stream(tag, _BINARY)) else b""

    def number(self, tag: int) -> int | None:
        """Return a property that is a number, None where it is missing."""
        value = self._values().get(tag)
        return int.from_bytes(value[:4], "little") if value else None

    def time(self, tag: int) -> datetime | None:
        """Return a property that is a time, None where it is missing or means nothing."""
        value = self._values().get(tag)
        ticks = int.from_bytes(value, "little") if value else 0
        try:
            return _EPOCH + timedelta(microseconds=ticks // 10) if ticks else None
        except OverflowError:
            return None

    def embedded(self, tag: int, header: int) -> "PropertyStorage | None":
        """Return the folder that a property is, None where it is none."""
        name = _stream(tag, _OBJECT)
        inner = (*self.place, name)
        is_folder = self._exists(name) and self.container.get_type("/".join(inner)) == olefile.STGTY_STORAGE
        return replace(self, place=inner, header=header) if is_folder else None

    def within(self, prefix: str, header: int) -> "Iterator[PropertyStorage]":
        """Yield the folders in it that begin with `prefix`, in order."""
        for name in sorted(self.folders.get(self.place, ())):
            if name.lower().startswith(prefix):
                yield replace(self, place=(*self.place, name), header=header)

    def _exists(self, name: str) -> bool:
        return bool(self.container.exists("/".join((*self.place, name))))

    def _stream(self, name: str) -> bytes:
        with self.container.openstream("/".join((*self.place, name))) as stream:
            return bytes(stream.read())

    def _values(self) -> dict[int, bytes]:
        table = self._stream(_TABLE)[self.header :] if self._exists(_TABLE) else b""
        entries = _ENTRY.iter_unpack(table[: len(table) // _ENTRY.size * _ENTRY.size])
        return {tag: value for _kind, tag, _flags, value in entries}

    def _charset(self) -> str | None:
        # What is in bytes is in the code page that the message names, or else tells it itself.
        message = replace(self, place=(), header=TOP)
        pages = (self.number(tag) or message.number(tag) for tag in _CODE_PAGES)
        page = next(filter(None, pages), None)
        if page is None:
            return None
        return _CHARSETS.get(page) or (f"iso-8859-{page - 28590}" if page in _LATIN else f"cp{page}")


def _stream(tag: int, kind: int) -> str:
    return f"__substg1.0_{tag:04X}{kind:04X}"
