"""Arithmetic of a sliding window that is kept as two counts: the window before, weighted by what is left of it."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """Counts of two windows of `seconds` each: `before`, which still weighs for `rest` seconds, and `current`.

    `until` is the seconds until the current one ends.
    """

    seconds: int
    before: int
    rest: float
    current: int
    until: float

    @property
    def used(self) -> int:
        """What counts now."""
        return math.floor(self.before * self.rest / self.seconds) + self.current

    def wait(self, most: int) -> float:
        """Return the seconds after which one more fits into `most`; the whole window where nothing ever fits."""
        if most < 1:
            return float(self.seconds)
        room = most - self.current
        if room > 0:  # what is in the way is the window before, which weighs less every moment
            return max(0.0, self.rest - room * self.seconds / self.before) if self.before else 0.0
        return self.until + self.seconds * (1 - most / self.current)  # then the current one is the one before
