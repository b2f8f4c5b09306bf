"""The worker shares its time among lanes, however many of them have work without an end."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.telemetry import Metrics
from app.worker import Worker, most_jobs
from ingestion.work import Result, Worked
from tenancy.ids import LaneRef
from tenancy.queue.groups import Served
from tenancy.queue.lanes import Lanes
from tenancy.stores.databases.sqlite import SqliteStore
from tenancy.stores.schema import lanes as lanes_table

_PLACES = 2


class Desk:
    """Lanes with work that never ends, and lanes with a few short jobs; what is at work can be waited for."""

    def __init__(self, lanes: Lanes, store: SqliteStore) -> None:
        self.lanes = lanes
        self.store = store
        self.left: dict[LaneRef, int] = {}
        self.at_work: Counter[LaneRef] = Counter()
        self.most = 0
        self.begun: list[LaneRef] = []
        self.changed = asyncio.Condition()

    async def lane(self, name: str, short: int | None = None) -> LaneRef:
        """Make a lane that is due: with so many short jobs, or with work that does not end."""
        ref = LaneRef(f"lan_{name}")
        async with self.store.registry(writes=True) as db:
            row = {"ref": ref, "tenant_id": f"ten_{name}", "marked_at": 0.0, "due_at": 1.0}
            await db.execute(lanes_table.insert().values(row))
        if short is not None:
            self.left[ref] = short
        await self.lanes.poke(ref)
        return ref

    async def work(self, lane: LaneRef) -> Worked | None:
        """Do a lane's next job."""
        self.at_work[lane] += 1
        self.most = max(self.most, self.at_work.total())
        await self._note(lane)
        try:
            if lane not in self.left:
                await asyncio.Event().wait()
            self.left[lane] -= 1
            if self.left[lane] <= 0:
                await self.lanes.settle(lane, float("inf"), None)
            return Worked(f"owner of {lane}", Result.READY)
        finally:
            self.at_work[lane] -= 1

    async def _note(self, lane: LaneRef) -> None:
        async with self.changed:
            self.begun.append(lane)
            self.changed.notify_all()

    async def until(self, happened: Callable[[], bool]) -> None:
        """Wait until what has begun makes something true."""
        async with asyncio.timeout(30), self.changed:
            await self.changed.wait_for(happened)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Give the lanes of an empty deployment."""
    store = SqliteStore(tmp_path / "data")
    await store.start()
    yield Desk(Lanes(store), store)
    await store.close()


@asynccontextmanager
async def working(desk: Desk, *, turn_seconds: float = 0.0) -> AsyncIterator[None]:
    """Run a worker for which every job has had its turn as soon as it begins."""
    group = desk.lanes.group(Served.ALL)
    task = asyncio.create_task(Worker(group, desk.work, Metrics(), places=_PLACES, turn_seconds=turn_seconds).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


@pytest.mark.parametrize("floods", [1, 3, 7])
async def test_L63_any_number_of_long_lanes_hold_up_no_short_one(desk: Desk, floods: int) -> None:
    for number in range(floods):
        await desk.lane(f"long{number}")
    async with working(desk):
        await desk.until(lambda: len(desk.begun) >= min(floods, 3))
        short = await desk.lane("short", 9)
        await desk.until(lambda: desk.begun.count(short) == 9)
    assert desk.most <= most_jobs(_PLACES)


async def test_L63_every_long_lane_has_its_turn_and_no_more_are_at_work_than_may_be(desk: Desk) -> None:
    every = {await desk.lane(f"long{number}") for number in range(9)}
    async with working(desk):
        await desk.until(lambda: set(desk.begun) == every)
    assert desk.most <= most_jobs(_PLACES)


async def test_without_others_that_wait_nothing_is_given_back(desk: Desk) -> None:
    await desk.lane("long0")
    short = await desk.lane("short", 30)
    async with working(desk):
        await desk.until(lambda: desk.begun.count(short) == 30)
        assert desk.at_work[LaneRef("lan_long0")] == len([lane for lane in desk.begun if lane != short])
