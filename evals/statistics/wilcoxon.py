"""Compares pairs without assuming a distribution: Wilcoxon's signed ranks, and the interval that they imply.

Zero differences are ranked with the others and then left out (Pratt, JASA 54, 1959), ties share their mean rank. Up to
`EXACT` pairs the distribution of the rank sum is counted out over all signs, given the ranks as they are; beyond, it is
taken as normal with the variance of those ranks. The interval is Hodges and Lehmann's: order statistics of the means of
all pairs of differences (Hollander and Wolfe, Nonparametric Statistical Methods, 3.3).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, sqrt
from statistics import NormalDist
from typing import Final

EXACT: Final = 50
"""The largest number of pairs that is counted out."""

_HALF_A_STEP: Final = 0.5  # a sum of ranks moves by whole steps, a normal value does not
_NORMAL: Final = NormalDist()


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and the band around it."""

    estimate: float
    low: float
    high: float


def signed_rank_p(differences: Sequence[float]) -> float:
    """Return the two-sided p-value of "the differences are symmetric about zero"; 1.0 if all are zero."""
    ranks, positive = signed_ranks(differences)
    if not ranks:
        return 1.0
    if len(differences) <= EXACT:
        return _counted_out(ranks, positive)
    spread = sqrt(sum(rank * rank for rank in ranks)) / 2
    above = abs(positive - sum(ranks) / 2)
    return min(1.0, 2 * _NORMAL.cdf(-max(0.0, above - _HALF_A_STEP) / spread))


def signed_ranks(differences: Sequence[float]) -> tuple[list[float], float]:
    """Return the ranks by size of all differences but zeros, and the sum of those of the positive ones."""
    ordered = sorted(differences, key=abs)
    ranks: list[float] = []
    positive = 0.0
    at = 0
    while at < len(ordered):
        end = at
        while end < len(ordered) and abs(ordered[end]) == abs(ordered[at]):
            end += 1
        rank = (at + 1 + end) / 2
        if ordered[at]:
            ranks += [rank] * (end - at)
            positive += rank * sum(one > 0 for one in ordered[at:end])
        at = end
    return ranks, positive


def _counted_out(ranks: Sequence[float], positive: float) -> float:
    """Count over all signs how often the rank sum is at least as far from its middle (in half ranks: whole numbers)."""
    halves = [round(2 * rank) for rank in ranks]
    ways = [1, *[0] * sum(halves)]
    reached = 0
    for half in halves:
        for total in range(reached, -1, -1):
            ways[total + half] += ways[total]
        reached += half
    seen = round(2 * positive)
    tail = sum(ways[: min(seen, reached - seen) + 1])
    return float(min(1.0, 2 * tail / 2 ** len(halves)))


def median_difference(differences: Sequence[float], *, confidence: float = 0.95) -> Interval:
    """Estimate the median of the differences (the pseudo-median) with its interval. ValueError without any.

    The time grows with n log n, so that thousands of pairs are no matter. With so few that no interval of this
    confidence exists (below 6 for 95 %), it is unbounded.
    """
    if not differences:
        raise ValueError("there is no difference to estimate from")
    values = sorted(differences)
    means = len(values) * (len(values) + 1) // 2
    middle = (_mean_at(values, (means + 1) // 2) + _mean_at(values, means // 2 + 1)) / 2
    cut = _cut(len(values), 1 - confidence)
    if cut < 1:
        return Interval(middle, float("-inf"), float("inf"))
    return Interval(middle, _mean_at(values, cut), _mean_at(values, means + 1 - cut))


def _cut(pairs: int, miss: float) -> int:
    """Return which of the ordered means begins the interval: the largest k with P(rank sum < k) <= miss / 2."""
    if pairs > EXACT:
        middle, spread = pairs * (pairs + 1) / 4, sqrt(pairs * (pairs + 1) * (2 * pairs + 1) / 24)
        return floor(middle + _NORMAL.inv_cdf(miss / 2) * spread)
    ways = [1, *[0] * (pairs * (pairs + 1) // 2)]
    for rank in range(1, pairs + 1):
        for total in range(len(ways) - 1, rank - 1, -1):
            ways[total] += ways[total - rank]
    allowed, tail, cut = miss / 2 * 2**pairs, 0, 0
    while (tail := tail + ways[cut]) <= allowed:
        cut += 1
    return cut


def _mean_at(values: Sequence[float], place: int) -> float:
    """Return the mean of two values (or one with itself) that has `place` in the order of all such means, from 1.

    Halving the range finds it as closely as floating point allows; then the nearest mean that exists is taken.
    """
    low, high = values[0], values[-1]
    while (middle := low + (high - low) / 2) not in (low, high):
        if _means_up_to(values, middle) >= place:
            high = middle
        else:
            low = middle
    return low if _means_up_to(values, low) >= place else high


def _means_up_to(values: Sequence[float], bound: float) -> int:
    """Count the pairs i <= j of ordered values whose mean is at most `bound`."""
    count, j = 0, len(values) - 1
    for i, value in enumerate(values):
        while j >= i and (value + values[j]) / 2 > bound:
            j -= 1
        if j < i:
            break
        count += j - i + 1
    return count
