"""Take lanes from Redis and drain them, one worker a lane, until cancelled.

Rules this module enforces:

* What stands in Redis decides nothing but where to look. A message that does not read, that names another lane than its
  id, or that was replayed, leads to nothing, or to a look that finds no work.
* A worker that dies holds its lane for seconds, not for as long as the longest job may take.
* A Redis that is lost stops nothing under way and is waited for.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Any, Final, final

import structlog
from arq.constants import in_progress_key_prefix
from arq.worker import Worker, func

from tenancy.errors import Unavailable
from tenancy.ids import LaneRef
from tenancy.queue.lanes import Lanes
from tenancy.queue.messages import FUNCTION, lane_of, read, written
from tenancy.queue.redis import LOST, SWEEP_SECONDS, RedisQueue, pause

Drain = Callable[[LaneRef], Awaitable[bool]]
"""Does a bounded slice of a lane's jobs; False when the lane is better left for a while, because something broke."""

_HELD_SECONDS: Final = 30.0
_LONGEST_SECONDS: Final = 24 * 3600
_POLL_SECONDS: Final = 0.2
_AGAIN_SECONDS: Final = 2.0
_MOST_TRIES: Final = 1_000_000  # jobs count their own tries; a message has nothing to give up
_log = structlog.get_logger()
_Context = dict[Any, Any]


async def run_worker(queue: RedisQueue, lanes: Lanes, drain: Drain, *, places: int) -> None:
    """Drain the lanes that `queue` brings, `places` at a time, and sweep the registry for others, until cancelled."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_sweep(queue, lanes))
        group.create_task(_listen(queue, lanes, drain, places))


async def _sweep(queue: RedisQueue, lanes: Lanes) -> None:
    never = asyncio.Event()
    while True:
        try:
            await queue.sweep(lanes)
        except Unavailable as error:
            _log.warning("sweep.waited", dependency=error.dependency)
        await pause(SWEEP_SECONDS, never)


async def _listen(queue: RedisQueue, lanes: Lanes, drain: Drain, places: int) -> None:
    never = asyncio.Event()
    while True:
        worker = _Worker(queue, _Looks(queue, lanes, drain), places)
        try:
            await worker.main()
        except LOST as error:
            _log.warning("queue.lost", error=type(error).__name__)
            await worker.finish(cancel=False)
        finally:
            await worker.finish(cancel=True)
        await pause(_AGAIN_SECONDS, never)


@final
class _Looks:
    """What a worker does with a message."""

    def __init__(self, queue: RedisQueue, lanes: Lanes, drain: Drain) -> None:
        self._queue = queue
        self._lanes = lanes
        self._drain = drain

    async def look(self, context: _Context, lane: str) -> None:
        """Drain the lane, holding it in Redis while this process lives."""
        if context["job_id"] != lane:
            _log.warning("message.readdressed", job=context["job_id"])
            return
        done = asyncio.Event()
        holding = asyncio.create_task(self._hold(lane, done))
        try:
            context["drained"] = await self._drain(LaneRef(lane))
        finally:
            done.set()
            await holding

    async def _hold(self, lane: str, done: asyncio.Event) -> None:
        """Keep arq's mark that the lane is at work short-lived, so that it ends with this process."""
        while not done.is_set():
            try:
                await self._queue.redis.set(in_progress_key_prefix + lane, b"1", px=int(_HELD_SECONDS * 1000))
            except LOST as error:
                _log.warning("lane.not_held", lane=lane, error=type(error).__name__)
            await pause(_HELD_SECONDS / 3, done)

    async def after(self, context: _Context) -> None:
        """Send a lane that still has work to the back of the queue: pokes during its turn met a queued job."""
        lane = LaneRef(context["job_id"])
        if not context.get("drained"):
            return  # it failed: the sweep brings it back, not at once
        try:
            if lane in await self._lanes.due():
                await self._queue.poke(lane)
        except Unavailable as error:
            _log.warning("lane.not_looked_up", lane=lane, dependency=error.dependency)


@final
class _Worker(Worker):
    """arq's worker, which takes nothing from the queue that does not have the form of a lane."""

    def __init__(self, queue: RedisQueue, looks: _Looks, places: int) -> None:
        super().__init__(
            [func(looks.look, name=FUNCTION, keep_result=0)],  # type: ignore[arg-type]  # `read` lets one lane through
            queue_name=queue.name,
            redis_pool=queue.redis,
            after_job_end=looks.after,  # type: ignore[arg-type]  # arq's protocol names the argument `ctx`
            handle_signals=False,
            max_jobs=places,
            job_timeout=_LONGEST_SECONDS,
            keep_result=0,
            poll_delay=_POLL_SECONDS,
            max_tries=_MOST_TRIES,
            job_serializer=written,
            job_deserializer=read,
            log_results=False,
        )
        self._telling: set[asyncio.Task[Any] | None] = set()

    async def start_jobs(self, job_ids: list[bytes]) -> None:
        """Start the jobs that are lanes with a time; take the others off the queue."""
        scores = await self.pool.zmscore(self.queue_name, job_ids) if job_ids else []  # type: ignore[arg-type]  # bytes do
        wanted: list[bytes] = []
        strays: list[bytes] = []
        for job, score in zip(job_ids, scores, strict=True):
            sound = lane_of(job) is not None and score is not None and math.isfinite(score) and score > 0
            (wanted if sound else strays).append(job)
        if strays:
            _log.warning("queue.strays_removed", count=len(strays))
            await self.pool.zrem(self.queue_name, *strays)
        await super().start_jobs(wanted)

    async def finish_job(self, *told: Any, **named: Any) -> None:  # noqa: ANN401 - as arq calls it
        """Tell Redis that a job has ended; arq shields this from cancellation, so it must be waited for."""
        me = asyncio.current_task()
        self._telling.add(me)
        try:
            await super().finish_job(*told, **named)
        finally:
            self._telling.discard(me)

    async def finish(self, *, cancel: bool) -> None:
        """Wait for the jobs under way, cancelled or not; what they could not tell Redis is found by the sweep."""
        tasks = list(self.tasks.values())
        for task in tasks if cancel else []:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(each for each in self._telling if each is not None), return_exceptions=True)
