"""What a serving process does about what is unusual: look at whoever was active, and see that alerts are delivered."""

import asyncio
import time
from contextlib import suppress
from typing import Final, final

import structlog

from app.resources import Resources
from tenancy.anomalies.delivering import keep_delivering
from tenancy.anomalies.looking import Raised, look
from tenancy.anomalies.post import Outcome
from tenancy.errors import Unavailable

_LOOK_SECONDS: Final = 60.0
_EVERYBODY_SECONDS: Final = 3600.0
_log = structlog.get_logger()


@final
class Lookout:
    """The lookout of one process."""

    def __init__(self, resources: Resources) -> None:
        """Look out over the tenants of `resources`."""
        self._resources = resources

    async def run(self) -> None:
        """Look and deliver until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look())
            group.create_task(keep_delivering(self._resources.foundation, self._sent))

    async def _look(self) -> None:
        """Look at everybody at the start and every hour, at who was active every minute, at who does not wait now."""
        on, everybody_at, active_at = self._resources.foundation, 0.0, 0.0
        while True:
            on.tally.rung.clear()
            now = time.monotonic()
            asked = None if now >= everybody_at else on.tally.active() if now >= active_at else on.tally.pressing()
            if now >= active_at:
                active_at = now + _LOOK_SECONDS
            try:
                self._tell(await look(on, asked))
            except Unavailable as error:
                _log.warning("lookout.waited", dependency=error.dependency)
            else:
                everybody_at = now + _EVERYBODY_SECONDS if asked is None else everybody_at
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, active_at - time.monotonic())):
                    await on.tally.rung.wait()

    def _tell(self, raised: list[Raised]) -> None:
        for each in raised:
            found = each.alert.finding
            self._resources.metrics.alerts.labels(each.owner, found.kind).inc()
            _log.warning("alert.raised", alert=each.alert.id, owner=each.owner, kind=found.kind, gross=found.gross)

    def _sent(self, outcome: Outcome) -> None:
        self._resources.metrics.deliveries.labels(outcome).inc()
