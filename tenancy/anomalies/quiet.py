"""Use in hours in which a tenant is quiet: those outside the business hours it names, or those it has never used."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenancy.anomalies.baseline import Usual, shares
from tenancy.anomalies.hours import Calendar, Finding, Hour, Kind, Signal
from tenancy.anomalies.local import DAYS, OWN, Grid, Past

FLOOR: Final = 18
"""Requests an hour; fewer are somebody who works late."""

_LOW: Final = 0.05
"""An hour is quiet whose usual is less than this share of a typical one."""
_SELDOM: Final = 0.15
"""An hour is quiet in which the tenant does anything more seldom than this."""
_LATE: Final = 0.1
"""Somebody who works late asks no more than this share of a typical hour."""
_MORE: Final = 2.5
"""How many times the little that is usual."""
_LATE_WORK: Final = 3
"""How many times as much as on a day of little late work there may be on another."""
_JUST_NOW: Final = 12
"""Hours before the one that is looked at which may belong to what is looked for."""
_RHYTHM: Final = 20
"""So many active hours make a rhythm."""
_WEEKS: Final = 2
"""So many weeks must be known before it can be told which hours are quiet."""


def off_hours(past: Past, one: Usual, now: Hour, calendar: Calendar) -> Finding | None:
    """Return the finding of an hour in which a tenant is usually quiet, and is not; `one` is about requests."""
    seen, grid = now.counts.get(Signal.REQUESTS, 0), one.grid
    if seen < FLOOR or past.weeks < _WEEKS or np.count_nonzero(grid > 0) < _RHYTHM:
        return None
    low = (shares(past, grid) < _SELDOM) | (one.levels <= _LOW * one.typical)
    quiet = _closed(past, calendar) if calendar.business is not None else bool(low[[OWN, OWN - 1, 0]].all())
    if not quiet or seen < max(FLOOR, _LATE * one.typical, _late_work(past, grid, low), _MORE * one.here + FLOOR):
        return None
    return Finding(Kind.OFF_HOURS, Signal.REQUESTS, now.starts, seen, one.here)


def _late_work(past: Past, grid: Grid, low: NDArray[np.bool_]) -> float:
    """Return how many requests an hour somebody may make who works late, by the least of the days with such work.

    By the least, because the others may have been anomalies.
    """
    counts = np.where(low, grid, 0.0).reshape(-1)
    days = np.zeros(DAYS + 1)
    np.fmax.at(days, past.days()[_JUST_NOW:], counts[_JUST_NOW:])
    worked = np.sort(days[days > 0])
    return _LATE_WORK * float(worked[len(worked) // 4]) if len(worked) else 0.0


def _closed(past: Past, calendar: Calendar) -> bool:
    """Tell whether an hour is outside the business hours that a tenant names, and not the one before or after them."""
    hours = (calendar.business or {}).get(past.weekday)
    return hours is None or not hours[0] - 1 <= past.hour <= hours[1]
