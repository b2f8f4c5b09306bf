"""Work through due lanes, sharing the time: one tenant's long or many documents never hold up another's few.

Rules this module enforces:

* Whose turn it is: the lane with the fewest jobs at work, of those the one that has used the least time of late.
* A job holds one of the places for a turn. One that takes longer steps aside: it goes on, beside as many others, and
  its place is free for the next.
* When no more can step aside, the job of the lane that has used the most is given back for one that has used less. It
  begins anew once there is room aside, and may then take longer each time before that happens again: so every job comes
  to its end.
* So the number of jobs at work is bounded, and it does not depend on how many tenants have long documents whether
  another one's begin.
* One broken job or lane is logged and held back; the loop goes on with the next, whose identity is its own row's.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final, final

import structlog

from app.telemetry import Metrics
from ingestion.work import Worked
from tenancy.errors import Unavailable
from tenancy.ids import LaneRef
from tenancy.queue.lanes import LaneGroup
from tenancy.queue.used import Used

TURN_SECONDS: Final = 2.0
"""What a job holds its place for; most small documents take less."""
_LONG_SECONDS: Final = 60.0
"""What a job aside is left alone for, when others wait that have used less."""
_LOOK_SECONDS: Final = 1.0
_HOLD_SECONDS: Final = 5.0
_log = structlog.get_logger()
Work = Callable[[LaneRef], Awaitable[Worked | None]]


def most_jobs(places: int) -> int:
    """Return how many jobs may be at work at a time: those on their turn, and one more that have stepped aside."""
    return places + places_aside(places)


def places_aside(places: int) -> int:
    """Return how many jobs may have stepped aside: as many as there are places, and one."""
    return places + 1


def next_lane(due: Sequence[LaneRef], working: Counter[LaneRef], used: Mapping[LaneRef, float]) -> LaneRef | None:
    """Return whose turn it is: fewest jobs at work, then least time used of late, then due longest."""
    return min(due, key=lambda lane: (working[lane], used.get(lane, 0.0)), default=None)


@final
class _Job:
    """A job at work; `begun` is also when it stepped aside, and `may` the seconds that it is left alone for."""

    def __init__(self, lane: LaneRef, may: float, *, aside: bool) -> None:
        self.lane = lane
        self.begun = self.charged = time.monotonic()
        self.may = may
        self.aside = aside
        self.leaving = False
        self.task: asyncio.Task[bool] | None = None


@final
class Worker:
    """The worker loop of one process for one group of lanes."""

    def __init__(
        self, lanes: LaneGroup, work: Work, metrics: Metrics, *, places: int, turn_seconds: float = TURN_SECONDS
    ) -> None:
        """Do `places` jobs on their turn at a time, and those that have stepped aside, with `work`."""
        self._lanes = lanes
        self._work = work
        self._metrics = metrics
        self._places = places
        self._turn = turn_seconds
        self._jobs: list[_Job] = []
        self._used: Used[LaneRef] = Used()
        self._longer: dict[LaneRef, float] = {}
        self._held: dict[LaneRef, float] = {}
        self._ended = asyncio.Event()

    async def run(self) -> None:
        """Work until cancelled; jobs at work are then cancelled too, and given back."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._ended.clear()
                try:
                    due = await self._due()
                    lane = self._choose(due)
                    if lane is not None:
                        self._begin(lane, group)
                    else:
                        self._make_room(due)
                        await self._wait(calm=bool(due or self._held))
                except Unavailable as error:
                    _log.warning("worker.waited", dependency=error.dependency)
                    await self._pause()

    async def _due(self) -> list[LaneRef]:
        now = time.monotonic()
        self._held = {lane: until for lane, until in self._held.items() if until > now}
        due = [lane for lane in await self._lanes.due() if lane not in self._held]
        self._longer = {lane: times for lane, times in self._longer.items() if lane in due or self._working()[lane]}
        return due

    def _working(self) -> Counter[LaneRef]:
        return Counter(job.lane for job in self._jobs)

    def _choose(self, due: Sequence[LaneRef]) -> LaneRef | None:
        """Return the lane that begins a job now; None when there is none that may."""
        self._charge()
        self._step_aside()
        aside = sum(job.aside for job in self._jobs)
        on_turn, room_aside = len(self._jobs) - aside, aside < places_aside(self._places)
        may = [lane for lane in due if (room_aside if lane in self._longer else on_turn < self._places)]
        return next_lane(may, self._working(), {lane: self._used.of(lane) for lane in may})

    def _charge(self) -> None:
        """Charge every lane for the time its jobs have been at work since the last time."""
        now = time.monotonic()
        for job in self._jobs:
            self._used.charge(job.lane, now - job.charged)
            job.charged = now

    def _step_aside(self) -> None:
        """Let the jobs that have had their turn step aside, the oldest first, as far as there is room."""
        now, room = time.monotonic(), places_aside(self._places) - sum(job.aside for job in self._jobs)
        over = [job for job in self._jobs if not job.aside and now - job.begun >= job.may]
        for job in over[:room]:
            job.aside, job.begun, job.may = True, now, self._patience(job.lane)

    def _patience(self, lane: LaneRef) -> float:
        return _LONG_SECONDS * self._longer.get(lane, 1.0)

    def _make_room(self, due: Sequence[LaneRef]) -> None:
        """Give back the job of who has used the most, if it has had its time and somebody waits who has used less."""
        if any(job.leaving for job in self._jobs):
            return
        working = self._working()
        short = [lane for lane in due if lane not in self._longer]
        long = [lane for lane in due if lane in self._longer and not working[lane]]
        for waiting in (short, long):
            lane = next_lane(waiting, working, {each: self._used.of(each) for each in waiting})
            job = None if lane is None else self._to_interrupt(lane)
            if job is not None:
                self._interrupt(job)
                return

    def _to_interrupt(self, lane: LaneRef) -> _Job | None:
        """Return the job to give back so that one of `lane` begins; None where that does not help, or is unfair."""
        now = time.monotonic()
        had = [job for job in self._jobs if job.lane != lane and now - job.begun >= job.may]
        if lane in self._longer:
            had = [job for job in had if job.aside]
        elif all(job.aside for job in had):
            return None  # every job in a place has its turn still
        most = max(had, key=lambda job: self._used.of(job.lane), default=None)
        return most if most is not None and self._used.of(most.lane) - self._used.of(lane) >= self._turn else None

    def _interrupt(self, job: _Job) -> None:
        """Have a job given back; when it begins again, it is left alone for longer."""
        job.leaving = True
        self._longer[job.lane] = self._longer.get(job.lane, 1.0) * (2.0 if job.aside else 1.0)
        self._metrics.jobs_interrupted.inc()
        _log.info("job.interrupted", lane=job.lane, aside=job.aside)
        if job.task is not None:
            job.task.cancel()

    def _begin(self, lane: LaneRef, group: asyncio.TaskGroup) -> None:
        aside = lane in self._longer
        job = _Job(lane, self._patience(lane) if aside else self._turn, aside=aside)
        self._jobs.append(job)
        self._metrics.jobs_running.inc()
        job.task = group.create_task(self._do(job))

    async def _wait(self, *, calm: bool) -> None:
        """Wait for a job to end, for one to have had its time, for work to come, or a while."""
        now = time.monotonic()
        left = [job.begun + job.may - now for job in self._jobs]
        longest = min([_LOOK_SECONDS, *(seconds for seconds in left if seconds > 0)])
        # A lane held back, or one that may not begin now, is due all the time: it must not wake the loop.
        look = self._lanes.rung if calm else self._lanes.wait
        waits = {asyncio.create_task(self._ended.wait()), asyncio.create_task(look(longest))}
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
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

    async def _do(self, job: _Job) -> bool:
        """Do a lane's next job; False when there was none, or it broke."""
        started, done, lane = time.monotonic(), None, job.lane
        try:
            done = await self._work(lane)
            self._held.pop(lane, None)
            if done is not None:
                self._longer.pop(lane, None)
                self._metrics.jobs.labels(done.owner, done.result).inc()
                self._metrics.job_seconds.observe(time.monotonic() - started)
        except Exception:  # noqa: BLE001 - the worker loop: whatever one job does, the next one is worked on
            _log.error("job.broke", lane=lane, exc_info=True)
            self._held[lane] = time.monotonic() + _HOLD_SECONDS
        finally:
            self._metrics.jobs_running.dec()
            self._used.charge(lane, time.monotonic() - job.charged)
            self._jobs.remove(job)
            self._ended.set()
        return done is not None
