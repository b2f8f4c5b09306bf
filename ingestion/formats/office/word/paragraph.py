"""A paragraph that is being read: its text, the page that it begins on, and where it goes on on others."""

from typing import Final

from ingestion.chunk import BlockKind
from ingestion.formats.content import Passage
from ingestion.formats.office.word.paging import PageCount

_HEADING_CHARS: Final = 150
_LINE_CHARS: Final = 100
_SOFT_HYPHEN: Final = "\u00ad"
_ONE_LINE: Final = str.maketrans("\t\n", "  ")


class ParagraphText:
    """Collects the text of a paragraph."""

    def __init__(self, pages: PageCount) -> None:
        """Begin a paragraph at where `pages` is."""
        self._pages = pages
        self._parts: list[str] = []
        self._length = 0
        self._page = 0
        self._breaks: list[tuple[int, int]] = []

    def add(self, text: str) -> None:
        """Add what comes next; white space before everything else is left out."""
        text = text.replace(_SOFT_HYPHEN, "")
        if not self._length:
            text = text.lstrip()
        if not text:
            return
        self._pages.write(text, begins=not self._length)
        page = self._pages.number
        if not self._length:
            self._page = page
        elif page != (self._breaks[-1][1] if self._breaks else self._page):
            self._breaks.append((self._length, page))
        self._parts.append(text)
        self._length += len(text)

    def passage(self, before: str, *, heading: bool) -> Passage | None:
        """Return the whole with its label `before` it; None where nothing is written."""
        text = "".join(self._parts).rstrip()
        if not text:
            return None
        shift = len(before)
        breaks = tuple((offset + shift, page) for offset, page in self._breaks if offset < len(text))
        if heading and shift + len(text) <= _HEADING_CHARS:
            return Passage(f"{before}{text}".translate(_ONE_LINE), BlockKind.HEADING, self._page, breaks)
        is_lines = "\n" in text and max(map(len, text.split("\n"))) <= _LINE_CHARS
        return Passage(f"{before}{text}", BlockKind.LINES if is_lines else BlockKind.PROSE, self._page, breaks)
