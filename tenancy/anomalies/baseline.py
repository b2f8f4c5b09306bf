"""What is usual for a tenant at an hour of its week, and how far above it its own past has been.

Every number is a median or a quantile that a few bad hours do not move. `usual` is taken from the same hour of the
past weeks, drawn towards the same hour of similar days where there are few weeks, and then as generously as honest use
needs: the hours beside it count too (a job may be early, late or follow another clock), work that was due and did not
come may come now, and what has grown lately may stay so. Days on which nothing happened say nothing about the others.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenancy.anomalies.hours import Signal
from tenancy.anomalies.local import DAYS, OWN, Grid, Past

_SIMILAR: Final = 2.0
"""How many weeks' worth the same hour of similar days counts."""
_BUSY_DAY: Final = 0.3
"""A weekday is a busy one from this share of the busiest weekday on."""
_SILENT: Final = 0.06
"""A day is silent below this share of what its weekday usually holds."""
_LIVELY: Final = 30
"""A weekday with fewer requests than this may be silent by chance."""
_MOST_HOURS: Final = 0.6
"""Hours busier than this share of all are not what a typical one is told by: a nightly job may be far above it."""
_AWAKE: Final = 0.1
"""An hour is an active one from this share of a typical one on."""
_SELDOM: Final = 0.15
"""An hour of the week is one in which a tenant usually does something from this share of the weeks on."""
_NO_SHARE: Final = 4
"""Hours with so many times their share have something else in them."""
_OWED: Final = 3
"""For so many hours work that was due may still come."""
_THREE_DAYS: Final = [23, 47, 71]
"""The columns of this hour on the last three days."""
_MOST_GROWTH: Final = 6.0
_LATELY: Final = 3 * 24
_ENOUGH: Final = 10
"""So many active hours have a median worth the name."""
_PLAIN: Final = (0.75, 0.90)
"""Quantiles of a tenant's own deviations that even a day of anomalies leaves alone."""
_BEYOND: Final = 12
"""Deviations so many steps beyond these are none of the tenant's own."""
_FINE: Final = (0.80, 0.96)
"""Quantiles of the others that its tail is read from."""
_COMMON: Final = (1.8, 0.4)
"""Where the tail begins and its step, as they commonly are."""
_FEW: Final = 50
"""So many active hours weigh as much as what is common."""


