"""What Outlook packs into `winmail.dat` (MS-OXTNEF): the text of a message and the files attached to it."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Final

from ingestion.formats.encoding import read_characters
from ingestion.formats.mail.fields import tidy_name
from ingestion.formats.mail.message import DEEPEST, AttachedFile, Item, MailMessage, unread
from ingestion.formats.mail.outlook.compressed_rtf import decompress_rtf
from ingestion.formats.mail.plain import plain_items
from ingestion.formats.mail.richest import richest, words_of
from ingestion.formats.text.elements import html_blocks

MARK: Final = bytes.fromhex("789f3e22")
"""How such a file begins."""
_ATTRIBUTE: Final = struct.Struct("<BII")
_SUBJECT, _TEXT, _PROPERTIES = 0x00018004, 0x0002800C, 0x00069003
_FILE_BEGINS, _FILE_NAME, _FILE_DATA, _FILE_PROPERTIES = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
_BODY, _RTF, _HTML, _LONG_NAME, _OBJECT, _OWN_SUBJECT = 0x1000, 0x1009, 0x1013, 0x3707, 0x3701, 0x0037
_SIZES: Final = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}
_UNICODE: Final = 0x001F
_VARIABLE: Final = frozenset({0x000D, 0x001E, _UNICODE, 0x0102})
_SEVERAL: Final = 0x1000
_FIRST_NAMED: Final = 0x8000
_HEADER: Final = 6
_CHECKSUM: Final = 2
_INTERFACE: Final = 16

_Attribute = tuple[int, bytes]
_Properties = Mapping[int, bytes | str]


def tnef_message(raw: bytes, depth: int, *, with_text: bool = True) -> MailMessage:
    """Return what is packed in such a file; its text may stand in the message that the file is attached to as well.

    Raises ValueError where nothing is.
    """
    attributes = list(_attributes(raw))
    if not attributes:
        raise ValueError("nothing is packed in the file")
    own = next((_properties(data) for name, data in attributes if name == _PROPERTIES), {})
    subject = _text(own.get(_OWN_SUBJECT) or _first(attributes, _SUBJECT)) if with_text else ""
    body = _body(own, _first(attributes, _TEXT)) if with_text else iter(())
    return MailMessage(" ".join(subject.split()), "", chain(body, _attached(attributes, depth), _end(raw, attributes)))


def _first(attributes: Sequence[_Attribute], wanted: int) -> bytes:
    return next((data for name, data in attributes if name == wanted), b"")


def _attached(attributes: Sequence[_Attribute], depth: int) -> Iterator[Item]:
    for file in _files(attributes):
        yield from _file(file, depth)


def _end(raw: bytes, attributes: Sequence[_Attribute]) -> Iterator[Item]:
    told = _HEADER + sum(_ATTRIBUTE.size + len(data) + _CHECKSUM for _name, data in attributes)
    if told != len(raw):
        yield unread("the end of winmail.dat")


def _body(own: _Properties, text: bytes) -> Iterator[Item]:
    plain = list(plain_items(_text(own.get(_BODY) or text)))
    page = _text(own.get(_HTML, ""))
    if page or words_of(plain):
        yield from richest(plain, html_blocks(page)[0] if page else [])
    elif isinstance(packed := own.get(_RTF, b""), bytes) and packed:
        try:
            yield AttachedFile("the text of the message", "application/rtf", decompress_rtf(packed), body=True)
        except ValueError:
            yield unread("the text of the message")


def _files(attributes: Sequence[_Attribute]) -> Iterator[Mapping[int, bytes]]:
    file: dict[int, bytes] = {}
    for name, data in attributes:
        if name == _FILE_BEGINS and file:
            yield file
            file = {}
        if name in {_FILE_BEGINS, _FILE_NAME, _FILE_DATA, _FILE_PROPERTIES}:
            file[name] = data
    if file:
        yield file


def _file(file: Mapping[int, bytes], depth: int) -> Iterator[Item]:
    told = _properties(file.get(_FILE_PROPERTIES, b""))
    name = tidy_name(_text(told.get(_LONG_NAME) or file.get(_FILE_NAME, b"")))
    inner = told.get(_OBJECT, b"")
    packed = inner[_INTERFACE:] if isinstance(inner, bytes) else b""
    if packed.startswith(MARK) and depth < DEEPEST:
        yield AttachedFile(name, message=tnef_message(packed, depth + 1))
    else:
        yield AttachedFile(name, raw=file.get(_FILE_DATA, b""))


def _text(value: bytes | str) -> str:
    return value if isinstance(value, str) else read_characters(value)[0]


def _attributes(raw: bytes) -> Iterator[_Attribute]:
    position = _HEADER
    while position + _ATTRIBUTE.size <= len(raw):
        _level, name, length = _ATTRIBUTE.unpack_from(raw, position)
        position += _ATTRIBUTE.size
        yield name, raw[position : position + length]
        position += length + _CHECKSUM


def _properties(raw: bytes) -> _Properties:
    """Return the properties in `raw` as far as they go, text where they are text; of several values the first."""
    found: dict[int, bytes | str] = {}
    position = 4
    try:
        for _number in range(int.from_bytes(raw[:4], "little")):
            kind, tag = struct.unpack_from("<HH", raw, position)
            position = _after_name(raw, position + 4) if tag >= _FIRST_NAMED else position + 4
            value, position = _value(raw, position, kind)
            text = value.decode("utf-16-le", errors="replace").rstrip("\0") if kind == _UNICODE else value
            found.setdefault(tag, text)
    except (struct.error, KeyError):  # cut off, or of a kind whose length is not known
        pass
    return found


def _after_name(raw: bytes, position: int) -> int:
    by_name, length = struct.unpack_from("<II", raw, position + 16)
    return position + 24 + (-(-length // 4) * 4 if by_name else 0)


def _value(raw: bytes, position: int, kind: int) -> tuple[bytes, int]:
    single = kind & ~_SEVERAL
    count = 1
    if single in _VARIABLE or kind & _SEVERAL:
        (count,) = struct.unpack_from("<I", raw, position)
        position += 4
    first = b""
    for number in range(count):
        if single in _VARIABLE:
            (length,) = struct.unpack_from("<I", raw, position)
            position += 4
        else:
            length = _SIZES[single]
        if position + length > len(raw):
            raise struct.error("a value that is cut off")
        first = raw[position : position + length] if number == 0 else first
        position += -(-length // 4) * 4
    return first, position
