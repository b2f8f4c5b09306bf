"""The tables of words beside this file, folded for look-up: one file a language, and one for the signs of units."""

import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Final

_CODES: Final = ("en", "de", "es", "fr", "ru", "ar", "zh")
_BEGINNING: Final = 3  # letters by which the beginnings that may fit a word are found
_LETTERS: Final = str.maketrans({"\u00df": "ss", "\u0131": "i", "\u00f8": "o", "\u00e6": "ae", "\u0153": "oe"})

Phrase = tuple[str, ...]
"""Folded words that stand one after another."""


def fold(text: str) -> str:
    """Return `text` in compatibility form and lower case, without accents and points, for comparing."""
    return text.lower() if text.isascii() else plain(text.casefold().translate(_LETTERS))


def plain(text: str) -> str:
    """Return `text` in compatibility form without accents and points; capitals stay."""
    if text.isascii():
        return text
    parted = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFC", "".join(char for char in parted if unicodedata.category(char) != "Mn"))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A set of folded words and of beginnings of words."""

    whole: frozenset[str]
    begun: tuple[str, ...]

    def __contains__(self, word: str) -> bool:
        """Tell whether a folded word is one of them."""
        return word in self.whole or word.startswith(self.begun)


@dataclass(frozen=True, slots=True)
class Language:
    """What is known of one language; every word in it is folded.

    `opposites` gives a word's pairs and its side in each, `begun` the same for beginnings under their first letters.
    """

    code: str
    function: frozenset[str]
    negation: Vocabulary
    echo: Vocabulary
    only: Vocabulary
    but: frozenset[str]
    joining: frozenset[str]
    range: frozenset[str]
    yes: frozenset[str]
    no: frozenset[str]
    titles: frozenset[str]
    harmless: tuple[Phrase, ...]
    at_least: tuple[Phrase, ...]
    at_most: tuple[Phrase, ...]
    rates: frozenset[str]
    courtesy: tuple[Phrase, ...]
    numerals: Mapping[str, int]
    ordinals: Mapping[str, int]
    scales: Mapping[str, int]
    weekdays: Mapping[str, int]
    months: Mapping[str, int]
    units: Mapping[str, str]
    opposites: Mapping[str, tuple[tuple[str, int], ...]]
    begun: Mapping[str, tuple[tuple[str, str, int], ...]]

    def sides(self, word: str) -> Iterator[tuple[str, int]]:
        """Yield the pairs of opposites that a folded word belongs to, each with its side."""
        yield from self.opposites.get(word, ())
        for beginning, pair, side in self.begun.get(word[:_BEGINNING], ()):
            if word.startswith(beginning):
                yield pair, side


@dataclass(frozen=True, slots=True)
class Signs:
    """Signs of units and currencies, and what is exactly a multiple of another unit."""

    units: Mapping[str, str]
    multiples: Mapping[str, tuple[str, Decimal]]
    kinds: Mapping[str, str]

    def kind(self, unit: str) -> str:
        """Return what a unit measures, itself where nothing else measures the same."""
        return "money" if unit.isupper() else self.kinds.get(unit, unit)


@cache
def languages() -> Mapping[str, Language]:
    """Read the languages once a process, when a model's answer is first checked."""
    return {code: _language(code, _read(code)) for code in _CODES}


@cache
def signs() -> Signs:
    """Read the signs of units once a process."""
    table = _read("units")
    return Signs(
        {fold(sign): unit for sign, unit in table["signs"].items()},
        {unit: (of, Decimal(factor)) for unit, (of, factor) in table["multiples"].items()},
        {unit: kind for kind, units in table["kinds"].items() for unit in units.split()},
    )


@cache
def months() -> Mapping[str, int]:
    """Return the names of months in all languages, with their numbers."""
    return {name: number for language in languages().values() for name, number in language.months.items()}


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))


def _language(code: str, table: Mapping[str, Any]) -> Language:
    opposites, begun = _opposites(table["opposites"])
    sets = {
        name: frozenset(_folded(table[name]))
        for name in ("function", "but", "joining", "range", "yes", "no", "titles", "rates")
    }
    return Language(
        code,
        negation=_vocabulary(table["negation"]),
        echo=_vocabulary(table["echo"]),
        only=_vocabulary(table["only"]),
        harmless=_phrases(table["harmless"]),
        at_least=_phrases(table["at_least"]),
        at_most=_phrases(table["at_most"]),
        courtesy=_phrases(table["courtesy"]),
        numerals=_values(table["numbers"]["numerals"]),
        ordinals=_values(table["numbers"]["ordinals"]),
        scales=_values(table["numbers"]["scales"]),
        weekdays=_numbered(table["calendar"]["weekdays"]),
        months=_numbered(table["calendar"]["months"]),
        units={word: unit for unit, words in table["units"].items() for word in _folded(words)},
        opposites=opposites,
        begun=begun,
        **sets,
    )


def _opposites(
    table: Mapping[str, tuple[str, str]],
) -> tuple[dict[str, tuple[tuple[str, int], ...]], dict[str, tuple[tuple[str, str, int], ...]]]:
    whole: dict[str, tuple[tuple[str, int], ...]] = {}
    begun: dict[str, tuple[tuple[str, str, int], ...]] = {}
    for pair, sides in table.items():
        for side, words in enumerate(sides):
            for word in _folded(words):
                if word.endswith("*"):
                    first = word[:_BEGINNING]
                    begun[first] = (*begun.get(first, ()), (word[:-1], pair, side))
                else:
                    whole[word] = (*whole.get(word, ()), (pair, side))
    return whole, begun


def _folded(words: str) -> list[str]:
    return fold(words).split()


def _vocabulary(text: str) -> Vocabulary:
    folded = _folded(text)
    begun = tuple(word[:-1] for word in folded if word.endswith("*"))
    return Vocabulary(frozenset(word for word in folded if not word.endswith("*")), begun)


def _phrases(texts: Iterable[str]) -> tuple[Phrase, ...]:
    """Fold phrases, the longest first: `not more than` is no `more than`."""
    return tuple(sorted((tuple(_folded(text)) for text in texts), key=len, reverse=True))


def _values(text: str) -> dict[str, int]:
    """Read `word=number` pairs."""
    return {word: int(number) for word, number in (pair.rsplit("=", 1) for pair in _folded(text))}


def _numbered(text: str) -> dict[str, int]:
    """Return names numbered from 1: alternatives are parted by white space, the next by a bar."""
    return {word: number for number, words in enumerate(text.split("|"), start=1) for word in _folded(words)}
