"""A backup of all data, put back beside the present keys, revives nothing that was ended since and serves the rest."""

import shutil
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
import sqlalchemy as sa

from ingestion.accept import erase
from retrieval.search import Search, search
from tenancy.compartment import Compartment
from tenancy.erasure import pending_erasures, request_erasure, run_erasure
from tenancy.ids import ClientId, DocumentId
from tenancy.keys.local import KeyDenied
from tenancy.mint import Mint, TenantSuspended
from tenancy.provision import NewTenant, provision
from tenancy.stores.clients import CodeUsed, NewClient
from tenancy.stores.schema import documents
from tenancy.stores.views import Document
from tenancy.tokens import TokenRefused
from tenancy.values.roles import Role
from tests.tenancy.building import NOWHERE, OPERATOR, House, Resident, house, upload
from tests.tenancy.lifecycle.rounds import recovered

_HOUR = 3_600


@dataclass(frozen=True, slots=True)
class Restored:
    """A deployment on older data: what was ended after the backup was made, and who was left alone."""

    home: House
    erased: Resident
    suspended: Resident
    kept: Resident
    revoked_token: str
    spent_code: str
    rotated: tuple[ClientId, str, str]
    overlapping: tuple[NewClient, ...]
    deleted: DocumentId


@pytest.fixture
async def restored(home: House, a: Resident, b: Resident) -> AsyncIterator[Restored]:
    """Back all data up, end, suspend, revoke, rotate a secret and spend a code, and put the backup back."""
    kept = await home.settle("Cedar")
    _, enrolment = await provision(home.foundation, OPERATOR, NewTenant("Elder"))
    made = await (await home.enter(kept)).add_client("reader", frozenset({Role.USER}), "reading")
    token = (await home.mint.exchange(made.client.id, made.secret, None)).access_token
    other = await (await home.enter(kept)).add_client("writer", frozenset({Role.POWER}), "writing")
    first = await (await home.enter(kept)).add_client("sitter", frozenset({Role.USER}), "asking")
    second = await (await home.enter(kept)).rotate_client(first.client.id, 2 * _HOUR)
    for one in (a, b, kept):
        await upload(await home.enter(one), "a.txt", f"the canary of {one.id}")
    deleted = await upload(await home.enter(kept), "b.txt", f"the second canary of {kept.id}")
    assert await home.drain() == 4
    await home.foundation.store.close()
    backup = home.data.with_name("backup")
    shutil.copytree(home.data, backup)

    await run_erasure(home.foundation, await request_erasure(home.mint, home.foundation, OPERATOR, a.id, "a test"))
    await (await home.custody(b.id)).suspend()
    await (await home.enter(kept)).revoke_client(made.client.id)
    await erase(await home.enter(kept), deleted.id)
    rotated = await (await home.enter(kept)).rotate_client(other.client.id)
    third = await (await home.enter(kept)).rotate_client(first.client.id, _HOUR)
    await home.mint.enrol(enrolment.code, NOWHERE)
    await home.foundation.store.close()
    shutil.rmtree(home.data)
    backup.rename(home.data)
    async with house(home.data.parent) as again:
        yield Restored(
            again, a, b, kept, token, enrolment.code, (other.client.id, other.secret, rotated.secret),
            (first, second, third), deleted.id,
        )  # fmt: skip


@pytest.mark.shows("ending.backups")
async def test_L46_what_was_ended_stays_ended(restored: Restored) -> None:
    mint = restored.home.mint
    with pytest.raises(TokenRefused):
        await restored.home.enter(restored.erased)
    with pytest.raises(KeyDenied):
        await restored.home.foundation.keyring.open(restored.erased.id)
    with pytest.raises(TenantSuspended):
        await restored.home.enter(restored.suspended)
    with pytest.raises(TokenRefused):
        await mint.from_token(restored.revoked_token, NOWHERE)
    with pytest.raises(CodeUsed):
        await mint.enrol(restored.spent_code, NOWHERE)


@pytest.mark.shows("ending.secrets")
async def test_L46_a_secret_that_was_replaced_stays_ended_until_it_is_replaced_again(restored: Restored) -> None:
    client, before, after = restored.rotated
    for secret in (before, after):  # the older data know the first one only, and that one may have been stolen
        with pytest.raises(TokenRefused):
            await restored.home.mint.exchange(client, secret, None)
    anew = await (await restored.home.enter(restored.kept)).rotate_client(client)
    assert (await restored.home.mint.exchange(client, anew.secret, None)).roles == ("power",)


