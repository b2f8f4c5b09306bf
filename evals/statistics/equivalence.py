"""Decides by equivalence whether two kinds of request take the same time, sampling on while it is open.

The rules:
- EQUIVALENT only if the interval of the median difference lies inside the band: absence of evidence is no pass;
- DIFFERENT only if the signed-rank p-value is below the level and the estimate lies outside the band;
- OPEN otherwise, until the last look, after which it stays open: the family is then inconclusive.

A look is taken at set sizes, each double the one before. Looking more than once raises the chance to be wrong: at plain
95 % intervals a difference as large as the band passed in 25 of 250 simulated runs. So what may go wrong is divided
among the looks: the 0.001 of a false alarm and the 5 % outside the interval hold over all of them (25 of 800 passed).

What is judged is the middle of the differences. A delay that strikes few requests moves it little, however long it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from evals.statistics.bounds import CONFIDENCE
from evals.statistics.wilcoxon import Interval, median_difference, signed_rank_p

FIRST, LAST = 250, 2_000
"""How many pairs there are at the first look and at the last."""

LEVEL: Final = 0.001
"""How likely an alarm without a difference may be, over all looks."""


class Decision(StrEnum):
    """What the pairs allow to be said."""

    EQUIVALENT = "equivalent"
    DIFFERENT = "different"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the pairs: their median difference (95 % over all looks), the p-value, and what follows."""

    pairs: int
    difference: Interval
    p: float
    decision: Decision


def band(median: float, *, absolute: float, relative: float) -> float:
    """Return the half width δ of the band: `absolute`, or `relative` times the median of the base if that is more."""
    return max(absolute, relative * abs(median))


@dataclass(frozen=True, slots=True)
class Sequential:
    """The looks to take: when, and how wide the band is. A value; the pairs are kept by whoever samples."""

    delta: float
    first: int = FIRST
    last: int = LAST
    level: float = LEVEL
    sizes: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        if self.delta <= 0 or not 1 < self.first <= self.last:
            raise ValueError("the band has a width, and the last look is not before the first")
        sizes = [self.first]
        while sizes[-1] < self.last:
            sizes.append(min(2 * sizes[-1], self.last))
        object.__setattr__(self, "sizes", tuple(sizes))

    def due(self, pairs: int) -> int:
        """Return at how many pairs the next look is, when `pairs` are there; 0 if the last one has been reached."""
        return next((size for size in self.sizes if size > pairs), 0)

    def look(self, differences: Iterable[float]) -> Look:
        """Look at the differences sampled so far (same unit as delta). ValueError without any."""
        seen = list(differences)
        share = len(self.sizes)
        difference = median_difference(seen, confidence=1 - (1 - CONFIDENCE) / share)
        p = signed_rank_p(seen)
        if len(seen) >= self.first and -self.delta < difference.low and difference.high < self.delta:
            decision = Decision.EQUIVALENT
        elif len(seen) >= self.first and p < self.level / share and abs(difference.estimate) > self.delta:
            decision = Decision.DIFFERENT
        else:
            decision = Decision.OPEN
        return Look(len(seen), difference, p, decision)
