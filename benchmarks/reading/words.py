"""Words as both sides count them: what stands in a file, and what was read of it."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import Final

# Ideographs and kana stand each for itself: where a line of them ends is no end of a word.
_SINGLE: Final = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD: Final = re.compile(rf"[{_SINGLE}]|[^\W_{_SINGLE}]+")
_UNSEEN: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


def words_in(text: str) -> Counter[str]:
    """Return the words of a text, whatever their case and their form, each with how often it stands there."""
    plain = _UNSEEN.sub("", unicodedata.normalize("NFKC", text))
    return Counter(_WORD.findall(plain.casefold()))


def words_in_all(texts: Iterable[str]) -> Counter[str]:
    """Return the words of several texts."""
    words: Counter[str] = Counter()
    for text in texts:
        words += words_in(text)
    return words
