"""The conditions of a question to a table: a column and the value that its rows must have."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.tables.inquiry import Inquiry
from retrieval.tables.recognition import Equal, HeldValue, Mention, Recognition
from retrieval.tables.vocabulary import Vocabulary
from tenancy.values.columns import ColumnKind


@dataclass(frozen=True, slots=True)
class Condition:
    """Rows in which the column's text is among `texts` (one truth for each of them)."""

    column: int
    texts: NDArray[np.bool_]


class Unfit(Exception):
    """Nothing can be computed, for the reason in `args`."""


def conditions(
    asked: Inquiry, words: Vocabulary, reading: Recognition
) -> tuple[tuple[Condition, ...], frozenset[Mention]]:
    """Return the conditions, and the mentions that tell which columns they are about."""
    found: dict[int, Condition] = {}
    used: set[Mention] = set()
    for value in reading.values:
        near = _near(asked, reading.mentions, value, value.equal)
        columns = set(value.equal)
        if near is not None:
            used.add(near)
            columns &= near.columns
        if not _is_meant(asked, reading, value, near):
            raise Unfit("words", written(asked, value.places))
        if len(columns) != 1:
            raise Unfit("columns", *column_names(words, columns))
        column = columns.pop()
        if column in found:
            raise Unfit("words", written(asked, value.places))  # the same column cannot have two values
        found[column] = Condition(column, value.equal[column])
    return tuple(found.values()), frozenset(used)


def _near(asked: Inquiry, mentions: Sequence[Mention], value: HeldValue, equal: Equal) -> Mention | None:
    """Return the column that is named beside a value: before it, else after it."""
    before = [each for each in mentions if each.places.stop <= value.places.start]
    after = [each for each in mentions if each.places.start >= value.places.stop]
    for mention, between in (
        *((each, range(each.places.stop, value.places.start)) for each in reversed(before)),
        *((each, range(value.places.stop, each.places.start)) for each in after),
    ):
        open_words = (asked.words[at].plain for at in between)
        is_beside = all(word in asked.language.function or word in asked.language.linking for word in open_words)
        if is_beside and not mention.columns.isdisjoint(equal):
            return mention
    return None


def _is_meant(asked: Inquiry, reading: Recognition, value: HeldValue, near: Mention | None) -> bool:
    """Tell whether a number or a day is itself asked for: it may be a bound (`from 4`), or a count of something."""
    if value.kind is ColumnKind.TEXT:
        return True
    of_mention = any(value.places.start - 1 in each.places for each in reading.mentions)
    word = word_before(asked, value.places)
    if value.kind is ColumnKind.MOMENTS:
        return of_mention or word in asked.language.before_date
    return (near is not None or value.has_unit) and (of_mention or word in asked.language.before_number)


def word_before(asked: Inquiry, places: range) -> str:
    """Return the word before some words, without capitals and accents; "" before the first."""
    return asked.words[places.start - 1].plain if places.start else ""


def written(asked: Inquiry, places: range) -> str:
    """Return some words as the question writes them."""
    return asked.text[asked.words[places.start].start : asked.words[places.stop - 1].end]


def column_names(words: Vocabulary, columns: set[int] | frozenset[int]) -> Iterator[str]:
    """Return the names of columns, in the order of the table."""
    return (words.table.columns[place].name for place in sorted(columns))
