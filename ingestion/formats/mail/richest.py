"""Which of several forms of the same text to read: the shortest way to all that it says."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from ingestion.formats.content import Passage, Table
from ingestion.formats.mail.message import AttachedFile, Item

_WORD: Final = re.compile(r"\w+")
_AS_MUCH: Final = 0.98


def richest(plain: Sequence[Item], rich: Sequence[Item]) -> Sequence[Item]:
    """Return the plain form of a text where it says as much as the rich one, else that."""
    if not words_of(rich):
        return plain
    carries = any(isinstance(item, AttachedFile) for item in rich)
    return plain if not carries and _says(plain, rich) else rich


def words_of(items: Sequence[Item]) -> Counter[str]:
    """Return the words of passages and tables, each with how often it stands there."""
    words: Counter[str] = Counter()
    for item in items:
        if isinstance(item, Passage):
            words.update(_WORD.findall(item.text.casefold()))
        elif isinstance(item, Table):
            for cells in (item.header, *(row.cells for row in item.rows)):
                words.update(_WORD.findall(" ".join(cells).casefold()))
    return words


def _says(less: Sequence[Item], more: Sequence[Item]) -> bool:
    # All its words, but for one in fifty.
    wanted, there = words_of(more), words_of(less)
    return (wanted & there).total() >= wanted.total() * _AS_MUCH
