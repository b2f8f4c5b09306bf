"""Where pages begin in a document's text, and which of its lines are rows of a table."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from typing import Final, Self, final

NAMES_CHARS: Final = 4_000
"""The most that the names of a table's columns may have in all: they are kept with each chunk of its rows."""
NAME_CHARS: Final = 200
"""The most that the name of a sheet, or a caption, may have."""
_HEADER_CHARS: Final = 400


@final
@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one table, a line each: code points `start` to `end`; `header` are the names of the columns, if any."""

    start: int
    end: int
    header: tuple[str, ...] = ()
    sheet: str = ""
    caption: str = ""

    def heading(self) -> str:
        """Return what a row does not say itself, for whoever sees it alone: sheet, caption, names of the columns."""
        above = " · ".join(name for name in (self.sheet, self.caption) if name)
        return "\n".join(line for line in (above, " | ".join(self.header)) if line)[:_HEADER_CHARS]


@final
@dataclass(frozen=True, slots=True)
class Layout:
    """The layout of a text, or of a part of it; positions are code points of the whole.

    `pages` has the positions from which another page goes on, each with that page (from 1); it is empty where a format
    has none. `rows` do not overlap. Both are in the order of the text.
    """

    pages: tuple[tuple[int, int], ...] = ()
    rows: tuple[Rows, ...] = ()

    def page_at(self, position: int) -> int | None:
        """Return the page on which `position` lies; None where that is not known."""
        place = bisect_right(self.pages, position, key=lambda begun: begun[0])
        return self.pages[place - 1][1] if place else None

    def page_range(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the first and the last page of `text[start:end]`."""
        first = self.page_at(start)
        if first is None:
            return None
        found = [first, *(page for at, page in self.pages if start < at < end)]
        return min(found), max(found)

    def rows_at(self, position: int) -> Rows | None:
        """Return the rows among which `position` lies."""
        place = bisect_right(self.rows, position, key=lambda rows: rows.start)
        return self.rows[place - 1] if place and position < self.rows[place - 1].end else None

    def within(self, start: int, end: int) -> Self:
        """Return the layout of `text[start:end]` alone, with the page that `start` lies on."""
        first = self.page_at(start)
        opening = () if first is None else ((start, first),)
        low = bisect_right(self.pages, start, key=lambda begun: begun[0])
        high = bisect_right(self.pages, end - 1, low, key=lambda begun: begun[0])
        begun = bisect_right(self.rows, start, key=lambda rows: rows.end)
        ended = bisect_left(self.rows, end, begun, key=lambda rows: rows.start)
        found = (replace(rows, start=max(start, rows.start), end=min(end, rows.end)) for rows in self.rows[begun:ended])
        return type(self)((*opening, *self.pages[low:high]), tuple(found))


NO_LAYOUT: Final = Layout()
"""Of a text without pages and tables."""
