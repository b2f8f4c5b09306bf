"""What each word of a question is in one table: a column, a value, a name of the table, or none of them."""

import re
from dataclasses import dataclass, field
from typing import Final

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


@dataclass(slots=True)
class Mention:
    """Words at `places` that name one of `columns`; `is_noun` tells that they name the table too."""

    places: range
    columns: frozenset[int]
    is_noun: bool = False
    used: bool = False


@dataclass(frozen=True, slots=True)
class HeldValue:
    """Words at `places` that are a value, by the columns that hold it; `has_unit` tells of a figure with its unit."""

    places: range
    equal: Equal
    kind: ColumnKind
    has_unit: bool = False


@dataclass(slots=True)
class Recognition:
    """What the words of a question are in one table; `remote` ones only mean what it is named after."""

    mentions: list[Mention] = field(default_factory=list)
    values: list[HeldValue] = field(default_factory=list)
    nouns: set[int] = field(default_factory=set)
    unknown: list[int] = field(default_factory=list)
    remote: set[int] = field(default_factory=set)

    @property
    def covered(self) -> int:
        """How many words of the question the table has."""
        named = {place for each in self.mentions for place in each.places}
        held = {place for each in self.values for place in each.places}
        return len(named | held | self.nouns)


def recognise(asked: Inquiry, words: Vocabulary) -> Recognition:
    """Return what the words of a question are: longer names and values first, a column before a value."""
    reading = Recognition()
    free = [place not in asked.cue for place in range(len(asked.words))]
    for length in range(min(_LONGEST, len(free)), 0, -1):
        for at in range(len(free) - length + 1):
            places = range(at, at + length)
            if all(free[at : at + length]) and _take(asked, words, reading, places):
                free[at : at + length] = [False] * length
    for at in (place for place, is_free in enumerate(free) if is_free):
        _take_word(asked, words, reading, at)
    reading.mentions.sort(key=lambda each: each.places.start)
    reading.values.sort(key=lambda each: each.places.start)
    return reading


def _take(asked: Inquiry, words: Vocabulary, reading: Recognition, places: range) -> bool:
    """Read some words as one column in full or as one value, if they are that."""
    own = asked.words[places.start : places.stop]
    spoken = asked.language
    if len(own) == 1 and _is_event(asked, words, places.start):
        return False
    content = frozenset(word.stem for word in own if word.plain not in spoken.function)
    written = asked.text[own[0].start : own[-1].end]
    if not content:
        if not written.isupper() or len(own) > 1:
            return False
        shouted = {
            place: equal
            for place, equal in words.holding(written).items()
            if written in words.table.columns[place].texts
        }
        if shouted:
            reading.values.append(HeldValue(places, shouted, ColumnKind.TEXT))
        return bool(shouted)
    inside = own[0].plain not in spoken.function and own[-1].plain not in spoken.function
    close = all(word.plain not in spoken.function for word in own)
    named = words.named(content, close=close) if inside else frozenset()
    if named:
        reading.mentions.append(Mention(places, named, is_noun=content <= words.nouns))
        return True
    value = _value(words, places, written)
    if value is not None:
        reading.values.append(value)
    return value is not None


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


def _take_word(asked: Inquiry, words: Vocabulary, reading: Recognition, at: int) -> None:
    """Read one word as part of a column's name, as a name of the table, as another form of a value, or as nothing."""
    word, spoken = asked.words[at], asked.language
    if word.plain in spoken.function:
        return
    places = range(at, at + 1)
    is_noun = word.stem in words.nouns
    if _is_event(asked, words, at):
        return
    if columns := words.partly_named(word.stem):
        reading.mentions.append(Mention(places, columns, is_noun=is_noun))
    elif is_noun:
        reading.nouns.add(at)
    elif equal := words.inflected(word.stem):
        reading.values.append(HeldValue(places, equal, ColumnKind.TEXT))
    elif columns := words.meaning(word.plain, word.stem):
        reading.mentions.append(Mention(places, columns, is_noun=words.is_named_after(word.plain, word.stem)))
        reading.remote.add(at)
    elif words.is_named_after(word.plain, word.stem):
        reading.nouns.add(at)
        reading.remote.add(at)
    elif word.plain in spoken.rows:
        reading.nouns.add(at)
    elif word.plain not in spoken.linking:
        reading.unknown.append(at)


def _is_event(asked: Inquiry, words: Vocabulary, at: int) -> bool:
    """Tell whether a word says what has become of every row, as in "sold" of a table of sales."""
    return asked.words[at].plain in asked.language.events and words.is_of_orders()
