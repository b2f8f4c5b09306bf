"""Looks at one hour of a tenant and tells what is unusual about it, by the tenant's own past alone."""

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenancy.anomalies.baseline import Usual, awake, busy_days, of_requests, spread, usual, waking
from tenancy.anomalies.hours import SECONDS, Calendar, Finding, Hour, Kind, Signal
from tenancy.anomalies.local import WEEK, WEEKS, Grid, Past, laid_out
from tenancy.anomalies.prompts import FLOOR as PROMPT_FLOOR
from tenancy.anomalies.prompts import large_prompt
from tenancy.anomalies.quiet import FLOOR as QUIET_FLOOR
from tenancy.anomalies.quiet import off_hours
from tenancy.anomalies.spikes import RARE, SPIKES, exceeded, gross_so_far

HISTORY_HOURS: Final = WEEK * WEEKS
"""How far back a baseline looks."""
EPISODE_HOURS: Final = 24
"""For so long after a finding, another of its kind is the same episode."""
LEARNING_HOURS: Final = WEEK
"""The first week of a tenant's life, in which nobody knows yet what is usual."""

_RULES: Final = (*SPIKES, *RARE)
_FLOORS: Final = {rule.signal: rule.floor for rule in _RULES} | {
    Signal.REQUESTS: min(QUIET_FLOOR, SPIKES[0].floor),
    Signal.PROMPT_SIZE: PROMPT_FLOOR,
}
"""Of each signal, the count below which nothing is found."""
_EPISODES: Final = {kind: {kind} for kind in Kind} | {Kind.OFF_HOURS: {Kind.OFF_HOURS, Kind.SPIKE}}
"""What, found before, tells of the same episode."""


def findings(
    past: Sequence[Hour], now: Hour, calendar: Calendar, since: int, known: Collection[tuple[Kind, int]] = ()
) -> list[Finding]:
    """Return what is unusual about `now`, at most one finding of a kind.

    `past` holds the hours before it, ascending, up to `HISTORY_HOURS` back; `since` is the first hour of the tenant's
    life. In the week after it only canaries are found, and spikes that are gross beyond doubt. `known` are the kinds
    found lately with their hours: for `EPISODE_HOURS` the same kind is the same episode and told once, and off-hours
    use not beside a spike. A spike that becomes gross is told again: in the hour in which it was first told at every
    look, so whoever keeps findings by kind and hour lets the gross one stand. `now` may still be running: counts only
    grow, and what is found in it stays found; only that a spike may take the place of what comes with it.
    """
    found = []
    for each in _unusual(past, now, calendar, since):
        told = [at for kind, at in known if kind in _EPISODES[each.kind] and now.starts - at < EPISODE_HOURS * SECONDS]
        if not told or (each.gross and not any(_was_gross(at, past, calendar, since) for at in told)):
            found.append(each)
    return found


def _unusual(past: Sequence[Hour], now: Hour, calendar: Calendar, since: int) -> list[Finding]:
    """Return what is unusual about an hour, told before or not."""
    found = []
    canaries = now.counts.get(Signal.CANARIES, 0)
    if canaries:
        found.append(Finding(Kind.CANARY, Signal.CANARIES, now.starts, canaries, 0.0))
    if now.starts < since + LEARNING_HOURS * SECONDS:
        gross = gross_so_far(past, now, since)
        return [*found, gross] if gross else found
    if any(now.counts.get(signal, 0) >= floor for signal, floor in _FLOORS.items()):  # else nothing can be found
        found += _beyond_baselines(laid_out(past, now.starts, calendar, since), now, calendar)
    return found


def _beyond_baselines(past: Past, now: Hour, calendar: Calendar) -> list[Finding]:
    grid = waking(past)
    asleep, busy = np.isnan(grid), busy_days(past, grid)
    requests = usual(grid, busy, SPIKES[0].slack)
    grids: dict[Signal, Grid] = {
        signal: np.where(asleep, np.nan, past.grid(signal))
        for signal, floor in _FLOORS.items()
        if signal != Signal.REQUESTS and now.counts.get(signal, 0) >= floor
    }
    found = _excesses(now, requests, grids, busy, past.weeks)
    if Signal.PROMPT_SIZE in grids:
        found.append(large_prompt(grids[Signal.PROMPT_SIZE], now, past.weeks))
    if not any(each and each.kind == Kind.SPIKE for each in found):
        found.append(off_hours(past, requests, busy, now, calendar))
    return [each for each in found if each]


def _excesses(
    now: Hour, requests: Usual, grids: Mapping[Signal, Grid], busy: NDArray[np.bool_], weeks: float
) -> list[Finding | None]:
    """Return the clearest spike, and whatever else is far more than usual."""
    bases = {Signal.REQUESTS: requests}
    for rule in (rule for rule in _RULES if rule.signal in grids):
        one = usual(grids[rule.signal], busy, rule.slack)
        if rule in RARE:
            bases[rule.signal] = of_requests(one, requests.grid, now.counts.get(Signal.REQUESTS, 0))
        else:
            bases[rule.signal] = replace(one, here=max(one.here, one.typical))  # when it is asked is told by requests
    suspected = [rule for rule in _RULES if rule.signal in bases and rule.suspects(now, bases[rule.signal])]
    if not suspected:  # as nearly always
        return []
    columns = awake(requests, busy)
    found = {
        rule: exceeded(rule, now, bases[rule.signal], spread(bases[rule.signal], columns), weeks) for rule in suspected
    }
    spikes = [one for rule, one in found.items() if one and rule in SPIKES]
    clearest = max(spikes, key=lambda one: (one[0].gross, one[1]))[0] if spikes else None
    return [clearest, *(one[0] for rule, one in found.items() if one and rule in RARE)]


def _was_gross(at: int, past: Sequence[Hour], calendar: Calendar, since: int) -> bool:
    """Tell whether an hour of the past holds a gross spike; of the hour that is still looked at nobody knows."""
    number = bisect_left(past, at, key=lambda one: one.starts)
    if number == len(past) or past[number].starts != at:
        return False
    return any(each.gross for each in _unusual(past[:number], past[number], calendar, since))
