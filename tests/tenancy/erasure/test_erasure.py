"""An erased tenant is refused first, destroyed next, and proved gone by one receipt, whatever happens in between."""

import base64
import json
import shutil
from dataclasses import asdict
from pathlib import Path

import jwt
import pytest
import sqlalchemy as sa

from tenancy.erasure import (
    BEST_EFFORT,
    RETAINED,
    Receipt,
    pending_erasures,
    read_erasure,
    run_erasure,
)
from tenancy.errors import NotFound, ServiceError, Unavailable
from tenancy.ids import BlobRef, TenantId
from tenancy.keys.keyring import holder_of
from tenancy.keys.local import KeyDenied, LocalKeys
from tenancy.keys.tenant_keys import Family, Purpose, TenantKeys
from tenancy.sealing import SealBroken
from tenancy.stores import registry, schema
from tenancy.stores.databases.sqlite import SqliteStore
from tenancy.stores.registry import NameTaken
from tenancy.tokens import TokenRefused
from tests.tenancy.building import House, Resident, house
from tests.tenancy.erasure.erasing import ask, erase, fill
from tests.tenancy.failing import FailingKeys, FailingStore, Fuse

# What becomes of each registry table that names a tenant; a new one needs its place here and in tenancy/erasure.py.
_BLANKED = {"tenants": "id", "tenant_keys": "tenant_id", "erasures": "tenant_id"}
_EMPTIED = {"lookups": "tenant_id", "lanes": "tenant_id", "tripwires": "tenant_id"}
_KEPT = {"accounts": "tenant_id"}
_OF_OPERATORS = {"operations"}  # what operators did, in their own words, under a key of the deployment's


def _verified(home: House, receipt: Receipt) -> dict[str, object]:
    (key,) = home.foundation.operator_tokens.jwks()["keys"]
    assert receipt.signature is not None
    statement: dict[str, object] = jwt.decode(
        receipt.signature, jwt.PyJWK(key).key, algorithms=["EdDSA"], options={"verify_aud": False}
    )
    return statement


async def test_L42_the_receipt_says_what_was_destroyed_and_carries_the_deployments_signature(
    home: House, a: Resident
) -> None:
    await fill(home, a)
    receipt = await erase(home, a)
    assert (receipt.state, receipt.tenant_id, receipt.keys_destroyed) == ("done", a.id, ("data.1", "match.1"))
    before, after = receipt.counts_before, receipt.counts_after
    assert (before["documents"], before["blobs"], before["clients"], before["jobs"]) == (3, 3, 1, 1)
    assert {name for name, count in after.items() if count} == set(RETAINED)
    assert set(receipt.retained) == {"audit", "usage_totals"}
    assert receipt.reversible_until is None  # the key folder brings nothing back
    assert receipt.finished_at is not None
    assert receipt.leases_ended_by == receipt.finished_at + home.foundation.keyring.expire
    assert receipt.best_effort == BEST_EFFORT
    signed = _verified(home, receipt)
    assert signed.pop("iss") == home.foundation.operator_tokens.issuer
    assert signed == json.loads(json.dumps({**asdict(receipt), "signature": None}))


async def test_an_edited_receipt_does_not_verify(home: House, a: Resident) -> None:
    receipt = await erase(home, a)
    assert receipt.signature is not None
    head, body, signature = receipt.signature.split(".")
    told = json.loads(base64.urlsafe_b64decode(body + "=="))
    edited = base64.urlsafe_b64encode(json.dumps({**told, "tenant_id": "ten_other"}).encode()).rstrip(b"=").decode()
    (key,) = home.foundation.operator_tokens.jwks()["keys"]
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(f"{head}.{edited}.{signature}", jwt.PyJWK(key).key, algorithms=["EdDSA"])


async def test_asking_again_and_running_again_give_the_same_erasure_and_the_same_receipt(
    home: House, a: Resident
) -> None:
    first = await ask(home, a)
    assert await ask(home, a) == first
    running = await read_erasure(home.foundation, first)
    assert (running.state, running.signature) == ("running", None)
    receipt = await run_erasure(home.foundation, first)
    assert await run_erasure(home.foundation, first) == receipt
    assert await ask(home, a) == first
    assert await read_erasure(home.foundation, first) == receipt


@pytest.mark.parametrize("asked", ["", "era_", "nonsense", "era_" + "2" * 24, "ten_" + "2" * 24])
async def test_L11_an_erasure_that_does_not_exist_is_not_found(home: House, a: Resident, asked: str) -> None:
    await erase(home, a)
    with pytest.raises(NotFound):
        await read_erasure(home.foundation, asked)


