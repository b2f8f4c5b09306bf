"""Anomalies as attackers and accidents make them, put into a month at random hours."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from tenancy.anomalies.hours import Kind, Signal
from tests.tenancy.anomalies.characters import Tenant
from tests.tenancy.anomalies.living import COLUMNS, LONGEST_PROMPT, Clock, Counts, become

_APART: Final = 30
"""Hours between the end of one anomaly and the start of the next, at least."""


class Plant(StrEnum):
    """What is planted."""

    THEFT = "theft"  # stolen credentials: 5 to 50 times the requests of a usual hour, for hours
    EXFILTRATION = "exfiltration"  # slowly, at night, from a tenant that sleeps
    HUGE_PROMPT = "huge_prompt"  # one
    ENUMERATION = "enumeration"  # of ids of others
    REFUSALS = "refusals"  # a burst: somebody tries what is refused
    RUNAWAY = "runaway"  # a loop that spends
    CANARY = "canary"  # a tripwire is met


ANSWERS: Final[Mapping[Plant, frozenset[Kind]]] = {
    Plant.THEFT: frozenset({Kind.SPIKE, Kind.OFF_HOURS}),
    Plant.EXFILTRATION: frozenset({Kind.SPIKE, Kind.OFF_HOURS}),
    Plant.HUGE_PROMPT: frozenset({Kind.LARGE_PROMPT}),
    Plant.ENUMERATION: frozenset({Kind.FOREIGN_IDS}),
    Plant.REFUSALS: frozenset({Kind.REFUSALS}),
    Plant.RUNAWAY: frozenset({Kind.SPIKE}),
    Plant.CANARY: frozenset({Kind.CANARY}),
}
"""The kinds of findings that tell of an anomaly; any other finding beside it tells of something else."""


@dataclass(frozen=True, slots=True)
class Planted:
    """An anomaly in the hours [`first`, `last`] of a life."""

    plant: Plant
    first: int
    last: int


def plant(
    tenant: Tenant, time: Clock, counts: Counts, begins: int, steps_at: int, rng: np.random.Generator
) -> list[Planted]:
    """Add one anomaly of each plant to the hours from `begins` on, in random order; tell where they are.

    How strong they are follows from how large the tenant has become by then. One that works at night does nothing at
    night that could be told from its work: its credentials are stolen twice.
    """
    wanted = [each if each != Plant.EXFILTRATION or tenant.sleeps else Plant.THEFT for each in Plant]
    room = (len(counts) - begins) // len(wanted)
    found = []
    for number, index in enumerate(rng.permutation(len(wanted))):
        which = wanted[index]
        hours = _HOURS[which](rng)
        first = begins + number * room + int(rng.integers(0, room - _APART - hours + 1))
        if which == Plant.EXFILTRATION:
            first = _at_night(time, begins + number * room, int(rng.integers(1, 4)), int(rng.integers(0, 2)))
        _GROW[which](become(tenant, first, steps_at), counts[first : first + hours], rng)
        found.append(Planted(which, first, first + hours - 1))
    return found


def _at_night(time: Clock, after: int, hour: int, skipped: int) -> int:
    """Return the first hour from `after` on that a tenant's clock shows as `hour`, some nights later."""
    nights = [number for number in range(after, len(time.local)) if time.local[number].hour == hour]
    return nights[min(skipped, len(nights) - 1)]


def _between(rng: np.random.Generator, least: float, most: float) -> float:
    """Return a number between two, equally likely in every doubling."""
    return float(np.exp(rng.uniform(np.log(least), np.log(most))))


def _ask(tenant: Tenant, stretch: Counts, each: float, dearer: float, rng: np.random.Generator) -> None:
    """Add requests to every hour, `each` in the mean, whose tokens are `dearer` times the usual."""
    asked = rng.poisson(each * rng.uniform(0.8, 1.2, len(stretch)))
    tokens = asked * tenant.tokens * dearer * rng.uniform(0.9, 1.1, len(stretch))
    stretch[:, COLUMNS[Signal.REQUESTS]] += asked
    stretch[:, COLUMNS[Signal.TOKENS]] += tokens.astype(np.int64)
    stretch[:, COLUMNS[Signal.SPEND]] += (tokens * tenant.price).astype(np.int64)


