"""A lane is in one group at a time, by its tenant's plan, and no job is moved when that changes."""

import time

import pytest

from tenancy.identity.operators import Operator
from tenancy.ids import LaneRef
from tenancy.queue import groups
from tenancy.queue.groups import ATTENDED_SECONDS, Served, Which
from tenancy.stores.schema import lanes as lanes_table
from tests.tenancy.building import House, Resident

_WHY = "a test"


async def _plan(home: House, resident: Resident, plan: str) -> None:
    custody = await home.mint.custody(Operator("tests"), resident.id, _WHY)
    await custody.change(plan, None)


async def _due(home: House, served: Served, lane: LaneRef | None = None) -> list[LaneRef]:
    return await home.foundation.lanes.group(served, lane).due()


async def test_a_plan_that_changes_takes_the_waiting_work_along(home: House, a: Resident, b: Resident) -> None:
    lanes = home.foundation.lanes
    own, other = await lanes.mark(a.id), await lanes.mark(b.id)
    assert set(await _due(home, Served.SHARED)) == {own, other}
    assert await _due(home, Served.UNATTENDED) == await _due(home, Served.OWN, own) == []
    await _plan(home, a, "dedicated")
    assert await _due(home, Served.SHARED) == [other]
    assert await _due(home, Served.UNATTENDED) == await _due(home, Served.OWN, own) == [own]
    await _plan(home, a, "standard")
    assert set(await _due(home, Served.SHARED)) == {own, other}
    assert await _due(home, Served.OWN, own) == []


async def test_an_own_worker_serves_its_lane_alone(home: House, a: Resident, b: Resident) -> None:
    lanes = home.foundation.lanes
    for resident in (a, b):
        await _plan(home, resident, "dedicated")
    own, other = await lanes.mark(a.id), await lanes.mark(b.id)
    assert await _due(home, Served.OWN, own) == [own]
    assert await lanes.unattended() == [a.id, b.id]
    assert await lanes.attend(own)
    assert await _due(home, Served.UNATTENDED) == [other]
    assert await lanes.unattended() == [b.id]


async def test_an_own_worker_that_fell_silent_leaves_its_lane_unattended(home: House, a: Resident) -> None:
    lanes = home.foundation.lanes
    await _plan(home, a, "dedicated")
    own = await lanes.mark(a.id)
    assert await lanes.attend(own)
    assert await _due(home, Served.UNATTENDED) == []
    await home.execute(None, lanes_table.update().values(attended_at=time.time() - ATTENDED_SECONDS - 1))
    assert await _due(home, Served.UNATTENDED) == [own]


async def test_nobody_attends_a_lane_of_another_plan_or_of_nobody(home: House, a: Resident) -> None:
    lanes = home.foundation.lanes
    assert not await lanes.attend(await lanes.mark(a.id))
    assert not await lanes.attend(LaneRef("lan_00000000000000000000000a"))


async def test_a_group_wakes_for_its_own_lanes_only(home: House, a: Resident, b: Resident) -> None:
    await _plan(home, a, "dedicated")
    await home.foundation.lanes.mark(a.id)
    async with home.foundation.store.registry(writes=False) as db:
        assert await groups.next_due(db, Which(Served.SHARED)) is None
        assert await groups.next_due(db, Which(Served.UNATTENDED)) is not None
    await home.foundation.lanes.mark(b.id)
    async with home.foundation.store.registry(writes=False) as db:
        assert await groups.next_due(db, Which(Served.SHARED)) is not None


@pytest.mark.parametrize(("served", "lane"), [(Served.OWN, None), (Served.SHARED, LaneRef("lan_a"))])
async def test_an_own_worker_names_its_lane_and_no_other_does(served: Served, lane: LaneRef | None) -> None:
    with pytest.raises(ValueError, match="lane"):
        Which(served, lane)
