"""Clients: what grants is genuine only under the tenant's own MAC, whoever holds the database."""

import asyncio
from functools import partial

import pytest
import sqlalchemy as sa

from tenancy.errors import NotFound
from tenancy.ids import ClientId, new_id
from tenancy.stores.clients import CodeUsed, LastAdmin, NewClient
from tenancy.stores.schema import clients, enrolments
from tenancy.stores.views import ClientTerms
from tenancy.values.roles import Role
from tests.tenancy.stores.rooms import Room, from_now


async def _made(room: Room, *roles: Role, expires_at: float | None = None) -> NewClient:
    async with room.begin() as records:
        client = ClientId(new_id("cli"))
        return await records.clients.add(
            client, "crawler", frozenset(roles or {Role.USER}), "indexing", ClientTerms(expires_at)
        )


async def test_a_client_authenticates_with_its_own_secret_only(a: Room) -> None:
    made, other = await _made(a), await _made(a)
    async with a.snapshot() as records:
        assert await records.clients.authenticate(made.client.id, made.secret) == made.client
        for secret in ("", other.secret, made.secret[:-1]):
            assert await records.clients.authenticate(made.client.id, secret) is None
        assert [found.id for found in await records.clients.list()] == [made.client.id, other.client.id]


async def test_L07_a_revoked_client_no_longer_authenticates(a: Room) -> None:
    made = await _made(a)
    async with a.begin() as records:
        await records.clients.revoke(made.client.id)
    async with a.snapshot() as records:
        assert await records.clients.authenticate(made.client.id, made.secret) is None
        assert (await records.clients.get(made.client.id)).status == "revoked"


async def test_an_expired_client_does_not_authenticate(a: Room) -> None:
    made = await _made(a, expires_at=from_now(-1))
    async with a.snapshot() as records:
        assert await records.clients.authenticate(made.client.id, made.secret) is None


async def test_two_secrets_authenticate_until_the_earlier_ends(a: Room) -> None:
    made, end = await _made(a), from_now(600)
    async with a.begin() as records:
        second = await records.clients.rotate(made.client.id, end)
    assert (second.client, second.earlier_until) == (made.client, end)
    async with a.snapshot() as records:
        for secret, now, client in (
            (made.secret, end - 1, made.client),
            (made.secret, end, None),
            (second.secret, end - 1, made.client),
            (second.secret, end + 1, made.client),
            ("", end - 1, None),
        ):
            found = await records.clients.authenticate(made.client.id, secret, clock=partial(float, now))
            assert found == client
    async with a.begin() as records:
        await records.clients.rotate(made.client.id)
    async with a.snapshot() as records:
        assert await records.clients.authenticate(made.client.id, second.secret) is None
    assert await a.tamper(sa.select(clients.c.earlier_mac, clients.c.earlier_until)) == [(None, None)]


async def test_a_revoked_client_keeps_no_second_secret(a: Room) -> None:
    made = await _made(a)
    async with a.begin() as records:
        await records.clients.rotate(made.client.id, from_now(600))
        await records.clients.revoke(made.client.id)
    async with a.snapshot() as records:
        assert await records.clients.authenticate(made.client.id, made.secret) is None
        assert (await records.clients.get(made.client.id)).status == "revoked"
    assert await a.tamper(sa.select(clients.c.earlier_mac, clients.c.earlier_until)) == [(None, None)]


@pytest.mark.parametrize(
    "edited",
    [
        {"earlier_until": 9e9},
        {"earlier_until": None},
        {"earlier_mac": b"\0" * 32},
        {"earlier_mac": None},
        {"earlier_mac": None, "earlier_until": None},
    ],
    ids=str,
)
async def test_L47_an_overlap_edited_in_the_database_ends_the_client(a: Room, edited: dict[str, object]) -> None:
    made = await _made(a)
    async with a.begin() as records:
        second = await records.clients.rotate(made.client.id, from_now(600))
    await a.tamper(clients.update().values(edited))
    async with a.snapshot() as records:
        for secret in (made.secret, second.secret):
            assert await records.clients.authenticate(made.client.id, secret) is None
        with pytest.raises(NotFound):
            await records.clients.get(made.client.id)


@pytest.mark.parametrize(
    "edited",
    [
        {"roles": "admin"},
        {"status": "active "},
        {"expires_at": None},
        {"secret_mac": b"\0" * 32},
        {"earlier_mac": b"\0" * 32},
        {"earlier_until": 9e9},
        {"earlier_mac": b"\0" * 32, "earlier_until": 9e9},
        {"mac": b"\0" * 32},
        {"id": "cli_" + "0" * 24},
    ],
    ids="+".join,
)
async def test_L47_a_client_edited_in_the_database_does_not_exist(a: Room, edited: dict[str, object]) -> None:
    made = await _made(a, expires_at=from_now(60))
    await a.tamper(clients.update().values(edited))
    async with a.snapshot() as records:
        for client in (made.client.id, "cli_" + "0" * 24):
            assert await records.clients.authenticate(client, made.secret) is None
            with pytest.raises(NotFound):
                await records.clients.get(client)
        assert await records.clients.list() == []


