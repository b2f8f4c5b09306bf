"""Use in hours in which a tenant is quiet: those outside the business hours it names, or those it has never used."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenancy.anomalies.baseline import Usual, awake, shares, spread
from tenancy.anomalies.hours import Calendar, Finding, Hour, Kind, Signal
from tenancy.anomalies.local import DAYS, OWN, WEEK, Past

FLOOR: Final = 18
"""Requests an hour; fewer are somebody who works late."""

_LOW: Final = 0.05
"""An hour is quiet whose usual is less than this share of a typical one."""
_SELDOM: Final = 0.15
"""An hour is quiet in which the tenant does anything more seldom than this."""
_LATE: Final = 0.1
"""Somebody who works late asks no more than this share of a typical hour,"""
_LATER: Final = 3
"""and three times as much as on the lesser days of late work,"""
_LATEST: Final = 0.2
"""but nobody works so much late that more than this share of a typical hour would be usual."""
_NEAR: Final = 2
"""So many hours before or after the work of the day"""
_NEARLY: Final = 0.6
"""there may be as much as this share of a typical hour: a long day."""
_JUST_NOW: Final = 12
"""Hours before the one that is looked at which may belong to what is looked for."""
_RHYTHM: Final = 20
"""So many active hours make a rhythm."""
_WEEKS: Final = 2
"""So many weeks must be known before it can be told which hours are quiet."""
_STEPS: Final = 6
"""As far out in the tail of the tenant's deviations must it be above the little that is usual."""


def off_hours(past: Past, one: Usual, busy: NDArray[np.bool_], now: Hour, calendar: Calendar) -> Finding | None:
    """Return the finding of an hour in which a tenant is usually quiet, and is not; `one` is about requests."""
    seen, grid = now.counts.get(Signal.REQUESTS, 0), one.grid
    if seen < FLOOR or past.weeks < _WEEKS or np.count_nonzero(grid > 0) < _RHYTHM:
        return None
    low = (shares(grid, busy) < _SELDOM) | (one.levels <= _LOW * one.typical)
    closed = [_closed(past, calendar, number) for number in range(-_NEAR, _NEAR + 1)]
    around = [bool(low[(OWN - number) % WEEK]) for number in range(-_NEAR, _NEAR + 1)]
    quiet = around if calendar.business is None else closed
    if not all(quiet[_NEAR - 1 : _NEAR + 2]) or seen < _most_late(past, one, low, near=not all(quiet + around)):
        return None
    past_spread = spread(one, awake(one, busy))
    if seen < FLOOR + one.here * past_spread.grown * (past_spread.tail + _STEPS * past_spread.step):
        return None
    return Finding(Kind.OFF_HOURS, Signal.REQUESTS, now.starts, seen, one.here)


def _most_late(past: Past, one: Usual, low: NDArray[np.bool_], *, near: bool) -> float:
    """Return how many requests an hour somebody may make who works late, `near` the working day or far from it.

    It is told by the lesser ones of the days with such work, because the others may have been anomalies.
    """
    if near:
        return max(FLOOR, _NEARLY * one.typical)
    counts = np.where(low, one.grid, 0.0).reshape(-1)[_JUST_NOW:]
    days = np.zeros(DAYS + 1)
    np.fmax.at(days, past.days()[_JUST_NOW:], counts)
    worked = np.sort(days[days > 0])
    before = _LATER * float(worked[len(worked) // 4]) if len(worked) else 0.0
    return max(FLOOR, _LATE * one.typical, min(before, FLOOR + _LATEST * one.typical))


def _closed(past: Past, calendar: Calendar, later: int) -> bool:
    """Tell whether some hours later than the one that is looked at is outside the business hours a tenant names."""
    weekday, hour = divmod((past.weekday * 24 + past.hour + later) % WEEK, 24)
    hours = (calendar.business or {}).get(weekday)
    return hours is None or not hours[0] <= hour < hours[1]
