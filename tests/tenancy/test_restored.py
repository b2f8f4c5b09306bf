"""A backup of all data, put back beside the present keys, revives nothing that was ended since and serves the rest."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tenancy.erasure import pending_erasures, request_erasure, run_erasure
from tenancy.ids import ClientId
from tenancy.keys.local import KeyDenied
from tenancy.mint import TenantSuspended
from tenancy.provision import NewTenant, provision
from tenancy.scope import Role
from tenancy.stores.clients import CodeUsed
from tenancy.tokens import TokenRefused
from tests.tenancy.building import NOWHERE, OPERATOR, House, Resident, house, upload


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


@pytest.fixture
async def restored(home: House, a: Resident, b: Resident) -> AsyncIterator[Restored]:
    """Back all data up, end, suspend, revoke, rotate a secret and spend a code, and put the backup back."""
    kept = await home.settle("Cedar")
    _, enrolment = await provision(home.foundation, OPERATOR, NewTenant("Elder"))
    made = await (await home.enter(kept)).add_client("reader", frozenset({Role.USER}), "reading")
    token = (await home.mint.exchange(made.client.id, made.secret, None)).access_token
    other = await (await home.enter(kept)).add_client("writer", frozenset({Role.POWER}), "writing")
    for one in (a, b, kept):
        await upload(await home.enter(one), "a.txt", f"the canary of {one.id}")
    assert await home.drain() == 3
    await home.foundation.store.close()
    backup = home.data.with_name("backup")
    shutil.copytree(home.data, backup)

    await run_erasure(home.foundation, await request_erasure(home.mint, home.foundation, OPERATOR, a.id, "a test"))
    await (await home.custody(b.id)).suspend()
    await (await home.enter(kept)).revoke_client(made.client.id)
    rotated = await (await home.enter(kept)).rotate_client(other.client.id)
    await home.mint.enrol(enrolment.code, NOWHERE)
    await home.foundation.store.close()
    shutil.rmtree(home.data)
    backup.rename(home.data)
    async with house(home.data.parent) as again:
        yield Restored(again, a, b, kept, token, enrolment.code, (other.client.id, other.secret, rotated.secret))


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


async def test_L46_a_secret_that_was_replaced_stays_ended_until_it_is_replaced_again(restored: Restored) -> None:
    client, before, after = restored.rotated
    for secret in (before, after):  # the older data know the first one only, and that one may have been stolen
        with pytest.raises(TokenRefused):
            await restored.home.mint.exchange(client, secret, None)
    anew = await (await restored.home.enter(restored.kept)).rotate_client(client)
    assert (await restored.home.mint.exchange(client, anew.secret, None)).roles == ("power",)


async def test_L46_who_was_left_alone_is_served(restored: Restored) -> None:
    compartment = await restored.home.enter(restored.kept)
    async with compartment.snapshot() as records:
        (document,), _ = await records.documents.page(10, None, None)
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
