"""The message inside an opaque signature (S/MIME, RFC 8551): signed, and for all to read."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_SIGNED: Final = bytes.fromhex("2a864886f70d010702")  # pkcs7-signedData, RFC 5652
_OBJECT, _OCTETS, _SEQUENCE, _CONTENT = 0x06, 0x04, 0x30, 0xA0
_CONSTRUCTED, _NUMBER = 0x20, 0x1F
_END: Final = b"\0\0"
_DEEPEST: Final = 8
_INDEFINITE: Final = 0x80
_LONGEST_LENGTH: Final = 4


@dataclass(frozen=True, slots=True)
class _Element:
    """An element of BER: its tag, its content, and where the next one begins."""

    tag: int
    content: memoryview
    end: int


def signed_content(raw: bytes) -> bytes | None:
    """Return what is signed in a CMS structure, None where it is none, is encrypted, or ends too early."""
    try:
        outer = _children(_element(memoryview(raw), 0, 0))
        if outer[0].tag != _OBJECT or bytes(outer[0].content) != _SIGNED:
            return None
        signed = _children(_children(outer[1])[0])
        inside = next(each for each in signed if each.tag == _SEQUENCE)
        content = next(each for each in _children(inside) if each.tag == _CONTENT)
        return b"".join(_octets(_children(content)[0], 0))
    except (IndexError, StopIteration, ValueError):
        return None


def _octets(element: _Element, depth: int) -> Iterator[bytes]:
    if depth > _DEEPEST:
        raise ValueError("strings in strings without end")
    if element.tag == _OCTETS:
        yield bytes(element.content)
    elif element.tag == _OCTETS | _CONSTRUCTED:
        for each in _children(element):
            yield from _octets(each, depth + 1)


def _children(element: _Element) -> list[_Element]:
    found, position = [], 0
    while position < len(element.content):
        child = _element(element.content, position, 0)
        found.append(child)
        position = child.end
    return found


def _element(raw: memoryview, start: int, depth: int) -> _Element:
    """Return the element that begins at `start`. Raises IndexError or ValueError where it is cut off."""
    tag, first = raw[start], raw[start + 1]
    position = start + 2
    if tag & _NUMBER == _NUMBER or depth > _DEEPEST:
        raise ValueError("no structure that a signature has")
    if first == _INDEFINITE:
        end = _indefinite_end(raw, position, depth)
        return _Element(tag, raw[position:end], end + len(_END))
    length = first
    if first > _INDEFINITE:
        size = first - _INDEFINITE
        if size > _LONGEST_LENGTH:
            raise ValueError("longer than a file")
        length = int.from_bytes(raw[position : position + size], "big")
        position += size
    if position + length > len(raw):
        raise ValueError("cut off")
    return _Element(tag, raw[position : position + length], position + length)


def _indefinite_end(raw: memoryview, position: int, depth: int) -> int:
    while bytes(raw[position : position + len(_END)]) != _END:
        position = _element(raw, position, depth + 1).end
    return position
