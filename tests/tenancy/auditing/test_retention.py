"""An interaction log goes when its day has come: unseen at once, removed by the next sweep, also from a backup."""

import shutil
import time

import pytest
import sqlalchemy as sa

from tenancy.auditing.accesses import Access
from tenancy.auditing.interactions import DAY_SECONDS, Between, Interaction
from tenancy.auditing.logging import change_logging
from tenancy.compartment import Compartment
from tenancy.erasure import request_erasure, run_erasure
from tenancy.errors import NotFound
from tenancy.ids import TenantId
from tenancy.sealing import SealBroken
from tenancy.stores.schema import interactions
from tests.tenancy.building import OPERATOR, House, Resident, house
from tests.tenancy.lifecycle.rounds import expired

_ASKED = Access("question.asked", "", interaction=Interaction("ask", "Where is the key?", "Behind the door."))


def _in(days: float) -> float:
    return time.time() + days * DAY_SECONDS


async def _ask(compartment: Compartment, **chosen: str) -> None:
    async with compartment.begin() as records:
        await change_logging(records.settings, chosen)
    await compartment.audit.record(_ASKED)


async def _shown(compartment: Compartment, at: float) -> list[str]:
    async with compartment.snapshot() as records:
        return [log.id for log in (await records.interactions.page(10, None, Between(), at))[0]]


async def _kept(home: House, tenant: TenantId) -> int:
    async with home.foundation.store.tenant(tenant, writes=False) as db:
        return int((await db.execute(sa.select(sa.func.count()).select_from(interactions))).scalar_one())


async def test_a_log_is_kept_for_the_days_that_held_when_it_was_written(home: House, a: Resident, b: Resident) -> None:
    for one, days in ((a, "1"), (b, "3")):
        await _ask(await home.enter(one), days=days)
    assert await expired(home.foundation, clock=lambda: _in(0.9)) == 0
    assert await expired(home.foundation, clock=lambda: _in(1.1)) == 1
    assert (await _kept(home, a.id), await _kept(home, b.id)) == (0, 1)
    await (await home.custody(b.id)).suspend()
    assert await expired(home.foundation, clock=lambda: _in(3.1)) == 1


async def test_a_log_whose_day_has_come_is_not_shown_although_it_is_still_there(home: House, a: Resident) -> None:
    compartment = await home.enter(a)
    await _ask(compartment, days="1")
    (log,) = await _shown(compartment, _in(0.9))
    assert await _shown(compartment, _in(1.1)) == []
    async with compartment.snapshot() as records:
        assert (await records.interactions.get(log, _in(0.9))).id == log
        with pytest.raises(NotFound):
            await records.interactions.get(log, _in(1.1))
    assert await _kept(home, a.id) == 1


async def test_a_shorter_time_holds_for_what_is_there_and_a_longer_one_only_for_what_comes(
    home: House, a: Resident
) -> None:
    compartment = await home.enter(a)
    await _ask(compartment, days="10")
    async with compartment.begin() as records:
        await records.interactions.shorten(2)
        await records.interactions.shorten(5)
    assert len(await _shown(compartment, _in(1.9))) == 1
    assert await _shown(compartment, _in(2.1)) == []


async def test_who_logs_nothing_has_no_log_and_an_entry_all_the_same(home: House, a: Resident) -> None:
    compartment = await home.enter(a)
    await _ask(compartment, mode="off")
    async with compartment.snapshot() as records:
        ((newest,), _) = await records.audit.page(1)
    assert (newest.action, newest.resource) == ("question.asked", "")
    assert await _kept(home, a.id) == 0


@pytest.mark.shows("logs.retention")
async def test_L42_the_logs_go_with_their_tenant_and_the_trail_stays(home: House, a: Resident) -> None:
    await _ask(await home.enter(a), mode="full")
    erasure = await request_erasure(home.mint, home.foundation, OPERATOR, a.id, "a test")
    receipt = await run_erasure(home.foundation, erasure)
    assert (receipt.counts_before["interactions"], receipt.counts_after["interactions"]) == (1, 0)
    assert receipt.counts_after["audit"] > 0


@pytest.mark.shows("logs.retention")
async def test_L46_a_backup_brings_back_no_log_whose_day_has_come(home: House, a: Resident) -> None:
    await _ask(await home.enter(a), days="1")
    await home.foundation.store.close()
    backup = home.data.with_name("backup")
    shutil.copytree(home.data, backup)
    assert await expired(home.foundation, clock=lambda: _in(1.1)) == 1
    await home.foundation.store.close()
    shutil.rmtree(home.data)
    backup.rename(home.data)
    async with house(home.data.parent) as restored:
        assert await _kept(restored, a.id) == 1
        assert await _shown(await restored.enter(a), _in(1.1)) == []
        assert await expired(restored.foundation, clock=lambda: _in(1.1)) == 1
        assert await _kept(restored, a.id) == 0


@pytest.mark.shows("logs.readers")
async def test_L39_L47_a_log_moved_into_another_tenant_or_row_or_edited_does_not_open(
    home: House, a: Resident, b: Resident
) -> None:
    for one in (a, b):
        await _ask(await home.enter(one), mode="full")
    async with home.foundation.store.tenant(b.id, writes=False) as db:
        theirs = (await db.execute(sa.select(interactions))).one()
    moved = {"body": theirs.body, "id": theirs.id}
    for change in ({"body": theirs.body}, moved, {"id": "log_000000000000000000000000"}, {"body": b"\0" * 90}):
        async with home.foundation.store.tenant(a.id, writes=False) as db:
            own = (await db.execute(sa.select(interactions))).one()
        await home.execute(a.id, interactions.update().values(**change))
        with pytest.raises(SealBroken):
            await _shown(await home.enter(a), 0.0)
        await home.execute(a.id, interactions.update().values(id=own.id, body=own.body))
    assert len(await _shown(await home.enter(a), 0.0)) == 1
