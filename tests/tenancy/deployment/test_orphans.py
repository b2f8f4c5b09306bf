"""What belongs to no tenant is found and, asked twice, removed; what belongs to one, or may, is never touched."""

import asyncio
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from tenancy.deployment.orphans import GRACE_SECONDS, Orphan, find_orphans, remove_orphans
from tenancy.erasure import RETENTION_SECONDS, pending_erasures, request_erasure, run_erasure
from tenancy.errors import Unavailable
from tenancy.ids import TenantId, new_id
from tenancy.index.folder import IndexFolder
from tenancy.index.strays import FolderStrays
from tenancy.keys.keyring import holder_of
from tenancy.keys.tenant_keys import Family
from tenancy.provision import NewTenant, provision
from tenancy.stores import schema
from tenancy.stores.databases.sqlite import SqliteStore
from tests.tenancy.building import OPERATOR, House, Resident, house, upload
from tests.tenancy.failing import FailingStore, Fuse

_ALL = {"records", "blobs", "deletions", "key", "retention-key", "rows:lookups"}


def _age(home: House, tenant: str, seconds: float = GRACE_SECONDS + 60) -> None:
    """Let everything in files of a tenant look older."""
    for path in (*home.data.rglob(f"{tenant}*"), *home.keys.rglob(f"{tenant}*")):
        then = path.stat().st_mtime - seconds
        os.utime(path, (then, then))


async def _stranger(home: House) -> TenantId:
    """Leave everything there can be of a tenant that the registry does not know."""
    tenant = TenantId(new_id("ten"))
    for family in (Family.DATA, Family.RETENTION):
        home.foundation.provider.create(holder_of(tenant, family))
    await home.foundation.store.create(tenant)
    home.foundation.blobs.create(tenant)
    (home.data / "blobs" / tenant / new_id("blb")).write_bytes(b"sealed")
    home.foundation.deletions.note(tenant, bytes(32), 1)
    await home.execute(None, schema.lookups.insert().values(key=new_id("cli"), tenant_id=tenant))
    return tenant


def _everything(home: House) -> dict[str, bytes]:
    """Return every file of the data and of the keys."""
    files = [path for root in (home.data, home.keys) for path in root.rglob("*") if path.is_file()]
    return {str(path): path.read_bytes() for path in files if path.suffix not in {".db-wal", ".db-shm"}}


def _kinds(found: list[Orphan], tenant: str) -> set[str]:
    return {orphan.kind for orphan in found if orphan.tenant == tenant}


async def test_L43_a_deployment_in_order_has_no_orphans(home: House, a: Resident, b: Resident) -> None:
    for one in (a, b):
        await upload(await home.enter(one), "a.txt", f"text of {one.id}")
    await home.drain()
    await run_erasure(home.foundation, await request_erasure(home.mint, home.foundation, OPERATOR, a.id, "over"))
    _age(home, "")
    assert await find_orphans(home.foundation) == []


async def test_L43_what_a_tenant_unknown_to_the_registry_left_is_found_and_removed_and_nothing_else(
    home: House, a: Resident
) -> None:
    await upload(await home.enter(a), "a.txt", "the ferry leaves at nine")
    await home.drain()
    stranger = await _stranger(home)
    _age(home, stranger)
    before = _everything(home)
    found = await find_orphans(home.foundation)
    assert _kinds(found, stranger) == _ALL
    assert {orphan.tenant for orphan in found} == {stranger}
    assert all(orphan.held is None for orphan in found)
    assert _everything(home) == before  # looking changes nothing
    assert _kinds(await remove_orphans(home.foundation), stranger) == _ALL
    assert await find_orphans(home.foundation) == []
    for root in (home.data, home.keys):
        assert not list(root.rglob(f"{stranger}*"))
    async with (await home.enter(a)).snapshot() as records:
        assert len((await records.documents.page(10, None))[0]) == 1


async def test_L43_what_is_younger_than_a_day_is_held_by_the_youngest_of_its_parts(home: House) -> None:
    stranger = await _stranger(home)
    _age(home, stranger)
    (home.data / "blobs" / stranger).touch()
    found = await find_orphans(home.foundation)
    assert _kinds(found, stranger) == _ALL
    assert all("coming into being" in (orphan.held or "") for orphan in found)
    assert await remove_orphans(home.foundation) == []
    assert _kinds(await find_orphans(home.foundation), stranger) == _ALL


async def test_L43_a_sweep_beside_tenants_that_come_into_being_takes_nothing_of_theirs(home: House) -> None:
    wishes = [provision(home.foundation, OPERATOR, NewTenant(f"Acme {number}")) for number in range(6)]
    sweeps = [remove_orphans(home.foundation) for _ in range(6)]
    done = await asyncio.gather(*wishes, *sweeps)
    assert [removed for removed in done[6:] if removed] == []
    for number in range(6):
        with pytest.raises(Exception, match="exists already"):
            await home.settle(f"Acme {number}")
    for row in home.keys.glob("tenants/*.key"):
        assert (await home.foundation.keyring.open(TenantId(row.stem))).tenant == row.stem


async def test_L43_L46_a_tenant_that_only_the_ledger_knows_is_held_because_the_registry_is_older(
    home: House,
) -> None:
    await home.foundation.store.close()
    copy = home.data.with_name("copy")
    shutil.copytree(home.data, copy)
    a = await home.settle("Alder")  # enrolled: the ledger knows it
    await home.foundation.store.close()
    shutil.rmtree(home.data)
    copy.rename(home.data)
    _age(home, a.id)
    async with house(home.data.parent) as restored:
        found = await find_orphans(restored.foundation)
        assert _kinds(found, a.id) == {"key", "retention-key"}
        assert all("older than the keys" in (orphan.held or "") for orphan in found)
        assert await remove_orphans(restored.foundation) == []
        assert restored.foundation.provider.exists(holder_of(a.id, Family.DATA))


