"""The pages of a Word document, as far as its breaks tell them."""

from typing import Final

_LINES: Final = 40
"""What fits on any page."""
_LINE_CHARS: Final = 90


class PageCount:
    """Counts pages along the text, by the ends of pages that Word noted, and by breaks.

    Word notes the end of a page beside the break that made it: that is one new page. Where it noted none, the breaks
    tell the pages only if what stands between them fits on a page.
    """

    def __init__(self, number: int = 1) -> None:
        """Begin on a page."""
        self.number = number
        self._is_drawn = False
        self._is_broken = False
        self._is_overfull = False
        self._lines = 0.0

    @property
    def known(self) -> int | None:
        """The number of the page; None where it cannot be told."""
        return self.number if self._is_drawn or (self._is_broken and not self._is_overfull) else None

    def write(self, text: str, *, begins: bool) -> None:
        """Take note of text that begins a paragraph or goes on in one."""
        self._lines += begins + len(text) / _LINE_CHARS
        self._is_overfull = self._is_overfull or self._lines > _LINES

    def break_here(self) -> None:
        """Begin a page, whatever stands on this one: a break that somebody inserted."""
        self.number += 1
        self._is_broken = True
        self._lines = 0

    def break_before(self) -> None:
        """Begin a page where a paragraph asks for it, if something stands on this one."""
        if self._lines:
            self.break_here()

    def drawn_break(self) -> None:
        """Begin a page where Word began one."""
        self.break_before()
        self._is_drawn = True

    def mark(self) -> tuple[int, float]:
        """Return where the count is, to go back to: the cells of a row stand beside each other."""
        return self.number, self._lines

    def return_to(self, mark: tuple[int, float]) -> None:
        """Go back to a mark."""
        self.number, self._lines = mark
