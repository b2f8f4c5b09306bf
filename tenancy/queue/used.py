"""How much each of many has used of late: an amount that halves every minute, so that the past is forgiven."""

import time
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar, final

HALF_LIFE_SECONDS: Final = 60.0
_NOTHING: Final = 0.01
_MANY: Final = 1_000
Who = TypeVar("Who", bound=Hashable)


@final
class Used(Generic[Who]):
    """Amounts used, by who used them; whoever used nothing of late takes no memory."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing used; `clock` gives seconds."""
        self._clock = clock
        self._used: dict[Who, tuple[float, float]] = {}

    def of(self, who: Who) -> float:
        """Return what `who` has used of late."""
        amount, at = self._used.get(who, (0.0, 0.0))
        return amount * 0.5 ** ((self._clock() - at) / HALF_LIFE_SECONDS) if amount else 0.0

    def charge(self, who: Who, amount: float) -> None:
        """Add what `who` has just used."""
        self._used[who] = (self.of(who) + amount, self._clock())
        if len(self._used) > _MANY:
            self._used = {each: used for each, used in self._used.items() if self.of(each) > _NOTHING}
