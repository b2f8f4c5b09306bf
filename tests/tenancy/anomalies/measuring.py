"""What a detector finds in months, against what was planted in them."""

from bisect import bisect_left
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tenancy.anomalies.hours import SECONDS, Calendar, Finding, Hour, Kind
from tests.tenancy.anomalies.characters import Character
from tests.tenancy.anomalies.living import Counts
from tests.tenancy.anomalies.months import MONTH, Month, hours
from tests.tenancy.anomalies.planting import ANSWERS, Plant, Planted

Detector = Callable[[Sequence[Hour], Hour, Calendar, int, Collection[tuple[Kind, int]]], list[Finding]]

_HISTORY: Final = 24 * 7 * 8 * SECONDS
_REMEMBERED: Final = 48 * SECONDS
"""For how long what was found is told to the detector."""
_AFTER: Final = 1
"""Hours after an anomaly in which a finding still tells of it."""
_FIRST_WEEK: Final = 168


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found in one month.

    `alarms` are the findings in the month where nothing is wrong, `beside` those of the attacked month that no anomaly
    explains, `early` those of the weeks of learning after the first, `gross` the gross ones of the whole normal life.
    `found` tells of each planted anomaly after how many hours it was found, None where it never was, and whether it was
    a gross spike.
    """

    character: Character
    learning: int
    alarms: tuple[Finding, ...]
    beside: tuple[Finding, ...]
    early: tuple[Finding, ...]
    gross: int
    found: tuple[tuple[Planted, int | None, bool], ...]


def judged(one: Month, detector: Detector, *, quick: bool = False) -> Outcome:
    """Return what a detector finds in a month, in both its versions.

    `quick` looks neither at the weeks before the month nor at what is beside the anomalies.
    """
    end = len(one.normal)
    whole = list(_found(one, one.normal, range(one.learning if quick else 0, end), detector))
    begins = one.begins + one.learning * SECONDS
    near = {hour for each in one.planted for hour in range(each.first, each.last + 1 + _AFTER)}
    attacked = list(_found(one, one.attacked, near if quick else range(one.learning, end), detector))
    return Outcome(
        character=one.tenant.character,
        learning=one.learning,
        alarms=tuple(each for each in whole if each.hour >= begins),
        beside=tuple(each for each in attacked if not any(_within(one, each, what) for what in one.planted)),
        early=tuple(each for each in whole if one.begins + _FIRST_WEEK * SECONDS <= each.hour < begins),
        gross=sum(each.gross for each in whole),
        found=tuple(_answered(one, what, attacked) for what in one.planted),
    )


def _found(one: Month, counts: Counts, looks: Container[int], detector: Detector) -> Iterator[Finding]:
    """Yield what is found in those hours of a life that are looked at, one after the other."""
    lived = list(hours(one.begins, counts))
    known: list[tuple[Kind, int]] = []
    starts = [each.starts for each in lived]
    for number, now in enumerate(lived):
        if (now.starts - one.begins) // SECONDS not in looks:
            continue
        past = lived[bisect_left(starts, now.starts - _HISTORY) : number]
        known = [each for each in known if each[1] >= now.starts - _REMEMBERED]
        for each in detector(past, now, one.calendar, one.begins, known):
            if (each.kind, each.hour) not in known:
                known.append((each.kind, each.hour))
            yield each


def _within(one: Month, found: Finding, what: Planted) -> bool:
    return what.first <= (found.hour - one.begins) // SECONDS <= what.last + _AFTER


def _answered(one: Month, what: Planted, found: Iterable[Finding]) -> tuple[Planted, int | None, bool]:
    telling = [each for each in found if each.kind in ANSWERS[what.plant] and _within(one, each, what)]
    after = min(((each.hour - one.begins) // SECONDS - what.first for each in telling), default=None)
    return what, after, any(each.gross for each in telling)


@dataclass(frozen=True, slots=True)
class Rates:
    """Sums over months: anomalies found of those planted; alarms where nothing is wrong, by tenant and month."""

    months: int
    planted: int
    found: int
    alarms: int
    most: int  # alarms of one month
    above_one: int  # months with more than one
    beside: int
    early: int
    learnt: float  # months of learning after the first week
    gross: int  # in months where nothing is wrong

    @property
    def detection(self) -> float:
        """The share of the planted anomalies that was found; 0 where nothing was planted."""
        return self.found / self.planted if self.planted else 0.0

    @property
    def false_alarms(self) -> float:
        """False alarms by tenant and month."""
        return self.alarms / self.months if self.months else 0.0


def rates(outcomes: Iterable[Outcome], plants: Collection[Plant] = frozenset(Plant) - {Plant.CANARY}) -> Rates:
    """Return the sums over outcomes; canaries, which are always found, count as planted only where asked for."""
    all_of = list(outcomes)
    found = [after for each in all_of for what, after, _ in each.found if what.plant in plants]
    return Rates(
        months=len(all_of),
        planted=len(found),
        found=sum(after is not None for after in found),
        alarms=sum(len(each.alarms) for each in all_of),
        most=max((len(each.alarms) for each in all_of), default=0),
        above_one=sum(len(each.alarms) > 1 for each in all_of),
        beside=sum(len(each.beside) for each in all_of),
        early=sum(len(each.early) for each in all_of),
        learnt=sum(each.learning - _FIRST_WEEK for each in all_of) / MONTH,
        gross=sum(each.gross for each in all_of),
    )
