"""Tenants of several characters, drawn at random: when they work, how much, how unevenly, what else they do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from tests.tenancy.anomalies.weeks import Shares, evenings, few_hours, office, round_the_clock

ZONES: Final = (
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Los_Angeles",
    "America/Sao_Paulo",  # no daylight saving any more
    "America/Santiago",  # southern summer time
    "Australia/Sydney",
    "Australia/Lord_Howe",  # half an hour of daylight saving
    "Pacific/Auckland",
    "Asia/Kolkata",  # half an hour beside the hour
    "Asia/Kathmandu",  # three quarters
    "Asia/Tokyo",
    "Africa/Cairo",  # a weekend of Friday and Saturday
    "Africa/Casablanca",  # goes back for Ramadan
    "UTC",
)


class Character(StrEnum):
    """What kind of tenant it is."""

    OFFICE = "office"
    ROUND_THE_CLOCK = "round_the_clock"
    EVENINGS = "evenings"
    NIGHT_BATCH = "night_batch"
    WEEKLY_REPORT = "weekly_report"
    TINY = "tiny"
    BURSTY = "bursty"
    GROWING = "growing"
    HOLIDAYS = "holidays"
    LONG_PROMPTS = "long_prompts"
    MONTH_END = "month_end"
    ROLLOUT = "rollout"


@dataclass(frozen=True, slots=True)
class Job:
    """A program that asks by itself: on its weekdays from its hour on, for some hours, so many requests an hour.

    Its clock is the tenant's, or UTC's: then it moves by an hour where the tenant's clock does.
    """

    weekdays: tuple[int, ...]
    hour: int
    hours: int
    requests: float
    utc: bool


@dataclass(frozen=True, slots=True)
class Tenant:
    """Everything that a tenant's life is drawn from."""

    character: Character
    zone: ZoneInfo
    weekend: tuple[int, int]
    week: Shares
    level: float  # requests of a busy hour
    evenness: float  # the shape of the gamma that the Poisson's mean is drawn from: small is uneven
    days: float  # sigma of the logarithm of a day's own factor
    growth: float  # a week, as a factor
    tokens: float  # of a request, in the mean
    uneven_tokens: float  # coefficient of variation between requests
    price: float  # micro-dollars a token
    refusing: float  # share of requests that are refused
    stale: float  # share of requests that name an id that is gone
    prompt: float  # tokens of a prompt, the median
    prompt_sigma: float  # of its logarithm
    jobs: tuple[Job, ...] = ()
    sessions: float = 0.0  # bursts a day, each of an hour to three, two to four times the usual
    closures: int = 0  # days on which it is closed, in one piece
    month_end: float = 1.0  # factor of the last two and the first working day of a month
    step: float = 1.0  # factor from some day of the month on: more people come to it
    imports: float = 0.0  # a week, of documents: tokens without requests
    overtime: float = 0.0  # stretches a month of somebody who works late
    business: Mapping[int, tuple[int, int]] | None = None  # what it named as its business hours

    @property
    def busy(self) -> float:
        """Requests of a usual hour in which it is active at all, in the mean."""
        return self.level * float(self.week[self.week > self.week.max() * 0.1].mean())

    @property
    def sleeps(self) -> bool:
        """Whether next to nothing happens from one to five at night."""
        night = self.week.reshape(7, 24)[:, 1:5]
        return not self.jobs and float(night.max()) < 0.05 * float(self.week.max())