_Statistic = tuple[NDArray[np.float64], NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual for one signal: `here` at the hour that is looked at, `typical` of active hours at all.

    `then` is what was to be expected of each hour of the past. A deviation is (seen + slack) / (expected + slack).
    """

    grid: Grid
    levels: NDArray[np.float64]  # of the hours of the week, by column
    then: Grid
    here: float
    typical: float
    slack: float
    explained: float = 0.0  # by what else the hour that is looked at holds

    def deviation(self, seen: float, expected: float) -> float:
        """Return how many times what is expected a count is."""
        return (seen + self.slack) / (expected + self.slack)


@dataclass(frozen=True, slots=True)
class Spread:
    """How far a tenant's own past deviates from its usual.

    One active hour in 25 deviates by more than `tail`, and an e-th as many for every `step` further up. `grown` is how
    many times its usual the tenant does lately. `largest` is the largest hour of the day whose is the third.
    """

    tail: float
    step: float
    grown: float
    largest: float


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
        if len(same):  # the middle of the better half, as a long holiday may be most of what is known
            lively = np.median(np.sort(sums[same])[len(same) // 2 :])
            lived[same] = (sums[same] >= _SILENT * lively) | (lively < _LIVELY)
    lived[0] = True  # today has not ended
    return np.where(lived[days].reshape(grid.shape), grid, np.nan)


def busy_days(past: Past, requests: Grid) -> NDArray[np.bool_]:
    """Return for each column whether it belongs to one of the tenant's busy weekdays."""
    weekdays = past.weekdays()
    sums = np.bincount(weekdays, np.nan_to_num(_medians(requests)[0]), minlength=7)
    return np.asarray((sums >= _BUSY_DAY * sums.max())[weekdays])


def usual(grid: Grid, busy: NDArray[np.bool_], slack: float) -> Usual:
    """Return what is usual in a grid, (WEEKS, WEEK) with NaN for what is unknown; `slack` is the least that matters."""
    levels = _by_column(grid, busy, _medians)
    some = levels[levels > 0]
    typical = float(np.median(some[some >= _AWAKE * np.quantile(some, _MOST_HOURS)])) if len(some) else 0.0
    here = _generous(grid, levels) + _new_habit(grid, levels, busy)
    return Usual(grid, levels, np.broadcast_to(levels, grid.shape), here, typical, max(slack, _AWAKE * typical))


def of_requests(one: Usual, requests: Grid, now: int) -> Usual:
    """Return what is usual of something that a share of the requests brings with it, where there are `now` requests."""
    asked, counted = np.nan_to_num(requests), np.nan_to_num(one.grid)
    share = counted.sum() / max(asked.sum(), 1)
    plain = counted + one.slack <= _NO_SHARE * (share * asked + one.slack)
    share = counted[plain].sum() / max(asked[plain].sum(), 1)
    return replace(one, then=np.maximum(one.then, share * asked), explained=float(share) * now)


def spread(one: Usual, awake: NDArray[np.bool_]) -> Spread:
    """Return how far the past deviates from what was usual in the columns that are `awake`.

    Each week is held against its own middle, so that growth is no deviation.
    """
    ratios = np.where(awake, (one.grid + one.slack) / (one.then + one.slack), np.nan)
    weekly = _middles(ratios)
    tail, step = _tail(ratios / weekly[:, np.newaxis])
    grown = min(max(1.0, weekly[0], _middles(ratios[:1, :_LATELY])[0]), _MOST_GROWTH)
    days = np.sort(np.nan_to_num(one.grid).reshape(DAYS, 24).max(axis=1))
    return Spread(tail, step, float(grown), float(days[-3]))


def awake(requests: Usual, busy: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the hours of the week, by column, in which a tenant usually does anything."""
    often = shares(requests.grid, busy) >= _SELDOM
    return np.asarray(often | (requests.levels > _AWAKE * requests.typical))


def shares(grid: Grid, busy: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return in which share of the past anything was done at each hour of the week, by column."""
    return _by_column(np.where(np.isfinite(grid), grid > 0, np.nan), busy, _means)


def _by_column(grid: Grid, busy: NDArray[np.bool_], statistic: Callable[[Grid], _Statistic]) -> NDArray[np.float64]:
    """Return a statistic of each hour of the week, drawn towards that of the same hour on days as busy."""
    own, weeks = statistic(grid)
    own = np.where(weeks > 0, own, 0.0)
    level = own
    for alike in (busy, ~busy):
        if alike.any():
            days, known = statistic(np.where(alike, grid, np.nan).reshape(DAYS, 24))
            # The same hour of the day stands in every 24th column.
            drawn = (weeks * own + _SIMILAR * np.tile(days, 7)) / (weeks + _SIMILAR)
            level = np.where(alike & np.tile(known > 0, 7), drawn, level)
    return level


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


def _middles(ratios: Grid) -> NDArray[np.float64]:
    """Return the median of each row of ratios, 1 where there are too few to say."""
    medians, known = _medians(ratios.T)
    return np.where(known >= _ENOUGH, medians, 1.0)


def _tail(ratios: Grid) -> tuple[float, float]:
    """Return where the tail of deviations begins and its step, drawn towards what is common where there are few."""
    ordered = np.sort(ratios[np.isfinite(ratios)])
    if not len(ordered):
        return _COMMON
    tail, step = _read(ordered, *_PLAIN)
    kept = ordered[: np.searchsorted(ordered, max(tail + _BEYOND * step, _COMMON[0]), side="right")]
    tail, step = _read(kept, *_FINE)
    weight = len(kept) / (len(kept) + _FEW)
    return weight * tail + (1 - weight) * _COMMON[0], weight * step + (1 - weight) * _COMMON[1]


def _read(ordered: NDArray[np.float64], body: float, tail: float) -> tuple[float, float]:
    """Return the quantile `tail` of deviations, and the step in which they become e times as rare from `body` on."""
    low, high = float(ordered[int(body * len(ordered))]), float(ordered[int(tail * len(ordered))])
    return high, (high - low) / math.log((1 - body) / (1 - tail))


def _generous(grid: Grid, levels: NDArray[np.float64]) -> float:
    """Return what honest use may reach at the hour that is looked at."""
    beside = max(levels[OWN], levels[OWN - 1], levels[0])
    owed = np.nanmax(np.append(levels[:_OWED] - grid[0, :_OWED], 0.0))
    return float(max(beside, owed))


def _new_habit(grid: Grid, levels: NDArray[np.float64], busy: NDArray[np.bool_]) -> float:
    """Return what came in addition at this hour on two of the last three days, if as busy: that is a habit now."""
    alike = busy[_THREE_DAYS] == busy[OWN]
    more = np.sort(np.where(alike, (grid[0] - levels)[_THREE_DAYS], 0.0))[1]
    return float(more) if more > 0 else 0.0
