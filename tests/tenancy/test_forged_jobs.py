"""Jobs that somebody with the database in hand moves, edits or leads to another tenant do not open."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa

from tenancy.ids import TenantId, new_id
from tenancy.stores.schema import jobs
from tests.tenancy.building import House, Resident, upload


async def _row(home: House, of: TenantId) -> dict[str, Any]:
    async with home.foundation.store.tenant(of, writes=False) as db:
        return dict((await db.execute(sa.select(jobs))).mappings().one())


Move = Callable[[House, Resident, Resident], Awaitable[None]]


async def _moved(home: House, a: Resident, b: Resident) -> None:
    row = await _row(home, a.id)
    await home.execute(a.id, sa.delete(jobs))
    await home.execute(b.id, jobs.insert().values({**row, "tenant_id": b.id}))
    async with home.foundation.store.registry(writes=True) as db:
        await db.execute(sa.text("UPDATE lanes SET due_at = 1 WHERE tenant_id = :t"), {"t": b.id})


async def _renamed(home: House, a: Resident, _b: Resident) -> None:
    await home.execute(a.id, jobs.update().values(id=new_id("job")))


async def _edited(home: House, a: Resident, _b: Resident) -> None:
    body = bytearray((await _row(home, a.id))["body"])
    body[-1] ^= 1
    await home.execute(a.id, jobs.update().values(body=bytes(body)))


async def _written_in_clear(home: House, a: Resident, _b: Resident) -> None:
    await home.execute(a.id, jobs.update().values(body=b'{"id": "job_1", "actor": "client:root"}' * 9))


@pytest.mark.shows("capability.jobs")
@pytest.mark.parametrize("change", [_moved, _renamed, _edited, _written_in_clear])
async def test_L20_a_job_moved_or_edited_does_not_open(home: House, a: Resident, b: Resident, change: Move) -> None:
    await upload(await home.enter(a), "a.txt", "text")
    await change(home, a, b)
    assert await home.drain() == 0
    for one in (a, b):
        async with home.foundation.store.tenant(one.id, writes=False) as db:
            assert (await db.execute(sa.select(jobs))).all() == []


@pytest.mark.shows("capability.jobs")
async def test_L20_a_lane_led_to_another_tenant_gives_that_tenants_own_jobs(
    home: House, a: Resident, b: Resident
) -> None:
    """A lane says where to look; whose a job is stands in its sealed part."""
    await upload(await home.enter(a), "a.txt", "text")
    (lane,) = await home.foundation.lanes.due()
    async with home.foundation.store.registry(writes=True) as db:
        await db.execute(sa.text("UPDATE lanes SET tenant_id = 'x' WHERE tenant_id = :t"), {"t": b.id})
        await db.execute(sa.text("UPDATE lanes SET tenant_id = :b WHERE ref = :r"), {"b": b.id, "r": lane})
    assert await home.mint.from_lane(lane) is None
