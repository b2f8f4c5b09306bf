"""The worker takes turns between tenants, never confuses them, and gives back what it cannot finish."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from itertools import pairwise
from typing import cast

import pytest

from app.telemetry import Metrics
from app.worker import TURN_SECONDS, Work, Worker, next_lane
from ingestion.parse import ParserPool
from ingestion.work import Worked, work
from tenancy.ids import LaneRef, TenantId
from tenancy.queue.groups import Served
from tests.app.http.deployment import Deployment, Member

pytestmark = pytest.mark.asyncio(loop_scope="session")
A, B, C = LaneRef("lan_a"), LaneRef("lan_b"), LaneRef("lan_c")


@pytest.mark.parametrize(
    ("due", "working", "used", "turn"),
    [
        ([], {}, {}, None),
        ([A], {A: 1}, {A: 5.0}, A),
        ([A, B], {}, {}, A),
        ([A, B], {A: 1}, {}, B),
        ([A, B], {}, {A: 2.0}, B),
        ([A, B, C], {A: 1, B: 1}, {C: 9.0}, C),
        ([B, A], {A: 1, B: 1}, {A: 1.0, B: 2.0}, A),
    ],
)
async def test_the_turn_goes_to_fewest_at_work_then_least_used(
    due: list[LaneRef], working: dict[LaneRef, int], used: dict[LaneRef, float], turn: LaneRef | None
) -> None:
    assert next_lane(due, Counter(working), used) == turn


@asynccontextmanager
async def working(
    deployment: Deployment, do: Work, places: int = 2, turn_seconds: float = TURN_SECONDS
) -> AsyncIterator[Worker]:
    """Run a worker over the deployment's lanes."""
    lanes = deployment.resources.foundation.lanes.group(Served.ALL)
    worker = Worker(lanes, do, Metrics(), places=places, turn_seconds=turn_seconds)
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        task.cancel()
        await asyncio.wait({task})


async def all_ready(members: list[Member]) -> None:
    """Return when every document of every member is ready."""
    for member in members:
        for document in await documents_of(member):
            told = (await member.http.get(f"/v1/documents/{document['id']}/events", timeout=None)).text
            assert '"status":"ready"' in told, told


async def documents_of(member: Member) -> list[dict[str, object]]:
    """Return the member's documents."""
    answer = await member.http.get("/v1/documents", params={"limit": 100})
    items: list[dict[str, object]] = answer.json()["items"]
    return items


async def test_L19_interleaved_tenants_each_get_their_own_documents_and_nothing_else(deployment: Deployment) -> None:
    members = [await deployment.administrator() for _ in range(3)]
    order: list[str] = []

    async def noted(lane: LaneRef) -> Worked | None:
        done = await work(deployment.resources.mint, lane, deployment.parser)
        if done is not None:
            order.append(done.owner)
        return done

    for number in range(12):
        for member in members:
            text = f"Ledger {number}. The watchword of this house is {member.tenant}-{number}."
            await member.upload(f"ledger-{number}.txt", text.encode())
    async with working(deployment, noted):
        await all_ready(members)
    changes = sum(one != following for one, following in pairwise(order))
    assert Counter(order) == {member.tenant: 12 for member in members}
    assert changes >= 12
    for member in members:
        for hit in await member.search("the watchword of this house", top_k=100):
            assert member.tenant in hit["text"]
            assert not any(other.tenant in hit["text"] for other in members if other is not member)


async def test_L37_one_document_overtakes_the_flood_of_another_tenant(deployment: Deployment) -> None:
    flood, single = await deployment.administrator(), await deployment.administrator()
    for number in range(15):
        await flood.upload(f"flood-{number}.txt", f"Wave {number} of {flood.tenant}.".encode())
    await single.upload("single.txt", f"One drop of {single.tenant}.".encode())
    async with working(deployment, partial(work, deployment.resources.mint, parser=deployment.parser)):
        await all_ready([single])
        waiting = [one for one in await documents_of(flood) if one["status"] != "ready"]
        assert len(waiting) >= 10
        await all_ready([flood])


