"""What a reader found in a file: passages and tables in reading order, and an account of what it could not read."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ingestion.chunk import BlockKind

PART_CHARS: Final = 200
"""The longest name of a part in a warning."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph, a heading or lines that stand by themselves; `page` (from 1) is where it begins, None without pages.

    `breaks` tells where it goes on on another page: offsets into `text` (code points, ascending), each with the page.
    """

    text: str
    kind: BlockKind = BlockKind.PROSE
    page: int | None = None
    breaks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of cells as they are shown, and the page that it stands on."""

    cells: tuple[str, ...]
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `header` are the names of its columns, which stand in no row, and empty where it names none."""

    rows: Sequence[TableRow]
    header: tuple[str, ...] = ()
    caption: str = ""
    sheet: str = ""
    page: int | None = None


class WarningCode(StrEnum):
    """What is wrong with a part of a document that could be read otherwise."""

    PAGE_WITHOUT_TEXT = "page_without_text"
    LETTERS_UNKNOWN = "letters_unknown"
    PART_UNREAD = "part_unread"
    ATTACHMENT_UNREAD = "attachment_unread"
    RECORD_UNREAD = "record_unread"
    CHARACTERS_REPLACED = "characters_replaced"
    """Read, but for bytes that mean nothing in its encoding."""
    TEXT_RECOGNISED = "text_recognised"
    """Read from a picture, so that letters and figures may be wrong."""


@dataclass(frozen=True, slots=True)
class ReadingWarning:
    """A warning about a page (from 1), or about a part by the name that a person knows it by (a file, a line)."""

    code: WarningCode
    page: int | None = None
    part: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """What a document holds, the title it gives itself, and its pages: None where the format has none.

    `parts` counts what there was to read (pages, slides, sheets, notes, attachments …); `warnings` name those of them
    that were not read. `headings` says whether the first heading may stand for a title that is missing.
    """

    blocks: Sequence[Passage | Table]
    title: str | None = None
    pages: int | None = None
    headings: bool = True
    parts: int = 1
    warnings: Sequence[ReadingWarning] = ()
