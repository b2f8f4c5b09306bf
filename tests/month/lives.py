"""Lives of small tenants: the characters that the detector is measured on, each as small as one machine can answer."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import numpy as np

from tenancy.anomalies.hours import SECONDS, Calendar, Hour, Signal
from tests.tenancy.anomalies.characters import Character, Tenant, drawn
from tests.tenancy.anomalies.living import COLUMNS, Counts, clock, lived
from tests.tenancy.anomalies.months import MONTH, hours
from tests.tenancy.anomalies.planting import Plant, Planted, plant

FIRST: Final = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())
"""The month's first hour; clocks change in it twice."""
PRICE: Final = 1.25
"""Micro-dollars a token of the model that everybody uses, in a prompt or in an answer."""

_LEARNING: Final = 5 * 168
_LEAST, _MOST = 1.5, 6.0
_TOKENS: Final = 600.0
_PROMPT: Final = 300.0


@dataclass(frozen=True, slots=True)
class Life:
    """What a tenant did before the month, and does in it; `planted` counts hours from the month's first.

    `most_a_day` are the tokens of its busiest usual day of the month, `usual_spend` the micro-dollars of all of it.
    """

    tenant: Tenant
    before: tuple[Hour, ...]
    month: Counts  # (hours, signals)
    planted: tuple[Planted, ...]
    most_a_day: int
    usual_spend: int

    @property
    def calendar(self) -> Calendar:
        """What the tenant says of its clock."""
        return Calendar(self.tenant.zone, self.tenant.business)


def life(seed: int, days: int, *, real_prompts: bool) -> Life:
    """Return the life of a seed; the characters take turns.

    With `real_prompts`, a prompt is as long as the question and its sources really are, so none is huge.
    """
    rng = np.random.default_rng(seed)
    tenant = _small(drawn(list(Character)[seed % len(Character)], rng), rng)
    begins = FIRST - _LEARNING * SECONDS
    time = clock(tenant, begins, _LEARNING + MONTH)
    steps_at = _LEARNING + int(rng.integers(0, MONTH))
    normal = lived(tenant, time, steps_at, rng)
    attacked = normal.copy()
    planted = plant(tenant, time, attacked, _LEARNING, steps_at, rng)
    if real_prompts:
        for one in [each for each in planted if each.plant is Plant.HUGE_PROMPT]:
            attacked[one.first : one.last + 1] = normal[one.first : one.last + 1]
            planted.remove(one)
    usual = normal[_LEARNING : _LEARNING + days * 24]
    return Life(
        tenant=tenant,
        before=tuple(hours(begins, normal[: _LEARNING - 1])),  # in the last hour it is set up
        month=attacked[_LEARNING : _LEARNING + days * 24],
        planted=tuple(
            replace(each, first=each.first - _LEARNING, last=each.last - _LEARNING)
            for each in planted
            if each.last - _LEARNING < days * 24
        ),
        most_a_day=int(usual[:, COLUMNS[Signal.TOKENS]].reshape(days, 24).sum(axis=1).max()),
        usual_spend=int(usual[:, COLUMNS[Signal.SPEND]].sum()),
    )


def _small(one: Tenant, rng: np.random.Generator) -> Tenant:
    """Return a tenant of the same habits that asks a few times in a busy hour."""
    level = min(one.level, float(np.exp(rng.uniform(np.log(_LEAST), np.log(_MOST)))))
    jobs = tuple(replace(job, requests=job.requests * level / one.level) for job in one.jobs)
    return replace(one, level=level, jobs=jobs, tokens=_TOKENS, prompt=_PROMPT, price=PRICE, imports=0.0)
