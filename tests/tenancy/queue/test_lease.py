"""One process holds a lease at a time, and what is due changes under it alone; SQLite and PostgreSQL alike."""

import time

import pytest
import sqlalchemy as sa

from tenancy.ids import LaneRef, TenantId, new_id
from tenancy.queue.lease import Lease
from tenancy.stores import due
from tenancy.stores.databases.store import Store
from tenancy.stores.due import HOUSEKEEPING, Kind
from tenancy.stores.schema import due as rows
from tenancy.stores.schema import lanes, leases
from tests.tenancy.stores.conftest import engine_name, on_server, store

__all__ = ["engine_name", "on_server", "store"]


async def _ends(store: Store, at: float) -> None:
    """Let the lease of whoever holds it end at a moment in epoch seconds."""
    async with store.registry(writes=True) as db:
        await db.execute(leases.update().values(expires_at=at))


async def _lane(store: Store) -> tuple[TenantId, LaneRef]:
    tenant, lane = TenantId(new_id("ten")), LaneRef(new_id("lan"))
    async with store.registry(writes=True) as db:
        await db.execute(lanes.insert().values(ref=lane, tenant_id=tenant, marked_at=0.0, due_at=None))
        await due.begin(db, lane, time.time())
    return tenant, lane


async def test_one_process_holds_a_lease_and_another_follows_when_it_ends(store: Store) -> None:
    first, second = Lease(store, HOUSEKEEPING), Lease(store, HOUSEKEEPING)
    assert [await first.hold(), await second.hold(), await first.hold()] == [True, False, True]
    await _ends(store, time.time() - 1)
    assert await second.hold()
    assert second.term == first.term + 1
    await second.release()
    assert await Lease(store, HOUSEKEEPING).hold()


async def test_a_lease_written_by_a_clock_that_ran_ahead_holds_nobody_up(store: Store) -> None:
    assert await Lease(store, HOUSEKEEPING).hold()
    await _ends(store, time.time() + 1e7)
    assert await Lease(store, HOUSEKEEPING).hold()


async def test_who_has_lost_the_lease_finds_nothing_due_and_settles_nothing(store: Store) -> None:
    tenant, lane = await _lane(store)
    first, second, now = Lease(store, HOUSEKEEPING), Lease(store, HOUSEKEEPING), time.time()
    await first.hold()
    async with store.registry(writes=True) as db:
        await due.mark(db, [Kind.SCAN], now - 1, [tenant])
        (one,) = await due.ready(db, Kind.SCAN, now, first.term, 9)
    assert (one.ref, one.owner) == (lane, tenant)
    await _ends(store, now - 1)
    await second.hold()
    async with store.registry(writes=True) as db:
        assert await due.ready(db, Kind.SCAN, now, first.term, 9) == []
        await due.settle(db, one, first.term, now, None)
        await due.put_off(db, one, first.term, now + 99)
        assert await due.ready(db, Kind.SCAN, now, second.term, 9) == [one]
        await due.settle(db, one, second.term, now, None)
        assert await due.ready(db, Kind.SCAN, now + 1e9, second.term, 9) == []


async def test_work_that_is_marked_while_it_is_done_is_done_again(store: Store) -> None:
    tenant, _ = await _lane(store)
    lease, now = Lease(store, HOUSEKEEPING), time.time()
    await lease.hold()
    async with store.registry(writes=True) as db:
        await due.mark(db, [Kind.SCAN], now - 1, [tenant])
        (one,) = await due.ready(db, Kind.SCAN, now, lease.term, 9)
        await due.mark(db, [Kind.SCAN], now, [tenant])
        await due.settle(db, one, lease.term, now, None)
        (again,) = await due.ready(db, Kind.SCAN, now, lease.term, 9)
    assert again.marks == one.marks + 1


async def test_a_mark_makes_work_due_sooner_and_never_later(store: Store) -> None:
    (tenant, lane), now = await _lane(store), time.time()
    mine = sa.select(rows.c.due_at).where(rows.c.ref == lane, rows.c.kind == Kind.RECOVERY)
    found = []
    async with store.registry(writes=True) as db:
        for at in (now + 60, now + 30, now + 90):
            await due.mark(db, [Kind.RECOVERY], at, [tenant])
            found.append((await db.execute(mine)).scalar_one() - now)
    assert found == pytest.approx([60, 30, 30])


async def test_lanes_of_before_get_their_rows_and_each_kind_is_due_now(store: Store) -> None:
    _, lane = await _lane(store)
    async with store.registry(writes=True) as db:
        await due.remove(db, lane)
        await due.complete(db, 5.0)
        await due.complete(db, 6.0)
        found = (await db.execute(sa.select(rows.c.kind, rows.c.due_at).where(rows.c.ref == lane))).all()
    assert {row.kind: row.due_at for row in found} == dict.fromkeys(set(Kind) - {Kind.ERASURE}, 5.0)
