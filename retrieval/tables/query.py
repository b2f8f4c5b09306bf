"""A question that a table has all the words of, as a query; or why it is none.

Rules this module enforces:

* Every word that could tell rows apart is a value, a column or the table's own name. A word that is none of them could
  be a condition that is not understood, so nothing is computed.
* What fits two columns is not chosen between.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from retrieval.tables.conditions import Condition, Unfit, column_names, conditions, word_before, written
from retrieval.tables.inquiry import Inquiry
from retrieval.tables.languages import MOMENT, Task
from retrieval.tables.recognition import HeldValue, Mention, Recognition, recognise
from retrieval.tables.vocabulary import Vocabulary
from tenancy.values.columns import ColumnKind


@dataclass(frozen=True, slots=True)
class TableQuery:
    """What to compute of a table: `measure` is the column for all tasks but counting rows, where it is None.

    `labels` are the columns that tell what a row is; `distinct` is one whose different values are counted where they
    repeat. `implied` says that a sum was asked for only by the word of a count. `covered` words of the question are the
    table's, `remote` of them by their meaning only.
    """

    task: Task
    measure: int | None
    conditions: tuple[Condition, ...]
    labels: tuple[int, ...] = ()
    distinct: int | None = None
    implied: bool = False
    remote: int = 0
    covered: int = 0


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a table does not answer: `reason` is a key of a language's reasons, `said` the words or columns it is about.

    `covered` is how many words of the question the table itself has; `pinned` tells that a single row may be asked for,
    which is looked up rather than computed. `lacking` are the stems of words that the table knows nothing of.
    """

    reason: str
    said: tuple[str, ...]
    covered: int
    pinned: bool = False
    lacking: frozenset[str] = frozenset()


def read_query(asked: Inquiry, words: Vocabulary) -> TableQuery | Misfit:
    """Return the query that a question is to the table with these words."""
    reading = recognise(asked, words)
    try:
        return replace(_query(asked, words, reading), remote=reading.remote, covered=reading.covered)
    except Unfit as unfit:
        reason, *said = unfit.args
        is_looked_up = (asked.task is Task.MASS and not asked.whole) or _pins(words, reading)
        lacking = frozenset(asked.words[at].stem for at in reading.unknown)
        own = reading.covered - reading.remote
        return Misfit(reason, tuple(said), own, pinned=is_looked_up, lacking=lacking)


def _pins(words: Vocabulary, reading: Recognition) -> bool:
    """Tell whether a value stands in a column that has another one in every row: it names its row."""
    own = {place for place, column in enumerate(words.table.columns) if len(column.texts) == len(words.table)}
    return any(not own.isdisjoint(value.equal) for value in reading.values if value.kind is ColumnKind.TEXT)


def _query(asked: Inquiry, words: Vocabulary, reading: Recognition) -> TableQuery:
    if asked.task is Task.OTHER or not reading.covered:
        raise Unfit("", *())
    found, used = conditions(asked, words, reading)
    if reading.unknown:
        raise Unfit("words", *(asked.text[asked.words[at].start : asked.words[at].end] for at in reading.unknown))
    open_mentions = [each for each in reading.mentions if each not in used]
    grouped = [each for each in open_mentions if word_before(asked, each.places) in asked.language.grouping]
    if grouped:
        raise Unfit("words", *(written(asked, each.places) for each in grouped))
    return _Choice(asked, words, open_mentions, reading.values, bool(reading.nouns), found).query()


