"""Pokes, sweeps and workers on a real Redis."""

import asyncio
import json
import pickle
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tenancy.ids import LaneRef, new_id
from tenancy.queue.arq_worker import run_worker
from tenancy.queue.lanes import Lanes
from tenancy.queue.messages import FUNCTION, written
from tenancy.queue.redis import RedisQueue
from tenancy.stores import registry
from tests.tenancy.building import House, Resident
from tests.tenancy.queue.conftest import Server


class _Work:
    """What drains did, and an event for each."""

    def __init__(self) -> None:
        self.drained: list[LaneRef] = []
        self.running = 0
        self.most = 0
        self.ended = 0
        self.sound = True
        self.changed = asyncio.Condition()
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.then: Callable[[LaneRef], Awaitable[None]] | None = None

    async def drain(self, lane: LaneRef) -> bool:
        async with self.changed:
            self.drained.append(lane)
            self.running += 1
            self.most = max(self.most, self.running)
            self.changed.notify_all()
        try:
            await self.go_on.wait()
            if self.then is not None:
                await self.then(lane)
            async with self.changed:
                self.ended += 1
                self.changed.notify_all()
            return self.sound
        finally:
            self.running -= 1

    async def until(self, count: int) -> None:
        """Wait until so many drains have begun."""
        async with asyncio.timeout(20), self.changed:
            await self.changed.wait_for(lambda: len(self.drained) >= count)

    async def until_ended(self, count: int) -> None:
        """Wait until so many drains have come to their end."""
        async with asyncio.timeout(20), self.changed:
            await self.changed.wait_for(lambda: self.ended >= count)


@asynccontextmanager
async def _working(queue: RedisQueue, lanes: Lanes, work: _Work, places: int = 2) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(run_worker(queue, lanes, work.drain, places=places))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def work() -> _Work:
    """Watch what is drained."""
    return _Work()


@pytest.fixture
def lanes(home: House) -> Lanes:
    """Give the lanes of a deployment, without the bell's queue."""
    return Lanes(home.foundation.store)


async def _settle(home: House, lane: LaneRef) -> None:
    """Do what a drain that found no work does."""
    async with home.foundation.store.registry(writes=True) as db:
        await registry.settle_lane(db, lane, float("inf"), None)


async def test_a_poked_lane_is_drained_once_however_often_it_was_poked(
    queue: RedisQueue, lanes: Lanes, work: _Work, server: Server
) -> None:
    lane, last = LaneRef(new_id("lan")), LaneRef(new_id("lan"))
    for _ in range(20):
        await queue.poke(lane)
    assert server.client.zcard(queue.name) == 1
    await queue.poke(last)
    async with _working(queue, lanes, work, places=1):
        await work.until(2)
    assert sorted(work.drained) == sorted([lane, last])


@pytest.mark.shows("redis.messages")
async def test_L21_every_key_is_below_one_prefix_and_a_message_shows_a_lane_only(
    queue: RedisQueue, lanes: Lanes, work: _Work, server: Server
) -> None:
    lane = LaneRef(new_id("lan"))
    await queue.poke(lane)
    held = server.raw("GET", f"arq:job:{lane}")
    assert set(json.loads(held)) == {"t", "f", "a", "k", "et"}
    assert json.loads(held)["a"] == [lane]
    work.go_on.clear()
    async with _working(queue, lanes, work):
        await work.until(1)
        assert all(key.startswith(b"arq:") for key in server.raw("KEYS", "*"))
        work.go_on.set()
    assert server.client.get(f"arq:result:{lane}") is None


async def test_two_deployments_on_one_redis_do_not_take_each_others_messages(
    queue: RedisQueue, lanes: Lanes, work: _Work, server: Server
) -> None:
    other = RedisQueue(server.url, secrets.token_bytes(32))
    theirs, ours = LaneRef(new_id("lan")), LaneRef(new_id("lan"))
    await other.poke(theirs)
    await queue.poke(ours)
    async with _working(queue, lanes, work):
        await work.until(1)
    assert work.drained == [ours]
    assert server.client.zcard(other.name) == 1
    await other.close()


@pytest.mark.shows("redis.messages")
async def test_L20_forged_pickled_readdressed_and_stray_messages_drain_nothing(
    queue: RedisQueue, lanes: Lanes, work: _Work, server: Server
) -> None:
    victim, named, good = (LaneRef(new_id("lan")) for _ in range(3))
    body: dict[str, Any] = {"t": None, "f": FUNCTION, "a": [victim], "k": {}, "et": 1}
    forged = {
        new_id("lan"): pickle.dumps(body),
        new_id("lan"): written({**body, "f": "os.system"}),
        new_id("lan"): written({**body, "k": {"tenant": "ten_x"}}),
        named: written(body),  # a message moved under another lane's id
        new_id("lan"): b"",
        "not a lane": written(body),
    }
    for job, raw in forged.items():
        server.client.set(f"arq:job:{job}", raw)
        server.client.zadd(queue.name, {job: 1})
    strays: list[tuple[str | bytes, str]] = [(b"\xff\xfe", "1"), (new_id("lan"), "-inf"), (new_id("lan"), "1")]
    for stray, score in strays:
        server.raw("ZADD", queue.name, score, stray)
    await queue.poke(good)
    async with _working(queue, lanes, work):
        await work.until(1)
    assert work.drained == [good]
    assert server.client.zcard(queue.name) == 0


