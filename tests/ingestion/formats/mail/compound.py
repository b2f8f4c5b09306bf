"""Compound files and Outlook messages made by code (MS-CFB, MS-OXMSG)."""

import struct
from collections.abc import Iterator, Mapping
from typing import Final

Folder = Mapping[str, "bytes | Folder"]

_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_END, _FREE, _NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFF
_FAT: Final = 0xFFFFFFFD


class _Sectors:
    """Sectors of one size, and the table that chains them."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.data = b""
        self.table: list[int] = []

    def add(self, content: bytes) -> int:
        """Append `content` as a chain and return its first sector."""
        if not content:
            return _END
        first = len(self.table)
        count = -(-len(content) // self.size)
        self.data += content.ljust(count * self.size, b"\0")
        self.table += [*range(first + 1, first + count), _END]
        return first


def compound(tree: Folder) -> bytes:
    """Return a compound file with the folders and streams of `tree`."""
    sectors, minis = _Sectors(_SECTOR), _Sectors(_MINI)
    entries: list[list[object]] = [["Root Entry", 5, _NONE, _NONE, _END, 0]]
    _add_folder(tree, 0, entries, sectors, minis)
    entries[0][4:] = [sectors.add(minis.data), len(minis.data)]
    mini_fat = sectors.add(b"".join(struct.pack("<I", one) for one in minis.table))
    folder = b"".join(_entry(*one) for one in entries)
    directory = sectors.add(folder.ljust(-(-len(folder) // _SECTOR) * _SECTOR, b"\0"))
    fats = -(-len(sectors.table) // (_SECTOR // 4 - 1))
    first_fat = len(sectors.table)
    table = [*sectors.table, *[_FAT] * fats]
    fat = struct.pack(f"<{len(table)}I", *table).ljust(fats * _SECTOR, b"\xff")
    mini_count = -(-len(minis.table) * 4 // _SECTOR)
    header = struct.pack(
        "<8s16sHHHHHHLLLLLLLLLL",
        bytes.fromhex("d0cf11e0a1b11ae1"), bytes(16), 0x3E, 3, 0xFFFE, 9, 6, 0, 0, 0,
        fats, directory, 0, _CUTOFF, mini_fat, mini_count, _END, 0,
    )  # fmt: skip
    difat = [first_fat + number for number in range(fats)]
    return header + struct.pack("<109I", *difat, *[_FREE] * (109 - fats)) + sectors.data + fat


def _add_folder(tree: Folder, parent: int, entries: list[list[object]], sectors: _Sectors, minis: _Sectors) -> None:
    before: list[object] | None = None
    for name, content in tree.items():
        number = len(entries)
        if isinstance(content, bytes):
            small = len(content) < _CUTOFF
            start = (minis if small else sectors).add(content)
            entries.append([name, 2, _NONE, _NONE, start, len(content)])
        else:
            entries.append([name, 1, _NONE, _NONE, 0, 0])
            _add_folder(content, number, entries, sectors, minis)
        if before is None:
            entries[parent][3] = number
        else:
            before[2] = number
        before = entries[number]


def _entry(*fields: object) -> bytes:
    name, kind, right, child, start, size = fields
    wide = f"{name}\0".encode("utf-16-le")
    return struct.pack("<64sHBBIII", wide, len(wide), kind, 1, _NONE, right, child) + struct.pack(
        "<36xIII", start, size, 0
    )


def outlook(
    properties: Mapping[int, str | bytes | int],
    *,
    recipients: tuple[Folder, ...] = (),
    attachments: tuple[Folder, ...] = (),
    header: int = 32,
) -> Folder:
    """Return the folder of a message: text, bytes and numbers by the tag of their property."""
    folder: dict[str, bytes | Folder] = dict(_properties(properties, header))
    folder |= {f"__recip_version1.0_#{number:08X}": one for number, one in enumerate(recipients)}
    folder |= {f"__attach_version1.0_#{number:08X}": one for number, one in enumerate(attachments)}
    return folder


def holder(properties: Mapping[int, str | bytes | int], message: Folder | None = None) -> Folder:
    """Return the folder of a recipient or an attachment, such as a `message`."""
    folder: dict[str, bytes | Folder] = dict(_properties(properties, 8))
    return folder | {"__substg1.0_3701000D": message} if message is not None else folder


def _properties(properties: Mapping[int, str | bytes | int], header: int) -> Iterator[tuple[str, bytes]]:
    table = bytes(header)
    for tag, value in properties.items():
        if isinstance(value, int):
            table += struct.pack("<HHIQ", 0x0040 if value >> 32 else 0x0003, tag, 6, value)
            continue
        kind = 0x001F if isinstance(value, str) else 0x0102
        raw = value.encode("utf-16-le") if isinstance(value, str) else value
        table += struct.pack("<HHIII", kind, tag, 6, len(raw), 0)
        yield f"__substg1.0_{tag:04X}{kind:04X}", raw
    yield "__properties_version1.0", table