def _an_hour_later(home: House) -> Mint:
    return Mint(replace(home.foundation, clock=lambda: time.time() + _HOUR + 1))


@pytest.mark.shows("ending.secrets")
async def test_L46_a_secret_in_its_overlap_still_works_until_that_ends_and_the_one_before_it_never(
    restored: Restored,
) -> None:
    """The older data hold an overlap of the first two; since then the second one's end was set, and the first ended."""
    home, (first, second, _) = restored.home, restored.overlapping
    assert (await home.mint.exchange(second.client.id, second.secret, None)).roles == ("user",)
    with pytest.raises(TokenRefused):
        await home.mint.exchange(first.client.id, first.secret, None)
    later = _an_hour_later(home)
    with pytest.raises(TokenRefused):
        await later.exchange(second.client.id, second.secret, None)
    anew = await (await home.enter(restored.kept)).rotate_client(second.client.id, 2 * _HOUR)
    assert (await later.exchange(second.client.id, anew.secret, None)).roles == ("user",)
    with pytest.raises(TokenRefused):
        await later.exchange(second.client.id, second.secret, None)


async def _only(compartment: Compartment) -> Document:
    async with compartment.snapshot() as records:
        (document,), _ = await records.documents.page(10, None)
    return document


@pytest.mark.shows("ending.documents")
async def test_L46_a_document_that_was_deleted_is_deleted_again_before_anybody_is_let_in(restored: Restored) -> None:
    on, kept = restored.home.foundation, restored.kept.id
    assert len(on.blobs.list(kept)) == 2
    compartment = await restored.home.enter(restored.kept)
    document = await _only(compartment)
    assert document.id != restored.deleted
    assert [path.name for path in on.blobs.list(kept)] == [document.upload.blob]
    hits = await search(compartment, Search("the second canary", 10, None))
    assert {hit.document_id for hit in hits} == {document.id}
    assert (await compartment.audit.verify()).entries > 0


async def test_L46_a_deleted_document_goes_again_at_the_start_also_where_nobody_asks(restored: Restored) -> None:
    on, kept = restored.home.foundation, restored.kept.id
    await recovered(on)
    assert len(on.blobs.list(kept)) == 1
    async with on.store.tenant(kept, writes=False) as db:
        assert restored.deleted not in set((await db.execute(sa.select(documents.c.id))).scalars())


async def test_L46_what_comes_after_a_restoration_is_kept_the_same_bytes_as_the_deleted_too(restored: Restored) -> None:
    compartment = await restored.home.enter(restored.kept)
    anew = await upload(compartment, "b.txt", f"the second canary of {restored.kept.id}")
    assert anew.id != restored.deleted
    await restored.home.drain()
    again = await restored.home.enter(restored.kept)
    async with again.snapshot() as records:
        found, _ = await records.documents.page(10, None)
    assert len(found) == 2


@pytest.mark.shows("ending.documents", without="the record of deletions")
async def test_L46_without_the_record_of_deletions_a_backup_would_bring_the_document_back(restored: Restored) -> None:
    restored.home.foundation.deletions.destroy(restored.kept.id)
    async with (await restored.home.enter(restored.kept)).snapshot() as records:
        found, _ = await records.documents.page(10, None)
    assert restored.deleted in {document.id for document in found}


async def test_L46_who_was_left_alone_is_served(restored: Restored) -> None:
    compartment = await restored.home.enter(restored.kept)
    document = await _only(compartment)
    content = b"".join([part async for part in compartment.blobs.read(document.upload.blob)])
    assert content == f"the canary of {restored.kept.id}".encode()


async def test_L46_an_operator_sees_where_each_tenant_really_stands_and_can_go_on_from_there(
    restored: Restored,
) -> None:
    home = restored.home
    assert (await home.custody(restored.erased.id)).card().status == "erasing"
    assert (await home.custody(restored.suspended.id)).card().status == "suspended"
    await (await home.custody(restored.suspended.id)).resume()
    assert (await home.enter(restored.suspended)).card().status == "active"


async def test_L46_what_came_back_of_an_erased_tenant_is_destroyed_again(restored: Restored) -> None:
    on = restored.home.foundation
    assert len(on.blobs.list(restored.erased.id)) == 1
    (erasure,) = await pending_erasures(on)
    receipt = await run_erasure(on, erasure)
    assert receipt.counts_before["documents"] == 1
    assert (receipt.counts_after["documents"], receipt.counts_after["blobs"]) == (0, 0)
    assert await pending_erasures(on) == []
    assert on.blobs.list(restored.erased.id) == []