def _theft(tenant: Tenant, stretch: Counts, rng: np.random.Generator) -> None:
    _ask(tenant, stretch, max(40.0, tenant.busy * _between(rng, 5, 50)), rng.uniform(0.7, 1.5), rng)
    stretch[:, COLUMNS[Signal.FOREIGN_IDS]] += rng.integers(0, 4, len(stretch))


def _exfiltration(tenant: Tenant, stretch: Counts, rng: np.random.Generator) -> None:
    _ask(tenant, stretch, max(_between(rng, 20, 60), tenant.busy * _between(rng, 0.2, 1)), rng.uniform(1, 2), rng)


def _huge_prompt(tenant: Tenant, stretch: Counts, rng: np.random.Generator) -> None:
    hundredth = tenant.prompt * np.exp(2.33 * tenant.prompt_sigma)  # one in a hundred is longer
    size = int(min(max(12_000, hundredth * _between(rng, 8, 40)), LONGEST_PROMPT))
    stretch[:, COLUMNS[Signal.REQUESTS]] += 1
    stretch[:, COLUMNS[Signal.TOKENS]] += size
    stretch[:, COLUMNS[Signal.SPEND]] += int(size * tenant.price)
    stretch[:, COLUMNS[Signal.PROMPT_SIZE]] = np.maximum(stretch[:, COLUMNS[Signal.PROMPT_SIZE]], size)


def _enumeration(tenant: Tenant, stretch: Counts, rng: np.random.Generator) -> None:
    each = max(_between(rng, 25, 600), 5 * tenant.level * tenant.stale)
    tried = rng.poisson(each, len(stretch))
    stretch[:, COLUMNS[Signal.FOREIGN_IDS]] += tried
    stretch[:, COLUMNS[Signal.REQUESTS]] += tried + rng.integers(0, 10, len(stretch))


def _refusals(tenant: Tenant, stretch: Counts, rng: np.random.Generator) -> None:
    each = max(_between(rng, 20, 80), tenant.level * tenant.refusing * _between(rng, 6, 15))
    before = stretch[:, COLUMNS[Signal.REQUESTS]].copy()
    _ask(tenant, stretch, each, 0.5, rng)
    stretch[:, COLUMNS[Signal.REFUSALS]] += stretch[:, COLUMNS[Signal.REQUESTS]] - before


def _runaway(tenant: Tenant, stretch: Counts, rng: np.random.Generator) -> None:
    usual = tenant.busy * tenant.tokens * tenant.price
    each = max(usual * _between(rng, 8, 50), 5_000_000)  # five dollars an hour at least, or nobody runs anywhere
    dearer = _between(rng, 5, 20)
    _ask(tenant, stretch, each / (tenant.tokens * tenant.price * dearer), dearer, rng)


def _canary(_: Tenant, stretch: Counts, rng: np.random.Generator) -> None:
    stretch[:, COLUMNS[Signal.REQUESTS]] += 1
    stretch[:, COLUMNS[Signal.CANARIES]] += rng.integers(1, 3, len(stretch))


_GROW: Final[Mapping[Plant, Callable[[Tenant, Counts, np.random.Generator], None]]] = {
    Plant.THEFT: _theft,
    Plant.EXFILTRATION: _exfiltration,
    Plant.HUGE_PROMPT: _huge_prompt,
    Plant.ENUMERATION: _enumeration,
    Plant.REFUSALS: _refusals,
    Plant.RUNAWAY: _runaway,
    Plant.CANARY: _canary,
}

_HOURS: Final[Mapping[Plant, Callable[[np.random.Generator], int]]] = {
    Plant.THEFT: lambda rng: int(rng.integers(2, 13)),
    Plant.EXFILTRATION: lambda rng: int(rng.integers(2, 5)),
    Plant.HUGE_PROMPT: lambda _: 1,
    Plant.ENUMERATION: lambda rng: int(rng.integers(1, 5)),
    Plant.REFUSALS: lambda rng: int(rng.integers(1, 4)),
    Plant.RUNAWAY: lambda rng: int(rng.integers(1, 7)),
    Plant.CANARY: lambda _: 1,
}
"""For how many hours each goes on."""
