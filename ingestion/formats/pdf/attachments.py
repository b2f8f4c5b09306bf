"""The files that are embedded in a PDF, read by the reader of their format."""

import ctypes
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pypdfium2
import pypdfium2.raw as pdfium_raw

from ingestion.formats.content import PART_CHARS, Content, Passage, ReadingWarning, Table, WarningCode
from ingestion.formats.detection import HEAD_BYTES, detect
from ingestion.formats.refusals import refuse
from ingestion.parse.outcome import Limits, ParseFailed

_MOST: Final = 50
_MOST_NAMED: Final = 1_000
_NAME_BYTES: Final = 2_000
_PDF: Final = "pdf"

_FAULTS: Final = (
    ParseFailed,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
"""What readers and their libraries raise on a damaged file, which fails alone."""

ReadPdf = Callable[[Path, Limits], Content]


@dataclass(frozen=True, slots=True)
class EmbeddedFile:
    """A file within a PDF; without content it cannot be taken out."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Attached:
    """What the files embedded in a PDF hold, how many there are, and which of them were not read."""

    blocks: list[Passage | Table]
    parts: int
    warnings: list[ReadingWarning]


def embedded(document: pypdfium2.PdfDocument, limits: Limits) -> list[EmbeddedFile]:
    """Return the files that a document carries."""
    count = max(pdfium_raw.FPDFDoc_GetAttachmentCount(document.raw), 0)
    handles = [pdfium_raw.FPDFDoc_GetAttachment(document.raw, number) for number in range(min(count, _MOST_NAMED))]
    return [embedded_file(handle, limits.document_bytes) for handle in handles if handle]


def read_attachments(files: Sequence[EmbeddedFile], limits: Limits, read_pdf: ReadPdf | None) -> Attached:
    """Read the files embedded in a document, each of which may fail without failing the others.

    `read_pdf` reads the PDFs among them; without it nothing is read, and every file is named in a warning.
    """
    found = Attached([], len(files), [])
    for number, file in enumerate(files):
        name = file.name
        inner = _read(file, number, limits, read_pdf) if read_pdf is not None and number < _MOST else None
        if inner is None:
            found.warnings.append(ReadingWarning(WarningCode.ATTACHMENT_UNREAD, part=name[:PART_CHARS]))
            continue
        found.blocks.append(Passage(f"Attachment: {name}"))
        found.blocks.extend(inner.blocks)
        for warning in inner.warnings:
            part = f"{name}, {warning.part}" if warning.part else name
            found.warnings.append(ReadingWarning(warning.code, warning.page, part[:PART_CHARS]))
    return found


def embedded_file(handle: object, most_bytes: int) -> EmbeddedFile:
    """Return the file that pdfium has at `handle`; without its content where that is longer than `most_bytes`."""
    return EmbeddedFile(_name(handle), _content(handle, most_bytes))


def _name(handle: object) -> str:
    length = pdfium_raw.FPDFAttachment_GetName(handle, None, 0)
    if not 2 < length <= _NAME_BYTES:  # noqa: PLR2004 - the null alone
        return "without a name"
    buffer = (pdfium_raw.FPDF_WCHAR * (length // 2 + 1))()
    pdfium_raw.FPDFAttachment_GetName(handle, buffer, length)
    text = ctypes.string_at(buffer, length).decode("utf-16-le", "replace").rstrip("\0")
    return " ".join("".join(letter for letter in text if letter.isprintable()).split()) or "without a name"


def _content(handle: object, most_bytes: int) -> bytes:
    length = ctypes.c_ulong()
    if not pdfium_raw.FPDFAttachment_GetFile(handle, None, 0, length) or not 0 < length.value <= most_bytes:
        return b""
    buffer = ctypes.create_string_buffer(length.value)
    if not pdfium_raw.FPDFAttachment_GetFile(handle, buffer, length.value, length):
        return b""
    return buffer.raw


def _read(file: EmbeddedFile, number: int, limits: Limits, read_pdf: ReadPdf) -> Content | None:
    """Return what an embedded file holds; None where it cannot be read, or carries files itself."""
    content = file.content
    kind = detect(file.name, content[:HEAD_BYTES])
    if kind is None or kind.attaches or not content:
        return None
    path = Path(f"embedded-{number}.{kind.name}").absolute()
    path.write_bytes(content)
    try:
        refuse(path, kind, limits)
        found = read_pdf(path, limits) if kind.name == _PDF else kind.read(path, limits)
    except _FAULTS:
        return None
    return replace(found, blocks=[_without_page(block) for block in found.blocks])


def _without_page(block: Passage | Table) -> Passage | Table:
    """Return a block of an embedded file without its page, which is none of the document that it stands in."""
    if isinstance(block, Passage):
        return replace(block, page=None, breaks=())
    return replace(block, page=None, rows=[replace(row, page=None) for row in block.rows])
