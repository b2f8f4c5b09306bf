"""The pages of a Word document, as far as its breaks tell them."""

from typing import Final

_FITS: Final = 40
"""Lines that fit on any page."""
_MOST: Final = 150
"""Lines that fit on no page, however small they are."""
_LINE_CHARS: Final = 90


class PageCount:
    """Counts pages along the text, by the ends of pages that Word noted, and by breaks.

    Word notes the end of a page beside the break that made it: that is one new page. Where it noted none, the breaks
    tell the pages only if what stands between them fits on a page. Where more stands between them than any page holds,
    what it noted is of another time.
    """

    def __init__(self, number: int = 1) -> None:
        """Begin on a page."""
        self.number = number
        self._is_drawn = False
        self._is_broken = False
        self._fullest = 0.0
        self._is_asked_for = False
        self._lines = 0.0

    @property
    def known(self) -> int | None:
        """The number of the page; None where it cannot be told."""
        is_told = self._is_drawn or (self._is_broken and self._fullest <= _FITS)
        return self.number if is_told and self._fullest <= _MOST else None

    def write(self, text: str, *, begins: bool) -> None:
        """Take note of text that begins a paragraph or goes on in one, or of a drawing."""
        self._is_asked_for = False
        self._lines += begins + len(text) / _LINE_CHARS
        self._fullest = max(self._fullest, self._lines)

    def break_here(self) -> None:
        """Begin a page, whatever stands on this one: a break that somebody inserted."""
        self.number += 1
        self._is_broken = self._is_asked_for = True
        self._lines = 0

    def break_before(self) -> None:
        """Begin a page where a paragraph asks for it, if something stands on this one."""
        if self._lines:
            self.break_here()

    def drawn_break(self) -> None:
        """Begin a page where Word began one; the break that asked for it may have done so already."""
        if not self._is_asked_for and (self.number > 1 or self._lines):
            self.break_here()
        self._is_asked_for = False
        self._is_drawn = True

    def mark(self) -> tuple[int, float, bool]:
        """Return where the count is, to go back to: the cells of a row stand beside each other."""
        return self.number, self._lines, self._is_asked_for

    def return_to(self, mark: tuple[int, float, bool]) -> None:
        """Go back to a mark."""
        self.number, self._lines, self._is_asked_for = mark
