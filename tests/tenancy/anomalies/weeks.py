"""Shapes of a week: how busy each of its 168 local hours is, as a share of a busy hour, Monday's midnight first."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Shares = NDArray[np.float64]

_LATE: Final = 0.08
"""How busy the hours just before and after the office are."""


def office(rng: np.random.Generator, opens: int, closes: int, weekend: tuple[int, int]) -> Shares:
    """Return a week that rises in the morning, dips at noon and ends in the evening; little or nothing at weekends."""
    day = np.zeros(24)
    day[opens:closes] = rng.uniform(0.8, 1.0, closes - opens)
    day[opens] *= 0.5
    day[closes - 1] *= 0.6
    day[13] *= rng.uniform(0.5, 0.9)
    day[opens - 1] = day[closes] = _LATE
    week = np.tile(day, (7, 1)) * rng.uniform(0.8, 1.0, (7, 1))
    week[list(weekend)] *= rng.choice([0.0, 0.0, 0.03, 0.1])
    return week.reshape(-1)


def round_the_clock(rng: np.random.Generator) -> Shares:
    """Return the week of an app that never sleeps: calmer at night, a little calmer at weekends."""
    depth = rng.uniform(0.1, 0.45)
    day = 1 - depth * (1 + np.cos((np.arange(24) - 3) / 24 * 2 * np.pi))
    week = np.tile(np.maximum(day, 0.1), (7, 1))
    week[5:] *= rng.uniform(0.7, 1.0)
    return week.reshape(-1)


def evenings(rng: np.random.Generator) -> Shares:
    """Return the week of an app for people at home: most in the evening and at weekends, next to nothing at night."""
    day = np.exp(-0.5 * ((np.arange(24) - 19.5) / rng.uniform(2.5, 4)) ** 2)
    day[9:18] = np.maximum(day[9:18], 0.25)
    day[1:6] = 0.01
    week = np.tile(day, (7, 1))
    week[5:] = np.minimum(week[5:] * 1.5, 1.2)
    return week.reshape(-1)


def few_hours(rng: np.random.Generator, weekend: tuple[int, int]) -> Shares:
    """Return the week of a handful of people who ask now and then while they work."""
    week = np.zeros((7, 24))
    opens = int(rng.integers(7, 10))
    week[:, opens : opens + 9] = 1.0
    week[list(weekend)] *= rng.choice([0.0, 0.1])
    return week.reshape(-1)
