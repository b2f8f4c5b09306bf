"""Prompts far larger than a tenant's largest usually are, judged by their logarithm."""

from typing import Final

import numpy as np

from tenancy.anomalies.hours import Finding, Hour, Kind, Signal
from tenancy.anomalies.local import Grid

FLOOR: Final = 8_000
"""Tokens; a smaller prompt is nobody's concern."""

_BODY: Final = 0.80
_TAIL: Final = 0.97
_STEPS: Final = 3.2
_MORE: Final = 1.75
"""How many times the third largest prompt so far."""
_COMMON: Final = (0.8, 0.3)
"""Where the tail begins above the median, and its step, in logarithms, as they commonly are."""
_FEW: Final = 30
"""So many active hours weigh as much as what is common."""


def large_prompt(grid: Grid, now: Hour, weeks: float) -> Finding | None:
    """Return the finding of an hour whose largest prompt is beyond the tail of the largest prompts of other hours.

    Prompts of all hours are taken together: how long they are hangs on the work, not on the clock. In logarithms
    the tail of a largest of many falls off evenly, so it is continued evenly.
    """
    seen = now.counts.get(Signal.PROMPT_SIZE, 0)
    sizes = grid[grid > 0]
    if seen < FLOOR or not len(sizes):
        return None
    logs = np.log(sizes)
    body, middle, tail = np.quantile(logs, (_BODY, 0.5, _TAIL))
    step = (tail - body) / np.log((1 - _BODY) / (1 - _TAIL))
    weight = len(logs) / (len(logs) + _FEW)
    tail = weight * tail + (1 - weight) * (middle + _COMMON[0])
    step = weight * step + (1 - weight) * _COMMON[1]
    steps = _STEPS * (1 + 1 / weeks)  # the fewer weeks are known, the larger may be what has not come yet
    before = float(np.sort(sizes)[-min(3, len(sizes))])
    if np.log(seen) <= tail + steps * step or seen < _MORE * before:
        return None
    return Finding(Kind.LARGE_PROMPT, Signal.PROMPT_SIZE, now.starts, seen, float(np.exp(middle)))
