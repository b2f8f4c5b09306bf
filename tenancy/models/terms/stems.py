"""The stem of a word in a language: what its forms have in common, without accents where they tell no words apart."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

import Stemmer

from tenancy.models.terms.languages import Language

# Letters that stand for two, or with a stroke that is no combining mark.
_LETTERS: Final = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ß": "ss"}
)
_ACCENT: Final = re.compile("[\u0300-\u036f]")
_LATIN_END: Final = "\u0250"
_EXTENDED: Final = ("\u1e00", "\u1eff")
# Arabic writes `and` and `so` together with the article of the word that they come before.
_JOINED_AND: Final = re.compile("^[وف](?=ال|لل|بال|كال)")


def stems(words: Sequence[str], language: Language) -> list[str]:
    """Return the stem of each folded word.

    The stemmer is made for each call: they are not made to be shared by threads, and take a microsecond to make.
    """
    if language.name == "arabic":
        words = [_JOINED_AND.sub("", word) for word in words]
    found = words if language.algorithm is None else Stemmer.Stemmer(language.algorithm, 0).stemWords(words)
    return [stem if stem.isascii() else bare(stem) for stem in found]


def bare(word: str) -> str:
    """Return a folded word in Latin script without its accents; words in other scripts stay as they are."""
    if not word or not (word[0] < _LATIN_END or _EXTENDED[0] <= word[0] <= _EXTENDED[1]):
        return word
    return _ACCENT.sub("", unicodedata.normalize("NFD", word)).translate(_LETTERS)
