"""What is refused before a parser sees it: archives that explode, XML entities, structure without end."""

import re
import zipfile
from pathlib import Path
from typing import Final

import olefile

from ingestion.formats.content import Content
from ingestion.formats.encoding import decode
from ingestion.formats.record import Compound, Format, Markup, Text, Zip
from ingestion.parse.outcome import Limits, ParseFailed

_BLOCK: Final = 1 << 20
_RATIO_FROM: Final = 16 << 20  # small files may compress as well as they like
_PROLOGUE: Final = 1 << 16
_ENTITY: Final = re.compile(r"<!ENTITY", re.IGNORECASE)
_XML_IN_ZIP: Final = (".xml", ".rels", ".xhtml", ".html", ".opf", ".ncx")
_TAG: Final = re.compile(r"<(/?)([A-Za-z_][^\s<>/]{0,40})[^<>]*?(/?)>")
_NOT_CLOSED: Final = frozenset(
    {"br", "img", "hr", "input", "meta", "link", "wbr", "area", "base", "col", "embed", "source", "track", "param"}
    | {"p", "li", "td", "th", "tr", "dt", "dd", "option"}
)
"""Elements of HTML that end by themselves: many of them are no depth."""


def refuse(path: Path, kind: Format, limits: Limits) -> None:
    """Raise ParseFailed if the file at `path` would cost more than `limits` allow, or is protected, or is empty."""
    if path.stat().st_size == 0:
        raise ParseFailed("empty")
    if olefile.isOleFile(path):
        _refuse_compound(path, kind)
    elif isinstance(kind.container, Zip):
        _refuse_archive(path, limits)
    elif isinstance(kind.container, Text) and kind.container.markup is not Markup.NONE:
        text = decode(path.read_bytes())
        if kind.container.markup is Markup.XML:
            _refuse_xml(text)
        _refuse_depth(text, limits)


def refuse_old_office(_path: Path, _limits: Limits) -> Content:
    """Raise ParseFailed with the advice to save the file anew: the reader of DOC and PPT."""
    raise ParseFailed("needs_libreoffice")


def _refuse_compound(path: Path, kind: Format) -> None:
    with olefile.OleFileIO(path) as container:
        if container.exists("EncryptedPackage") or container.exists("EncryptionInfo"):
            raise ParseFailed("encrypted")
    if not isinstance(kind.container, Compound):
        raise ParseFailed("damaged")


def _refuse_archive(path: Path, limits: Limits) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > limits.archive_entries:
                raise ParseFailed("archive_bomb")
            unpacked = 0
            for entry in entries:
                if entry.flag_bits & 1:
                    raise ParseFailed("encrypted")
                unpacked += _measure(archive, entry, limits.archive_bytes - unpacked, limits)
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
        raise ParseFailed("damaged") from error
    if unpacked > _RATIO_FROM and unpacked > limits.archive_ratio * path.stat().st_size:
        raise ParseFailed("archive_bomb")


def _measure(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int, limits: Limits) -> int:
    # Unpacked here once, and thrown away, because what the directory says of an entry's size may be a lie.
    size = 0
    is_xml = entry.filename.lower().endswith(_XML_IN_ZIP)
    with archive.open(entry) as content:
        start = b""
        while block := content.read(_BLOCK):
            if is_xml and size == 0:
                start = block[:_PROLOGUE]
            size += len(block)
            if size > most:
                raise ParseFailed("archive_bomb")
    if is_xml:
        _refuse_xml(decode(start))
        with archive.open(entry) as content:
            _refuse_depth(decode(content.read(limits.archive_bytes)), limits)
    return size


def _refuse_xml(text: str) -> None:
    # A document type may stand anywhere before the first element; entities are declared nowhere else.
    first = _TAG.search(text)
    if _ENTITY.search(text, 0, first.start() if first else len(text)):
        raise ParseFailed("entities")


def _refuse_depth(text: str, limits: Limits) -> None:
    depth = 0
    for tag in _TAG.finditer(text):
        if tag.group(2).lower() in _NOT_CLOSED:
            continue
        if tag.group(1):
            depth = max(0, depth - 1)
        elif not tag.group(3):
            depth += 1
            if depth > limits.nesting * 16:
                raise ParseFailed("too_deep")
