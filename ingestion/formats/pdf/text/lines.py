"""Rows of words at one height, and the text of a line of them."""

import re
import statistics
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ingestion.formats.pdf.glyphs import Word
from ingestion.formats.pdf.text import scripts

_ASCENT: Final = 0.7
_SAME_HEIGHT: Final = 0.55
_NO_SPACE: Final = 0.16
_RAISED: Final = 0.15
_BEFORE_RAISED: Final = 0.25
_OVERHANG: Final = -0.3
_LEADERS: Final = re.compile(r"(?:\s*[.·…_]){5,}\s*")
_ENTRY: Final = re.compile(r" … \S+$")

Row = list[Word]
"""Words at one height, from left to right."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text: where it begins, ends and stands, and how it is set."""

    text: str
    left: float
    right: float
    base: float
    size: float
    bold: bool
    fixed: bool
    first: float
    """How wide its first word is."""


def rows_of(words: Iterable[Word]) -> list[Row]:
    """Put words that stand at one height into rows, from the top down."""
    rows: list[Row] = []
    main: Word | None = None
    for word in sorted(words, key=lambda each: each.base):
        if main is not None and _level(main, word):
            rows[-1].append(word)
            if len(word.text) * word.size > len(main.text) * main.size and word.size >= main.size:
                main = word
        else:
            rows.append([word])
            main = word
    for row in rows:
        row.sort(key=lambda each: each.left)
    return rows


def _level(main: Word, word: Word) -> bool:
    low, high = min(main.base, word.base), max(main.base - _ASCENT * main.size, word.base - _ASCENT * word.size)
    return low - high >= _SAME_HEIGHT * _ASCENT * min(main.size, word.size)


def line_of(row: Sequence[Word]) -> TextLine:
    """Return the line that a row of words makes."""
    size = statistics.median_high([word.size for word in row])
    main = max(row, key=lambda word: len(word.text))
    letters = sum(len(word.text) for word in row)
    return TextLine(
        text_of(row),
        row[0].left,
        max(word.right for word in row),
        main.base,
        size,
        bold=sum(len(word.text) for word in row if word.bold) > letters * 0.8,
        fixed=sum(len(word.text) for word in row if word.fixed) > letters * 0.8,
        first=row[0].right - row[0].left,
    )


def text_of(row: Sequence[Word]) -> str:
    """Return the words of a row in the order they are read, with the spaces that a reader sees."""
    order = scripts.reading_order([word.text for word in row])
    parts: list[str] = []
    before: Word | None = None
    for number in order:
        word = row[number]
        if before is not None and _spaced(before, word):
            parts.append(" ")
        parts.append(word.text)
        before = word
    text = _LEADERS.sub(" … ", "".join(parts)).strip()
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def is_entry(text: str) -> bool:
    """Tell whether a line is an entry of a table of contents: dots lead to a page's number."""
    return _ENTRY.search(text) is not None


def _spaced(before: Word, after: Word) -> bool:
    gap = max(after.left - before.right, before.left - after.right)
    size = max(before.size, after.size)
    if scripts.unspaced(before.text[-1], after.text[0]):
        return gap > size
    if abs(before.base - after.base) > _RAISED * size:
        return gap > _BEFORE_RAISED * size
    return gap > _NO_SPACE * size or (before.spaced and gap > _OVERHANG * size)