async def test_L47_a_revoked_client_revived_in_the_database_stays_dead(a: Room) -> None:
    made = await _made(a)
    async with a.begin() as records:
        await records.clients.revoke(made.client.id)
    await a.tamper(clients.update().values(status="active"))
    async with a.snapshot() as records:
        assert await records.clients.authenticate(made.client.id, made.secret) is None


@pytest.mark.shows("grants.clients")
async def test_L47_a_client_copied_from_another_tenant_opens_nothing(a: Room, b: Room) -> None:
    made = await _made(b, Role.ADMIN)
    (row,) = await b.tamper(sa.select(clients))
    await a.tamper(clients.insert().values(dict(zip(clients.c.keys(), row, strict=True)) | {"tenant_id": a.tenant}))
    async with a.snapshot() as records:
        assert await records.clients.authenticate(made.client.id, made.secret) is None
        assert await records.clients.list() == []


@pytest.mark.parametrize("beside", ["nobody", "user", "expired", "revoked", "ended", "forged"])
async def test_the_last_client_that_can_administer_cannot_be_ended(a: Room, beside: str) -> None:
    admin = await _made(a, Role.ADMIN, Role.USER)
    other = None
    if beside != "nobody":
        role = Role.USER if beside == "user" else Role.ADMIN
        other = (await _made(a, role, expires_at=from_now(-1) if beside == "expired" else None)).client.id
    if beside == "revoked":
        async with a.begin() as records:
            await records.clients.revoke(str(other))
    if beside == "forged":
        await a.tamper(clients.update().where(clients.c.id == other).values(mac=b"\0" * 32))

    async def revoke() -> None:
        async with a.begin() as records:
            await records.clients.revoke(admin.client.id, lambda client: beside == "ended" and client == other)

    with pytest.raises(LastAdmin):
        await revoke()
    async with a.snapshot() as records:
        assert await records.clients.authenticate(admin.client.id, admin.secret) == admin.client


async def test_of_two_administrators_who_end_each_other_at_once_one_stays(a: Room) -> None:
    pair = [(await _made(a, Role.ADMIN)).client.id for _ in range(2)]

    async def revoke(client: str) -> bool:
        try:
            async with a.begin() as records:
                await records.clients.revoke(client)
        except LastAdmin:
            return False
        return True

    assert sorted(await asyncio.gather(*(revoke(client) for client in pair))) == [False, True]
    async with a.snapshot() as records:
        assert sorted(client.status for client in await records.clients.list()) == ["active", "revoked"]


async def test_an_administrator_that_can_act_no_more_is_ended_like_any_client(a: Room) -> None:
    await _made(a, Role.ADMIN)
    expired, first = await _made(a, Role.ADMIN, expires_at=from_now(-1)), await _made(a, Role.ADMIN)
    async with a.begin() as records:
        for client in (expired.client.id, first.client.id, first.client.id):
            await records.clients.revoke(client)
        assert (await records.clients.get(first.client.id)).status == "revoked"


async def test_L49_an_enrolment_code_works_once(a: Room) -> None:
    async with a.begin() as records:
        await records.clients.add_code("hashed", from_now(60))
        assert await records.clients.use_code("another") is False
        assert await records.clients.use_code("hashed") is True
    async with a.begin() as records:
        with pytest.raises(CodeUsed):
            await records.clients.use_code("hashed")


async def test_an_expired_code_opens_nothing(a: Room) -> None:
    async with a.begin() as records:
        await records.clients.add_code("hashed", from_now(-1))
        assert await records.clients.use_code("hashed") is False


@pytest.mark.parametrize("edited", [{"expires_at": 9e9}, {"mac": b"\0" * 32}], ids=["expiry", "mac"])
async def test_L47_a_code_edited_in_the_database_opens_nothing(a: Room, edited: dict[str, object]) -> None:
    async with a.begin() as records:
        await records.clients.add_code("hashed", from_now(60))
    await a.tamper(enrolments.update().values(edited))
    async with a.begin() as records:
        assert await records.clients.use_code("hashed") is False


async def test_L47_a_spent_code_made_new_in_the_database_opens_nothing(a: Room) -> None:
    async with a.begin() as records:
        await records.clients.add_code("hashed", from_now(60))
        await records.clients.use_code("hashed")
    await a.tamper(enrolments.update().values(used_at=None))
    async with a.begin() as records:
        assert await records.clients.use_code("hashed") is False
