"""Passages that give one attribute of one thing different values, the later before the earlier.

Two sentences are about one attribute where they name the same and share most of their words but not their values; two
rows where they have the same columns and the same first cell. What speaks of different times is no conflict.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, product
from typing import Final

from retrieval.citations.passages import Passage, Source
from retrieval.citations.reading.moments import Moment, agree, moments
from retrieval.citations.reading.quantities import Quantity
from retrieval.citations.reading.statement import Clause, Statement, read
from retrieval.citations.reading.tokens import cleaned
from retrieval.extract import Quote
from tenancy.ids import DocumentId
from tenancy.index.hits import Hit

_NAMED: Final = 0.5  # share of the shorter sentence's words that two sentences about one name have in common
_NAMELESS: Final = 0.75
_HEAD: Final = 400  # characters at the beginning of a passage in which a document tells its date

Day = tuple[int, int, int]
"""Year, month and day, 0 for what is not told."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two quotes that disagree; where neither is known to be later, `later` is the one of the better hit."""

    later: Quote
    earlier: Quote


def conflicts(hits: Sequence[Hit], uploaded: Mapping[DocumentId, datetime] | None = None) -> tuple[Conflict, ...]:
    """Return what disagrees among hits of different documents (best first), in the order of the hits.

    The later is told by a date in the sentence, in the document's name or at its beginning, else by `uploaded`.
    """
    question = read("")
    passages = [Passage(hit, question) for hit in hits]
    found: list[Conflict] = []
    for one, other in combinations(passages, 2):
        if one.hit.document_id == other.hit.document_id:
            continue
        for mine, theirs in product(one.sources, other.sources):
            if not disagree(mine, theirs):
                continue
            first, second = one.quote(mine), other.quote(theirs)
            later = _later((other, theirs), (one, mine), uploaded)
            found.append(Conflict(second, first) if later else Conflict(first, second))
    return tuple(found)


def superseded(
    passage: Passage, proof: Source, passages: Sequence[Passage], uploaded: Mapping[DocumentId, datetime] | None = None
) -> Iterator[Quote]:
    """Yield the quotes of later documents that give what `proof` says another value."""
    for other in passages:
        if other.hit.document_id == passage.hit.document_id:
            continue
        for source in other.sources:
            if disagree(proof, source) and _later((other, source), (passage, proof), uploaded):
                yield other.quote(source)


def tells_date(claim: str, hit: Hit) -> bool:
    """Tell whether a claim says of which date its document is, such as the year of a price list."""
    dated = _dated(hit)
    said = read(claim)
    years = {int(value) for each in said.quantities for value in each.values if not each.unit}
    years |= {day[0] for each in said.moments for day in each.readings if day[0]}
    return dated is not None and dated[0] in years


def disagree(one: Source, other: Source) -> bool:
    """Tell whether two sentences, or two rows, give one attribute of one thing different values."""
    if one.rows or other.rows:
        return _rows_disagree(one, other)
    mine, theirs = one.statement, other.statement
    words, others = mine.plain, theirs.plain
    common = len(words & others)
    things, others_things = mine.names | mine.codes, theirs.names | theirs.codes
    if things - theirs.words - others_things and others_things - mine.words - things:
        return False  # each names something that the other does not
    named = things & others_things
    least = _NAMED if named else _NAMELESS
    if not common or common < least * min(len(words), len(others)) or common < least * max(len(words), len(others)) / 2:
        return False
    if mine.quantities and theirs.quantities:
        return not _other_time(mine, theirs) and _other_values(mine.quantities, theirs.quantities)
    return len(mine.moments) == len(theirs.moments) == 1 and not _agree(mine.moments[0], theirs.moments[0])


def _rows_disagree(one: Source, other: Source) -> bool:
    """Compare two rows of the same columns and the same first cell, column by column."""
    if one.rows is None or other.rows is None or one.rows.header != other.rows.header or not one.rows.header:
        return False
    cells = list(zip(one.statement.clauses, other.statement.clauses, strict=False))
    if not cells or cells[0][0].keys != cells[0][1].keys:
        return False
    return any(_cells_disagree(mine, theirs) for mine, theirs in cells[1:])


def _cells_disagree(one: Clause, other: Clause) -> bool:
    if one.quantities and other.quantities:
        return _other_values(one.quantities, other.quantities)
    if one.moments and other.moments:
        return not _agree(one.moments[0], other.moments[0])
    return False


def _other_values(mine: Sequence[Quantity], theirs: Sequence[Quantity]) -> bool:
    """Tell whether numbers of one unit differ and none of that unit is the same, apart from what it was before."""
    current = [each for each in mine if not each.former], [each for each in theirs if not each.former]
    for one, other in product(*current):
        if one.unit == other.unit and (one.unit or one.noun == other.noun):
            same = (pair for pair in product(*current) if pair[0].unit == one.unit and _equal(*pair))
            if next(same, None) is None:
                return True
    return False


def _equal(one: Quantity, other: Quantity) -> bool:
    return one.unit == other.unit and bool(one.values & other.values)


def _other_time(mine: Statement, theirs: Statement) -> bool:
    """Tell whether two sentences with numbers speak of different dates; `As of 1 May:` tells of which date they are."""
    here, there = _said(mine), _said(theirs)
    return bool(here and there) and not any(_agree(*pair) for pair in product(here, there))


def _said(statement: Statement) -> list[Moment]:
    return [moment for each in statement.clauses if not each.lead for moment in each.moments]


def _agree(one: Moment, other: Moment) -> bool:
    return agree(one, other, frozenset()) or agree(other, one, frozenset())


def _later(
    one: tuple[Passage, Source], other: tuple[Passage, Source], uploaded: Mapping[DocumentId, datetime] | None
) -> bool:
    """Tell whether the first is known to be later than the second."""
    mine, theirs = _dated(one[0].hit), _dated(other[0].hit)
    if mine is not None and theirs is not None and mine != theirs:
        return mine > theirs
    times = uploaded or {}
    first, second = times.get(one[0].hit.document_id), times.get(other[0].hit.document_id)
    return first is not None and second is not None and first > second


def _dated(hit: Hit) -> Day | None:
    """Return the date that a document's name or its beginning tells: a whole one if there is one, else a year."""
    for text in (_separated(hit.document_name), *(rows.sheet for rows in hit.layout.rows), hit.text[:_HEAD]):
        days = [day for each in moments(cleaned(text))[1] for day in each.readings if day[0]]
        if days:
            return max((year or 0, month or 0, day or 0) for year, month, day in days)
        years = read(text).quantities
        named = [int(value) for each in years for value in each.values if not each.unit and _FIRST <= value <= _LAST]
        if named:
            return max(named), 0, 0
    return None


_FIRST: Final = 1900
_LAST: Final = 2100


def _separated(name: str) -> str:
    """Return a document's name with spaces for the marks that stand for them; dates keep theirs."""
    stem = name.rsplit(".", 1)[0].replace("_", " ")
    return "".join(
        " " if char == "-" and not (before.isdigit() and after.isdigit()) else char
        for before, char, after in zip(" " + stem, stem, stem[1:] + " ", strict=False)
    )
