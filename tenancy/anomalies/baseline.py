"""What is usual for a tenant at an hour of its week, and how far above it its own past has been.

Every number is a median or a quantile that a few bad hours do not move. `usual` is taken from the same hour of the
past weeks, drawn towards the same hour of similar days where there are few weeks, and then as generously as honest use
needs: the hours beside it count too (a job may be early, late or follow another clock), work that was due and did not
come may come now, and what has grown lately may stay so. Days on which nothing happened say nothing about the others.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenancy.anomalies.hours import Signal
from tenancy.anomalies.local import DAYS, OWN, WEEK, WEEKS, Grid, Past

_SIMILAR: Final = 2.0
"""How many weeks' worth the same hour of similar days counts."""
_BUSY_DAY: Final = 0.3
"""A weekday is a busy one from this share of the busiest weekday on."""
_SILENT: Final = 0.1
"""A day is silent below this share of what its weekday usually holds."""
_AWAKE: Final = 0.1
"""An hour is an active one from this share of a typical one on."""
_OWED: Final = 3
"""For so many hours work that was due may still come."""
_MOST_GROWTH: Final = 6.0
_LATELY: Final = 3 * 24
_ENOUGH: Final = 10
"""So many active hours have a median worth the name."""
_BODY: Final = 0.80
_TAIL: Final = 0.96
"""The quantiles that the tail of a tenant's own deviations is read from; beyond the second there may be anomalies."""
_COMMON: Final = (1.8, 0.4)
"""Where the tail begins and its step, as they commonly are."""
_FEW: Final = 50
"""So many active hours weigh as much as what is common."""


