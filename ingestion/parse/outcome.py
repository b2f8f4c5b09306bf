"""What a parse may cost, what it returns, and how it fails."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ingestion.chunk import Piece
from ingestion.formats.account import WHOLLY_READ, Account
from tenancy.values.layout import NO_LAYOUT, Layout

WAITED: Final = 3
_MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one document may cost. Seconds are wall clock, enforced from outside the parser.

    What it spends waiting for a processor does not count, up to `WAITED` times as much. After `turn_seconds` of a
    processor's time it leaves the processors to other documents.
    """

    seconds: int = 300
    turn_seconds: int = 3
    memory_bytes: int = 2048 * _MIB
    folder_bytes: int = 512 * _MIB
    document_bytes: int = 256 * _MIB
    reply_bytes: int = 96 * _MIB
    processes: int = 64
    pages: int = 3_000
    ocr_pages: int = 50
    archive_entries: int = 10_000
    archive_bytes: int = 512 * _MIB
    archive_ratio: int = 200
    nesting: int = 256
    text_chars: int = 10_000_000
    chunks: int = 60_000


@dataclass(frozen=True, slots=True)
class Extracted:
    """A document's text and its chunks in order; `title` and `pages` are None where the document has none.

    `layout` is the whole text's, and `account` tells what of the document is not in it.
    """

    text: str
    title: str | None
    pages: int | None
    chunks: tuple[Piece, ...]
    layout: Layout = NO_LAYOUT
    account: Account = WHOLLY_READ


@dataclass(frozen=True, slots=True)
class _Reason:
    detail: str
    retryable: bool = False


_REASONS: Final[Mapping[str, _Reason]] = MappingProxyType(
    {
        "encrypted": _Reason("The document is protected with a password. Remove the protection and upload it again."),
        "damaged": _Reason("The document is damaged or not what its name says. Save it again and upload the new file."),
        "empty": _Reason("The file is empty. Upload a file with content."),
        "no_text": _Reason("No text was found in the document. Upload a version that contains text."),
        "needs_libreoffice": _Reason(
            "This older Office format can only be read by LibreOffice, which parsers do not run. Open it there, or in "
            "Office, save it as DOCX, PPTX or PDF, and upload that."
        ),
        "needs_ocr": _Reason(
            "The document holds images only, and text recognition is not installed here. Upload a version with text, "
            "or ask the operator to install tesseract-ocr and retry.",
            retryable=True,
        ),
        "too_large": _Reason("The document is larger than one document may be. Split it and upload the parts."),
        "too_many_pages": _Reason("The document has more pages than one document may have. Split it into parts."),
        "timed_out": _Reason(
            "The document took longer to read than is allowed. Retry once; if it fails again, split it into parts.",
            retryable=True,
        ),
        "too_much_memory": _Reason("Reading the document needs more memory than is allowed. Split it into parts."),
        "archive_bomb": _Reason("The file unpacks to far more than its size allows. Save it again without that part."),
        "entities": _Reason("The document declares XML entities, which are not allowed. Save it without them."),
        "too_deep": _Reason("The document's structure is nested too deeply. Save it in a simpler form."),
        "unsupported": _Reason("This type of file cannot be read. Save it in a supported format, such as PDF or DOCX."),
        "crashed": _Reason(
            "Reading the document ended the parser. Retry once; if it fails again, save it in another format.",
            retryable=True,
        ),
        "unavailable": _Reason("The parser did not answer. Nothing is wrong with the document; retry.", retryable=True),
    }
)
CODES: Final = frozenset(_REASONS)


class ParseFailed(Exception):
    """The document gave no text: `code` is one of `CODES`, `detail` one sentence or two on what to do about it."""

    stage: Final = "parsing"

    def __init__(self, code: str) -> None:
        """Look up the sentence for `code`; an unknown code is a KeyError, so none is made up on the way."""
        reason = _REASONS[code]
        super().__init__(reason.detail)
        self.code = code
        self.detail = reason.detail
        self.retryable = reason.retryable
