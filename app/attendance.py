"""Tell that a tenant's own worker is at work, and which tenants wait for one."""

import asyncio
from typing import Final

import structlog

from app.resources import Resources
from tenancy.deployment.housekeeping import park_ended
from tenancy.errors import Unavailable
from tenancy.queue.lanes import ATTEND_SECONDS

_WATCH_SECONDS: Final = 15.0
_log = structlog.get_logger()


async def attend(resources: Resources) -> None:
    """Say every few seconds that the process's one lane is attended, and follow what other processes end."""
    on, lane, own = resources.foundation, resources.lane, True
    while lane is not None:
        try:
            still = await on.lanes.attend(lane)
            if own and not still:
                _log.warning("worker.not_own", lane=lane)  # another plan, or erased: there is nothing to serve
            own = still
            await on.anchors.anchor_old()
            await park_ended(on)
        except Unavailable as error:
            _log.warning("attendance.waited", dependency=error.dependency)
        await asyncio.sleep(ATTEND_SECONDS)


async def watch_unattended(resources: Resources) -> None:
    """Count, and log once each, the tenants of plan `dedicated` whose work waits for a worker of their own."""
    known: set[str] = set()
    while True:
        try:
            found: set[str] = set(await resources.foundation.lanes.unattended())
        except Unavailable as error:
            _log.warning("attendance.waited", dependency=error.dependency)
        else:
            resources.metrics.unattended.set(len(found))
            for tenant in sorted(found - known):
                _log.warning("tenant.unattended", tenant=tenant)
            known = found
        await asyncio.sleep(_WATCH_SECONDS)
