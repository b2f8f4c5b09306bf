"""Use in hours in which a tenant is quiet: those outside the business hours it names, or those it has never used."""

from typing import Final

import numpy as np

from tenancy.anomalies.baseline import Usual, shares
from tenancy.anomalies.hours import Calendar, Finding, Hour, Kind, Signal
from tenancy.anomalies.local import OWN, WEEKS, Past

FLOOR: Final = 18
"""Requests an hour; fewer are somebody who works late."""

_LOW: Final = 0.05
"""An hour is quiet whose usual is less than this share of a typical one."""
_SELDOM: Final = 0.15
"""An hour is quiet in which the tenant does anything more seldom than this."""
_LATE: Final = 0.12
"""Somebody who works late asks no more than this share of a typical hour."""
_MORE: Final = 2.5
"""How many times what has been in quiet hours before."""
_RHYTHM: Final = 20
"""So many active hours make a rhythm."""
_TOLD: Final = 5
"""As many of the busiest quiet hours of the past are not believed: they may have been anomalies."""


def off_hours(past: Past, one: Usual, now: Hour, calendar: Calendar) -> Finding | None:
    """Return the finding of an hour in which a tenant is usually quiet, and is not; `one` is about requests."""
    seen, grid = now.counts.get(Signal.REQUESTS, 0), one.grid
    if seen < FLOOR or np.count_nonzero(grid > 0) < _RHYTHM:
        return None
    used = shares(past, grid)
    low = (used < _SELDOM) | (one.levels <= _LOW * one.typical)
    quiet = _closed(past, calendar) if calendar.business is not None else bool(low[[OWN, OWN - 1, 0]].all())
    if not quiet:
        return None
    before = np.sort(grid[np.broadcast_to(low, (WEEKS, len(low))) & np.isfinite(grid)])
    most = float(before[-_TOLD]) if len(before) >= _TOLD else 0.0
    if seen < max(FLOOR, _LATE * one.typical, _MORE * most, _MORE * one.here + FLOOR):
        return None
    return Finding(Kind.OFF_HOURS, Signal.REQUESTS, now.starts, seen, one.here)


def _closed(past: Past, calendar: Calendar) -> bool:
    """Tell whether the hour that is looked at is outside the business hours that a tenant names."""
    hours = (calendar.business or {}).get(past.weekday)
    return hours is None or not hours[0] <= past.hour < hours[1]
