"""What format a file is in, judged by its name and its first bytes, never by what the client declares."""

import re
from pathlib import PurePosixPath
from typing import Final

from ingestion.formats.catalogue import FORMATS
from ingestion.formats.encoding import decode, looks_like_text
from ingestion.formats.record import Binary, Compound, Format, Formats, Markup, Text, Zip

HEAD_BYTES: Final = 8192
_SUFFIX_CHARS: Final = 12
_ZIP: Final = b"PK\x03\x04"
_EMPTY_ZIP: Final = b"PK\x05\x06"
_COMPOUND: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_TAG: Final = re.compile(
    r"\s*<(!--|meta|style|head|body|title|table|div|font|p|center|h[1-6]|span|b|br|tr)\b", re.IGNORECASE
)
_WRITTEN_AS: Final = {"doc": "txt", "xls": "csv"}
_FOREIGN: Final = (
    b"\x7fELF",
    b"MZ",
    b"\x1f\x8b",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!",
    b"BZh",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
    b"GIF8",
    b"ID3",
    b"OggS",
    b"\xca\xfe\xba\xbe",
    b"\xcf\xfa\xed\xfe",
    b"SQLite format 3\x00",
)


def detect(name: str, head: bytes, formats: Formats = FORMATS) -> Format | None:
    """Return the format of a file called `name` that begins with `head` (the first 8 KiB or all), None if unsupported.

    What the bytes say for certain wins over the name; between formats that share a container, and among kinds of text,
    the name decides. A damaged or empty file of a supported name keeps its format: the parser says what is wrong.
    """
    suffix = PurePosixPath(name.replace("\\", "/")).suffix.lstrip(".").lower()[:_SUFFIX_CHARS].strip()
    named = formats.of_suffix(suffix)
    certain = next((each for each, by in formats.within(Binary) if re.match(by.magic, head, re.DOTALL)), None)
    if certain is not None or not head:
        return certain or named
    if head.startswith((_ZIP, _EMPTY_ZIP)):
        return _in_zip(head, named, formats)
    if head.startswith(_COMPOUND):
        return _in_compound(head, named, formats)
    if head.startswith(_FOREIGN) or head[4:8] == b"ftyp":
        return None
    return _by_name(head, named, formats)


def _in_zip(head: bytes, named: Format | None, formats: Formats) -> Format | None:
    marked = next((each for each, within in formats.within(Zip) if within.mark in head), None)
    if marked is None and named is not None and isinstance(named.container, Zip):
        return named
    return marked


def _in_compound(head: bytes, named: Format | None, formats: Formats) -> Format | None:
    # A protected DOCX, XLSX or PPTX is such a container too: its name is then the only hint.
    if named is not None and isinstance(named.container, Compound | Zip):
        return named
    return next((each for each, within in formats.within(Compound) if within.mark in head), None)


def _by_name(head: bytes, named: Format | None, formats: Formats) -> Format | None:
    if named is not None and not isinstance(named.container, Text):
        # Programs on the web write HTML, XML and separated values under the names of Office's files.
        is_office = isinstance(named.container, Compound | Zip) and looks_like_text(head)
        return (_by_opening(head, formats) if is_office else None) or _written(head, named, formats) or named
    if not looks_like_text(head):
        return None
    says_text = named is None or (isinstance(named.container, Text) and named.container.plain)
    if says_text:
        return _by_opening(head, formats) or named
    is_xml = named is not None and isinstance(named.container, Text) and named.container.markup is Markup.XML
    return (_by_opening(head, formats, dialects=True) if is_xml else None) or named


def _by_opening(head: bytes, formats: Formats, *, dialects: bool = False) -> Format | None:
    start = decode(head, partial=True).lstrip("\ufeff \t\r\n").lower()
    openings = ((each, text) for each, text in formats.within(Text) if text.opening and (text.dialect or not dialects))
    return next((each for each, text in openings if re.match(text.opening, start, re.DOTALL)), None)


def _written(head: bytes, named: Format, formats: Formats) -> Format | None:
    """Return the format of a text that has the name of an old Office file: HTML in pieces, values or plain words."""
    if not isinstance(named.container, Compound) or not looks_like_text(head):
        return None
    if _TAG.match(decode(head, partial=True)):
        return formats.of_suffix("html")
    return formats.of_suffix(_WRITTEN_AS.get(named.name, "?"))
