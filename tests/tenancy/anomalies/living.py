"""What a tenant does, hour by hour, when nothing is wrong."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenancy.anomalies.hours import SECONDS, Signal
from tests.tenancy.anomalies.characters import Character, Job, Tenant

Counts = NDArray[np.int64]
"""(hours, signals), the signals in their order."""

COLUMNS: Final = {signal: column for column, signal in enumerate(Signal)}
LONGEST_PROMPT: Final = 200_000
_NEVER_CLOSED: Final = {Character.ROUND_THE_CLOCK, Character.EVENINGS}
_EMBEDDING: Final = 0.02
"""What a token of a document costs, as a share of a token of an answer."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The hours of a life: in UTC, and as the tenant's clock shows them when they begin."""

    begins: int
    utc: list[datetime]
    local: list[datetime]

    @property
    def slots(self) -> NDArray[np.int64]:
        """The hour of the local week of each."""
        return np.array([each.weekday() * 24 + each.hour for each in self.local])


def clock(tenant: Tenant, begins: int, hours: int) -> Clock:
    """Return the hours from `begins` (epoch seconds) on."""
    utc = [datetime.fromtimestamp(begins + number * SECONDS, UTC) for number in range(hours)]
    return Clock(begins, utc, [each.astimezone(tenant.zone) for each in utc])


def lived(tenant: Tenant, time: Clock, steps_at: int, rng: np.random.Generator) -> Counts:
    """Return what a tenant did in each hour; one that grows in a step is larger from the hour `steps_at` on."""
    mean = _people(tenant, time, rng)
    mean[steps_at:] *= tenant.step
    asked = rng.poisson(mean * rng.gamma(tenant.evenness, 1 / tenant.evenness, len(mean)))
    asked = asked + _overtime(tenant, time, rng)
    for job in tenant.jobs:
        asked = asked + rng.poisson(_runs(job, time, rng))
    counts = np.zeros((len(asked), len(COLUMNS)), dtype=np.int64)
    counts[:, COLUMNS[Signal.REQUESTS]] = asked
    _model(tenant, counts, rng)
    days = np.unique([each.toordinal() for each in time.local], return_inverse=True)[1]
    share = (
        tenant.refusing
        * np.exp(rng.normal(0, 0.3, days.max() + 1))
        * rng.choice([1, 2], days.max() + 1, p=[0.97, 0.03])
    )
    counts[:, COLUMNS[Signal.REFUSALS]] = rng.binomial(asked, np.minimum(share, 0.5)[days])
    counts[:, COLUMNS[Signal.FOREIGN_IDS]] = _stale(tenant, asked, rng)
    return counts


def become(tenant: Tenant, hour: int, steps_at: int) -> Tenant:
    """Return a tenant as large as it has become by an hour of its life."""
    step = tenant.step if hour >= steps_at else 1.0
    return replace(tenant, level=tenant.level * step * tenant.growth ** (hour / 168))


