"""A lane's turn, where a queue says whose turn it is."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.telemetry import Metrics
from app.worker import Work, Worker
from ingestion.work import Result, Worked
from tenancy.ids import LaneRef
from tenancy.queue.lanes import Lanes
from tenancy.stores.databases.sqlite import SqliteStore

_LANE, _OTHER = LaneRef("lan_a"), LaneRef("lan_b")


@pytest.fixture
async def lanes(tmp_path: Path) -> AsyncIterator[Lanes]:
    """Give the lanes of an empty deployment."""
    store = SqliteStore(tmp_path / "data")
    await store.start()
    yield Lanes(store)
    await store.close()


def _worker(lanes: Lanes, work: Work) -> Worker:
    return Worker(lanes, work, Metrics(), places=1)


async def test_a_turn_is_a_few_jobs_so_that_a_long_lane_goes_to_the_back(lanes: Lanes) -> None:
    asked: list[LaneRef] = []

    async def endless(lane: LaneRef) -> Worked:
        asked.append(lane)
        return Worked("ten_a", Result.READY)

    assert await _worker(lanes, endless).turn(_LANE)
    assert 1 < len(asked) <= 10


async def test_a_turn_ends_when_the_lane_has_no_more_work(lanes: Lanes) -> None:
    left = [Worked("ten_a", Result.READY), None, None]

    async def short(_lane: LaneRef) -> Worked | None:
        return left.pop(0)

    assert await _worker(lanes, short).turn(_LANE)
    assert left == [None]


async def test_a_lane_that_broke_is_left_for_a_while_and_holds_up_no_other(lanes: Lanes) -> None:
    asked: list[LaneRef] = []

    async def broken(lane: LaneRef) -> None:
        asked.append(lane)
        if lane == _LANE:
            raise RuntimeError("a defect")

    worker = _worker(lanes, broken)
    assert not await worker.turn(_LANE)
    assert not await worker.turn(_LANE)
    assert await worker.turn(_OTHER)
    assert asked == [_LANE, _OTHER]