_Statistic = tuple[NDArray[np.float64], NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is usual at an hour (`usual`, `typical` of active hours at all), and the tail of the past's deviations.

    A deviation is (seen + slack) / (usual + slack). One active hour in 25 deviates by more than `tail`, and an e-th as
    many for every `step` further up. `largest` is the third largest hour of the past.
    """

    usual: float
    typical: float
    slack: float
    tail: float
    step: float
    largest: float
    levels: NDArray[np.float64]  # of the hours of the week, by column

    def deviation(self, seen: float) -> float:
        """Return how many times the usual an hour is."""
        return (seen + self.slack) / (self.usual + self.slack)

    def surprise(self, seen: float) -> float:
        """Return how many steps out in the tail an hour is."""
        return (self.deviation(seen) - self.tail) / self.step

    def bound(self, steps: float) -> float:
        """Return the deviation that is `steps` steps out in the tail."""
        return self.tail + steps * self.step


def waking(past: Past) -> Grid:
    """Return the grid of requests without its silent days, which are NaN in it."""
    grid = past.grid(Signal.REQUESTS)
    flat, days = grid.reshape(-1), past.days()
    known = np.isfinite(flat)
    sums = np.bincount(days[known], flat[known], minlength=DAYS + 1)
    lived = np.bincount(days[known], minlength=DAYS + 1) > 0
    for ago in range(1, 8):
        same = np.arange(ago, DAYS + 1, 7)
        same = same[lived[same]]
        if len(same):  # the median of the better half, as a long holiday may be most of what is known
            lived[same] = sums[same] >= _SILENT * np.median(np.sort(sums[same])[len(same) // 2 :])
    lived[0] = True  # today has not ended
    return np.where(lived[days].reshape(grid.shape), grid, np.nan)


def baseline(past: Past, grid: Grid, slack: float) -> Baseline:
    """Return the baseline of a grid, (WEEKS, WEEK) with NaN for what is unknown; `slack` is the least that matters."""
    levels = _by_column(past, grid, _medians)
    some = levels[levels > 0]
    typical = float(np.median(some[some >= _AWAKE * some.max()])) if len(some) else 0.0
    slack = max(slack, _AWAKE * typical)
    ratios = (grid + slack) / (levels + slack)
    active = np.isfinite(grid) & ((levels > _AWAKE * typical) | (grid > 0))
    weekly = np.array([_middle(ratios[week][active[week]]) for week in range(WEEKS)])
    tail, step = _tail((ratios / weekly[:, np.newaxis])[active])
    grown = min(max(1.0, weekly[0], _middle(ratios[0, :_LATELY][active[0, :_LATELY]])), _MOST_GROWTH)
    counted = np.sort(grid[np.isfinite(grid)])
    largest = float(counted[-min(3, len(counted))]) if len(counted) else 0.0
    usual = max(_generous(grid, levels) * grown, _repeated(grid))
    return Baseline(usual, typical, slack, tail, step, largest, levels)


def shares(past: Past, grid: Grid) -> NDArray[np.float64]:
    """Return in which share of the past anything was done at each hour of the week, by column."""
    return _by_column(past, np.where(np.isfinite(grid), grid > 0, np.nan), _means)


def _by_column(past: Past, grid: Grid, statistic: Callable[[Grid], _Statistic]) -> NDArray[np.float64]:
    """Return a statistic of each hour of the week, drawn towards that of the same hour on days as busy."""
    own, weeks = statistic(grid)
    weekdays = past.weekdays()
    sums = np.bincount(weekdays, np.nan_to_num(own), minlength=7)
    busy = (sums >= _BUSY_DAY * sums.max())[weekdays]
    hours = np.arange(WEEK) % 24  # the same hour of the day stands in every 24th column
    similar = np.where(
        busy,
        statistic(np.where(busy, grid, np.nan).reshape(DAYS, 24))[0][hours],
        statistic(np.where(busy, np.nan, grid).reshape(DAYS, 24))[0][hours],
    )
    similar = np.where(np.isfinite(similar), similar, own)
    return np.nan_to_num((weeks * np.nan_to_num(own) + _SIMILAR * similar) / (weeks + _SIMILAR))


def _means(rows: Grid) -> _Statistic:
    """Return the mean of what is known of each column, NaN where nothing is, and how much that is."""
    known = np.isfinite(rows).sum(axis=0)
    return np.where(known > 0, np.nan_to_num(rows).sum(axis=0) / np.maximum(known, 1), np.nan), known


def _medians(rows: Grid) -> _Statistic:
    """Return the median of what is known of each column, NaN where nothing is, and how much that is."""
    known = np.isfinite(rows).sum(axis=0)
    ordered = np.sort(rows, axis=0)  # what is unknown comes last
    columns = np.arange(rows.shape[1])
    low, high = ordered[np.maximum(known - 1, 0) // 2, columns], ordered[known // 2 % len(rows), columns]
    return np.where(known > 0, (low + high) / 2, np.nan), known


def _middle(ratios: NDArray[np.float64]) -> float:
    """Return the median of ratios, 1 where there are too few to say."""
    return float(np.median(ratios)) if len(ratios) >= _ENOUGH else 1.0


def _tail(ratios: NDArray[np.float64]) -> tuple[float, float]:
    """Return where the tail of deviations begins and its step, drawn towards what is common where there are few."""
    if not len(ratios):
        return _COMMON
    body, tail = np.quantile(ratios, (_BODY, _TAIL))
    step = (tail - body) / np.log((1 - _BODY) / (1 - _TAIL))
    weight = len(ratios) / (len(ratios) + _FEW)
    return float(weight * tail + (1 - weight) * _COMMON[0]), float(weight * step + (1 - weight) * _COMMON[1])


def _generous(grid: Grid, levels: NDArray[np.float64]) -> float:
    """Return what honest use may reach at the hour that is looked at."""
    beside = max(levels[OWN], levels[OWN - 1], levels[0])
    owed = np.nan_to_num(levels[:_OWED] - grid[0, :_OWED])
    return float(max(beside, owed.max()))


def _repeated(grid: Grid) -> float:
    """Return what came at this hour on two of the last three days: that is a habit now."""
    return float(np.nan_to_num(np.median(grid.reshape(-1)[[23, 47, 71]])))
