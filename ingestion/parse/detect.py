"""What type a file is, judged by its name and its first bytes, never by what the client declares."""

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final

from ingestion.parse.formats.encoding import decode, looks_like_text

HEAD_BYTES: Final = 8192
_SUFFIX_CHARS: Final = 12


class FileType(StrEnum):
    """The types that can be read; the value is the suffix a parser gives its own copy."""

    TXT = "txt"
    MD = "md"
    HTML = "html"
    XML = "xml"
    CSV = "csv"
    TSV = "tsv"
    JSON = "json"
    NDJSON = "ndjson"
    RST = "rst"
    ORG = "org"
    RTF = "rtf"
    EML = "eml"
    MSG = "msg"
    PDF = "pdf"
    DOCX = "docx"
    PPTX = "pptx"
    XLSX = "xlsx"
    XLS = "xls"
    ODT = "odt"
    EPUB = "epub"
    DOC = "doc"
    PPT = "ppt"
    PNG = "png"
    JPEG = "jpg"
    TIFF = "tiff"
    BMP = "bmp"
    WEBP = "webp"
    HEIC = "heic"


IMAGES: Final = frozenset({FileType.PNG, FileType.JPEG, FileType.TIFF, FileType.BMP, FileType.WEBP, FileType.HEIC})
ZIPPED: Final = frozenset({FileType.DOCX, FileType.PPTX, FileType.XLSX, FileType.ODT, FileType.EPUB})
COMPOUND: Final = frozenset({FileType.DOC, FileType.PPT, FileType.XLS, FileType.MSG})
_TEXTS: Final = frozenset(
    {
        FileType.TXT,
        FileType.MD,
        FileType.HTML,
        FileType.XML,
        FileType.CSV,
        FileType.TSV,
        FileType.JSON,
        FileType.NDJSON,
        FileType.RST,
        FileType.ORG,
        FileType.EML,
    }
)
_BY_SUFFIX: Final[Mapping[str, FileType]] = MappingProxyType(
    {member.value: member for member in FileType}
    | {
        "": FileType.TXT,
        "text": FileType.TXT,
        "log": FileType.TXT,
        "markdown": FileType.MD,
        "htm": FileType.HTML,
        "xhtml": FileType.HTML,
        "jsonl": FileType.NDJSON,
        "tab": FileType.TSV,
        "jpeg": FileType.JPEG,
        "tif": FileType.TIFF,
        "docm": FileType.DOCX,
        "pptm": FileType.PPTX,
        "xlsm": FileType.XLSX,
        "heif": FileType.HEIC,
    }
)
_MAGIC: Final = (
    (b"{\\rtf", FileType.RTF),
    (b"\x89PNG\r\n\x1a\n", FileType.PNG),
    (b"\xff\xd8\xff", FileType.JPEG),
    (b"II*\x00", FileType.TIFF),
    (b"MM\x00*", FileType.TIFF),
)
_ZIP: Final = b"PK\x03\x04"
_EMPTY_ZIP: Final = b"PK\x05\x06"
_COMPOUND: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_IN_ZIP: Final = (
    (b"mimetypeapplication/epub+zip", FileType.EPUB),
    (b"mimetypeapplication/vnd.oasis.opendocument.text", FileType.ODT),
    (b"word/", FileType.DOCX),
    (b"ppt/", FileType.PPTX),
    (b"xl/", FileType.XLSX),
)
_IN_COMPOUND: Final = (
    ("WordDocument", FileType.DOC),
    ("PowerPoint Document", FileType.PPT),
    ("Workbook", FileType.XLS),
    ("__substg1.0_", FileType.MSG),
)
_HEIC_BRANDS: Final = (b"heic", b"heix", b"mif1", b"heif")
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


def detect(name: str, head: bytes) -> FileType | None:
    """Return the type of a file called `name` that begins with `head` (the first 8 KiB or all), None if unsupported.

    What the bytes say for certain wins over the name; between types that share a container, and among kinds of text,
    the name decides. A damaged or empty file of a supported name keeps its type: the parser says what is wrong.
    """
    suffix = PurePosixPath(name.replace("\\", "/")).suffix.lstrip(".").lower()[:_SUFFIX_CHARS].strip()
    named = _BY_SUFFIX.get(suffix)
    binary = _by_magic(head)
    if binary is not None or not head:
        return binary or named
    if head.startswith((_ZIP, _EMPTY_ZIP)):
        return _in_zip(head, named)
    if head.startswith(_COMPOUND):
        return _in_compound(head, named)
    if head.startswith(_FOREIGN) or head[4:8] == b"ftyp":
        return None
    return _by_name(head, named)


def _by_magic(head: bytes) -> FileType | None:
    if b"%PDF-" in head[:1024]:
        return FileType.PDF
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0":
        return FileType.BMP
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return FileType.WEBP
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return FileType.HEIC
    return next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)


def _in_zip(head: bytes, named: FileType | None) -> FileType | None:
    if named in ZIPPED and not any(marker in head for marker, _kind in _IN_ZIP):
        return named
    return next((kind for marker, kind in _IN_ZIP if marker in head), None)


def _in_compound(head: bytes, named: FileType | None) -> FileType | None:
    # A protected DOCX, XLSX or PPTX is such a container too: its name is then the only hint.
    if named in COMPOUND or named in ZIPPED:
        return named
    return next((kind for stream, kind in _IN_COMPOUND if stream.encode("utf-16-le") in head), None)


def _by_name(head: bytes, named: FileType | None) -> FileType | None:
    if named is None:
        return _markup(head) if looks_like_text(head) else None
    if named in _TEXTS:
        return _as_text(named, head)
    return named  # not what the name says: the parser reports it as damaged


def _as_text(named: FileType, head: bytes) -> FileType | None:
    if not looks_like_text(head):
        return None
    return _markup(head) or named if named is FileType.TXT else named


def _markup(head: bytes) -> FileType | None:
    start = decode(head, partial=True).lstrip().lower()
    if re.match(r"(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype html|html)", start, re.DOTALL):
        return FileType.HTML
    return FileType.XML if start.startswith("<?xml") else None
