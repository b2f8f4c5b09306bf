"""Mending words that were parted at the end of a line."""

import re
from typing import Final

from ingestion.formats.pdf.text import scripts

_WORD: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_HYPHENS: Final = "-\u2010\u00ad"
_SUSPENDED: Final = frozenset(("and", "or", "to", "und", "oder", "bis", "et", "ou", "y", "o", "e"))
_STAND_ALONE: Final = frozenset(
    ("well", "self", "ex", "half", "all", "cross", "high", "low", "long", "short", "one", "two")
)
_LONGEST: Final = 100
_OPENING: Final = "([{\"'\u201c\u201e\u00ab"


class Joiner:
    """Joins lines; the words that a document holds unparted say whether a hyphen at a line's end is a real one."""

    def __init__(self) -> None:
        """Know no words yet."""
        self._words: set[str] = set()

    def learn(self, text: str) -> None:
        """Take in a word, or two that are joined by a hyphen."""
        if text[-1] not in _HYPHENS:
            self._words.update(word.lower() for word in _WORD.findall(text))

    def join(self, before: str, after: str) -> tuple[str, str]:
        """Return the first of two lines as it stands before the second, and what stands between them."""
        if before[-1] in _HYPHENS:
            return self._hyphenated(before, after)
        return before, "" if scripts.unspaced(before[-1], after[0]) else " "

    def _hyphenated(self, before: str, after: str) -> tuple[str, str]:
        if before[-1] == "\u00ad":
            return before[:-1], ""
        first = before[-_LONGEST:-1].rsplit(" ", 1)[-1].lower()
        if not first or not first[-1].isalnum():
            return before, " "
        begins = _WORD.match(after[:_LONGEST])
        if begins is None or not after[0].islower() or not first[-1].isalpha():
            return before, ""
        if begins[0] in _SUSPENDED:
            return before, " "
        return before if self._is_compound(first.lstrip(_OPENING), begins[0]) else before[:-1], ""

    def _is_compound(self, first: str, second: str) -> bool:
        """Tell whether the hyphen between two parts belongs to the word."""
        if first + second in self._words:
            return False
        return f"{first}-{second}" in self._words or "-" in first or first in _STAND_ALONE
