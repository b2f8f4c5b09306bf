"""How much time each of many has used of late: a sum that halves every minute, so that the past is forgiven."""

import time
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar, final

HALF_LIFE_SECONDS: Final = 60.0
_NOTHING: Final = 0.01  # seconds: so little is forgotten
_MANY: Final = 1_000
Who = TypeVar("Who", bound=Hashable)


@final
class UsedTime(Generic[Who]):
    """Seconds used, by who used them; whoever used nothing of late takes no memory."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing used; `clock` gives seconds."""
        self._clock = clock
        self._used: dict[Who, tuple[float, float]] = {}

    def of(self, who: Who) -> float:
        """Return the seconds that `who` has used of late."""
        seconds, at = self._used.get(who, (0.0, 0.0))
        return seconds * 0.5 ** ((self._clock() - at) / HALF_LIFE_SECONDS) if seconds else 0.0

    def charge(self, who: Who, seconds: float) -> None:
        """Add what `who` has just used."""
        self._used[who] = (self.of(who) + seconds, self._clock())
        if len(self._used) > _MANY:
            self._used = {each: used for each, used in self._used.items() if self.of(each) > _NOTHING}