class Endless:
    """Work that never ends for some lanes, once it has really claimed a job, and is itself for all others."""

    def __init__(self, deployment: Deployment) -> None:
        """Do the work of `deployment`."""
        self.lanes: set[LaneRef] = set()
        self.begun: list[LaneRef] = []
        self.changed = asyncio.Condition()
        self.deployment = deployment

    async def __call__(self, lane: LaneRef) -> Worked | None:
        """Do the lane's next job."""
        async with self.changed:
            self.begun.append(lane)
            self.changed.notify_all()
        parser = cast("ParserPool", NeverParses(asyncio.Event())) if lane in self.lanes else self.deployment.parser
        return await work(self.deployment.resources.mint, lane, parser)

    async def flood(self, member: Member, count: int = 3) -> LaneRef:
        """Queue documents of a member's that never end."""
        for number in range(count):
            await member.upload(f"long-{number}.txt", f"Volume {number} of {member.tenant}.".encode())
        lane = await self.deployment.resources.foundation.lanes.mark(TenantId(member.tenant))
        self.lanes.add(lane)
        return lane

    async def until(self, happened: Callable[[], bool]) -> None:
        """Wait until what has begun makes something true."""
        async with self.changed:
            await self.changed.wait_for(happened)


async def test_L63_long_documents_of_three_tenants_hold_up_no_small_ones(deployment: Deployment) -> None:
    """A job that takes longer than a turn leaves its place; test_sharing.py has any number of tenants."""
    endless, single = Endless(deployment), await deployment.administrator()
    flooding = [await endless.flood(await deployment.administrator(), 1) for _ in range(3)]
    async with working(deployment, endless, turn_seconds=0.0):
        await endless.until(lambda: set(endless.begun) >= set(flooding))
        for number in range(3):
            await single.upload(f"small-{number}.txt", f"Drop {number} of {single.tenant}.".encode())
        await all_ready([single])
        assert set(endless.begun) >= set(flooding)  # and none of them has ended
    await deployment.drain()


async def test_a_lane_that_is_alone_uses_every_place(deployment: Deployment) -> None:
    member = await deployment.administrator()
    for number in range(2):
        await member.upload(f"{number}.txt", f"Page {number} of {member.tenant}.".encode())
    both, at_once = asyncio.Event(), 0

    async def noted(lane: LaneRef) -> Worked | None:
        nonlocal at_once
        at_once += 1
        if at_once == 2:
            both.set()
        await both.wait()
        return await work(deployment.resources.mint, lane, deployment.parser)

    async with working(deployment, noted):
        await all_ready([member])
    assert both.is_set()


async def test_a_lane_that_breaks_is_held_back_and_the_others_go_on(deployment: Deployment) -> None:
    broken, sound = await deployment.administrator(), await deployment.administrator()
    await broken.upload("broken.txt", f"Broken {broken.tenant}.".encode())
    lane_of_broken = await deployment.resources.foundation.lanes.mark(TenantId(broken.tenant))
    for number in range(4):
        await sound.upload(f"{number}.txt", f"Sound {number} {sound.tenant}.".encode())
    turns: list[bool] = []

    async def noted(lane: LaneRef) -> Worked | None:
        turns.append(lane == lane_of_broken)
        if turns[-1]:
            raise ZeroDivisionError
        return await work(deployment.resources.mint, lane, deployment.parser)

    async with working(deployment, noted, places=1):
        await all_ready([sound])
    assert turns.count(True) >= 1
    assert (True, True) not in pairwise(turns)  # after a failure somebody else has a turn, however slow the machine is
    await deployment.drain()


@pytest.mark.parametrize("rounds", [1, 3])
async def test_work_under_way_is_given_back_when_the_worker_ends_and_counts_as_no_attempt(
    deployment: Deployment, rounds: int
) -> None:
    member = await deployment.administrator()
    document = await member.upload("long.txt", f"A long story of {member.tenant}.".encode())
    for _ in range(rounds):
        begun = asyncio.Event()
        async with working(deployment, _interrupted(deployment, begun)):
            await begun.wait()
    await deployment.drain()  # no lease is in the way
    shown = (await member.http.get(f"/v1/documents/{document['id']}")).json()
    assert (shown["status"], shown["chunks"]) == ("ready", 1)


def _interrupted(deployment: Deployment, begun: asyncio.Event) -> Callable[[LaneRef], Awaitable[Worked | None]]:
    """Return work that never ends, on a job that was really claimed."""
    return partial(work, deployment.resources.mint, parser=cast("ParserPool", NeverParses(begun)))


class NeverParses:
    """A parser that begins and does not end."""

    def __init__(self, begun: asyncio.Event) -> None:
        self._begun = begun

    async def parse(self, content: AsyncIterator[bytes], *, name: str, size: int) -> None:
        del content, name, size
        self._begun.set()
        await asyncio.Event().wait()