async def test_the_name_of_an_erased_tenant_is_free_again(home: House, a: Resident) -> None:
    await ask(home, a)
    with pytest.raises(NameTaken):
        await home.settle("Alder & Sons")
    for erasure in await pending_erasures(home.foundation):
        await run_erasure(home.foundation, erasure)
    assert (await home.settle("Alder & Sons")).id != a.id


async def test_L42_no_table_of_a_tenant_keeps_a_row_unless_it_is_named_as_retained(home: House, a: Resident) -> None:
    """A table added later is purged or named; rows are put into every one of them, so none passes by being empty."""
    async with home.foundation.store.tenant(a.id, writes=True) as db:
        for table in schema.tenant.sorted_tables:
            if (await db.execute(sa.select(table))).first() is None:
                await db.execute(table.insert().values({column.name: _some(column, a.id) for column in table.columns}))
    receipt = await erase(home, a)
    assert set(receipt.counts_before) == {table.name for table in schema.tenant.sorted_tables} | {"blobs"}
    for name, count in receipt.counts_before.items():
        assert count > 0 or name == "blobs", f"{name} was empty: this run shows nothing"
        assert (receipt.counts_after[name] > 0) == (name in RETAINED), name


def _some(column: sa.Column[object], tenant: TenantId) -> object:
    if column.name == "tenant_id":
        return tenant
    made: dict[type, object] = {str: "x", int: 1, float: 1.0, bytes: b"x"}
    return made[column.type.python_type]


async def test_L42_every_registry_table_that_names_a_tenant_is_emptied_or_blanked(home: House, a: Resident) -> None:
    naming = {
        table.name for table in schema.registry.sorted_tables if "tenant_id" in table.columns or table.name == "tenants"
    }
    assert naming == set(_BLANKED) | set(_EMPTIED) | set(_KEPT) | _OF_OPERATORS
    for name in _KEPT:  # of what stays, nothing can hold a word of the tenant's
        columns = schema.registry.tables[name].columns
        assert {each.name for each in columns if isinstance(each.type, sa.String | sa.LargeBinary)} == {
            "tenant_id", "plan",
        }  # fmt: skip
    await erase(home, a)
    async with home.foundation.store.registry(writes=False) as db:
        for name, column in _EMPTIED.items():
            table = schema.registry.tables[name]
            assert (await db.execute(sa.select(table).where(table.c[column] == a.id))).first() is None
        row = await registry.find_tenant(db, a.id)
        wrapped = (await db.execute(sa.select(schema.tenant_keys))).all()
    assert row is not None
    assert (row.name, row.mac, row.limits) == ("", b"", {})
    assert {key.family: key.wrapped == b"" for key in wrapped} == {"data": True, "match": True, "retention": False}


async def test_the_audit_outlives_the_tenant_under_a_key_of_its_own(home: House, a: Resident) -> None:
    await fill(home, a)
    provider = home.foundation.provider
    async with home.foundation.store.registry(writes=False) as db:
        wrapped = await registry.wrapped_keys(db, a.id)
    await erase(home, a)
    (kept,) = [key for key in wrapped if key.family is Family.RETENTION]
    root = provider.unwrap(holder_of(a.id, Family.RETENTION), "retention.1", kept.wrapped)
    keys = TenantKeys(a.id, {(Family.RETENTION, 1): root}, {Family.RETENTION: 1})
    async with home.foundation.store.tenant(a.id, writes=False) as db:
        rows = (await db.execute(sa.select(schema.audit).order_by(schema.audit.c.seq))).all()
    told = [json.loads(keys.open(Purpose.AUDIT, "audit", str(row.seq), "body", row.body)) for row in rows]
    assert (told[0]["action"], told[-1]["action"]) == ("tenant.created", "tenant.erased")
    assert told[-1]["purpose"] == "the contract has ended"
    assert not provider.exists(holder_of(a.id, Family.DATA))


@pytest.mark.shows("ending.copies")
async def test_L42_L46_a_copy_of_the_data_from_before_opens_nothing_of_the_erased_and_all_of_the_others(
    home: House, a: Resident, b: Resident
) -> None:
    for one in (a, b):
        await fill(home, one)
    await home.foundation.store.close()
    copy = home.data.with_name("copy")
    shutil.copytree(home.data, copy)
    await erase(home, a)
    await home.foundation.store.close()
    shutil.rmtree(home.data)
    copy.rename(home.data)
    async with house(home.data.parent) as restored:
        with pytest.raises(TokenRefused):
            await restored.enter(a)
        with pytest.raises(KeyDenied):
            await restored.foundation.keyring.open(a.id)
        async with (await restored.enter(b)).snapshot() as records:
            documents, _ = await records.documents.page(10, None)
        assert len(documents) == 3
        blobs = (await restored.enter(b)).blobs
        content = b"".join([part async for part in blobs.read(documents[-1].upload.blob)])
        assert content == f"the canary of {b.id} in a.txt".encode()


