"""How often something happens within a second or a minute, counted with the library `limits`, in memory or in Redis."""

import time
from typing import Final, Protocol, final

from tenancy.limits.pace import Pace
from tenancy.limits.standing import Standing

MINUTE: Final = 60
SECOND: Final = 1


class RateStorage(Protocol):
    """What is used of the storages of `limits`; counts live for seconds at most twice the window."""

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to the count of a window that begins with the first hit, and return it."""

    async def get(self, key: str) -> int:
        """Return the count of such a window."""

    async def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Add to the count of a sliding window if it stays within the limit."""

    async def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Return both counts of a sliding window, each with the seconds it is kept."""


@final
class Rates:
    """Counts by name; the name says whose and of what."""

    def __init__(self, storage: RateStorage) -> None:
        """Count in `storage`."""
        self._storage = storage

    async def burst(self, name: str) -> int:
        """Count one more within the second that began with the first, and return how many there were."""
        return await self._storage.incr(_second(name), SECOND)

    async def minute(self, name: str, most: int) -> bool:
        """Count one more within the last sixty seconds unless it is too many; False if it is."""
        return await self._storage.acquire_sliding_window_entry(name, most, MINUTE)

    async def bursting(self, name: str) -> int:
        """Return what counts within the second."""
        return await self._storage.get(_second(name))

    async def pace(self, name: str) -> Pace:
        """Return what counts within the minute."""
        before, rest, current, kept = await self._storage.get_sliding_window(name, MINUTE)
        return Pace(MINUTE, before, rest, current, max(0.0, kept - MINUTE))


def per_minute(name: str, most: int, pace: Pace) -> Standing:
    """Return how somebody stands on the limit `name`, which forgets all by `resets_at` if nothing more happens."""
    return Standing(name, most, pace.used, time.time() + max(pace.rest, pace.until))


def _second(name: str) -> str:
    return f"{{{name}}}/second"  # braces as the library itself puts them around the names of sliding windows
