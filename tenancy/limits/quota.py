"""What one caller's compartment may still do, and the way in."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final, final

from tenancy.ids import TenantId
from tenancy.limits.budgets import Planned
from tenancy.limits.counters import Counters
from tenancy.limits.holds import MOST, Claim, Held
from tenancy.limits.rates import per_minute
from tenancy.limits.spending import Spending
from tenancy.limits.standing import RateLimited, Standing, after, tightest, told
from tenancy.limits.tier import Tier
from tenancy.plans import effective

if TYPE_CHECKING:
    from tenancy.compartment import Compartment
    from tenancy.foundation import Foundation
    from tenancy.stores.registry import TenantRow

_MINUTE: Final = "requests_per_minute"
_BURST: Final = "burst"
_AT_ONCE: Final = "concurrent_requests"
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

    @property
    def _tiers(self) -> list[Tier]:
        """Whose limits hold for the caller: its own first, so that who goes beyond them takes nothing of the rest."""
        tenant, caller = TenantId(self._row.id), self._compartment.caller
        own = [Tier(tenant, caller.client, caller.limits, "This client")] if caller.limits else []
        return [*own, Tier(tenant, None, self.limits, "Your organisation")]

    async def _braked(self) -> list[Tier]:
        """Return the tiers with the brake on, where an alert has put one on."""
        *own, tenant = self._tiers
        brake = await self._on.brakes.of(self._compartment, tenant.tenant)
        if brake is None:
            return [*own, tenant]
        who = f"Your organisation, slowed down because of {brake.alert},"
        return [*own, replace(tenant, limits=brake.over(tenant.limits), who=who)]

    def forget_brake(self) -> None:
        """Read anew, with the next request, whether a brake is on."""
        self._on.brakes.forget(TenantId(self._row.id))

    async def look(self) -> Admission:
        """Let a request in that only looks at what is left; it takes nothing of it. RateLimited for too many looks."""
        rates, name = self._counters.rates, self._tiers[-1].counter("looks")
        if not await rates.minute(name, _LOOKS):
            wait = (await rates.pace(name)).wait(_LOOKS)
            raise RateLimited(f"What is left can be read {_LOOKS} times a minute.", headers=after(wait))
        return Admission(self._counters, None, {})

    async def admit(self, *, governing: bool = False) -> Admission:
        """Let a request in before any work is done for it; RateLimited for one too many, Unavailable uncounted.

        What governs the tenant is not braked: whoever has to end what the brake is for gets in.
        """
        held = await self._place()
        passed = False
        try:
            headers = await self._count(self._tiers if governing else await self._braked())
            passed = True
        finally:
            if not passed:
                await self._counters.holds.settle(held, [0] * len(held.counters))
        return Admission(self._counters, held, headers)

    async def _place(self) -> Held:
        tiers = [tier for tier in self._tiers if _AT_ONCE in tier.limits]
        claims = [Claim(tier.counter(_AT_ONCE), 1, whole(tier.limits[_AT_ONCE])) for tier in tiers]
        taken = await self._counters.holds.take(claims, None)
        if isinstance(taken, Held):
            return taken
        tier = tiers[taken.at]
        most = whole(tier.limits[_AT_ONCE])
        raise RateLimited(f"{tier.who} may have {most:,} requests under way at once.", headers=after(0))

    async def _count(self, tiers: Sequence[Tier]) -> Mapping[str, str]:
        now, standings = time.time(), list[Standing]()
        for tier in tiers:
            if _BURST in tier.limits:
                standings.append(await self._second(tier, now))
            if _MINUTE in tier.limits:
                standings.append(await self._minute(tier, now, standings))
        return told(tightest(standings), now)

    async def _second(self, tier: Tier, now: float) -> Standing:
        most = whole(tier.limits[_BURST])
        asked = await self._counters.rates.burst(tier.counter(_BURST))
        standing = Standing(_BURST, most, min(asked, most), now + 1)
        if asked > most:
            said = f"{tier.who} may send {most:,} requests within a second."
            raise RateLimited(said, headers={**told([standing], now), **after(0)})
        return standing

    async def _minute(self, tier: Tier, now: float, before: list[Standing]) -> Standing:
        rates, counter, most = self._counters.rates, tier.counter(_MINUTE), whole(tier.limits[_MINUTE])
        passed = await rates.minute(counter, most)
        pace = await rates.pace(counter)
        standing = per_minute(_MINUTE, most, pace)
        if not passed:
            said = f"{tier.who} may send {most:,} requests a minute."
            left = told(tightest([*before, standing]), now)
            raise RateLimited(said, headers={**left, **after(pace.wait(most))})
        return standing

    @asynccontextmanager
    async def spending(self, *planned: Planned) -> AsyncIterator[None]:
        """Reserve what the calls of the block may take, and settle it with what they took, however the block ends.

        Raises RateLimited or BudgetExceeded before anything is asked of a model.
        """
        meter, spending = self._compartment.models.meter, await self._spending()
        before = len(meter.spent)
        reserved = await spending.reserve(planned)
        try:
            yield
        finally:
            await spending.settle(reserved, meter.spent[before:])

    async def count(self) -> None:
        """Count what a job has spent, which reserves nothing: what may be stored may be read in."""
        await Spending(self._tiers, self._on).count(self._compartment.models.meter.spent)

    async def _spending(self) -> Spending:
        return Spending(await self._braked(), self._on)

    async def standings(self) -> list[Standing]:
        """Return how the tenant stands on each of its limits, and the caller on those it has of its own."""
        async with self._compartment.snapshot() as records:
            stored = await records.documents.stored()
        found = [each for tier in reversed(await self._braked()) for each in await self._asking(tier)]
        limits = self.limits
        return [
            *found,
            *await (await self._spending()).standings(),
            Standing("documents", limits["documents"], stored.documents),
            Standing("bytes", limits["bytes"], stored.bytes),
            Standing("bytes_per_file", limits["bytes_per_file"], 0),
        ]

    async def _asking(self, tier: Tier) -> list[Standing]:
        """Return how somebody stands on the limits of requests."""
        rates, holds, limits, found = self._counters.rates, self._counters.holds, tier.limits, list[Standing]()
        if _MINUTE in limits:
            pace = await rates.pace(tier.counter(_MINUTE))
            found.append(per_minute(tier.named(_MINUTE), whole(limits[_MINUTE]), pace))
        if _BURST in limits:
            bursting = await rates.bursting(tier.counter(_BURST))
            found.append(Standing(tier.named(_BURST), limits[_BURST], bursting, time.time() + 1))
        if _AT_ONCE in limits:
            _, under_way = await holds.used(tier.counter(_AT_ONCE))
            found.append(Standing(tier.named(_AT_ONCE), limits[_AT_ONCE], under_way))
        return found


def whole(limit: float) -> int:
    """Return a limit as a whole number that every store can count to."""
    return int(min(limit, MOST))
