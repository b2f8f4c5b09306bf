"""What one caller's compartment may still do, and the way in."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, final

from tenancy.ids import TenantId
from tenancy.limits.budgets import Planned
from tenancy.limits.counters import Counters
from tenancy.limits.holds import MOST, Claim, Held, owned
from tenancy.limits.rates import per_minute
from tenancy.limits.spending import Spending
from tenancy.limits.standing import RateLimited, Standing, after, told
from tenancy.plans import effective

if TYPE_CHECKING:
    from tenancy.compartment import Compartment
    from tenancy.foundation import Foundation
    from tenancy.stores.registry import TenantRow

_LOOKS: Final = 120
"""How often a minute anybody may look at what is left, whatever the limits: also where nothing is left."""


@final
class Admission:
    """One request that was let in: what its answer tells of what is left, and what it gives back when it is over."""

    def __init__(self, counters: Counters, held: Held | None, headers: Mapping[str, str]) -> None:
        """Keep what was taken; None where nothing was."""
        self._counters, self._held = counters, held
        self.headers = headers

    async def over(self) -> None:
        """Give back the place among the tenant's concurrent requests; once, however often it is called."""
        held, self._held = self._held, None
        if held is not None:
            await self._counters.holds.settle(held, [0] * len(held.counters))


@final
class TenantQuota:
    """The limits of one tenant, and what of them is left. Nothing of another tenant counts here."""

    def __init__(self, compartment: "Compartment", row: "TenantRow", foundation: "Foundation") -> None:
        """Judge for the caller of `compartment`, whose tenant's row this is."""
        self._compartment = compartment
        self._row = row
        self._on = foundation
        self._counters = foundation.counters

    @property
    def limits(self) -> Mapping[str, int | float]:
        """The limits in force."""
        return effective(self._row.plan, self._row.limits)

    def _name(self, limit: str) -> str:
        return owned(TenantId(self._row.id)) + limit

    async def look(self) -> Admission:
        """Let a request in that only looks at what is left; it takes nothing of it. RateLimited for too many looks."""
        rates, name = self._counters.rates, self._name("looks")
        if not await rates.minute(name, _LOOKS):
            wait = (await rates.pace(name)).wait(_LOOKS)
            raise RateLimited(f"What is left can be read {_LOOKS} times a minute.", headers=after(wait))
        return Admission(self._counters, None, {})

    async def admit(self) -> Admission:
        """Let a request in before any work is done for it; RateLimited for one too many, Unavailable uncounted."""
        held = await self._place()
        passed = False
        try:
            headers = await self._count()
            passed = True
        finally:
            if not passed:
                await self._counters.holds.settle(held, [0])
        return Admission(self._counters, held, headers)

    async def _place(self) -> Held:
        most = whole(self.limits["concurrent_requests"])
        taken = await self._counters.holds.take([Claim(self._name("concurrent_requests"), 1, most)], None)
        if not isinstance(taken, Held):
            raise RateLimited(f"Your organisation may have {most} requests under way at once.", headers=after(0))
        return taken

    async def _count(self) -> Mapping[str, str]:
        rates, limits = self._counters.rates, self.limits
        burst, most = whole(limits["burst"]), whole(limits["requests_per_minute"])
        now = time.time()
        asked = await rates.burst(self._name("burst"))
        passed = asked <= burst and await rates.minute(self._name("requests_per_minute"), most)
        pace = await rates.pace(self._name("requests_per_minute"))
        minute = per_minute("requests_per_minute", most, pace)
        left = told([minute, Standing("burst", burst, min(asked, burst), now + 1)], now)
        if asked > burst:
            said = f"Your organisation may send {burst:,} requests within a second."
            raise RateLimited(said, headers={**left, **after(0)})
        if not passed:
            said = f"Your organisation may send {most:,} requests a minute."
            raise RateLimited(said, headers={**left, **after(pace.wait(most))})
        return left

    async def _minute(self, most: int) -> Standing:
        name = "requests_per_minute"
        return per_minute(name, most, await self._counters.rates.pace(self._name(name)))

    @asynccontextmanager
    async def spending(self, *planned: Planned) -> AsyncIterator[None]:
        """Reserve what the calls of the block may take, and settle it with what they took, however the block ends.

        Raises RateLimited or BudgetExceeded before anything is asked of a model.
        """
        meter, spending = self._compartment.models.meter, self._spending
        before = len(meter.spent)
        reserved = await spending.reserve(planned)
        try:
            yield
        finally:
            await spending.settle(reserved, meter.spent[before:])

    async def count(self) -> None:
        """Count what a job has spent, which reserves nothing: what may be stored may be read in."""
        await self._spending.count(self._compartment.models.meter.spent)

    @property
    def _spending(self) -> Spending:
        return Spending(TenantId(self._row.id), self.limits, self._on)

    async def standings(self) -> list[Standing]:
        """Return how the tenant stands on each of its limits."""
        limits, name = self.limits, "concurrent_requests"
        async with self._compartment.snapshot() as records:
            stored = await records.documents.stored()
        bursting = await self._counters.rates.bursting(self._name("burst"))
        _, under_way = await self._counters.holds.used(self._name(name))
        return [
            await self._minute(whole(limits["requests_per_minute"])),
            Standing("burst", limits["burst"], bursting, time.time() + 1),
            Standing(name, limits[name], under_way),
            *await self._spending.standings(),
            Standing("documents", limits["documents"], stored.documents),
            Standing("bytes", limits["bytes"], stored.bytes),
            Standing("bytes_per_file", limits["bytes_per_file"], 0),
        ]


def whole(limit: float) -> int:
    """Return a limit as a whole number that every store can count to."""
    return int(min(limit, MOST))
