"""A tenant's keys are replaced while it works, and nobody notices."""

import shutil
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from tenancy.custody import WrongStatus
from tenancy.erasure import request_erasure, run_erasure
from tenancy.errors import Unavailable
from tenancy.keys.keyring import holder_of
from tenancy.keys.tenant_keys import Family, Purpose
from tenancy.rotation.steps import HeldUp, advance, pending_rotations, rotation_of
from tenancy.sealing import SealBroken, sealed_version
from tenancy.stores import schema
from tenancy.stores.epoch import ScopeEnded
from tests.tenancy.building import OPERATOR, House, Resident, house, upload
from tests.tenancy.rotation.turning import (
    ALERT,
    TEXTS,
    contents,
    data_keys,
    fill,
    key_states,
    later,
    search,
    turn,
    versions_named,
)


async def test_L41_after_a_rotation_all_is_under_the_new_key_and_reads_as_before(home: House, a: Resident) -> None:
    await fill(home, a)
    before, kept, old = (
        await search(await home.enter(a)),
        await contents(await home.enter(a)),
        await data_keys(home, a.id),
    )
    assert await versions_named(home, a.id) == {1}
    async with home.foundation.store.tenant(a.id, writes=False) as db:
        chunk = (await db.execute(sa.select(schema.chunks).limit(1))).one()
    await (await home.custody(a.id)).rotate()
    await turn(home, a.id)
    assert await versions_named(home, a.id) == {2}
    assert await search(await home.enter(a)) == before
    assert await contents(await home.enter(a)) == kept
    async with (await home.enter(a)).begin() as records:
        assert (await records.settings.get("provider"))["provider_key"] == "sk-1"
        assert await records.replays.begin("client", "key", "request") == {"kept": "answer"}
        assert (await records.clients.get(a.client)).name == "first client"
        assert await records.profiles.get("default")
        assert await records.alerts.get(ALERT.id) == ALERT
    assert await home.drain() == 1  # the job that waited
    assert (await upload(await home.enter(a), "again.txt", TEXTS["a.txt"])).live_version  # known by its bytes
    states = await key_states(home, a.id)
    assert states == {
        ("data", 1): "destroyed",
        ("data", 2): "active",
        ("match", 1): "active",
        ("retention", 1): "active",
    }
    async with home.foundation.store.tenant(a.id, writes=False) as db:
        anew = (await db.execute(sa.select(schema.chunks).where(schema.chunks.c.id == chunk.id))).one()
    place = (f"{chunk.version_id}.{chunk.ordinal}", chunk.id)
    with pytest.raises(SealBroken, match="no longer exists"):
        old.open(Purpose.RECORDS, "chunks", *place, anew.body)
    with pytest.raises(SealBroken, match="no longer exists"):
        (await data_keys(home, a.id)).open(Purpose.RECORDS, "chunks", *place, chunk.body)


async def test_a_new_wrapping_key_wraps_every_key_and_touches_no_data(home: House, a: Resident) -> None:
    await fill(home, a)
    async with home.foundation.store.tenant(a.id, writes=False) as db:
        rows = (await db.execute(sa.select(schema.chunks))).all()
    await (await home.custody(a.id)).rotate()
    assert not await advance(home.foundation, a.id)
    async with home.foundation.store.registry(writes=False) as db:
        wrapped = (await db.execute(sa.select(schema.tenant_keys))).all()
    assert {sealed_version(row.wrapped) for row in wrapped} == {2}
    async with home.foundation.store.tenant(a.id, writes=False) as db:
        assert (await db.execute(sa.select(schema.chunks))).all() == rows
    assert (await home.enter(a)).card().status == "active"


async def test_the_reason_stands_in_the_audit_and_the_trail_stays_whole(home: House, a: Resident) -> None:
    custody = await home.mint.custody(OPERATOR, a.id, "a laptop was lost")
    await custody.rotate()
    await turn(home, a.id)
    async with (await home.enter(a)).snapshot() as records:
        entries, _ = await records.audit.page(3)
        assert (await records.audit.verify()).intact
    assert [entry.action for entry in entries] == ["key.destroyed", "key.rotated", "token.issued"]
    assert (entries[1].purpose, entries[1].actor) == ("a laptop was lost", f"operator:{OPERATOR.subject}")


async def test_L41_searches_are_equal_at_every_step_also_in_a_process_that_takes_no_part(folder: Path) -> None:
    async with house(folder) as home, house(folder) as other:
        a = await home.settle("Alder")
        await fill(home, a)
        before = await search(await home.enter(a))
        assert await search(await other.enter(a)) == before  # awake there, with ciphertexts of the first key
        await (await home.custody(a.id)).rotate()
        ended, steps = False, 0
        while not ended:
            ended, steps = await advance(home.foundation, a.id, clock=later), steps + 1
            other.foundation.keyring.evict(a.id)  # its lease ends between two steps
            assert await search(await home.enter(a)) == before
            assert await search(await other.enter(a)) == before
            assert len(await contents(await other.enter(a))) == len(TEXTS) + 1
        assert steps == 3
        assert await versions_named(home, a.id) == {2}


