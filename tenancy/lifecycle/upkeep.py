"""What is done of each kind for one tenant when it falls due, and when it falls due again.

Everything here can be repeated, and done by two processes at once: a lease says who does it, so that it is done once.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import structlog

from tenancy.anomalies import activity
from tenancy.anomalies.delivering import deliver
from tenancy.anomalies.post import Outcome
from tenancy.anomalies.scan import Raised, forget_hours, scan
from tenancy.auditing.retention import forget_expired, next_expiry
from tenancy.card import standing
from tenancy.embedder_change.tasks import advance as embed_anew
from tenancy.erasure import run_erasure
from tenancy.foundation import Foundation
from tenancy.ids import ErasureId, TenantId
from tenancy.lifecycle.recovery import recover
from tenancy.metering.storage import book_storage
from tenancy.rotation.steps import HeldUp, advance, next_step_at
from tenancy.stores import due, registry
from tenancy.stores.due import DAY_SECONDS, HOUR_SECONDS, Due, Kind
from tenancy.stores.registry import LEFT_SECONDS, TenantStatus

_SOON_SECONDS: Final = 2.0
_log = structlog.get_logger()


def _nothing(*_told: object) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Observer:
    """Who is told what came of it; owners are opaque ids."""

    raised: Callable[[Raised], None] = _nothing
    sent: Callable[[Outcome], None] = _nothing
    erased: Callable[[], None] = _nothing
    failed: Callable[[str, str], None] = _nothing
    succeeded: Callable[[str, str], None] = _nothing


async def perform(on: Foundation, one: Due, owner: str, observer: Observer) -> float | None:
    """Do what is due; return when it falls due again, in epoch seconds, None when that is for a mark to say."""
    return await _KINDS[one.kind](on, one, TenantId(owner), observer)


async def _erase(on: Foundation, one: Due, _tenant: TenantId, observer: Observer) -> None:
    await run_erasure(on, ErasureId(one.ref))
    observer.erased()
    _log.info("tenant.erased", erasure=one.ref)


async def _rotate(on: Foundation, _one: Due, tenant: TenantId, _observer: Observer) -> float | None:
    try:
        ended = await advance(on, tenant)
    except HeldUp as error:
        _log.error("rotation.held_up", tenant=tenant, values=error.values)
        raise
    return None if ended else max(next_step_at(on, tenant), time.time() + _SOON_SECONDS)


async def _deliver(on: Foundation, _one: Due, tenant: TenantId, observer: Observer) -> float | None:
    done = await deliver(on, tenant)
    for each in done.outcomes:
        observer.sent(each)
    return done.next_at


async def _scan(on: Foundation, _one: Due, tenant: TenantId, observer: Observer) -> float | None:
    found = await scan(on, tenant)
    for each in found.raised:
        observer.raised(each)
    if found.deliver_at is not None:
        async with on.store.registry(writes=True) as db:
            await due.mark(db, [Kind.DELIVERY], found.deliver_at, [tenant])
    return found.again_at


async def _recover(on: Foundation, one: Due, tenant: TenantId, _observer: Observer) -> float | None:
    found = await recover(on, tenant, one.done_at)
    if found.files or found.documents:
        _log.info("tenant.recovered", tenant=tenant, files=found.files, documents=found.documents)
    return time.time() + (LEFT_SECONDS if found.unfinished else DAY_SECONDS)


async def _book(on: Foundation, one: Due, tenant: TenantId, _observer: Observer) -> float | None:
    """Book what a tenant keeps, again when the next day (UTC) begins; not all tenants in its first second."""
    now = time.time()
    await book_storage(on, tenant)
    spread = int.from_bytes(sha256(one.ref.encode()).digest()[:4], "big") % HOUR_SECONDS
    return now - now % DAY_SECONDS + DAY_SECONDS + spread


async def _retain(on: Foundation, _one: Due, tenant: TenantId, _observer: Observer) -> float | None:
    """Remove what is past its date: logs, and hours of activity; an hour that nobody has scanned is scanned."""
    now = time.time()
    async with on.store.registry(writes=False, single=True) as db:
        row = await registry.find_tenant(db, tenant)
    if row is None or standing(row, on.ledger) in {TenantStatus.ERASING, TenantStatus.ERASED}:
        return None  # its erasure has taken them, or is about to
    removed = await forget_expired(on.store, tenant, now)
    if removed:
        _log.info("interactions.forgotten", tenant=tenant, count=removed)
    await forget_hours(on, tenant, now)
    async with on.store.tenant(tenant, writes=False) as db:
        unseen = await activity.has_open(db, tenant)
    if unseen:
        async with on.store.registry(writes=True) as db:
            await due.mark(db, [Kind.SCAN], now, [tenant])
    expiry = await next_expiry(on.store, tenant)
    return now + DAY_SECONDS if expiry is None else min(max(expiry, now + HOUR_SECONDS), now + DAY_SECONDS)


async def _embed_anew(on: Foundation, _one: Due, tenant: TenantId, _observer: Observer) -> float | None:
    """Work on a change of embedder for a while, and again at once: others' have their turn between."""
    return None if await embed_anew(on, tenant) else time.time()


_Does = Callable[[Foundation, Due, TenantId, Observer], Awaitable[float | None]]
_KINDS: Final[Mapping[Kind, _Does]] = {
    Kind.ERASURE: _erase,
    Kind.ROTATION: _rotate,
    Kind.DELIVERY: _deliver,
    Kind.SCAN: _scan,
    Kind.RECOVERY: _recover,
    Kind.STORAGE: _book,
    Kind.RETENTION: _retain,
    Kind.EMBEDDER: _embed_anew,
}
