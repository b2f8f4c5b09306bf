"""Work through the due lanes, fairly: one tenant's thousand files never hold up another's one.

Rules this module enforces:

* A free place goes to the lane with the fewest jobs at work, of those to the one served longest ago. So lanes take
  turns job by job, and a lane that is alone may use every place.
* One place more is kept for a lane that has nothing at work while another has several: two long documents of one
  tenant hold up nobody else.
* One broken job or lane is logged and held back; the loop goes on with the next, whose identity is its own row's.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from enum import Enum, auto
from typing import Final, final

import structlog

from app.telemetry import Metrics
from ingestion.work import Worked
from tenancy.errors import Unavailable
from tenancy.ids import LaneRef
from tenancy.queue.lanes import Lanes

KEPT_PLACES: Final = 1
"""Places beyond those that one lane may fill: as many jobs more may be at work at a time."""
_LOOK_SECONDS: Final = 1.0
_HOLD_SECONDS: Final = 5.0
_TURN_JOBS: Final = 5
_log = structlog.get_logger()
Work = Callable[[LaneRef], Awaitable[Worked | None]]


class Room(Enum):
    """Who may begin a job now."""

    ANYBODY = auto()
    NEWCOMERS = auto()
    NOBODY = auto()


def room(working: Counter[LaneRef], places: int) -> Room:
    """Return who may begin a job when `working` are at work: beyond `places`, only who has none while another has some.

    Several of another's, that is: with one job each, the lanes share the places already.
    """
    if working.total() < places:
        return Room.ANYBODY
    several = max(working.values(), default=0) > 1
    return Room.NEWCOMERS if several and working.total() < places + KEPT_PLACES else Room.NOBODY


def next_lane(due: Sequence[LaneRef], working: Counter[LaneRef], served: dict[LaneRef, float]) -> LaneRef | None:
    """Return whose turn it is: fewest jobs at work, then served longest ago, then due longest."""
    return min(due, key=lambda lane: (working[lane], served.get(lane, 0.0)), default=None)


@final
class Worker:
    """The worker loop of one process."""

    def __init__(self, lanes: Lanes, work: Work, metrics: Metrics, *, places: int) -> None:
        """Do at most `places` jobs at a time, and a kept one, with `work`, each the next one of its lane."""
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
        free = room(self._working, self._places)
        if free is Room.NOBODY:
            return None
        now = time.monotonic()
        self._held = {lane: until for lane, until in self._held.items() if until > now}
        due = [lane for lane in await self._lanes.due() if lane not in self._held]
        self._served = {lane: at for lane, at in self._served.items() if lane in due or lane in self._working}
        waiting = due if free is Room.ANYBODY else [lane for lane in due if not self._working[lane]]
        return next_lane(waiting, self._working, self._served)

    def _begin(self, lane: LaneRef, group: asyncio.TaskGroup) -> None:
        self._working[lane] += 1
        self._served[lane] = time.monotonic()
        self._metrics.jobs_running.inc()
        group.create_task(self._do(lane))

    async def _wait(self) -> None:
        """Wait for a job to end and, when there are free places, for work to come."""
        free = room(self._working, self._places)
        waits: set[asyncio.Task[object]] = {asyncio.create_task(self._ended.wait())}
        if free is not Room.NOBODY:
            # A lane held back, or one that may not begin now, is due all the time: it must not wake the loop.
            calm = free is Room.NEWCOMERS or bool(self._held)
            waits.add(asyncio.create_task((self._lanes.rung if calm else self._lanes.wait)(_LOOK_SECONDS)))
        try:
            done, _ = await asyncio.wait(
                waits, timeout=None if free is Room.NOBODY else _LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
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
