"""Months of tenants, each made from a seed alone: some weeks to learn from, then one month in two versions.

In one version nothing is wrong; in the other, anomalies are planted. Seeds for development and held-out ones are
different ranges: nothing was ever chosen by a look at the months of held-out seeds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from tenancy.anomalies.hours import SECONDS, Calendar, Hour, Signal
from tests.tenancy.anomalies.characters import Character, Tenant, drawn
from tests.tenancy.anomalies.living import Counts, clock, lived
from tests.tenancy.anomalies.planting import Planted, plant

DEVELOPMENT: Final = range(120)
HELD_OUT: Final = range(700_000, 700_120)
MONTH: Final = 30 * 24
"""Hours of a month that is judged."""

_CHANGES_OF_CLOCKS: Final = ((3, 10), (3, 30), (4, 6), (9, 7), (9, 28), (10, 26), (11, 2))


@dataclass(frozen=True, slots=True)
class Month:
    """A tenant's life from its first hour on; of its last `MONTH` hours there are two versions.

    `learning` is the number of hours before the month; `planted` counts hours from the start of the life.
    """

    tenant: Tenant
    begins: int
    learning: int
    normal: Counts
    attacked: Counts
    planted: tuple[Planted, ...]

    @property
    def calendar(self) -> Calendar:
        """What the detector is told about the tenant."""
        return Calendar(self.tenant.zone, self.tenant.business)


def month(seed: int) -> Month:
    """Return the month of a seed; the characters take turns."""
    rng = np.random.default_rng(seed)
    characters = list(Character)
    tenant = drawn(characters[seed % len(characters)], rng)
    learning = int(rng.integers(3, 9)) * 168
    begins = _first_day(rng) - learning * SECONDS
    time = clock(tenant, begins, learning + MONTH)
    steps_at = learning + int(rng.integers(0, MONTH))
    normal = lived(tenant, time, steps_at, rng)
    attacked = normal.copy()
    planted = plant(tenant, time, attacked, learning, steps_at, rng)
    return Month(tenant, begins, learning, normal, attacked, tuple(planted))


def _first_day(rng: np.random.Generator) -> int:
    """Return the first midnight (UTC, epoch seconds) of a month of 2024 to 2026, every second one with new clocks."""
    year = int(rng.integers(2024, 2027))
    if rng.random() < 0.5:
        month_, day = _CHANGES_OF_CLOCKS[int(rng.integers(0, len(_CHANGES_OF_CLOCKS)))]
        first = datetime(year, month_, day, tzinfo=UTC) - timedelta(days=int(rng.integers(3, 27)))
    else:
        first = datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=int(rng.integers(0, 365)))
    return int(first.timestamp())


def hours(begins: int, counts: Counts) -> Iterator[Hour]:
    """Yield the hours in which anything was done."""
    for number in np.flatnonzero(counts.any(axis=1)):
        values = {signal: int(each) for signal, each in zip(Signal, counts[number], strict=True) if each}
        yield Hour(begins + int(number) * SECONDS, values)