async def test_without_the_destruction_of_the_key_the_same_copy_would_open(home: House, a: Resident) -> None:
    """The other way round: with a copy of the key folder as well, everything is readable again."""
    await fill(home, a)
    keys = home.data.with_name("keys-copy")
    shutil.copytree(home.keys, keys)
    async with home.foundation.store.registry(writes=False) as db:
        wrapped = await registry.wrapped_keys(db, a.id)
    blob = home.foundation.blobs.list(a.id)[0]
    raw = blob.read_bytes()
    await erase(home, a)
    (data,) = [key for key in wrapped if key.family is Family.DATA]
    root = LocalKeys(keys).unwrap(holder_of(a.id, Family.DATA), "data.1", data.wrapped)
    kept = TenantKeys(a.id, {(Family.DATA, 1): root}, {Family.DATA: 1})
    assert b"in" in kept.stream_opener(BlobRef(blob.name), raw[:69]).open(raw[69:], last=True)
    with pytest.raises(KeyDenied):
        home.foundation.provider.unwrap(holder_of(a.id, Family.DATA), "data.1", data.wrapped)


async def test_L42_a_wrong_root_opens_none_of_an_erased_tenants_rows(home: House, a: Resident) -> None:
    await fill(home, a)
    guess = TenantKeys(a.id, {(family, 1): bytes(32) for family in Family}, dict.fromkeys(Family, 1))
    async with home.foundation.store.tenant(a.id, writes=False) as db:
        rows = (await db.execute(sa.select(schema.chunks))).all()
    assert rows
    for row in rows:
        with pytest.raises(SealBroken, match="another key"):
            guess.open(Purpose.RECORDS, "chunks", f"{row.version_id}.{row.ordinal}", row.id, row.body)


async def test_a_tenant_whose_key_is_already_gone_can_still_be_erased(home: House, a: Resident) -> None:
    await fill(home, a)
    home.foundation.provider.destroy(holder_of(a.id, Family.DATA))
    home.foundation.keyring.evict(a.id)
    receipt = await erase(home, a)
    assert (receipt.state, receipt.counts_after["blobs"]) == ("done", 0)


async def test_a_suspended_tenant_can_be_erased(home: House, a: Resident) -> None:
    await (await home.custody(a.id)).suspend()
    assert (await erase(home, a)).state == "done"
    assert (await home.custody(a.id)).card().status == "erased"


async def test_an_erasure_that_fails_at_any_step_is_taken_up_to_one_receipt(folder: Path) -> None:
    fuse = Fuse()
    store = FailingStore(SqliteStore(folder / "data"), fuse)
    async with house(folder, store=store, provider=FailingKeys(folder / "data.keys", fuse)) as home:
        failed, step = 0, 0
        while failed == step:
            step += 1
            fuse.arm(0)
            one = await home.settle(f"Tenant {step}")
            await fill(home, one)
            fuse.arm(step)
            try:
                await erase(home, one)
            except Unavailable:
                failed += 1
            fuse.arm(0)
            ended = home.foundation.ledger.latest("tenant", one.id) is not None
            if not ended:  # it failed before anything was ended: whoever asked was told so, and asks again
                assert (await home.enter(one)).card().status == "active"
                await ask(home, one)
            with pytest.raises(ServiceError):
                await home.enter(one)
            for erasure in await pending_erasures(home.foundation):
                await run_erasure(home.foundation, erasure)
            asked = await ask(home, one)
            receipt = await read_erasure(home.foundation, asked)
            assert await run_erasure(home.foundation, asked) == receipt
            assert (receipt.state, receipt.tenant_id) == ("done", one.id)
            assert receipt.counts_before["documents"] == 3
            assert {name for name, count in receipt.counts_after.items() if count} == set(RETAINED)
            entries = [each for each in home.foundation.ledger.entries("tenant.erased") if each.subject == one.id]
            assert [each.data["erasure"] for each in entries] == [asked]
            assert _verified(home, receipt)["id"] == asked
        assert failed >= 12