async def test_nothing_moves_on_before_the_longest_lease_has_ended(home: House, a: Resident) -> None:
    await fill(home, a)
    await (await home.custody(a.id)).rotate()
    for state in ("announced", "announced"):
        assert not await advance(home.foundation, a.id)
        found = await rotation_of(home.foundation, a.id)
        assert found is not None
        assert (found.state, found.next_step_at is not None) == (state, True)
    assert await versions_named(home, a.id) == {1}
    assert (await key_states(home, a.id))["data", 1] == "active"
    assert not await advance(home.foundation, a.id, clock=later)
    for _ in range(2):
        assert not await advance(home.foundation, a.id)
        found = await rotation_of(home.foundation, a.id)
        assert found is not None
        assert found.state == "activated"
    await upload(await home.enter(a), "between.txt", "An otter crosses.")
    assert await versions_named(home, a.id) == {1, 2}
    await turn(home, a.id)
    done = await rotation_of(home.foundation, a.id)
    assert done is not None
    assert (done.state, done.version, done.remaining) == ("done", 2, 0)
    assert done.finished_at is not None


async def test_L41_who_still_seals_under_the_old_key_is_refused_once_sealing_anew_has_begun(
    home: House, a: Resident
) -> None:
    await fill(home, a)
    late = await home.enter(a)
    await (await home.custody(a.id)).rotate()
    await turn(home, a.id)
    for open_late in (late.begin, late.snapshot):
        with pytest.raises(ScopeEnded):
            async with open_late():
                raise AssertionError("a late writer came in")
    await home.execute(a.id, schema.state.update().values(key_version=1))
    async with late.begin() as records:  # without that wall it writes what nothing opens any more
        await records.settings.put("lost", {"x": "y"})
    with pytest.raises(SealBroken):
        async with (await home.enter(a)).snapshot() as records:
            await records.settings.get("lost")


async def test_a_value_that_does_not_open_keeps_its_key(home: House, a: Resident) -> None:
    await fill(home, a)
    damaged = schema.chunks.update().where(schema.chunks.c.ordinal == 0)
    body = sa.func.substr(schema.chunks.c.body, 1, 100, type_=sa.LargeBinary)
    await home.execute(a.id, damaged.values(body=body))
    await (await home.custody(a.id)).rotate()
    with pytest.raises(HeldUp) as held:
        await turn(home, a.id)
    assert held.value.values == len(TEXTS)
    assert (await key_states(home, a.id))["data", 1] == "decrypt-only"
    assert pending_rotations(home.foundation) == [a.id]
    await home.execute(a.id, sa.delete(schema.documents))  # a person has looked, and gave the damaged ones up
    for path in home.foundation.blobs.list(a.id):
        path.unlink()
    await turn(home, a.id)
    assert (await key_states(home, a.id))["data", 1] == "destroyed"
    assert pending_rotations(home.foundation) == []


async def test_asking_again_while_one_is_under_way_begins_no_other(home: House, a: Resident) -> None:
    for _ in range(2):
        await (await home.custody(a.id)).rotate()
    await turn(home, a.id)
    assert [entry.data["version"] for entry in home.foundation.ledger.newest("rotation")] == ["2"]
    await (await home.custody(a.id)).rotate()
    assert [entry.data["version"] for entry in home.foundation.ledger.newest("rotation")] == ["3"]


async def test_a_suspended_tenants_keys_turn_and_an_erased_ones_do_not(home: House, a: Resident) -> None:
    await fill(home, a)
    await (await home.custody(a.id)).suspend()
    await (await home.custody(a.id)).rotate()
    assert not await advance(home.foundation, a.id, clock=later)
    erasure = await request_erasure(home.mint, home.foundation, OPERATOR, a.id, "the contract has ended")
    assert pending_rotations(home.foundation) == []
    receipt = await run_erasure(home.foundation, erasure)
    assert receipt.keys_destroyed == ("data.1", "data.2", "match.1")
    assert await advance(home.foundation, a.id, clock=later)
    assert set((await key_states(home, a.id)).values()) == {"destroyed", "active"}
    assert not home.foundation.provider.exists(holder_of(a.id, Family.DATA))
    with pytest.raises(WrongStatus):
        await (await home.custody(a.id)).rotate()


async def test_L46_data_from_before_a_rotation_open_beside_the_present_keys(home: House, a: Resident) -> None:
    await fill(home, a)
    before = await search(await home.enter(a))
    await home.foundation.store.close()
    copy = home.data.with_name("copy")
    shutil.copytree(home.data, copy)
    await (await home.custody(a.id)).rotate()
    await turn(home, a.id)
    await home.foundation.store.close()
    shutil.rmtree(home.data)
    copy.rename(home.data)
    async with house(home.data.parent) as restored:
        assert await search(await restored.enter(a)) == before
        await (await restored.custody(a.id)).rotate()
        await turn(restored, a.id)
        assert (await key_states(restored, a.id))["data", 3] == "active"
        assert await search(await restored.enter(a)) == before
    with suppress(Unavailable):
        await home.foundation.store.close()