async def test_L43_a_registry_that_cannot_be_read_makes_no_orphans(folder: Path) -> None:
    fuse = Fuse()
    async with house(folder, store=FailingStore(SqliteStore(folder / "data"), fuse)) as home:
        stranger = await _stranger(home)
        _age(home, stranger)
        before, step, failed = _everything(home), 0, 0
        while failed == step:
            step += 1
            fuse.arm(step)
            try:
                await find_orphans(home.foundation)
            except Unavailable:
                failed += 1
            assert _everything(home) == before
        assert failed >= 5
        for at in range(1, failed + 1):
            fuse.arm(at)
            with pytest.raises(Unavailable):
                await remove_orphans(home.foundation)
            assert _everything(home) == before


async def test_L43_a_removal_that_broke_off_is_found_and_ended_by_the_next(folder: Path) -> None:
    fuse = Fuse()
    async with house(folder, store=FailingStore(SqliteStore(folder / "data"), fuse)) as home:
        stranger = await _stranger(home)
        _age(home, stranger)
        fuse.arm(0)
        await find_orphans(home.foundation)
        fuse.arm(fuse.calls + 1)  # the first call after it has looked: rows are removed before keys
        with pytest.raises(Unavailable):
            await remove_orphans(home.foundation)
        fuse.arm(0)
        left = _kinds(await find_orphans(home.foundation), stranger)
        assert {"key", "retention-key"} <= left < _ALL
        assert _kinds(await remove_orphans(home.foundation), stranger) == left
        assert await find_orphans(home.foundation) == []


async def test_L43_what_an_erased_tenant_should_not_have_is_found_and_its_audit_stays_until_its_date(
    home: House, a: Resident
) -> None:
    await run_erasure(home.foundation, await request_erasure(home.mint, home.foundation, OPERATOR, a.id, "over"))
    home.foundation.blobs.create(a.id)
    home.foundation.provider.create(holder_of(a.id, Family.DATA))
    assert _kinds(await remove_orphans(home.foundation), a.id) == {"blobs", "key"}
    assert home.foundation.provider.exists(holder_of(a.id, Family.RETENTION))
    async with home.foundation.store.tenant(a.id, writes=False) as db:
        assert (await db.execute(sa.select(schema.audit))).first() is not None


async def test_the_key_of_an_audit_ends_on_its_date(home: House, a: Resident) -> None:
    await run_erasure(home.foundation, await request_erasure(home.mint, home.foundation, OPERATOR, a.id, "over"))
    now = home.foundation.ledger.entries("tenant.erased")[0].at
    before, after = (lambda: now + RETENTION_SECONDS - 60), (lambda: now + RETENTION_SECONDS + 60)
    assert await find_orphans(home.foundation, clock=before) == []
    assert _kinds(await remove_orphans(home.foundation, clock=after), a.id) == {"retention-key"}
    assert not home.foundation.provider.exists(holder_of(a.id, Family.RETENTION))
    async with home.foundation.store.tenant(a.id, writes=False) as db:
        assert (await db.execute(sa.select(schema.audit))).all() == []
    assert await find_orphans(home.foundation) == []


async def test_L43_a_row_that_says_erased_where_the_ledger_does_not_makes_no_orphans(home: House, a: Resident) -> None:
    await upload(await home.enter(a), "a.txt", "the ferry leaves at nine")
    await home.execute(None, schema.tenants.update().where(schema.tenants.c.id == a.id).values(status="erased"))
    assert await remove_orphans(home.foundation) == []
    assert home.foundation.provider.exists(holder_of(a.id, Family.DATA))


async def test_L43_an_erasure_that_is_under_way_is_left_to_itself(home: House, a: Resident) -> None:
    await upload(await home.enter(a), "a.txt", "the ferry leaves at nine")
    await request_erasure(home.mint, home.foundation, OPERATOR, a.id, "over")
    _age(home, a.id)
    assert await find_orphans(home.foundation) == []
    assert len(await pending_erasures(home.foundation)) == 1


async def test_L43_originals_that_no_document_names_are_found_once_they_are_old(home: House, a: Resident) -> None:
    await upload(await home.enter(a), "a.txt", "the ferry leaves at nine")
    (named,) = home.foundation.blobs.list(a.id)
    nobodys = named.with_name(new_id("blb"))
    nobodys.write_bytes(b"sealed")
    assert await find_orphans(home.foundation) == []
    _age(home, nobodys.name)
    _age(home, named.name)
    assert [orphan.name for orphan in await remove_orphans(home.foundation)] == [str(nobodys)]
    assert home.foundation.blobs.list(a.id) == [named]


async def test_L43_index_folders_of_dead_processes_are_found_and_those_of_living_ones_are_not(
    home: House, folder: Path
) -> None:
    root = folder / "index"
    living = IndexFolder(root, accept_disk=True)
    (root / "run-dead").mkdir()
    on = replace(home.foundation, strays=(FolderStrays(root),))
    assert [orphan.name for orphan in await find_orphans(on)] == [str(root / "run-dead")]
    assert [orphan.kind for orphan in await remove_orphans(on)] == ["index-folder"]
    assert living.path.exists()
    assert await find_orphans(on) == []
    living.close()
