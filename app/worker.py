"""Work through the due lanes, fairly: one tenant's thousand files never hold up another's one.

Rules this module enforces:

* A free place goes to the lane with the fewest jobs at work, of those to the one served longest ago. So lanes take
  turns job by job, and a lane that is alone may use every place.
* One broken job or lane is logged and held back; the loop goes on with the next, whose identity is its own row's.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final, final

import structlog

from app.telemetry import Metrics
from ingestion.work import Worked
from tenancy.errors import Unavailable
from tenancy.ids import LaneRef
from tenancy.queue.lanes import Lanes

_LOOK_SECONDS: Final = 1.0
_HOLD_SECONDS: Final = 5.0
_TURN_JOBS: Final = 5
_log = structlog.get_logger()
Work = Callable[[LaneRef], Awaitable[Worked | None]]


def next_lane(due: Sequence[LaneRef], working: Counter[LaneRef], served: dict[LaneRef, float]) -> LaneRef | None:
    """Return whose turn it is: fewest jobs at work, then served longest ago, then due longest."""
    return min(due, key=lambda lane: (working[lane], served.get(lane, 0.0)), default=None)


@final
class Worker:
    """The worker loop of one process."""

    def __init__(self, lanes: Lanes, work: Work, metrics: Metrics, *, places: int) -> None:
        """Do at most `places` jobs at a time with `work`, each the next one of the lane it is given."""
        self._lanes = lanes
        self._work = work
        self._metrics = metrics
        self._places = places
        self._working: Counter[LaneRef] = Counter()
        self._served: dict[LaneRef, float] = {}
        self._held: dict[LaneRef, float] = {}
        self._ended = asyncio.Event()

    async def run(self) -> None:
        """Work until cancelled; jobs at work are then cancelled too, and given back."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._ended.clear()
                try:
                    lane = await self._choose()
                    if lane is not None:
                        self._begin(lane, group)
                    else:
                        await self._wait()
                except Unavailable as error:
                    _log.warning("worker.waited", dependency=error.dependency)
                    await self._pause()

    async def turn(self, lane: LaneRef) -> bool:
        """Do a few jobs of a lane, for a queue that says whose turn it is; False when it is better left for a while."""
        for _ in range(_TURN_JOBS):
            if self._held.get(lane, 0.0) > time.monotonic():
                return False
            self._working[lane] += 1
            self._metrics.jobs_running.inc()
            if not await self._do(lane):
                break
        return lane not in self._held

    async def _choose(self) -> LaneRef | None:
        if self._working.total() >= self._places:
            return None
        now = time.monotonic()
        self._held = {lane: until for lane, until in self._held.items() if until > now}
        due = [lane for lane in await self._lanes.due() if lane not in self._held]
        self._served = {lane: at for lane, at in self._served.items() if lane in due or lane in self._working}
        return next_lane(due, self._working, self._served)

    def _begin(self, lane: LaneRef, group: asyncio.TaskGroup) -> None:
        self._working[lane] += 1
        self._served[lane] = time.monotonic()
        self._metrics.jobs_running.inc()
        group.create_task(self._do(lane))

    async def _wait(self) -> None:
        """Wait for a job to end and, when there are free places, for work to come."""
        full = self._working.total() >= self._places
        waits: set[asyncio.Task[object]] = {asyncio.create_task(self._ended.wait())}
        if not full and not self._held:  # a lane held back is due all the time: it must not wake the loop
            waits.add(asyncio.create_task(self._lanes.wait(_LOOK_SECONDS)))
        try:
            done, _ = await asyncio.wait(
                waits, timeout=None if full else _LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                task.result()
        finally:
            for task in waits:
                task.cancel()

    async def _pause(self) -> None:
        """Wait for a job to end, or a while."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_HOLD_SECONDS):
                await self._ended.wait()

    async def _do(self, lane: LaneRef) -> bool:
        """Do a lane's next job; False when there was none, or it broke."""
        started, done = time.monotonic(), None
        try:
            done = await self._work(lane)
            self._held.pop(lane, None)
            if done is not None:
                self._metrics.jobs.labels(done.owner, done.result).inc()
                self._metrics.job_seconds.observe(time.monotonic() - started)
        except Exception:  # noqa: BLE001 - the worker loop: whatever one job does, the next one is worked on
            _log.error("job.broke", lane=lane, exc_info=True)
            self._held[lane] = time.monotonic() + _HOLD_SECONDS
        finally:
            self._metrics.jobs_running.dec()
            self._working[lane] -= 1
            self._working += Counter()
            self._ended.set()
        return done is not None
