"""What is due is done by one process, tenant by tenant, whatever becomes of one tenant or of the process."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

import sqlalchemy as sa
from structlog.testing import capture_logs

from tenancy.errors import Unavailable
from tenancy.foundation import Foundation
from tenancy.ids import TenantId
from tenancy.lifecycle.housekeeper import Housekeeper
from tenancy.lifecycle.upkeep import Observer
from tenancy.stores.due import Kind
from tenancy.stores.schema import due, jobs, lanes, leases, storage_days
from tests.tenancy.building import House, Resident, upload
from tests.tenancy.lifecycle.rounds import make_due
from tests.tenancy.lifecycle.watched import WatchedStore

_LONGEST = 30.0
Done = tuple[str, str, bool]


class Watch:
    """What housekeepers did: whose work of which kind, and whether it went well."""

    def __init__(self) -> None:
        self.done: list[Done] = []
        self._more = asyncio.Event()

    def observer(self) -> Observer:
        return Observer(failed=partial(self._note, well=False), succeeded=partial(self._note, well=True))

    def _note(self, owner: str, kind: str, *, well: bool) -> None:
        self.done.append((owner, kind, well))
        self._more.set()

    async def until(self, *wanted: Done) -> None:
        """Wait until all of that was done."""
        async with asyncio.timeout(_LONGEST):
            while not set(wanted) <= set(self.done):
                self._more.clear()
                await self._more.wait()


@asynccontextmanager
async def keeping(on: Foundation, watch: Watch) -> AsyncIterator[asyncio.Task[None]]:
    """Keep house with a foundation until the end of the block, by when it must not have ended by itself."""
    task = asyncio.create_task(Housekeeper(on, watch.observer()).run())
    try:
        yield task
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.wait({task})


def watched(home: House, before: Callable[[TenantId | None], Awaitable[None]] | None = None) -> Foundation:
    inner = home.foundation.store
    return replace(home.foundation, store=WatchedStore(inner) if before is None else WatchedStore(inner, before))


async def _rows(home: House, owner: TenantId) -> dict[str, tuple[float | None, int]]:
    mine = due.c.ref.in_(sa.select(lanes.c.ref).where(lanes.c.tenant_id == owner))
    async with home.foundation.store.registry(writes=False) as db:
        return {row.kind: (row.due_at, row.tries) for row in await db.execute(sa.select(due).where(mine))}


async def test_L64_a_broken_tenant_ends_nothing_and_is_named(home: House, a: Resident, b: Resident) -> None:
    """Its failure is one that nobody foresaw."""

    async def breaks(tenant: TenantId | None) -> None:
        if tenant == a.id:
            raise KeyError("a file that another task has closed")

    watch = Watch()
    await make_due(home.foundation, Kind.STORAGE, a.id, b.id)
    with capture_logs() as logs:
        async with keeping(watched(home, breaks), watch):
            await watch.until((a.id, "storage", False), (b.id, "storage", True))
            await make_due(home.foundation, Kind.RETENTION, b.id)
            await watch.until((b.id, "retention", True))
    (told,) = [each for each in logs if each["event"] == "housekeeping.failed"]
    assert (told["tenant"], told["kind"], told["failure"]) == (a.id, "storage", "KeyError")
    async with home.foundation.store.tenant(b.id, writes=False) as db:
        assert len((await db.execute(sa.select(storage_days))).all()) == 1
    again_at, tries = (await _rows(home, a.id))["storage"]
    assert again_at is not None
    assert (tries, again_at > 0.0) == (1, True)


async def test_one_of_two_processes_keeps_house_and_the_other_follows_it(home: House, a: Resident) -> None:
    first, second = Watch(), Watch()
    async with keeping(home.foundation, second):
        await make_due(home.foundation, Kind.SCAN, a.id)
        await second.until((a.id, "scan", True))
        async with keeping(home.foundation, first):
            await make_due(home.foundation, Kind.STORAGE, a.id)
            await second.until((a.id, "storage", True))
    assert first.done == []
    async with home.foundation.store.registry(writes=False) as db:
        assert (await db.execute(sa.select(leases.c.expires_at))).scalar_one() == 0.0
    async with keeping(home.foundation, first):
        await make_due(home.foundation, Kind.RETENTION, a.id)
        await first.until((a.id, "retention", True))


async def test_a_process_that_died_over_the_lease_is_followed(home: House, a: Resident) -> None:
    held = leases.update().values(holder="a process that was killed", term=7, expires_at=time.time() + 1)
    await home.execute(None, held)
    await make_due(home.foundation, Kind.SCAN, a.id)
    watch = Watch()
    async with keeping(home.foundation, watch):
        await watch.until((a.id, "scan", True))
    async with home.foundation.store.registry(writes=False) as db:
        assert (await db.execute(sa.select(leases.c.term))).scalar_one() == 8


async def test_who_loses_the_lease_stops_before_the_next_tenant(home: House, a: Resident, b: Resident) -> None:
    looks, lost = asyncio.Event(), asyncio.Event()
    seen: list[TenantId | None] = []

    async def loses(tenant: TenantId | None) -> None:
        if not lost.is_set():
            if tenant is None:
                return
            later = time.time() + 9
            await home.execute(None, leases.update().values(holder="another", term=leases.c.term + 1, expires_at=later))
            lost.set()
            return
        seen.append(tenant)
        if seen.count(None) > 3:  # settling, and looking again more than once
            looks.set()

    watch = Watch()
    await make_due(home.foundation, Kind.STORAGE, a.id, b.id)
    async with keeping(watched(home, loses), watch), asyncio.timeout(_LONGEST):
        await lost.wait()
        await looks.wait()
    assert len([each for each in seen if each is not None]) == 1  # the one that was being booked is booked
    assert [(await _rows(home, one.id))["storage"] for one in (a, b)] == [(0.0, 0)] * 2


async def test_recovery_waits_for_a_database_that_is_down_at_start(home: House, a: Resident) -> None:
    await upload(await home.enter(a), "a.txt", "text")
    await home.execute(a.id, sa.delete(jobs))
    await make_due(home.foundation, Kind.RECOVERY, a.id)
    down, asked = asyncio.Event(), asyncio.Event()
    down.set()

    async def refuses(_tenant: TenantId | None) -> None:
        asked.set()
        if down.is_set():
            raise Unavailable("records", "The database is down.")

    watch = Watch()
    async with keeping(watched(home, refuses), watch):
        async with asyncio.timeout(_LONGEST):
            await asked.wait()
        down.clear()
        await watch.until((a.id, "recovery", True))
    assert await home.drain() == 1


async def test_L64_a_start_opens_no_more_records_with_more_tenants(home: House) -> None:
    """Only those of the one tenant for whom something is due."""
    opened = []
    for some in (3, 27):
        for _ in range(some):
            one = await home.settle(f"tenant {time.monotonic_ns()}")
        on, watch = watched(home), Watch()
        await make_due(on, Kind.SCAN, one.id)
        async with keeping(on, watch):
            await watch.until((one.id, "scan", True))
        assert isinstance(on.store, WatchedStore)
        opened.append(on.store.tenants)
        assert {owner for owner, _, _ in watch.done} == {one.id}
    assert opened[0] == opened[1] > 0


async def test_L46_a_registry_that_was_put_back_has_every_tenant_recovered(
    home: House, a: Resident, b: Resident
) -> None:
    watch = Watch()
    async with keeping(home.foundation, watch):
        await make_due(home.foundation, Kind.SCAN, a.id)
        await watch.until((a.id, "scan", True))
    await home.execute(None, leases.update().values(term=0))
    async with keeping(home.foundation, watch):
        await watch.until((a.id, "recovery", True), (b.id, "recovery", True))
    assert {(a.id, "recovery", True), (b.id, "recovery", True)} <= set(watch.done)