@dataclass(frozen=True, slots=True)
class _Choice:
    """The columns of a query, chosen among those that are named and are no conditions."""

    asked: Inquiry
    words: Vocabulary
    mentions: Sequence[Mention]
    values: Sequence[HeldValue]
    has_noun: bool
    conditions: tuple[Condition, ...]

    def query(self) -> TableQuery:
        match self.asked.task:
            case Task.COUNT:
                return self._count()
            case Task.MASS:
                return self._mass()
            case Task.DIFFERENT:
                return self._different()
            case Task.SUM | Task.AVERAGE:
                return self._summed(self.asked.task)
            case _:
                return self._extreme()

    def _count(self) -> TableQuery:
        measures = [each for each in self.mentions if self._measured(each)]
        texts = [each for each in self.mentions if not self._measured(each)]
        if measures and measures[0] is self._first():
            return self._summed(Task.SUM, implied=not self.asked.whole)
        if measures:
            raise Unfit("words", *self._written(measures))
        nouns = [each for each in texts if not each.is_noun]
        is_named = self.has_noun or len(nouns) < len(texts)
        if nouns and (is_named or len(nouns) > 1 or not self._follows(nouns[0])):
            raise Unfit("words", *self._written(nouns))  # a column of what is so and what is not
        if not texts and not self.has_noun:
            raise Unfit("")  # of what: rows, or what a column says how many there are of
        distinct = self._one(nouns[0]) if nouns else None
        return TableQuery(Task.COUNT, None, self.conditions, distinct=distinct)

    def _follows(self, mention: Mention) -> bool:
        """Tell whether a column's name stands where what is counted stands: after the task, but for its values."""
        between = range(min(self.asked.cue) + 1, mention.places.start)
        held = {place for each in self.values for place in each.places} | self.asked.cue
        return all(place in held or self.asked.words[place].plain in self.asked.language.articles for place in between)

    def _mass(self) -> TableQuery:
        """Return the sum that `how much fuel` asks for; `how much does it cost` asks for one cell."""
        first = self._first()
        if first is None or not self._measured(first) or first.places.start != max(self.asked.cue) + 1:
            raise Unfit("")
        return self._summed(Task.SUM, implied=not self.asked.whole)

    def _different(self) -> TableQuery:
        others = [each for each in self.mentions if each is not self._first()]
        first = self._first()
        if first is None or any(not each.is_noun for each in others):
            raise Unfit("words", *self._written(others))
        return TableQuery(Task.DIFFERENT, self._one(first), self.conditions)

    def _summed(self, task: Task, *, implied: bool = False) -> TableQuery:
        measure, rest = self._measure({ColumnKind.FIGURES})
        labels = self._labels([each for each in rest if not each.is_noun])
        return TableQuery(task, measure, self.conditions, labels, implied=implied)

    def _extreme(self) -> TableQuery:
        kinds = {ColumnKind.FIGURES, ColumnKind.MOMENTS}
        concept = self.asked.concept
        measure, rest = self._measured_by(concept) if concept else self._measure(kinds)
        return TableQuery(self.asked.task, measure, self.conditions, self._labels(rest))

    def _measured_by(self, concept: str) -> tuple[int, list[Mention]]:
        """Return the column that a superlative goes by; what else is named is asked of the rows that it finds."""
        kind = ColumnKind.MOMENTS if concept == MOMENT else ColumnKind.FIGURES
        meant = {place for place in self._meant() if self.words.table.columns[place].kind is kind}
        named = [each for each in self.mentions if not each.columns.isdisjoint(meant)]
        for each in named:
            meant &= each.columns
        if len(meant) != 1:
            raise Unfit("columns" if meant else "", *column_names(self.words, meant))
        return meant.pop(), [each for each in self.mentions if each not in named]

    def _measured(self, mention: Mention) -> bool:
        return any(self.words.table.columns[place].kind is ColumnKind.FIGURES for place in mention.columns)

    def _first(self) -> Mention | None:
        return self.mentions[0] if self.mentions else None

    def _measure(self, kinds: set[ColumnKind]) -> tuple[int, list[Mention]]:
        """Return the column to compute with, and what else is named."""
        columns = self.words.table.columns
        fitting = {
            id(each): kept
            for each in self.mentions
            if (kept := frozenset(place for place in each.columns if columns[place].kind in kinds))
        }
        rest = [each for each in self.mentions if id(each) not in fitting]
        found = set[int]()
        for kept in fitting.values():
            found = found & kept if found and found & kept else found | kept
        if not fitting:
            found = {place for place in self._meant() if columns[place].kind in kinds}
        if len(found) != 1:
            raise Unfit("columns" if found else "", *column_names(self.words, found))
        return found.pop(), rest

    def _meant(self) -> frozenset[int]:
        """Return the columns that the words of the task name themselves: by a superlative, or as in "total"."""
        asked = self.asked
        if asked.concept:
            meant = self.words.of_concepts({asked.concept})
            return frozenset(each for each in meant if not self._qualified(each)) or meant
        return self.words.named(frozenset(asked.words[at].stem for at in asked.cue) - self._filling())

    def _filling(self) -> frozenset[str]:
        return frozenset(word.stem for word in self.asked.words if word.plain in self.asked.language.function)

    def _qualified(self, place: int) -> bool:
        """Tell whether a column's name says more than what it is a kind of: `Dealer price` is a special price."""
        return len(self.words.columns[place].required) > 1

    def _labels(self, mentions: Sequence[Mention]) -> tuple[int, ...]:
        """Return the columns that tell what a row is: it has another value in each, or is what `which` asks for."""
        places = tuple(self._one(each) for each in mentions)
        table = self.words.table
        for mention, place in zip(mentions, places, strict=True):
            is_own = len(table.columns[place].texts) == len(table)
            if not is_own and not self._is_asked_for(mention):
                raise Unfit("words", *self._written([mention]))
        return places

    def _is_asked_for(self, mention: Mention) -> bool:
        """Tell whether a column is what `which` asks for; of two after it, that is the second."""
        goes_on = any(each.places.start == mention.places.stop for each in self.mentions)
        return not goes_on and word_before(self.asked, mention.places) in self.asked.language.interrogative

    def _one(self, mention: Mention) -> int:
        if len(mention.columns) != 1:
            raise Unfit("columns", *column_names(self.words, mention.columns))
        (place,) = mention.columns
        return place

    def _written(self, mentions: Sequence[Mention]) -> Iterator[str]:
        return (written(self.asked, each.places) for each in mentions)
