"""An access stands in the trail when its caller may go on, whatever else happens at the same moment."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace

import pytest

from tenancy.auditing.accesses import Access, Accesses
from tenancy.auditing.interactions import Between, Interaction
from tenancy.errors import Unavailable
from tenancy.ids import TenantId
from tenancy.mint import Mint
from tenancy.stores.databases.sqlite import SqliteStore
from tenancy.stores.databases.store import Transaction
from tenancy.stores.epoch import ScopeEnded
from tests.tenancy.building import NOWHERE, House, Resident
from tests.tenancy.failing import FailingStore, Fuse

_READ = Access("document.read", "doc_1")
_ASKED = Access("question.asked", "", interaction=Interaction("ask", "Where is the key?", "Behind the door."))


class _Counting:
    """A store that counts the transactions that write, and holds each open until it is let go."""

    def __init__(self, store: SqliteStore) -> None:
        self.inner = store
        self.writes: list[TenantId] = []
        self.begun, self.go = asyncio.Event(), asyncio.Event()

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)

    @asynccontextmanager
    async def tenant(self, tenant: TenantId, *, writes: bool, single: bool = False) -> AsyncIterator[Transaction]:
        if writes:
            self.writes.append(tenant)
            self.begun.set()
            await self.go.wait()
        async with self.inner.tenant(tenant, writes=writes, single=single) as db:
            yield db


def _held(home: House) -> tuple[_Counting, Mint]:
    assert isinstance(home.foundation.store, SqliteStore)
    store = _Counting(home.foundation.store)
    return store, Mint(replace(home.foundation, store=store, accesses=Accesses()))  # type: ignore[arg-type]  # a store but for its type


async def _resources(home: House, one: Resident) -> list[str]:
    async with (await home.enter(one)).snapshot() as records:
        assert (await records.audit.verify()).intact
        return [entry.resource for entry in (await records.audit.page(200))[0][::-1] if entry.action == _READ.action]


async def test_an_access_is_in_the_file_when_its_caller_may_go_on(home: House, a: Resident) -> None:
    compartment = await home.enter(a)
    with closing(sqlite3.connect(home.data / "tenants" / a.id / "records.db")) as db:
        before = db.execute("SELECT count(*) FROM audit").fetchone()
        await compartment.audit.record(_READ)
        assert db.execute("SELECT count(*) FROM audit").fetchone() == (before[0] + 1,)


@pytest.mark.shows("audit.group-commit")
async def test_accesses_that_come_while_one_commits_go_into_the_next_transaction_together(
    home: House, a: Resident, b: Resident
) -> None:
    store, mint = _held(home)
    ours, theirs = await mint.from_token(a.token, NOWHERE), await mint.from_token(b.token, NOWHERE)
    waiting = [asyncio.create_task(ours.audit.record(Access(_READ.action, "first")))]
    await store.begun.wait()
    for number in range(20):
        waiting.append(asyncio.create_task(ours.audit.record(Access(_READ.action, f"a{number}"))))
        waiting.append(asyncio.create_task(theirs.audit.record(Access(_READ.action, f"b{number}"))))
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    store.go.set()
    await asyncio.gather(*waiting)
    assert (store.writes.count(a.id), store.writes.count(b.id)) == (2, 1)  # two tenants never share one
    assert await _resources(home, a) == ["first", *(f"a{number}" for number in range(20))]
    assert await _resources(home, b) == [f"b{number}" for number in range(20)]


async def test_whoever_stops_waiting_stops_nobody_elses_entry(home: House, a: Resident) -> None:
    store, mint = _held(home)
    compartment = await mint.from_token(a.token, NOWHERE)
    gone = asyncio.create_task(compartment.audit.record(Access(_READ.action, "gone")))
    stays = asyncio.create_task(compartment.audit.record(Access(_READ.action, "stays")))
    await store.begun.wait()
    gone.cancel()
    store.go.set()
    await stays
    assert await _resources(home, a) == ["gone", "stays"]


async def test_L07_who_entered_before_a_suspension_is_refused_and_leaves_no_entry(home: House, a: Resident) -> None:
    compartment = await home.enter(a)
    await (await home.custody(a.id)).suspend()
    with pytest.raises(ScopeEnded):
        await compartment.audit.record(_READ)
    await (await home.custody(a.id)).resume()
    assert await _resources(home, a) == []


async def test_an_access_that_cannot_be_written_is_an_error_and_the_next_one_is_tried_afresh(
    home: House, a: Resident
) -> None:
    fuse = Fuse()
    failing = FailingStore(home.foundation.store, fuse)
    compartment = await Mint(replace(home.foundation, store=failing)).from_token(a.token, NOWHERE)
    fuse.arm(1)
    with pytest.raises(Unavailable):
        await compartment.audit.record(_READ)
    fuse.arm(0)
    assert await _resources(home, a) == []
    await compartment.audit.record(_READ)
    assert await _resources(home, a) == ["doc_1"]


async def test_an_interaction_stands_with_its_entry_which_names_it(home: House, a: Resident) -> None:
    compartment = await home.enter(a)
    await asyncio.gather(*(compartment.audit.record(each) for each in (_READ, _ASKED, _READ, _ASKED)))
    async with compartment.snapshot() as records:
        logs, _ = await records.interactions.page(10, None, Between(), 0.0)
        entries, _ = await records.audit.page(4)
    assert [log.id for log in logs] == [entry.resource for entry in entries if entry.action == _ASKED.action]
    assert len({log.id for log in logs}) == 2
    assert {(log.interaction.question, log.interaction.answer) for log in logs} == {(None, None)}  # metadata, unasked
