"""The account of a document: how many of its parts were read, and a warning for each that was not."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ingestion.formats.content import PART_CHARS, Content, ReadingWarning, WarningCode
from tenancy.stores.views import Coverage, PartWarning

MOST_WARNINGS: Final = 200
"""The most that are listed; the numbers tell of all."""
_READ: Final = frozenset({WarningCode.CHARACTERS_REPLACED, WarningCode.TEXT_RECOGNISED})
_DETAILS: Final[Mapping[WarningCode, str]] = MappingProxyType(
    {
        WarningCode.PAGE_WITHOUT_TEXT: "{where} shows something but holds no text. Upload a version of it with text.",
        WarningCode.LETTERS_UNKNOWN: "The letters of some text on {where} cannot be told, so it was left out. Save the "
        "document again with its fonts embedded, or upload a scan.",
        WarningCode.PART_UNREAD: "{where} could not be read. Save the document again and upload it.",
        WarningCode.ATTACHMENT_UNREAD: "The attached file {where} was not read: it is protected, damaged or of a kind "
        "that cannot be read. Upload it by itself.",
        WarningCode.RECORD_UNREAD: "{where} is not as its format wants it and was left out. The rest was read.",
        WarningCode.CHARACTERS_REPLACED: "Some bytes of {where} mean nothing in its encoding and were replaced. Save "
        "it as UTF-8.",
        WarningCode.TEXT_RECOGNISED: "{where} is a picture. Its text was recognised, and may be misread.",
    }
)


@dataclass(frozen=True, slots=True)
class Account:
    """How many parts there were, how many of them were not read, and warnings, each page or part at most once a code.

    The first `MOST_WARNINGS` are listed.
    """

    parts: int = 1
    unread: int = 0
    warnings: tuple[ReadingWarning, ...] = ()

    def coverage(self) -> Coverage:
        """Return the numbers as a document shows them."""
        return Coverage(self.parts, self.parts - self.unread, self.unread)

    def told(self) -> tuple[PartWarning, ...]:
        """Return the warnings in sentences for a person."""
        return tuple(
            PartWarning(each.code, _DETAILS[each.code].format(where=_where(each)), each.page, each.part or None)
            for each in self.warnings
        )


WHOLLY_READ: Final = Account()
"""Of a document of one part."""


def account(found: Content) -> Account:
    """Return the account of what a reader found."""
    distinct = dict.fromkeys(ReadingWarning(each.code, each.page, _plain(each.part)) for each in found.warnings)
    unread = len({(each.page, each.part) for each in distinct if each.code not in _READ})
    return Account(max(found.parts, unread), unread, tuple(distinct)[:MOST_WARNINGS])


def _plain(part: str) -> str:
    kept = "".join(letter if letter.isprintable() else " " for letter in part)
    return " ".join(kept.split())[:PART_CHARS].strip()


def _where(warning: ReadingWarning) -> str:
    page = "" if warning.page is None else f"page {warning.page}"
    where = ", ".join(each for each in (warning.part, page) if each) or "the document"
    return where[0].upper() + where[1:] if _DETAILS[warning.code].startswith("{") else where
