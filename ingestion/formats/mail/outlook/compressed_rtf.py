"""Rich text as Outlook compresses it (MS-OXRTFCP)."""

import struct
from typing import Final

_HEADER: Final = struct.Struct("<IIII")
_COMPRESSED: Final = 0x75465A4C
_STORED: Final = 0x414C454D
_WINDOW: Final = 4096
_MOST: Final = 16 << 20
_KNOWN: Final = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor "
    rb"MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
"""What the window holds before anything was read."""


def decompress_rtf(raw: bytes) -> bytes:
    """Return the rich text, as much of it as there is. Raises ValueError for what is none."""
    if len(raw) < _HEADER.size:
        raise ValueError("no compressed rich text: it is too short")
    _size, length, kind, _checksum = _HEADER.unpack_from(raw)
    if kind == _STORED:
        return raw[_HEADER.size : _HEADER.size + length]
    if kind != _COMPRESSED:
        raise ValueError("no compressed rich text: its mark is missing")
    return _unpacked(raw, min(length, _MOST))


def _unpacked(raw: bytes, length: int) -> bytes:
    # All that was read is kept after what the window holds at first, so that a place in the window is one in it.
    found = bytearray(_KNOWN)
    position, most = _HEADER.size, len(_KNOWN) + length
    while position < len(raw) and len(found) < most:
        control = raw[position]
        position += 1
        for bit in range(8):
            if not control >> bit & 1:
                found += raw[position : position + 1]
                position += 1
                continue
            if position + 1 >= len(raw):
                return bytes(found[len(_KNOWN) : most])
            reference = raw[position] << 8 | raw[position + 1]
            position += 2
            distance = (len(found) - (reference >> 4)) % _WINDOW
            if distance == 0:  # points at where the next byte would stand: that is the end
                return bytes(found[len(_KNOWN) : most])
            _copy(found, distance, (reference & 15) + 2)
    return bytes(found[len(_KNOWN) : most])


def _copy(found: bytearray, distance: int, length: int) -> None:
    start = len(found) - distance
    if start < 0:  # before all that there is: the window holds zeros there
        found += bytes(length)
        return
    for offset in range(length):
        found.append(found[start + offset])
