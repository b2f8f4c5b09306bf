"""SQLite's own promises: a file a tenant, one writer at a time, nothing that was freed stays."""

import asyncio
import os
import sqlite3
import stat
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from tenancy.errors import Unavailable
from tenancy.ids import TenantId, new_id
from tenancy.stores import schema
from tenancy.stores.databases.sqlite import SqliteStore


@pytest.fixture
async def files(folder: Path) -> "SqliteStore":
    """Return a started store."""
    store = SqliteStore(folder)
    await store.start()
    return store


async def _create(store: SqliteStore) -> TenantId:
    tenant = TenantId(new_id("ten"))
    await store.create(tenant)
    return tenant


async def _epoch(store: SqliteStore, tenant: TenantId) -> int:
    async with store.tenant(tenant, writes=False) as db:
        return int((await db.execute(sa.select(schema.state.c.epoch))).scalar_one())


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_a_tenants_file_is_its_own_and_readable_by_its_owner_only(files: SqliteStore, folder: Path) -> None:
    both = [await _create(files), await _create(files)]
    for tenant in both:
        async with files.tenant(tenant, writes=False) as db:
            assert (await db.execute(sa.select(schema.state.c.tenant_id))).scalars().all() == [tenant]
    for path in folder.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    await files.close()


async def test_a_transaction_of_a_single_statement_sees_each_commit_and_holds_no_state_back(
    files: SqliteStore, folder: Path
) -> None:
    tenant = await _create(files)
    query = sa.select(schema.state.c.epoch)
    for epoch in (2, 3):
        async with files.tenant(tenant, writes=True) as db:
            await db.execute(schema.state.update().values(epoch=epoch))
        async with files.tenant(tenant, writes=False, single=True) as db:
            assert (await db.execute(query)).scalar_one() == epoch
            # The statement is over while its block goes on: whoever empties the log need not wait for it.
            with sqlite3.connect(folder / "tenants" / tenant / "records.db") as other:
                assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)
            other.close()
    await files.close()


@pytest.mark.parametrize("single", [False, True])
async def test_a_reading_transaction_cannot_write(files: SqliteStore, *, single: bool) -> None:
    tenant = await _create(files)

    async def write() -> None:
        async with files.tenant(tenant, writes=False, single=single) as db:
            await db.execute(schema.state.update().values(epoch=9))

    with pytest.raises(Unavailable):
        await write()
    assert await _epoch(files, tenant) == 1
    await files.close()


async def test_writers_of_one_file_lose_no_update(files: SqliteStore) -> None:
    tenant = await _create(files)

    async def advance() -> None:
        async with files.tenant(tenant, writes=True) as db:
            seen = (await db.execute(sa.select(schema.state.c.epoch))).scalar_one()
            await db.execute(schema.state.update().values(epoch=seen + 1))

    await asyncio.gather(*(advance() for _ in range(20)))
    assert await _epoch(files, tenant) == 21
    await files.close()


async def test_many_readers_at_once_all_read(files: SqliteStore) -> None:
    tenant = await _create(files)
    assert await asyncio.gather(*(_epoch(files, tenant) for _ in range(200))) == [1] * 200
    await files.close()


async def test_a_cancelled_writer_leaves_nothing_and_holds_no_lock(files: SqliteStore) -> None:
    tenant = await _create(files)
    written = asyncio.Event()

    async def write_and_wait() -> None:
        async with files.tenant(tenant, writes=True) as db:
            await db.execute(schema.state.update().values(epoch=9))
            written.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write_and_wait())
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await _epoch(files, tenant) == 1
    async with files.tenant(tenant, writes=True) as db:
        await db.execute(schema.state.update().values(epoch=2))
    assert await _epoch(files, tenant) == 2
    await files.close()


async def test_what_was_committed_is_there_for_another_process(files: SqliteStore, folder: Path) -> None:
    tenant = await _create(files)
    async with files.tenant(tenant, writes=True) as db:
        await db.execute(schema.state.update().values(epoch=5))
    other = SqliteStore(folder)
    await other.start()
    assert await _epoch(other, tenant) == 5
    await other.close()
    await files.close()


