"""What a serving process does now and then: mend what a crash left, follow what others ended, finish what was begun."""

import asyncio
import time
from contextlib import suppress
from typing import Final, final

import structlog

from app.lookout import Lookout
from app.resources import Resources
from tenancy.auditing.retention import forget_expired
from tenancy.deployment.housekeeping import park_ended
from tenancy.deployment.mending import Mended, mend
from tenancy.erasure import pending_erasures, run_erasure
from tenancy.errors import ServiceError, Unavailable
from tenancy.metering.rollup import forget_months
from tenancy.metering.storage import book_storage
from tenancy.rotation.steps import HeldUp, advance, pending_rotations

_EVERY_SECONDS: Final = 2.0
_FORGET_SECONDS: Final = 3600.0
_BOOK_SECONDS: Final = 3600.0
_DAY_SECONDS: Final = 86_400.0
_HELD_UP_SECONDS: Final = 300.0  # a value that does not open needs a person, not another look
_log = structlog.get_logger()


@final
class Housekeeping:
    """The housekeeping loop of one process."""

    def __init__(self, resources: Resources) -> None:
        """Keep the house of `resources`."""
        self._resources = resources
        self._due = asyncio.Event()
        self._turning = asyncio.Event()
        self._forgetting = asyncio.Event()

    def hurry(self) -> None:
        """Look now: an erasure or a rotation has just been asked for."""
        self._due.set()
        self._turning.set()
        self._forgetting.set()

    async def run(self) -> None:
        """Take up what a crash left behind, and look every few seconds, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._mend())
            group.create_task(self._rotate())
            group.create_task(self._forget())
            group.create_task(self._book())
            group.create_task(Lookout(self._resources).run())
            await self._watch()

    async def _mend(self) -> None:
        try:
            mended = await mend(self._resources.foundation)
        except Unavailable as error:
            _log.warning("housekeeping.not_mended", dependency=error.dependency)
            return
        if mended != Mended():
            _log.info("deployment.mended", files=mended.files, documents=mended.documents)

    async def _rotate(self) -> None:
        """Take every rotation of keys a step further, beside all else: sealing a large tenant anew takes minutes."""
        held_up: dict[str, float] = {}
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_EVERY_SECONDS):
                    await self._turning.wait()
            self._turning.clear()
            foundation = self._resources.foundation
            for tenant in pending_rotations(foundation):
                if held_up.get(tenant, 0.0) > time.monotonic():
                    continue
                try:
                    await advance(foundation, tenant)
                except HeldUp as error:
                    _log.error("rotation.held_up", tenant=tenant, values=error.values)
                    held_up[tenant] = time.monotonic() + _HELD_UP_SECONDS
                except (ServiceError, OSError) as error:  # what is left of it is tried again
                    _log.warning("rotation.interrupted", tenant=tenant, error=type(error).__name__)

    async def _forget(self) -> None:
        """Remove what has been kept long enough, at the start and every hour: logs, and months of erased tenants."""
        while True:
            try:
                removed = await forget_expired(self._resources.foundation)
                months = await forget_months(self._resources.foundation, time.time())
            except Unavailable as error:
                _log.warning("housekeeping.waited", dependency=error.dependency)
            else:
                if removed:
                    _log.info("interactions.forgotten", count=removed)
                if months:
                    _log.info("accounts.forgotten", months=months)
            self._forgetting.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(_FORGET_SECONDS):
                    await self._forgetting.wait()

    async def _book(self) -> None:
        """Book what tenants keep: at the start, when a day (UTC) begins, and every hour whom that has left out."""
        never = asyncio.Event()
        while True:
            try:
                days = await book_storage(self._resources.foundation)
            except Unavailable as error:
                _log.warning("housekeeping.waited", dependency=error.dependency)
            else:
                if days:
                    _log.info("storage.booked", days=days)
            with suppress(TimeoutError):
                async with asyncio.timeout(min(_BOOK_SECONDS, _DAY_SECONDS - time.time() % _DAY_SECONDS + 1)):
                    await never.wait()

    async def _watch(self) -> None:
        while True:
            self._due.clear()
            try:
                await self._look()
            except Unavailable as error:
                _log.warning("housekeeping.waited", dependency=error.dependency)
            with suppress(TimeoutError):
                async with asyncio.timeout(_EVERY_SECONDS):
                    await self._due.wait()

    async def _look(self) -> None:
        foundation, metrics = self._resources.foundation, self._resources.metrics
        await foundation.anchors.anchor_old()
        parked = await park_ended(foundation)
        if parked:
            _log.info("tenants.parked", count=parked)
        for erasure in await pending_erasures(foundation):
            try:
                await run_erasure(foundation, erasure)
            except (ServiceError, OSError) as error:  # what is left of it is tried again
                _log.error("erasure.interrupted", erasure=erasure, error=type(error).__name__)
                continue
            metrics.erasures.inc()
            _log.info("tenant.erased", erasure=erasure)
        metrics.awake_tenants.set(len(foundation.pool.tenants()))
        metrics.awake_bytes.set(foundation.pool.bytes())
