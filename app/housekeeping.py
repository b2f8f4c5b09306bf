"""What each process does now and then: follow what others ended, report who was active, and keep house if elected."""

import asyncio
import time
from contextlib import suppress
from functools import partial
from typing import Final, final

import structlog

from app.resources import Resources
from tenancy.anomalies.post import Outcome
from tenancy.anomalies.scan import Raised, report
from tenancy.deployment.housekeeping import park_ended
from tenancy.lifecycle.housekeeper import Housekeeper
from tenancy.lifecycle.upkeep import Observer
from tenancy.queue.guarded import guarded

_FOLLOW_SECONDS: Final = 2.0
_REPORT_SECONDS: Final = 60.0
_log = structlog.get_logger()


@final
class Housekeeping:
    """The housekeeping of one process; of all processes of a deployment one at a time does what is due."""

    def __init__(self, resources: Resources, *, candidate: bool = True) -> None:
        """Keep the house of `resources`; who is no candidate leaves what is due to other processes."""
        self._resources = resources
        self._candidate = candidate
        self._housekeeper = Housekeeper(resources.foundation, self._observer())

    def hurry(self) -> None:
        """Look now: an erasure or a rotation has just been asked for."""
        self._housekeeper.hurry()

    async def run(self) -> None:
        """Look every few seconds until cancelled."""
        async with asyncio.TaskGroup() as group:
            if self._candidate:
                group.create_task(self._housekeeper.run())
            group.create_task(self._report())
            await self._follow()

    async def _follow(self) -> None:
        never = asyncio.Event()
        while True:
            await guarded("following", None, self._look)
            with suppress(TimeoutError):
                async with asyncio.timeout(_FOLLOW_SECONDS):
                    await never.wait()

    async def _look(self) -> None:
        foundation, metrics = self._resources.foundation, self._resources.metrics
        await foundation.anchors.anchor_old()
        parked = await park_ended(foundation)
        if parked:
            _log.info("tenants.parked", count=parked)
        metrics.awake_tenants.set(len(foundation.pool.tenants()))
        metrics.awake_bytes.set(foundation.pool.bytes())

    async def _report(self) -> None:
        """Have scanned who was active, every minute, and at once who does not wait."""
        tally, report_at = self._resources.foundation.tally, 0.0
        while True:
            tally.rung.clear()
            everybody = time.monotonic() >= report_at
            report_at = time.monotonic() + _REPORT_SECONDS if everybody else report_at
            asked = tally.active() if everybody else tally.pressing()
            if asked:
                if not await guarded("reporting", None, partial(report, self._resources.foundation, asked)):
                    for each in asked:
                        tally.note(each)
                self.hurry()
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, report_at - time.monotonic())):
                    await tally.rung.wait()

    def _observer(self) -> Observer:
        metrics = self._resources.metrics

        def raised(each: Raised) -> None:
            found = each.alert.finding
            metrics.alerts.labels(each.owner, found.kind).inc()
            _log.warning("alert.raised", alert=each.alert.id, owner=each.owner, kind=found.kind, gross=found.gross)

        def sent(outcome: Outcome) -> None:
            metrics.deliveries.labels(outcome).inc()

        def failed(owner: str, kind: str) -> None:
            metrics.upkeep.labels(kind, "failed").inc()
            metrics.failing.began(owner, kind)

        def succeeded(owner: str, kind: str) -> None:
            metrics.upkeep.labels(kind, "done").inc()
            metrics.failing.ended(owner, kind)

        return Observer(raised, sent, metrics.erasures.inc, failed, succeeded)
