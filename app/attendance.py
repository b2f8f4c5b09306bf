"""Tell that a tenant's own worker is at work, and which tenants wait for one."""

import asyncio
import time
from contextlib import suppress
from enum import StrEnum
from typing import Final

import structlog

from app.resources import Resources
from tenancy.card import TenantCard
from tenancy.deployment.housekeeping import park_ended
from tenancy.queue.groups import ATTENDED_SECONDS, DEDICATED
from tenancy.queue.guarded import guarded
from tenancy.queue.lanes import ATTEND_SECONDS

_WATCH_SECONDS: Final = 15.0
_log = structlog.get_logger()


class Serves(StrEnum):
    """Who works on a tenant's documents."""

    SHARED = "shared"
    SERVICE = "service"
    OWN = "own"
    NOBODY = "nobody"


async def attendance(resources: Resources, card: TenantCard) -> tuple[Serves, float | None]:
    """Return who works on a tenant's documents now, and when its own worker last said that it does (epoch seconds)."""
    seen_at = await resources.foundation.lanes.attended_at(card.id)
    if card.plan != DEDICATED:
        return Serves.SHARED, seen_at
    if seen_at is not None and time.time() - seen_at <= ATTENDED_SECONDS:
        return Serves.OWN, seen_at
    return Serves.NOBODY if resources.queue is not None else Serves.SERVICE, seen_at


async def attend(resources: Resources) -> None:
    """Say every few seconds that the process's one lane is attended, and follow what other processes end."""
    lane, own = resources.lane, True

    async def look() -> None:
        nonlocal own
        still = lane is not None and await resources.foundation.lanes.attend(lane)
        if own and not still:
            _log.warning("worker.not_own", lane=lane)  # another plan, or erased: there is nothing to serve
        own = still
        await resources.foundation.anchors.anchor_old()
        await park_ended(resources.foundation)

    while lane is not None:
        await guarded("attendance", None, look)
        await _pause(ATTEND_SECONDS)


async def watch_unattended(resources: Resources) -> None:
    """Count, and log once each, the tenants of plan `dedicated` whose work waits for a worker of their own."""
    known: set[str] = set()

    async def look() -> None:
        nonlocal known
        found: set[str] = set(await resources.foundation.lanes.unattended())
        resources.metrics.unattended.set(len(found))
        for tenant in sorted(found - known):
            _log.warning("tenant.unattended", tenant=tenant)
        known = found

    while True:
        await guarded("attendance", None, look)
        await _pause(_WATCH_SECONDS)


async def _pause(seconds: float) -> None:
    never = asyncio.Event()
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await never.wait()
