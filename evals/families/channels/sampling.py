"""Sample how long requests of two kinds take, in rounds and in random order, until it is clear whether they differ.

A round holds one request of the kind in question and two of the kind to compare with: what differs between those two
is noise, which must never be taken for a difference. Blocks of one kind after the other would measure the machine.
"""

import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from evals.statistics.equivalence import Decision, Look, Sequential, band
from evals.target.reply import Reply
from evals.verdicts.trial import Measurement

ABSOLUTE, RELATIVE = 0.001, 0.05
"""Half the width of the band: a millisecond, or a twentieth of what such a request takes if that is more."""
_WARMING: Final = 8
_LONGEST: Final = 3.0  # times the seconds given, for the first look
_MILLI: Final = 1000.0

Request = Callable[[], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Round:
    """One request of the kind in question, two of the kind to compare with."""

    about: Request
    nothing: Request
    nothing_too: Request


@dataclass(frozen=True, slots=True)
class Sample:
    """The differences of every round so far, in seconds, and what a look at them says."""

    plan: Sequential
    differences: list[float] = field(default_factory=list)
    noise: list[float] = field(default_factory=list)
    base: list[float] = field(default_factory=list)

    @property
    def look(self) -> Look:
        """Judge the kind in question against the other."""
        return self.plan.look(self.differences)

    @property
    def look_at_noise(self) -> Look:
        """Judge the other kind against itself."""
        return self.plan.look(self.noise)

    @property
    def sees(self) -> bool:
        """Whether a difference of twice the band would have been seen through this noise, by a clock that runs."""
        moved = self.plan.look([one + 2 * self.plan.delta for one in self.differences])
        runs = len(set(self.base)) > len(self.base) // 2 and min(self.base) > 0
        return runs and moved.decision is Decision.DIFFERENT

    def measurement(self, name: str) -> Measurement:
        """Return the numbers to plot, in milliseconds."""
        look, delta = self.look, self.plan.delta * _MILLI
        found = look.difference
        values: dict[str, float | list[float]] = {
            "difference in ms": [round(one * _MILLI, 4) for one in self.differences],
            "low": found.low * _MILLI,
            "median": found.estimate * _MILLI,
            "high": found.high * _MILLI,
            "p": look.p,
            "pairs": float(look.pairs),
            "such a request in ms": median(self.base) * _MILLI,
        }
        return Measurement(name, values, (-delta, delta))

    def said(self) -> str:
        """Say the result in numbers."""
        found = self.look.difference
        low, high = found.low * _MILLI, found.high * _MILLI
        return (
            f"{self.look.pairs} pairs, difference {found.estimate * _MILLI:.3f} ms ({low:.3f} to {high:.3f}), "
            f"band ±{self.plan.delta * _MILLI:.3f} ms, p {self.look.p:.2g}"
        )


async def sampled(
    rounds: Callable[[], Awaitable[Round]], rng: random.Random, sizes: Sequence[int], seconds: float
) -> Sample:
    """Sample until a look decides, the last look is taken (`sizes`: the first and the last) or the time is over.

    The first look is waited for three times as long: on a busy machine nothing is said too early.
    """
    began = time.perf_counter()
    warming = [await _timed(await rounds(), rng) for _ in range(_WARMING)]
    usual = median(one[1] for one in warming)
    sample = Sample(Sequential(band(usual, absolute=ABSOLUTE, relative=RELATIVE), first=sizes[0], last=sizes[1]))
    while due := sample.plan.due(len(sample.differences)):
        while len(sample.differences) < due:
            spent = time.perf_counter() - began
            if spent > seconds * (_LONGEST if due == sizes[0] else 1.0):
                return sample
            about, nothing, too = await _timed(await rounds(), rng)
            sample.differences.append(about - nothing)
            sample.noise.append(too - nothing)
            sample.base.append(nothing)
        if sample.look.decision is not Decision.OPEN:
            return sample
    return sample


async def _timed(one: Round, rng: random.Random) -> tuple[float, float, float]:
    requests = [one.about, one.nothing, one.nothing_too]
    order = [0, 1, 2]
    rng.shuffle(order)
    took = [0.0, 0.0, 0.0]
    for place in order:
        took[place] = (await requests[place]()).seconds
    return took[0], took[1], took[2]
