"""The registry: names are taken once, a lane that was marked is never lost."""

import asyncio
import time
from dataclasses import replace

import pytest

from tenancy.ids import LaneRef, TenantId, new_id
from tenancy.keys.keyring import WrappedKey
from tenancy.keys.tenant_keys import Family
from tenancy.queue import groups
from tenancy.queue.lanes import Lanes
from tenancy.stores import registry
from tenancy.stores.databases.store import Store
from tenancy.stores.registry import NameTaken, TenantRow, TenantStatus


def _tenant(name_key: str) -> TenantRow:
    limits: dict[str, int | float] = {"documents": 5, "monthly_usd": 1.5}
    tenant = TenantId(new_id("ten"))
    return TenantRow(
        tenant, "Ash & Oak", name_key, TenantStatus.ACTIVE, "standard", 1, "minilm", limits, time.time(), b"mac"
    )


async def _insert(store: Store, row: TenantRow) -> LaneRef:
    lane = LaneRef(new_id("lan"))
    keys = [WrappedKey(Family.DATA, 1, "active", b"wrapped")]
    async with store.registry(writes=True) as db:
        await registry.insert_tenant(db, row, keys, lane)
    return lane


async def test_a_tenant_reads_back_as_it_was_written(store: Store) -> None:
    row = _tenant("a")
    await _insert(store, row)
    suspended = replace(row, status=TenantStatus.SUSPENDED, epoch=2, limits={})
    async with store.registry(writes=True) as db:
        assert await registry.find_tenant(db, row.id) == row
        await registry.update_tenant(db, suspended)
    async with store.registry(writes=False) as db:
        assert await registry.list_tenants(db) == [suspended]
        assert await registry.wrapped_keys(db, row.id) == [WrappedKey(Family.DATA, 1, "active", b"wrapped")]
        assert await registry.find_tenant(db, TenantId(new_id("ten"))) is None


async def test_L03_of_many_tenants_with_one_folded_name_one_comes_into_being(store: Store) -> None:
    async def insert() -> bool:
        try:
            await _insert(store, _tenant("same"))
        except NameTaken:
            return False
        return True

    assert sum(await asyncio.gather(*(insert() for _ in range(8)))) == 1
    async with store.registry(writes=False) as db:
        assert len(await registry.list_tenants(db)) == 1


async def test_a_refused_tenant_leaves_neither_keys_nor_a_lane(store: Store) -> None:
    await _insert(store, _tenant("same"))
    refused = _tenant("same")
    with pytest.raises(NameTaken):
        await _insert(store, refused)
    async with store.registry(writes=False) as db:
        assert await registry.wrapped_keys(db, refused.id) == []


async def test_a_client_id_leads_to_its_tenant_and_an_unknown_one_nowhere(store: Store) -> None:
    row = _tenant("a")
    async with store.registry(writes=True) as db:
        await registry.add_lookup(db, "cli_1", row.id)
        assert await registry.look_up(db, "cli_1") == row.id
        assert await registry.look_up(db, "cli_2") is None


async def test_marked_lanes_are_due_and_settled_ones_are_not(store: Store) -> None:
    rows = [_tenant(name) for name in "ab"]
    first, second = [await _insert(store, row) for row in rows]
    lanes = Lanes(store)
    assert await lanes.due() == []
    assert await lanes.mark(rows[1].id) == second
    assert await lanes.mark(rows[0].id) == first
    assert await lanes.due() == [second, first]
    async with store.registry(writes=True) as db:
        await registry.settle_lane(db, second, time.time(), None)
        await registry.settle_lane(db, first, time.time(), time.time() + 60)
        assert await registry.lane_tenant(db, first) == rows[0].id
        assert await registry.lane_tenant(db, LaneRef(new_id("lan"))) is None
        due = await groups.next_due(db)
    assert await lanes.due() == []
    assert due is not None


async def test_a_mark_during_a_drain_is_not_lost(store: Store) -> None:
    row = _tenant("a")
    lane = await _insert(store, row)
    lanes = Lanes(store)
    await lanes.mark(row.id)
    looked = time.time()
    await lanes.mark(row.id)
    async with store.registry(writes=True) as db:
        await registry.settle_lane(db, lane, looked, None)
    assert await lanes.due() == [lane]


async def test_marks_and_settlements_at_once_leave_the_last_mark_standing(store: Store) -> None:
    row = _tenant("a")
    lane = await _insert(store, row)
    lanes = Lanes(store)

    async def settle(looked: float) -> None:
        async with store.registry(writes=True) as db:
            await registry.settle_lane(db, lane, looked, None)

    looked = time.time()
    await asyncio.gather(*(lanes.mark(row.id) for _ in range(8)), *(settle(looked) for _ in range(8)))
    assert await lanes.due() == [lane]
