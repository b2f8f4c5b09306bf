"""Whether the numbers, dates, codes and names of a claim stand in a source, each with what it is of."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from retrieval.citations.reading.moments import Moment, agree, weekday
from retrieval.citations.reading.names import known
from retrieval.citations.reading.quantities import Bound, Quantity, comparable, equal
from retrieval.citations.reading.statement import Statement

_YEARS: Final = (Decimal(1000), Decimal(2200))


@dataclass(frozen=True, slots=True)
class Context:
    """What a reader knows besides the source: the question, the names and years of its document.

    `named_years` are those that the document's name and the question say, `years` all of the document. `around` are the
    words of the whole passage: a sentence that names nobody else may speak of whom another names.
    """

    question: Statement
    names: frozenset[str]
    years: frozenset[int]
    named_years: frozenset[int]
    around: frozenset[str] = frozenset()


def agreeing(source: Statement, claim: Statement, context: Context, *, foreign: bool, row: bool = False) -> int | None:
    """Count the claim's values that stand in the source and not already in the question; None where one does not."""
    count = 0
    for each in claim.quantities:
        offered = [other for other in source.quantities if not _past(other, each, claim)]
        if any(_counts(each, other, source, foreign=foreign) for other in offered):
            count += not any(
                _counts(each, other, context.question, foreign=False) for other in context.question.quantities
            )
        elif not _known_number(each, source, context):
            return None
    years = _years(source) or context.years
    for moment in claim.moments:
        if any(agree(moment, other, years) for other in source.moments) or _as_number(moment, source):
            count += 1
        elif not any(agree(moment, other, context.years) for other in context.question.moments):
            return None
    if not claim.weekdays <= source.weekdays | {day for each in source.moments for day in weekday(each)}:
        return None
    asked = frozenset[str]() if row else context.question.codes  # a row says itself what it is about
    if not claim.codes <= source.codes | asked | context.names:
        return None
    count += len(claim.codes & source.codes - context.question.codes)
    return _with_names(source, claim, context, count, row=row)


def _with_names(source: Statement, claim: Statement, context: Context, count: int, *, row: bool) -> int | None:
    here, asked = source.words, context.question.words
    names = claim.names
    told = context.names | (frozenset[str]() if row else asked)
    alone = all(known(name, claim.words) or known(name, told) for name in source.names)
    for name in names:
        if known(name, here):
            count += not known(name, asked)
        elif not known(name, told) and not (alone and known(name, context.around)):
            return None
    return count


def _counts(claimed: Quantity, offered: Quantity, source: Statement, *, foreign: bool) -> bool:
    """Tell whether two quantities are one: value, unit or what is counted, and the direction of a bound."""
    turned = {claimed.bound, offered.bound} == {Bound.LEAST, Bound.MOST}
    other_days = claimed.qualifier and offered.qualifier and claimed.qualifier != offered.qualifier
    if turned or other_days or not equal(claimed, offered):
        return False
    if claimed.unit == offered.unit:
        return bool(claimed.unit) or foreign or not _counted_elsewhere(claimed, offered, source)
    if claimed.unit and offered.unit:
        return False
    if offered.unit:  # `99 copies` is no `NOK 99`, but `it costs 99` may be
        return foreign or not (claimed.noun in source.words or claimed.noun.endswith("s"))
    used = any(other.unit == claimed.unit for other in source.quantities)
    return not used and (not offered.noun or foreign or claimed.noun in source.words)


def _past(offered: Quantity, claimed: Quantity, claim: Statement) -> bool:
    """Tell whether a number is only the first end of `from A to B`, and the claim says nothing of the other."""
    same = sum(each.unit == claimed.unit for each in claim.quantities)
    return offered.former and not claimed.former and same == 1


def _counted_elsewhere(claimed: Quantity, offered: Quantity, source: Statement) -> bool:
    """Tell whether the source counts what the claim counts, and with another number."""
    if not claimed.noun or claimed.noun == offered.noun:
        return False
    return any(other.noun == claimed.noun and not other.values & claimed.values for other in source.quantities)


def _known_number(claimed: Quantity, source: Statement, context: Context) -> bool:
    """Tell whether a number needs no proof: an article, a year of a date, part of a name, or said in the question."""
    if claimed.worded and claimed.values == {Decimal(1)}:
        return True
    if not claimed.unit and any(map(_is_year, claimed.values)):
        years = _years(source) or context.named_years
        if any(value in years for value in claimed.values):
            return True
    return any(claimed.values & other.values and comparable(claimed, other) for other in context.question.quantities)


def _years(source: Statement) -> frozenset[int]:
    """Return the years that a source names, in dates or alone."""
    dated = {year for each in source.moments for year, _, _ in each.readings if year}
    bare = {int(value) for each in source.quantities if not each.unit for value in each.values if _is_year(value)}
    return frozenset(dated | bare)


def _is_year(value: Decimal) -> bool:
    return value == value.to_integral_value() and _YEARS[0] <= value <= _YEARS[1]


def _as_number(moment: Moment, source: Statement) -> bool:
    """Tell whether a year alone stands in the source as a number, or a full hour as hours."""
    if moment.minutes is not None:
        return any(each.unit == "second" and moment.minutes * 60 in each.values for each in source.quantities)
    return any(
        month is None and day is None and any(year in each.values for each in source.quantities)
        for year, month, day in moment.readings
    )