async def test_L20_a_replayed_message_for_an_unknown_lane_opens_nothing(
    queue: RedisQueue, lanes: Lanes, work: _Work, home: House
) -> None:
    opened = []

    async def look(lane: LaneRef) -> None:
        opened.append(await home.mint.from_lane(lane))

    work.then = look
    await queue.poke(LaneRef(new_id("lan")))
    async with _working(queue, lanes, work):
        await work.until_ended(1)
    assert opened == [None]


async def test_the_sweep_finds_lanes_that_redis_never_heard_of(
    queue: RedisQueue, lanes: Lanes, work: _Work, a: Resident, home: House
) -> None:
    lane = await lanes.mark(a.id)
    work.then = lambda done: _settle(home, done)
    async with _working(queue, lanes, work):
        await work.until(1)
    assert work.drained[0] == lane


async def test_a_lane_marked_during_its_own_turn_gets_another_turn(
    queue: RedisQueue, lanes: Lanes, work: _Work, a: Resident, home: House
) -> None:
    lane = await lanes.mark(a.id)

    async def marked_anew(done: LaneRef) -> None:
        await _settle(home, done)
        if len(work.drained) == 1:
            await queue.poke(await lanes.mark(a.id))

    work.then = marked_anew
    async with _working(queue, lanes, work):
        await work.until(2)
    assert work.drained == [lane, lane]


async def test_two_workers_do_not_drain_one_lane_at_the_same_time(
    queue: RedisQueue, lanes: Lanes, work: _Work, server: Server, a: Resident
) -> None:
    second = RedisQueue(server.url, b"")
    second.name = queue.name
    second.redis.default_queue_name = queue.name
    lane = await lanes.mark(a.id)
    other = LaneRef(new_id("lan"))
    work.go_on.clear()
    async with _working(queue, lanes, work), _working(second, lanes, work):
        await work.until(1)
        await queue.poke(lane)
        await queue.poke(other)
        await work.until(2)
        assert sorted(work.drained) == sorted([lane, other])
        work.go_on.set()
    await second.close()


async def test_a_lane_is_held_for_seconds_so_that_a_killed_worker_does_not_keep_it(
    queue: RedisQueue, lanes: Lanes, work: _Work
) -> None:
    lane = LaneRef(new_id("lan"))
    await queue.poke(lane)
    work.go_on.clear()
    async with _working(queue, lanes, work):
        await work.until(1)
        holding = await queue.redis.pttl(f"arq:in-progress:{lane}")
        while holding > 40_000:  # arq's own mark of a day, until ours replaces it
            await asyncio.sleep(0)
            holding = await queue.redis.pttl(f"arq:in-progress:{lane}")
        assert holding > 0
        work.go_on.set()


async def test_a_cancelled_worker_leaves_its_lane_to_the_next(
    queue: RedisQueue, lanes: Lanes, work: _Work, server: Server
) -> None:
    lane = LaneRef(new_id("lan"))
    await queue.poke(lane)
    work.go_on.clear()
    async with _working(queue, lanes, work):
        await work.until(1)
    assert server.client.zscore(queue.name, lane) is not None
    assert not server.client.exists(f"arq:in-progress:{lane}")
    work.go_on.set()
    async with _working(queue, lanes, work):
        await work.until(2)
    assert work.drained == [lane, lane]


async def test_a_drain_that_fails_does_not_stop_the_worker(queue: RedisQueue, lanes: Lanes, work: _Work) -> None:
    bad, good = LaneRef(new_id("lan")), LaneRef(new_id("lan"))

    async def fail(lane: LaneRef) -> None:
        if lane == bad:
            raise RuntimeError("a defect")

    work.then = fail
    await queue.poke(bad)
    await queue.poke(good)
    async with _working(queue, lanes, work, places=1) as task:
        await work.until(2)
        assert not task.done()
    assert set(work.drained) == {bad, good}


async def test_a_redis_that_is_down_fails_no_poke_and_the_lane_stays_marked(
    queue: RedisQueue, home: House, a: Resident, server: Server
) -> None:
    server.stop()
    lanes = Lanes(home.foundation.store, poke=queue.poke)
    lane = await lanes.mark(a.id)
    await lanes.poke(lane)
    assert await lanes.due() == [lane]


@pytest.mark.shows("redis.loss")
async def test_a_redis_that_lost_everything_loses_no_work(
    queue: RedisQueue, lanes: Lanes, work: _Work, a: Resident, home: House, server: Server
) -> None:
    async with _working(queue, lanes, work) as task:
        await queue.poke(LaneRef(new_id("lan")))
        await work.until(1)
        server.stop()
        lane = await lanes.mark(a.id)
        await queue.poke(lane)
        server.start()
        work.then = lambda done: _settle(home, done)
        await work.until(2)
        assert work.drained[1] == lane
        assert not task.done()
