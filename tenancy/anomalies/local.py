"""A tenant's past laid out by its own clock: rows of weeks, columns of hours, the newest first.

Row 0 holds the 168 local hours before the one that is looked at, newest first, so the last column is its own hour of
the week in every row. An hour that a change of clocks left out is unknown (NaN); of one that came twice, the larger
counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from tenancy.anomalies.hours import SECONDS, Calendar, Hour, Signal

WEEK: Final = 7 * 24
WEEKS: Final = 8
DAYS: Final = 7 * WEEKS
OWN: Final = WEEK - 1
"""The column of the hour that is looked at."""

Grid = NDArray[np.float64]
_FROM_MONDAY: Final = 3 * 24
"""The epoch began on a Thursday."""


@dataclass(frozen=True, slots=True)
class Past:
    """The hours before the one that is looked at, as far as the tenant lived and at most `WEEKS` of them."""

    hours: Sequence[Hour]
    at: NDArray[np.int64]  # of each of them: its place among the known hours
    lags: NDArray[np.int64]  # of each known hour, active or not: how many local hours ago
    weekday: int  # of the hour that is looked at, Monday is 0
    hour: int  # of its local day

    @property
    def weeks(self) -> float:
        """How many weeks are known, with a fraction."""
        return max(len(self.lags) / WEEK, 1.0)

    def grid(self, signal: Signal) -> Grid:
        """Return what was counted, (WEEKS, WEEK), NaN where nothing is known."""
        counts = np.zeros(len(self.lags))
        counts[self.at] = [each.counts.get(signal, 0) for each in self.hours]
        flat = np.full(WEEKS * WEEK, np.nan)
        np.fmax.at(flat, self.lags - 1, counts)
        return flat.reshape(WEEKS, WEEK)

    def days(self) -> NDArray[np.int64]:
        """Return for every hour of a grid, flat, how many midnights ago it was; 0 is today."""
        return (np.arange(1, WEEKS * WEEK + 1) - self.hour + 23) // 24

    def hours_of_day(self) -> NDArray[np.int64]:
        """Return the local hour of the day of each column."""
        return (self.hour - np.arange(1, WEEK + 1)) % 24

    def weekdays(self) -> NDArray[np.int64]:
        """Return the local weekday of each column."""
        return (self.weekday * 24 + self.hour - np.arange(1, WEEK + 1)) % WEEK // 24


def laid_out(past: Sequence[Hour], now: int, calendar: Calendar, since: int) -> Past:
    """Return the past of the hour that starts at `now` for a tenant that lives since `since` (epoch seconds)."""
    first = max(since, now - WEEKS * WEEK * SECONDS)
    first += -first % SECONDS
    local = _local(calendar.zone, first, now)
    own = int(local[-1])
    lags = np.maximum(own - local[:-1], 1)  # the same hour, before the clock went back, was an hour ago
    lags = np.minimum(lags, WEEKS * WEEK)
    hour_of_week = (own + _FROM_MONDAY) % WEEK
    known = [each for each in past if first <= each.starts < now]
    at = (np.array([each.starts for each in known], dtype=np.int64) - first) // SECONDS
    return Past(known, at, lags, hour_of_week // 24, hour_of_week % 24)


def _local(zone: ZoneInfo, first: int, now: int) -> NDArray[np.int64]:
    """Return the number of whole local hours since the epoch for every hour from `first` to `now`, both included."""
    starts = np.arange(first, now + 1, SECONDS, dtype=np.int64)
    offsets = np.empty(len(starts), dtype=np.int64)
    for begin in range(0, len(starts), 24):
        day = starts[begin : begin + 24]
        first_of_day, last_of_day = _offset(zone, int(day[0])), _offset(zone, int(day[-1]))
        if first_of_day == last_of_day:
            offsets[begin : begin + 24] = first_of_day
        else:
            offsets[begin : begin + 24] = [_offset(zone, int(each)) for each in day]
    return (starts + offsets) // SECONDS


def _offset(zone: ZoneInfo, at: int) -> int:
    offset = datetime.fromtimestamp(at, zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())
