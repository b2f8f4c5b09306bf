"""A rotation meets uploads, questions, other processes and its own sudden end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import sqlalchemy as sa

from tenancy.errors import Unavailable
from tenancy.ids import TenantId
from tenancy.rotation.steps import advance
from tenancy.sealing import sealed_version
from tenancy.stores import schema
from tenancy.stores.databases.sqlite import SqliteStore
from tenancy.stores.databases.store import Store, Transaction
from tenancy.stores.epoch import ScopeEnded
from tests.tenancy.building import House, Resident, house, over, upload
from tests.tenancy.failing import FailingKeys, FailingStore, Fuse
from tests.tenancy.rotation.turning import (
    contents,
    fill,
    key_states,
    later,
    search,
    turn,
    versions_named,
)


class _Noting:
    """A transaction that notes which tables were read."""

    def __init__(self, db: Transaction, read: set[str]) -> None:
        self._db = db
        self._read = read

    async def execute(self, statement: sa.Select[tuple[object]]) -> sa.CursorResult[object]:
        self._read.update(table.name for table in statement.get_final_froms() if isinstance(table, sa.Table))
        return await self._db.execute(statement)


class _Meddling:
    """A record store in which a tenant writes at the worst moment: after a rotation has read, before it writes."""

    def __init__(self, inner: Store, home: House, one: Resident) -> None:
        self._inner = inner
        self._home = home
        self._one = one
        self._read: set[str] = set()
        self.meddled = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    @asynccontextmanager
    async def tenant(self, tenant: TenantId, *, writes: bool, single: bool = False) -> AsyncIterator[object]:
        if writes and self._read == {"settings"}:
            self.meddled += 1
            async with (await self._home.enter(self._one)).begin() as records:
                await records.settings.put("provider", {"provider_key": "sk-in-between"})
        async with self._inner.tenant(tenant, writes=writes, single=single) as db:
            if not writes:
                self._read.clear()
            yield db if writes else _Noting(db, self._read)


async def test_L41_a_write_of_the_tenant_in_between_wins(home: House, a: Resident) -> None:
    await fill(home, a)
    await (await home.custody(a.id)).rotate()
    meddling = _Meddling(home.foundation.store, home, a)
    on = over(home.foundation, meddling)  # type: ignore[arg-type]  # a store but for its type
    while not await advance(on, a.id, clock=later):
        pass
    assert meddling.meddled == 1
    async with (await home.enter(a)).snapshot() as records:
        assert await records.settings.get("provider") == {"provider_key": "sk-in-between"}


async def drain(home: House, one: Resident) -> None:
    """Do every job; one that was refused, for by this clock it outlived its keys' lease, is done anew."""
    while True:
        try:
            await home.drain()
        except ScopeEnded:
            await home.execute(one.id, schema.jobs.update().values(lease_until=0.0))
        else:
            return


async def test_L41_under_load_every_upload_arrives_and_every_search_finds(home: House, a: Resident) -> None:
    await fill(home, a)
    await home.drain()
    before, ended = await search(await home.enter(a)), asyncio.Event()

    async def work() -> int:
        done = 0
        while not ended.is_set() or done == 0:
            document = await upload(await home.enter(a), f"load-{done}.txt", f"load {done}")
            await drain(home, a)
            async with (await home.enter(a)).begin() as records:
                await records.documents.delete(document.id)
            done += 1
        return done

    async def ask() -> int:
        done = 0
        while not ended.is_set() or done == 0:
            found = await search(await home.enter(a))
            stable = [[hit for hit in hits if "load" not in hit[1]][:1] for hits in found]
            assert stable == [hits[:1] for hits in before]
            done += 1
        return done

    async def rotate() -> None:
        for _ in range(2):
            await (await home.custody(a.id)).rotate()
            await turn(home, a.id)
        ended.set()

    uploads, asked, _ = await asyncio.gather(work(), ask(), rotate())
    assert min(uploads, asked) > 0
    assert await versions_named_without_jobs(home, a.id) == {3}


async def versions_named_without_jobs(home: House, tenant: TenantId) -> set[int]:
    """Return the versions that chunks and originals name."""
    async with home.foundation.store.tenant(tenant, writes=False) as db:
        bodies = (await db.execute(sa.select(schema.chunks.c.body))).scalars().all()
        blobs = set((await db.execute(sa.select(schema.versions.c.blob))).scalars())
    files = [path for path in home.foundation.blobs.list(tenant) if path.name in blobs]
    assert bodies
    assert files
    return {sealed_version(body) for body in bodies} | {int.from_bytes(path.read_bytes()[1:5], "big") for path in files}


async def test_L41_killed_at_each_step_it_is_taken_up_to_the_same_end(folder: Path) -> None:
    fuse = Fuse()
    store = FailingStore(SqliteStore(folder / "data"), fuse)
    async with house(folder, store=store, provider=FailingKeys(folder / "data.keys", fuse)) as home:
        fuse.arm(0)
        a = await home.settle("Alder")
        await fill(home, a)
        before, kept = await search(await home.enter(a)), await contents(await home.enter(a))
        failed, step, version = 0, 0, 1
        while failed == step:
            step, version = step + 1, version + 1
            await (await home.custody(a.id)).rotate()
            fuse.arm(step)
            try:
                await turn(home, a.id)
            except Unavailable:
                failed += 1
            fuse.arm(0)
            home.foundation.keyring.evict(a.id)  # the process is another one
            assert await search(await home.enter(a)) == before, step
            await turn(home, a.id)
            assert await versions_named(home, a.id) == {version}
            assert await search(await home.enter(a)) == before, step
        assert failed >= 40
        assert await contents(await home.enter(a)) == kept
        assert not [path for path in home.foundation.blobs.list(a.id) if path.suffix == ".part"]
        states = await key_states(home, a.id)
        assert [states["data", number] for number in range(1, version + 1)] == ["destroyed"] * (version - 1) + [
            "active"
        ]


async def test_two_processes_that_turn_the_same_keys_come_to_one_end(folder: Path) -> None:
    async with house(folder) as home, house(folder) as other:
        a = await home.settle("Alder")
        await fill(home, a)
        before = await search(await home.enter(a))
        await (await home.custody(a.id)).rotate()
        await asyncio.gather(turn(home, a.id), turn(other, a.id))
        assert await versions_named(home, a.id) == {2}
        for one in (home, other):
            one.foundation.keyring.evict(a.id)
            assert await search(await one.enter(a)) == before