def _people(tenant: Tenant, time: Clock, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return how many requests of people are to be expected of each hour."""
    ordinals = np.array([each.toordinal() for each in time.local])
    first, last = int(ordinals[0]), int(ordinals[-1])
    factors = rng.lognormal(-(tenant.days**2) / 2, tenant.days, last - first + 1)
    for ordinal in range(first, last + 1):
        weekday = date.fromordinal(ordinal).weekday()
        if tenant.character not in _NEVER_CLOSED and weekday not in tenant.weekend and rng.random() < 1 / 45:
            factors[ordinal - first] *= rng.choice([0.0, 0.04])  # a public holiday
    if tenant.closures:
        shut = int(rng.integers(7, last - first - tenant.closures))
        factors[shut : shut + tenant.closures] = 0.0
    slots, week = time.slots, tenant.week
    shares = week[slots]
    if tenant.month_end != 1.0:
        busiest = np.array([_month_ends(date.fromordinal(int(each)), tenant.weekend) for each in ordinals])
        shares = np.where(busiest, tenant.month_end * np.maximum(shares, 0.3 * week[(slots - 2) % 168]), shares)
    grown = tenant.growth ** (np.arange(len(slots)) / 168)
    mean: NDArray[np.float64] = tenant.level * shares * factors[ordinals - first] * grown
    return mean * _sessions(tenant, shares, rng)


def _month_ends(day: date, weekend: tuple[int, int]) -> bool:
    """Tell whether a day is one of the last two working days of its month, or the first."""
    if day.weekday() in weekend:
        return False
    after = [day + timedelta(each) for each in range(1, 6) if (day + timedelta(each)).weekday() not in weekend]
    before = [day - timedelta(each) for each in range(1, 6) if (day - timedelta(each)).weekday() not in weekend]
    return after[1].month != day.month or before[0].month != day.month


def _sessions(tenant: Tenant, shares: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the factor of each hour by which a bursty tenant does more than usual."""
    factors = np.ones(len(shares))
    awake = np.flatnonzero(shares > 0.1 * shares.max())
    for _ in range(rng.poisson(tenant.sessions * len(shares) / 24)):
        start = int(rng.choice(awake))
        factors[start : start + int(rng.integers(1, 4))] *= rng.uniform(2, 4)
    return factors


def _overtime(tenant: Tenant, time: Clock, rng: np.random.Generator) -> Counts:
    """Return what somebody asks who works late, early or at a weekend."""
    extra = np.zeros(len(time.utc), dtype=np.int64)
    quiet = np.flatnonzero(tenant.week[time.slots] < 0.05)
    for _ in range(rng.poisson(tenant.overtime * len(time.utc) / 720)):
        start, hours = int(rng.choice(quiet)), int(rng.integers(1, 5))
        each = rng.uniform(1, 8) + tenant.level * rng.uniform(0, 0.03)
        stretch = extra[start : start + hours]
        stretch += rng.poisson(each, len(stretch))
    return extra


def _runs(job: Job, time: Clock, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return how many requests of a job are to be expected of each hour: some runs fail, some begin late."""
    mean = np.zeros(len(time.utc))
    shown = time.utc if job.utc else time.local
    for number, each in enumerate(shown):
        if each.hour != job.hour or each.weekday() not in job.weekdays or rng.random() < 0.02:
            continue
        start = number + int(rng.choice([0, 1, 2], p=[0.96, 0.03, 0.01]))
        mean[start : start + job.hours] += job.requests * rng.lognormal(0, 0.15)
    return mean


def _model(tenant: Tenant, counts: Counts, rng: np.random.Generator) -> None:
    """Fill in the tokens, the money and the largest prompt of each hour's requests."""
    asked = counts[:, COLUMNS[Signal.REQUESTS]]
    some = asked > 0
    shape = np.where(some, asked / tenant.uneven_tokens**2, 1.0)
    tokens = np.where(some, rng.gamma(shape) * tenant.tokens * tenant.uneven_tokens**2, 0.0)
    tokens *= rng.lognormal(0, 0.1, len(tokens))
    largest = rng.random(len(tokens)) ** (1 / np.maximum(asked, 1))  # the rank of the largest of so many
    normal = NormalDist()
    deviations = np.array([normal.inv_cdf(min(max(each, 1e-12), 1 - 1e-12)) for each in largest])
    prompts = np.minimum(tenant.prompt * np.exp(tenant.prompt_sigma * deviations), LONGEST_PROMPT) * some
    tokens += np.maximum(0, prompts - tenant.tokens)
    spent = tokens * tenant.price * rng.lognormal(0, 0.1, len(tokens))
    imported = np.zeros(len(tokens))
    for _ in range(rng.poisson(tenant.imports * len(tokens) / 168)):
        at = int(rng.choice(np.flatnonzero(some))) if some.any() else 0
        imported[at] += tenant.level * tenant.tokens * min(float(rng.lognormal(-1.5, 0.7)), 1.5)
    counts[:, COLUMNS[Signal.TOKENS]] = tokens + imported
    counts[:, COLUMNS[Signal.SPEND]] = spent + imported * tenant.price * _EMBEDDING
    counts[:, COLUMNS[Signal.PROMPT_SIZE]] = prompts


def _stale(tenant: Tenant, asked: Counts, rng: np.random.Generator) -> Counts:
    """Return how often each hour asked for an id that is gone: bookmarks, and lists that were not loaded again."""
    found = rng.poisson(asked * tenant.stale)
    active = np.flatnonzero(asked)
    for _ in range(rng.poisson(4 * len(asked) / 720) if len(active) else 0):
        size = int(rng.integers(6, 13)) if rng.random() < 0.1 else 1 + int(rng.geometric(0.4))
        found[int(rng.choice(active))] += size
    return found
