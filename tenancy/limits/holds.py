"""Amounts that are held of a counter while something is under way, then given back or turned into what was used.

Rules this module enforces:

* A hold on several counters is taken on all of them or on none, in one step that nothing comes between.
* What does not fit is refused, with one exception: where nothing else is held and something is left, one alone may take
  the rest and more, so that a counter is passed by one hold at most and nobody is locked out by a careful estimate.
* A hold that nobody settles (its process is gone) ends by itself.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, final

from tenancy.ids import TenantId, new_id

MOST: Final = 2**53  # beyond it numbers are not whole any more in every store


@dataclass(frozen=True, slots=True)
class Claim:
    """What is wanted of one counter: `amount`, within `most`.

    `known` is what was used before the counter was kept, None where that has to be looked up first; `keep` is for how
    many seconds to keep it from then on, None for one that counts only what is under way.
    """

    counter: str
    amount: int
    most: int
    known: int | None = 0
    keep: float | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A hold that was taken, and its counters."""

    id: str
    counters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Full:
    """The first claim that does not fit, by its place."""

    at: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """The first claim whose counter is not kept yet, by its place: what was used is to be looked up."""

    at: int


class Holds(Protocol):
    """The counters of a deployment."""

    async def take(self, claims: Sequence[Claim], seconds: float | None) -> Held | Full | Unknown:
        """Take a hold that ends by itself after `seconds`; None keeps it for as long as this process lives."""

    async def settle(self, held: Held, used: Sequence[int]) -> None:
        """End a hold, and count what was used of each of its counters; raises nothing for one that has ended."""

    async def used(self, counter: str) -> tuple[int | None, int]:
        """Return what was used of a counter, None where it is not kept, and what is held of it."""

    async def forget(self, tenant: TenantId) -> None:
        """Forget all counters of a tenant."""


@final
class _Counter:
    __slots__ = ("holds", "until", "used")

    def __init__(self, used: int, until: float | None) -> None:
        self.used, self.until = used, until
        self.holds: dict[str, tuple[int, float]] = {}

    def held(self, now: float) -> int:
        for each in [each for each, (_, ends) in self.holds.items() if ends <= now]:
            del self.holds[each]
        return sum(amount for amount, _ in self.holds.values())

    def over(self, now: float) -> bool:
        return not self.held(now) if self.until is None else self.until <= now


@final
class MemoryHolds:
    """Counters of one process; nothing is awaited in a step, so nothing on the event loop comes between."""

    def __init__(self) -> None:
        """Begin with nothing counted."""
        self._counters: dict[str, _Counter] = {}
        self._swept = 0

    async def take(self, claims: Sequence[Claim], seconds: float | None) -> Held | Full | Unknown:
        """Take a hold."""
        now = time.time()
        self._sweep(now)
        found = []
        for place, claim in enumerate(claims):
            counter = self._kept(claim, now)
            if counter is None:
                return Unknown(place)
            held = counter.held(now)
            if not fits(claim.amount, claim.most - counter.used - held, held):
                return Full(place)
            found.append(counter)
        taken = Held(new_id("hld"), tuple(claim.counter for claim in claims))
        for claim, counter in zip(claims, found, strict=True):
            counter.holds[taken.id] = (claim.amount, float("inf") if seconds is None else now + seconds)
        return taken

    def _sweep(self, now: float) -> None:
        """Drop what is over, whenever it could be the half of all."""
        if len(self._counters) > 2 * self._swept:
            self._counters = {name: each for name, each in self._counters.items() if not each.over(now)}
            self._swept = len(self._counters)

    def _kept(self, claim: Claim, now: float) -> _Counter | None:
        counter = self._counters.get(claim.counter)
        if counter is not None and not counter.over(now):
            return counter
        if claim.known is None:
            return None
        made = self._counters[claim.counter] = _Counter(claim.known, None if claim.keep is None else now + claim.keep)
        return made

    async def settle(self, held: Held, used: Sequence[int]) -> None:
        """End a hold."""
        for name, amount in zip(held.counters, used, strict=True):
            counter = self._counters.get(name)
            if counter is not None:
                counter.holds.pop(held.id, None)
                counter.used += amount

    async def used(self, counter: str) -> tuple[int | None, int]:
        """Return what was used and what is held."""
        found, now = self._counters.get(counter), time.time()
        return (None, 0) if found is None or found.over(now) else (found.used, found.held(now))

    async def forget(self, tenant: TenantId) -> None:
        """Forget a tenant's counters."""
        for name in [name for name in self._counters if name.startswith(owned(tenant))]:
            del self._counters[name]


def fits(amount: int, left: int, held: int) -> bool:
    """Tell whether an amount may be held where so much is `left`, and so much `held` by others."""
    return left > 0 and (amount <= left or held == 0)


def owned(tenant: TenantId) -> str:
    """Return what the names of all of a tenant's counters begin with."""
    return f"{tenant}:"
