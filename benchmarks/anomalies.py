"""How long a look at one hour takes, with eight weeks of history in which no hour was silent."""

import time
from bisect import bisect_left
from itertools import count
from typing import Final

from benchmarks.figures import Figures, median
from tenancy.anomalies.detecting import HISTORY_HOURS, findings
from tenancy.anomalies.hours import SECONDS
from tests.tenancy.anomalies.characters import Character
from tests.tenancy.anomalies.months import hours, month

_LOOKS: Final = 300


def measure(figures: Figures) -> None:
    """Look at the last hours of an attacked month of a tenant that never sleeps."""
    one = next(each for each in map(month, count()) if _is_full(each.tenant.character, each.learning))
    lived = list(hours(one.begins, one.attacked))
    starts = [each.starts for each in lived]
    seconds = []
    for number in range(len(lived) - _LOOKS, len(lived)):
        now = lived[number]
        past = lived[bisect_left(starts, now.starts - HISTORY_HOURS * SECONDS) : number]
        started = time.perf_counter()
        findings(past, now, one.calendar, one.begins)
        seconds.append(time.perf_counter() - started)
    figures.add("anomalies", "a look at one hour", median(seconds) * 1e3, "ms", _LOOKS, "< 5")


def _is_full(character: Character, learning: int) -> bool:
    """Tell whether a month has eight weeks before it in which something was done in every hour."""
    return character == Character.ROUND_THE_CLOCK and learning == HISTORY_HOURS
