"""Go round all tenants at once, for tests that do not wait until each one's upkeep is due."""

import time
from collections.abc import AsyncIterator, Callable, Sequence

from tenancy.anomalies.detecting import findings
from tenancy.anomalies.scan import Detect, Raised, scan
from tenancy.auditing.retention import forget_expired
from tenancy.errors import ServiceError
from tenancy.foundation import Foundation
from tenancy.ids import TenantId
from tenancy.lifecycle.recovery import recover
from tenancy.metering.storage import book_storage
from tenancy.stores import due, registry
from tenancy.stores.due import Kind

Clock = Callable[[], float]


async def tenants(on: Foundation) -> Sequence[TenantId]:
    async with on.store.registry(writes=False) as db:
        return [row.id for row in await registry.list_tenants(db)]


async def make_due(on: Foundation, kind: Kind, *some: TenantId) -> None:
    """Have work done for tenants now."""
    async with on.store.registry(writes=True) as db:
        await due.mark(db, [kind], 0.0, some)


async def recovered(on: Foundation) -> tuple[int, int]:
    """Recover every tenant that can be reached; return how many files went and how many documents were queued."""
    files = documents = 0
    for each in await tenants(on):
        try:
            found = await recover(on, each)
        except ServiceError:
            continue
        files, documents = files + found.files, documents + found.documents
    return files, documents


async def booked(on: Foundation, clock: Clock = time.time) -> int:
    """Book every tenant that can be reached; return how many days."""
    days = 0
    for each in await tenants(on):
        try:
            days += await book_storage(on, each, clock=clock)
        except ServiceError:
            continue
    return days


async def expired(on: Foundation, clock: Clock) -> int:
    """Remove every tenant's logs that are past their date; return how many."""
    removed = 0
    for each in await tenants(on):
        removed += await forget_expired(on.store, each, clock())
    return removed


async def scanned(on: Foundation, *some: TenantId, detect: Detect = findings, clock: Clock = time.time) -> list[Raised]:
    """Scan tenants, all of them if none is named; return what was raised."""
    return [each async for each in _scans(on, some or await tenants(on), detect, clock)]


async def _scans(on: Foundation, some: Sequence[TenantId], detect: Detect, clock: Clock) -> AsyncIterator[Raised]:
    for each in some:
        for raised in (await scan(on, each, clock=clock, detect=detect)).raised:
            yield raised
