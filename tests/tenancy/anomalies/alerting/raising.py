"""Hours of a tenant as it makes them, and detectors that find something in them without a past."""

import time
from collections.abc import Callable, Collection, Sequence

import sqlalchemy as sa

from tenancy.anomalies.alerts import Alert, Episode
from tenancy.anomalies.hours import SECONDS, Calendar, Finding, Hour, Kind, Signal
from tenancy.anomalies.scan import Raised
from tenancy.auditing.accesses import Access
from tenancy.auditing.interactions import Interaction
from tenancy.compartment import Compartment
from tenancy.ids import TenantId
from tenancy.stores.schema import activity
from tests.tenancy.building import House, Resident
from tests.tenancy.lifecycle.rounds import scanned

READ = Access("document.read", "doc_1")
MISSED = Access("document.read", "asked:1", "denied", missing=True)
REFUSED = Access("question.asked", "", interaction=Interaction("ask", "Where?", refused=True))
Detected = Callable[[Sequence[Hour], Hour, Calendar, int, Collection[Episode]], list[Finding]]


def at(later: float = 0.0) -> float:
    """Return a moment in epoch seconds, `later` in seconds from now."""
    return time.time() + later


def more_than(most: int, gross: int | None = None) -> Detected:
    """Return a detector that finds a spike in an hour with more requests, a gross one from `gross` on."""

    def detect(
        past: Sequence[Hour], now: Hour, calendar: Calendar, since: int, known: Collection[Episode]
    ) -> list[Finding]:
        del past, calendar, since
        seen = now.counts[Signal.REQUESTS]
        is_gross = gross is not None and seen >= gross
        if seen <= most or (not is_gross and (Kind.SPIKE, now.starts) in known):
            return []
        return [Finding(Kind.SPIKE, Signal.REQUESTS, now.starts, seen, 1.5, is_gross)]

    return detect


async def act(compartment: Compartment, *accesses: Access) -> None:
    """Let a caller do something, one thing after the other."""
    for each in accesses:
        await compartment.audit.record(each)


async def looked(home: House, *residents: Resident, detect: Detected, later: float = 0.0) -> list[Raised]:
    """Look at residents, `later` in seconds from now."""
    return await scanned(home.foundation, *(each.id for each in residents), clock=lambda: at(later), detect=detect)


async def alerts_of(home: House, one: Resident) -> list[Alert]:
    """Return a tenant's alerts, newest first."""
    async with (await home.enter(one)).snapshot() as records:
        return list((await records.alerts.page(50, None))[0])


async def hours_of(home: House, tenant: TenantId) -> dict[int, dict[str, int]]:
    """Return what is kept of a tenant's hours, by their beginning."""
    async with home.foundation.store.tenant(tenant, writes=False) as db:
        rows = (await db.execute(sa.select(activity).where(activity.c.tenant_id == tenant))).all()
    return {row.hour: {signal: getattr(row, signal) for signal in Signal} for row in rows}


async def age(home: House, tenant: TenantId, hours: int) -> None:
    """Make a tenant's only hour so many hours older."""
    await home.execute(tenant, activity.update().values(hour=activity.c.hour - hours * SECONDS, looked_at=0.0))


async def busy(home: House, one: Resident, times: int = 4) -> None:
    """Let a tenant's administrator read something so many times."""
    await act(await home.enter(one), *[READ] * times)


async def raised_entries(home: House, one: Resident) -> list[tuple[str, str, str]]:
    """Return what the audit says of alerts, oldest first: action, resource and actor."""
    async with (await home.enter(one)).snapshot() as records:
        assert (await records.audit.verify()).intact
        entries, _ = await records.audit.page(100)
    words = ("alert.", "throttle.")
    return [(entry.action, entry.resource, entry.actor) for entry in entries[::-1] if entry.action.startswith(words)]
