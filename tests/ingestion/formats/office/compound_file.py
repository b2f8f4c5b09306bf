"""Microsoft's compound files of one stream, as older Office programs wrap what they embed."""

import struct

_SECTOR = 512
_END, _FREE, _TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_LEAST = 4096
"""Shorter streams are kept in another way."""


def compound_file(name: str, content: bytes) -> bytes:
    """Write a compound file with one stream; short content is filled up."""
    content = content.ljust(_LEAST, b"\0")
    sectors = -(-len(content) // _SECTOR)
    chain = [_TABLE, _END, *range(3, sectors + 2), _END]
    table = struct.pack(f"<{len(chain)}I", *chain).ljust(_SECTOR, b"\xff")
    assert len(table) == _SECTOR
    root, stream = _entry("Root Entry", 5, 1, _END, 0), _entry(name, 2, _FREE, 2, len(content))
    header = struct.pack("<8s16s5H6s", bytes.fromhex("d0cf11e0a1b11ae1"), bytes(16), 62, 3, 0xFFFE, 9, 6, bytes(6))
    header += struct.pack("<9I", 0, 1, 1, 0, _LEAST, _END, 0, _END, 0) + struct.pack("<109I", 0, *[_FREE] * 108)
    return header + table + (root + stream).ljust(_SECTOR, b"\0") + content.ljust(sectors * _SECTOR, b"\0")


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    letters = name.encode("utf-16-le") + b"\0\0"
    return struct.pack(
        "<64sHBB3I16sI8s8sIQ", letters, len(letters), kind, 1, _FREE, _FREE, child, bytes(16), 0, bytes(8), bytes(8),
        start, size,
    )  # fmt: skip


def native(name: str, content: bytes) -> bytes:
    """The stream in which a file dragged into a document is kept."""
    label = name.encode("cp1252") + b"\0"
    copied = struct.pack("<HHI", 0, 3, len(label)) + label + struct.pack("<I", len(content)) + content
    data = struct.pack("<H", 2) + label + label + copied
    return struct.pack("<I", len(data)) + data