def drawn(character: Character, rng: np.random.Generator) -> Tenant:
    """Return a tenant of a character."""
    zone = str(rng.choice(ZONES))
    weekend = (4, 5) if zone == "Africa/Cairo" else (5, 6)
    opens, closes = int(rng.integers(7, 10)), int(rng.integers(16, 20))
    plain = Tenant(
        character=character,
        zone=ZoneInfo(zone),
        weekend=weekend,
        week=office(rng, opens, closes, weekend),
        level=_between(rng, 15, 3_000),
        evenness=_between(rng, 5, 40),
        days=rng.uniform(0.08, 0.25),
        growth=1.0,
        tokens=_between(rng, 800, 4_000),
        uneven_tokens=rng.uniform(0.5, 1.5),
        price=_between(rng, 0.3, 8),
        refusing=_between(rng, 0.005, 0.1),
        stale=_between(rng, 0.0002, 0.003),
        prompt=_between(rng, 300, 2_000),
        prompt_sigma=rng.uniform(0.3, 0.6),
        imports=rng.choice([0.0, 1.0, 3.0]),
        overtime=rng.choice([0.0, 2.0, 5.0]),
    )
    return _BECOMES[character](replace(plain, business=_named(rng, plain, opens, closes)), rng)


def _between(rng: np.random.Generator, least: float, most: float) -> float:
    """Return a number between two, equally likely in every doubling."""
    return float(np.exp(rng.uniform(np.log(least), np.log(most))))


def _named(rng: np.random.Generator, one: Tenant, opens: int, closes: int) -> Mapping[int, tuple[int, int]] | None:
    """Return business hours as some tenants name them: those they keep, or, as it is on paper, an hour less."""
    if rng.random() > 0.4:  # two in five name any
        return None
    less = int(rng.integers(0, 2))
    return {day: (opens, closes - less) for day in range(7) if day not in one.weekend}


def _night_batch(one: Tenant, rng: np.random.Generator) -> Tenant:
    nights = tuple(range(7)) if rng.random() < 0.5 else _working(one)
    size = one.level * _between(rng, 1, 12)
    job = Job(nights, int(rng.integers(0, 6)), int(rng.integers(1, 4)), size, bool(rng.integers(0, 2)))
    return replace(one, jobs=(job,))


def _weekly_report(one: Tenant, rng: np.random.Generator) -> Tenant:
    when, size = (int(rng.integers(0, 7)),), one.level * _between(rng, 3, 15)
    return replace(one, jobs=(Job(when, int(rng.integers(0, 24)), 1, size, bool(rng.integers(0, 2))),))


def _working(one: Tenant) -> tuple[int, ...]:
    return tuple(day for day in range(7) if day not in one.weekend)


_BECOMES: Final[Mapping[Character, Callable[[Tenant, np.random.Generator], Tenant]]] = {
    Character.OFFICE: lambda one, _: one,
    Character.ROUND_THE_CLOCK: lambda one, rng: replace(
        one, week=round_the_clock(rng), level=_between(rng, 30, 5_000), overtime=0.0, business=None
    ),
    Character.EVENINGS: lambda one, rng: replace(one, week=evenings(rng), overtime=0.0, business=None),
    Character.NIGHT_BATCH: _night_batch,
    Character.WEEKLY_REPORT: _weekly_report,
    Character.TINY: lambda one, rng: replace(
        one, week=few_hours(rng, one.weekend), level=_between(rng, 0.2, 2), overtime=1.0, evenness=2.0
    ),
    Character.BURSTY: lambda one, rng: replace(
        one, evenness=_between(rng, 1, 2.5), sessions=rng.uniform(0.3, 1.2), days=0.35
    ),
    Character.GROWING: lambda one, rng: replace(one, growth=rng.uniform(1.05, 1.2), level=_between(rng, 15, 800)),
    Character.HOLIDAYS: lambda one, rng: replace(one, closures=int(rng.integers(5, 17))),
    Character.LONG_PROMPTS: lambda one, rng: replace(one, prompt_sigma=rng.uniform(0.8, 1.1), uneven_tokens=2.0),
    Character.MONTH_END: lambda one, rng: replace(one, month_end=rng.uniform(1.8, 3.2)),
    Character.ROLLOUT: lambda one, rng: replace(one, step=_between(rng, 1.5, 3.0)),
}
"""What makes a plain office a tenant of a character."""
