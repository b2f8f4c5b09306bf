"""Names: words that capitals, titles or their script mark as the name of someone or something."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from retrieval.citations.reading.languages.tables import Language, signs
from retrieval.citations.reading.tokens import Kind, Token

_JOINER: Final = re.compile(r"[-'&/.@_]")
_SHORTEST: Final = 3  # `Ta'er`, `U.S.`
_ROOT: Final = 4  # letters that `Sweden` and `Swedish` must share
# What is left of `Swedish`, `Norwegian`, `Viennese` or `Sweden` behind the root that they share.
_PEOPLE: Final = frozenset(
    (
        *(
            "ish",
            "an",
            "ian",
            "n",
            "en",
            "ese",
            "ch",
            "isch",
            "ische",
            "ischer",
            "ischen",
            "isches",
            "er",
            "ais",
            "aise",
        ),
        *("ois", "oise", "ain", "y", "ia", "a", "e", "s", "o", "os", "es"),
    )
)
_NOUN_ENDINGS: Final = (
    *("ung", "ungen", "heit", "keit", "keiten", "schaft", "tion", "tionen", "tat", "taten", "nis", "tum", "ment"),
    *("mente", "ismus", "ling", "zeit", "zeiten"),
)
_COMMON_ENDINGS: Final = (*_NOUN_ENDINGS, "ing", "ion", "ions", "ness", "ity", "s", "ed", "ly")
_BEFORE_NAMES: Final = frozenset(("in", "nach", "aus", "von", "bei", "ist", "war", "heisst", "durch", "an", "mit"))
# Verbs in the singular, by which a sentence that begins with one unknown word begins with a name.
_VERBS: Final = frozenset(
    (
        "is",
        "was",
        "has",
        "had",
        "will",
        "attended",
        "ist",
        "war",
        "hat",
        "wird",
        "est",
        "etait",
        "sera",
        "es",
        "era",
        "fue",
    )
)


def names(part: Sequence[Token], language: Language, *, first: bool) -> Iterator[str]:
    """Yield the words of names in a clause, folded; `first` where it begins the sentence.

    German writes every noun with a capital: there a name stands beside another, behind a title, or bare and without
    the ending of a common noun.
    """
    for place, token in enumerate(part):
        if token.kind is Kind.WORD and _is_name(part, place, language, first=first and place == 0):
            yield from pieces(token.folded)


def pieces(word: str) -> Iterator[str]:
    """Yield the parts of a folded word that are joined by marks, without those too short to be a name."""
    yield from (piece for piece in _JOINER.split(word) if len(piece) >= _SHORTEST)


def _is_name(part: Sequence[Token], place: int, language: Language, *, first: bool) -> bool:
    token = part[place]
    if not token.text[0].isupper() or token.folded in language.function or token.folded in language.weekdays:
        return False
    if token.folded in language.titles or token.folded in language.numerals or token.folded in language.ordinals:
        return False
    if (
        token.folded in signs().units
        or token.folded in language.units
        or token.folded in language.yes
        or token.folded in language.no
    ):
        return False
    beside = any(_capital(part, at, language) for at in (place - 1, place + 1))
    titled = place > 0 and part[place - 1].folded in language.titles
    if first:
        follows = part[place + 1].folded if place + 1 < len(part) else ""
        return titled or _capital(part, place + 1, language) or (follows in _VERBS and not _common(token.folded))
    if language.code != "de":
        return True
    return titled or (beside and not _common(token.folded)) or _bare_noun(part, place)


def _capital(part: Sequence[Token], place: int, language: Language) -> bool:
    if not 0 <= place < len(part):
        return False
    token = part[place]
    counts = any(token.folded in words for words in (signs().units, language.units, language.function))
    return token.kind is Kind.WORD and token.text[0].isupper() and not counts


def _common(word: str) -> bool:
    return word.endswith(_COMMON_ENDINGS)


def _bare_noun(part: Sequence[Token], place: int) -> bool:
    """Tell whether a German word stands bare behind a preposition or verb, as a name does."""
    if place == 0 or part[place].folded.endswith(_NOUN_ENDINGS):
        return False
    return part[place - 1].folded in _BEFORE_NAMES


def known(name: str, offered: frozenset[str]) -> bool:
    """Tell whether a word of a name is among the folded words of a text, also in another case or as its people."""
    return name in offered or any(_same(name, other) for other in offered if other[:2] == name[:2])


def _same(one: str, other: str) -> bool:
    if one == other or one.rstrip("s") == other.rstrip("s"):
        return True
    size = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    if one[0] > "\u0370":
        return size >= max(3, len(one) - 3, len(other) - 3)
    return size >= _ROOT and {one[size:], other[size:]} <= _PEOPLE | {""}