async def test_L64_threads_and_descriptors_do_not_grow_with_tenants(files: SqliteStore, folder: Path) -> None:
    tenants = [await _create(files) for _ in range(300)]
    await files.close()
    store = SqliteStore(folder, threads=4, connections=12)
    descriptors, threads = _descriptors(), threading.active_count()
    await store.start()

    async def use(tenant: TenantId) -> int:
        async with store.tenant(tenant, writes=True) as db:
            await db.execute(schema.state.update().values(epoch=schema.state.c.epoch + 1))
        return await _epoch(store, tenant)

    for _ in range(2):  # again, while other tenants' connections are being closed for these
        await asyncio.gather(*map(use, tenants))
    assert await asyncio.gather(*(_epoch(store, tenant) for tenant in tenants)) == [3] * len(tenants)
    assert threading.active_count() <= threads + 4 + 9 + 2
    assert _descriptors() <= descriptors + 3 * (12 + 9)
    await store.close()
    assert _descriptors() <= descriptors
    assert await _epoch(store, tenants[0]) == 3  # it opens again
    await store.close()


async def test_a_statement_that_is_waited_for_no_more_holds_up_no_other_tenant(folder: Path) -> None:
    store = SqliteStore(folder, threads=2, connections=2, wait_seconds=30.0)
    await store.start()
    held, free = [await _create(store) for _ in range(2)]
    other = sqlite3.connect(store.tenant_folder(held) / "records.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def write(tenant: TenantId) -> None:
        async with store.tenant(tenant, writes=True) as db:
            await db.execute(schema.state.update().values(epoch=9))

    waiting = asyncio.create_task(write(held))
    await asyncio.wait([waiting], timeout=0.5)  # it waits in a thread now
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    async with asyncio.timeout(10):
        for _ in range(6):
            await write(free)
    other.execute("ROLLBACK")
    other.close()
    await write(held)
    assert [await _epoch(store, tenant) for tenant in (held, free)] == [9, 9]
    await store.close()


async def test_a_transaction_that_finds_no_place_is_refused(folder: Path) -> None:
    store = SqliteStore(folder, threads=1, connections=1, wait_seconds=0.05)
    await store.start()
    first, second = [await _create(store) for _ in range(2)]
    async with store.tenant(first, writes=False):
        with pytest.raises(Unavailable, match="too busy"):
            await _epoch(store, second)
    assert await _epoch(store, second) == 1
    await store.close()


async def test_a_damaged_file_is_unavailable_and_says_nothing_of_its_content(files: SqliteStore, folder: Path) -> None:
    tenant = await _create(files)
    await files.close()
    path = files.tenant_folder(tenant) / "records.db"
    path.write_bytes(b"not a database, but a secret" * 400)
    for extra in path.parent.glob("records.db-*"):
        extra.unlink()
    again = SqliteStore(folder)
    await again.start()
    with pytest.raises(Unavailable) as refused:
        await _epoch(again, tenant)
    assert "secret" not in str(refused.value)
    await again.close()


async def test_a_file_that_another_process_holds_is_unavailable(folder: Path) -> None:
    store = SqliteStore(folder, wait_seconds=0.1)
    await store.start()
    tenant = await _create(store)
    other = sqlite3.connect(store.tenant_folder(tenant) / "records.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def write() -> None:
        async with store.tenant(tenant, writes=True) as db:
            await db.execute(schema.state.update().values(epoch=9))

    with pytest.raises(Unavailable):
        await write()
    assert await _epoch(store, tenant) == 1  # reading goes on
    other.execute("ROLLBACK")
    other.close()
    await write()
    assert await _epoch(store, tenant) == 9
    await store.close()


async def test_L42_what_was_purged_is_in_no_byte_of_the_folder(files: SqliteStore) -> None:
    tenant = await _create(files)
    body = os.urandom(3000)
    async with files.tenant(tenant, writes=True) as db:
        await db.execute(schema.settings.insert().values(tenant_id=tenant, name="n", body=body))
    folder = files.tenant_folder(tenant)
    assert any(body[:400] in path.read_bytes() for path in folder.iterdir())
    await files.purge(tenant, keep=("state",))
    assert not any(body[at : at + 64] in path.read_bytes() for path in folder.iterdir() for at in (0, 1000, 2900))
    await files.close()
