"""What each word of a question is in one table: a column, a value, a name of the table, or none of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from retrieval.tables.inquiry import Inquiry
from retrieval.tables.vocabulary import Vocabulary
from tenancy.values.cells import folded
from tenancy.values.columns import ColumnKind

_LONGEST: Final = 8  # words of a value
_LONGEST_NUMBER: Final = 4
_NUMBER_ALONE: Final = re.compile(r"[^\w%]*[\d\W]+")
Equal = dict[int, NDArray[np.bool_]]
"""For each column in which a value stands, which of its texts are that value."""


@dataclass(frozen=True, slots=True)
class Mention:
    """Words at `places` that name one of `columns`; `is_noun` tells that they name the table too."""

    places: range
    columns: frozenset[int]
    is_noun: bool = False


@dataclass(frozen=True, slots=True)
class HeldValue:
    """Words at `places` that are a value, by the columns that hold it; `has_unit` tells of a figure with its unit."""

    places: range
    equal: Equal
    kind: ColumnKind
    has_unit: bool = False


@dataclass(frozen=True, slots=True)
class Recognition:
    """What the words of a question are in one table, in their order.

    `nouns` name the table; `unknown` words could be a condition that is not understood; `remote` ones are the table's
    by their meaning only, `sales` are verbs of sales where rows are that.
    """

    mentions: tuple[Mention, ...]
    values: tuple[HeldValue, ...]
    nouns: frozenset[int]
    unknown: tuple[int, ...]
    remote: int
    sales: int

    @property
    def covered(self) -> int:
        """How many words of the question the table has."""
        return len(_places((*self.mentions, *self.values)) | self.nouns) + self.sales


def recognise(asked: Inquiry, words: Vocabulary) -> Recognition:
    """Return what the words of a question are: longer names and values first, a column before a value."""
    reader = _Reader(asked, words)
    free = [place not in asked.cue for place in range(len(asked.words))]
    for length in range(min(_LONGEST, len(free)), 0, -1):
        for at in range(len(free) - length + 1):
            if all(free[at : at + length]) and reader.take(range(at, at + length)):
                free[at : at + length] = [False] * length
    for at in (place for place, is_free in enumerate(free) if is_free):
        reader.take_word(at)
    return reader.recognition()


def _places(spans: Sequence[Mention | HeldValue]) -> frozenset[int]:
    return frozenset(place for each in spans for place in each.places)


@final
class _Reader:
    """Takes the words of a question one after another."""

    def __init__(self, asked: Inquiry, words: Vocabulary) -> None:
        self._asked = asked
        self._words = words
        self._spoken = asked.language
        self._mentions: list[Mention] = []
        self._values: list[HeldValue] = []
        self._nouns: set[int] = set()
        self._linking: list[int] = []
        self._unknown: list[int] = []
        self._remote = self._sales = 0

    def take(self, places: range) -> bool:
        """Read some words as one column in full or as one value, if they are that."""
        own = self._asked.words[places.start : places.stop]
        if len(own) == 1 and self._is_of_sale(places.start):
            return False
        empty = [word.plain in self._spoken.function for word in own]
        written = self._asked.text[own[0].start : own[-1].end]
        if all(empty):
            return len(own) == 1 and written.isupper() and self._take_capitals(places, written)
        content = frozenset(word.stem for word, is_empty in zip(own, empty, strict=True) if not is_empty)
        named = self._words.named(content, close=not any(empty)) if not (empty[0] or empty[-1]) else frozenset()
        if named:
            self._mentions.append(Mention(places, named, is_noun=content <= self._words.nouns))
            return True
        value = _value(self._words, places, written)
        if value is not None:
            self._values.append(value)
        return value is not None

    def _take_capitals(self, places: range, written: str) -> bool:
        """Read a small word that is written in capitals as the value that is written so: IT is no `it`."""
        columns = self._words.table.columns
        held = {
            place: equal for place, equal in self._words.holding(written).items() if written in columns[place].texts
        }
        if held:
            self._values.append(HeldValue(places, held, ColumnKind.TEXT))
        return bool(held)

    def take_word(self, at: int) -> None:
        """Read one word as part of a column's name, as a name of the table, as a form of a value, or as nothing."""
        word, words = self._asked.words[at], self._words
        places = range(at, at + 1)
        is_noun = word.stem in words.nouns
        if word.plain in self._spoken.function:
            if words.holding(self._asked.text[word.start : word.end]):
                self._unknown.append(at)  # it may be that value
            return
        if self._is_of_sale(at):
            self._sales += 1
            self._linking += [] if word.plain in self._spoken.events else [at]
        elif columns := words.partly_named(word.stem):
            self._mentions.append(Mention(places, columns, is_noun=is_noun))
        elif is_noun or word.plain in self._spoken.rows:
            self._nouns.add(at)
        elif equal := words.inflected(word.stem):
            self._values.append(HeldValue(places, equal, ColumnKind.TEXT))
        else:
            self._take_meaning(at)

    def _take_meaning(self, at: int) -> None:
        """Read a word that the table does not have by what it means."""
        word, words = self._asked.words[at], self._words
        is_noun = words.is_named_after(word.plain, word.stem)
        columns = words.meaning(word.plain, word.stem)
        if columns or is_noun:
            self._remote += 1
            if columns:
                self._mentions.append(Mention(range(at, at + 1), columns, is_noun=is_noun))
            else:
                self._nouns.add(at)
        elif word.plain in self._spoken.linking:
            self._linking.append(at)
        elif word.plain not in self._spoken.amounts:
            self._unknown.append(at)

    def recognition(self) -> Recognition:
        """Return what was taken."""
        loose = [at for at in self._linking if not self._links(at)]
        return Recognition(
            tuple(sorted(self._mentions, key=lambda each: each.places.start)),
            tuple(sorted(self._values, key=lambda each: each.places.start)),
            frozenset(self._nouns),
            tuple(sorted((*self._unknown, *loose))),
            self._remote,
            self._sales,
        )

    def _links(self, at: int) -> bool:
        """Tell whether a verb leads to a value or a column, or ends what is said of a value: else it is a condition."""
        values = _places(self._values)
        if at - 1 in values:
            return True
        named = values | _places(self._mentions)
        rest = (
            place
            for place in range(at + 1, len(self._asked.words))
            if place in named or not (place in self._linking or self._asked.words[place].plain in self._spoken.function)
        )
        return next(rest, None) in named

    def _is_of_sale(self, at: int) -> bool:
        """Tell whether a verb is one of sales, as in "sold", and the rows are that."""
        is_verb = self._asked.words[at].plain in self._spoken.events | self._spoken.moves
        return is_verb and self._words.is_of_orders()


def _value(words: Vocabulary, places: range, written: str) -> HeldValue | None:
    if equal := words.holding(written):
        return HeldValue(places, equal, ColumnKind.TEXT)
    number = words.language.numbers.get(folded(written))
    if number is not None and (equal := words.equal_figure(str(number))):
        return HeldValue(places, equal, ColumnKind.FIGURES)
    if len(places) > _LONGEST_NUMBER or not any(letter.isdigit() for letter in written):
        return None
    if equal := words.equal_moment(written):
        return HeldValue(places, equal, ColumnKind.MOMENTS)
    if equal := words.equal_figure(written):
        return HeldValue(places, equal, ColumnKind.FIGURES, has_unit=not _NUMBER_ALONE.fullmatch(written))
    return None
