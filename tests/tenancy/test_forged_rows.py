"""Rows that somebody with the database in hand inserts, edits, copies or puts back open nothing."""

import time
from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from tenancy.custody import RowChanged
from tenancy.deployment.roster import find, roster
from tenancy.erasure import request_erasure, run_erasure
from tenancy.errors import ServiceError
from tenancy.ids import TenantId, new_id
from tenancy.keys.local import KeyDenied
from tenancy.keys.tenant_keys import Family, Purpose
from tenancy.mint import TenantSuspended
from tenancy.provision import NewTenant, provision
from tenancy.stores.clients import CodeUsed
from tenancy.stores.schema import clients, enrolments, lookups, tenant_keys, tenants
from tenancy.tokens import TokenRefused
from tenancy.values.roles import Role
from tests.tenancy.building import NOWHERE, OPERATOR, House, Resident


async def _row(home: House, table: sa.Table, of: TenantId | None, *where: sa.ColumnElement[bool]) -> dict[str, Any]:
    store = home.foundation.store
    opened = store.registry(writes=False) if of is None else store.tenant(of, writes=False)
    async with opened as db:
        return dict((await db.execute(sa.select(table).where(*where))).mappings().one())


async def _tenant_row(home: House, one: Resident) -> dict[str, Any]:
    return await _row(home, tenants, None, tenants.c.id == one.id)


async def _put_tenant(home: House, one: Resident, values: Mapping[str, Any]) -> None:
    await home.execute(None, tenants.update().where(tenants.c.id == one.id).values(dict(values)))


@pytest.mark.shows("grants.tenants")
@pytest.mark.parametrize(
    "edit",
    [
        {"plan": "dedicated"},
        {"epoch": 2},
        {"epoch": 0},
        {"limits": '{"documents": 1000000}'},
        {"embedder": "other"},
        {"mac": b""},
        {"mac": bytes(32)},
    ],
    ids=str,
)
async def test_L47_an_edited_tenant_row_opens_nothing(
    home: House, a: Resident, b: Resident, edit: dict[str, object]
) -> None:
    await _put_tenant(home, a, edit)
    with pytest.raises(ServiceError):
        await home.enter(a)
    with pytest.raises(ServiceError):
        await home.mint.exchange(a.client, a.secret, None)
    assert (await home.enter(b)).card().id == b.id


@pytest.mark.parametrize(
    "edit",
    [
        {"status": "activ"},
        {"status": ""},
        {"limits": "{"},
        {"limits": "[]"},
        {"limits": '{"wishes": 3}'},
        {"plan": "unheard of"},
    ],
    ids=str,
)
async def test_L47_a_tenant_row_with_words_of_nobodys_opens_nothing_and_the_others_are_listed(
    home: House, a: Resident, b: Resident, edit: dict[str, object]
) -> None:
    await _put_tenant(home, a, edit)
    with pytest.raises(TokenRefused):
        await home.enter(a)
    cards = {card.id: card async for card in roster(home.foundation)}
    assert (cards[b.id].status, cards[b.id].limits["documents"]) == ("active", 10_000)
    assert (await find(home.foundation, a.id)).id == a.id
    assert (await home.enter(b)).card().id == b.id


async def test_L47_a_suspended_tenants_edited_status_is_still_suspended(home: House, a: Resident) -> None:
    await (await home.custody(a.id)).suspend()
    await _put_tenant(home, a, {"status": "activ"})
    with pytest.raises(TenantSuspended):
        await home.enter(a)
    await (await home.custody(a.id)).resume()
    assert (await home.enter(a)).card().status == "active"


async def test_L47_a_key_of_an_unknown_family_is_no_key(home: House, a: Resident) -> None:
    data = sa.and_(tenant_keys.c.tenant_id == a.id, tenant_keys.c.family == Family.DATA)
    await home.execute(None, tenant_keys.update().where(data).values(family="x"))
    home.foundation.keyring.evict(a.id)
    with pytest.raises(KeyDenied):
        await home.enter(a)


@pytest.mark.shows("grants.tenants", without="its MAC")
async def test_L47_without_its_mac_an_edited_tenant_row_would_be_believed(home: House, a: Resident) -> None:
    """The same edit, signed by whoever has the tenant's key: now the wider limits hold."""
    await _put_tenant(home, a, {"limits": '{"documents": 1000000}'})
    with pytest.raises(TokenRefused):
        await home.enter(a)
    keys = await home.foundation.keyring.open(a.id)
    fields = ("tenant", a.id, "active", "standard", "1", "minilm", '{"documents": 1000000}')
    await _put_tenant(home, a, {"mac": keys.mac(Purpose.GRANTS, *fields)})
    assert (await home.enter(a)).quota.limits["documents"] == 1_000_000


@pytest.mark.shows("ending.rows")
async def test_L47_a_suspended_tenant_set_active_or_put_back_stays_suspended(home: House, a: Resident) -> None:
    before = await _tenant_row(home, a)
    await (await home.custody(a.id)).suspend()
    suspended = await _tenant_row(home, a)
    for edit in ({"status": "active"}, before, {**suspended, "status": "active", "mac": before["mac"]}):
        await _put_tenant(home, a, edit)
        with pytest.raises((TenantSuspended, TokenRefused)):
            await home.enter(a)
        with pytest.raises((TenantSuspended, TokenRefused)):
            await home.mint.exchange(a.client, a.secret, None)


@pytest.mark.shows("ending.rows")
async def test_L47_an_erased_tenant_put_back_stays_erased(home: House, a: Resident) -> None:
    before, lookup = await _tenant_row(home, a), await _row(home, lookups, None, lookups.c.key == a.client)
    wrapped = []
    for family in ("data", "match"):
        query = (tenant_keys.c.tenant_id == a.id, tenant_keys.c.family == family)
        wrapped.append(await _row(home, tenant_keys, None, *query))
    client = await _row(home, clients, a.id)
    await run_erasure(home.foundation, await request_erasure(home.mint, home.foundation, OPERATOR, a.id, "a test"))
    await _put_tenant(home, a, before)
    await home.execute(None, lookups.insert().values(lookup))
    for row in wrapped:
        mine = (tenant_keys.c.tenant_id == a.id) & (tenant_keys.c.family == row["family"])
        await home.execute(None, tenant_keys.update().where(mine).values(row))
    await home.execute(a.id, clients.insert().values(client))
    with pytest.raises(TokenRefused):
        await home.enter(a)
    with pytest.raises(TokenRefused):
        await home.mint.exchange(a.client, a.secret, None)


async def test_L47_an_operators_next_act_does_not_sign_what_was_edited(home: House, a: Resident) -> None:
    await _put_tenant(home, a, {"plan": "dedicated", "limits": '{"documents": 1000000}'})
    for act in ("suspend", "change"):
        custody = await home.custody(a.id)
        with pytest.raises(RowChanged):
            await (custody.suspend() if act == "suspend" else custody.change(None, {"bytes": 1}))
    with pytest.raises(TokenRefused):
        await home.enter(a)


@pytest.mark.shows("grants.clients")
async def test_L47_a_client_inserted_by_hand_opens_nothing(home: House, a: Resident) -> None:
    mine = await _row(home, clients, a.id)
    made_up = new_id("cli")
    for mac in (mine["mac"], bytes(32)):
        await home.execute(a.id, sa.delete(clients).where(clients.c.id == made_up))
        await home.execute(a.id, clients.insert().values({**mine, "id": made_up, "mac": mac}))
        await home.execute(None, sa.delete(lookups).where(lookups.c.key == made_up))
        await home.execute(None, lookups.insert().values(key=made_up, tenant_id=a.id))
        with pytest.raises(TokenRefused):
            await home.mint.exchange(made_up, a.secret, None)
        token = home.foundation.tenant_tokens.sign(made_up, 600, tid=a.id, cid=made_up, roles=["admin"])
        with pytest.raises(TokenRefused):
            await home.mint.from_token(token, NOWHERE)
    async with (await home.enter(a)).snapshot() as records:
        assert [client.id for client in await records.clients.list()] == [a.client]


@pytest.mark.shows("grants.clients")
@pytest.mark.parametrize(
    "edit",
    [
        {"roles": "admin,user"},
        {"status": "active "},
        {"expires_at": time.time() + 999},
        {"secret_mac": bytes(32)},
        {"earlier_mac": bytes(32), "earlier_until": time.time() + 999},
    ],
    ids="+".join,
)
async def test_L47_an_edited_client_opens_nothing(home: House, a: Resident, edit: dict[str, object]) -> None:
    await home.execute(a.id, clients.update().where(clients.c.id == a.client).values(edit))
    with pytest.raises(TokenRefused):
        await home.enter(a)
    with pytest.raises(TokenRefused):
        await home.mint.exchange(a.client, a.secret, None)


@pytest.mark.shows("grants.clients")
async def test_L47_a_client_copied_from_another_tenant_opens_nothing(home: House, a: Resident, b: Resident) -> None:
    theirs = await _row(home, clients, b.id)
    await home.execute(a.id, clients.insert().values({**theirs, "tenant_id": a.id}))
    await home.execute(None, lookups.update().where(lookups.c.key == b.client).values(tenant_id=a.id))
    with pytest.raises(TokenRefused):
        await home.mint.exchange(b.client, b.secret, None)
    token = home.foundation.tenant_tokens.sign(b.client, 600, tid=a.id, cid=b.client, roles=["admin"])
    with pytest.raises(TokenRefused):
        await home.mint.from_token(token, NOWHERE)


@pytest.mark.shows("ending.rows")
async def test_L47_a_revoked_client_put_back_stays_revoked(home: House, a: Resident) -> None:
    compartment = await home.enter(a)
    made = await compartment.add_client("reader", frozenset({Role.USER}), "reading")
    issued = await home.mint.exchange(made.client.id, made.secret, None)
    before = await _row(home, clients, a.id, clients.c.id == made.client.id)
    await compartment.revoke_client(made.client.id)
    await home.execute(a.id, clients.update().where(clients.c.id == made.client.id).values(before))
    async with compartment.snapshot() as records:
        assert (await records.clients.get(made.client.id)).status == "active"  # the row itself is genuine
    with pytest.raises(TokenRefused):
        await home.mint.from_token(issued.access_token, NOWHERE)
    with pytest.raises(TokenRefused):
        await home.mint.exchange(made.client.id, made.secret, None)


@pytest.mark.shows("grants.enrolment")
async def test_L47_an_enrolment_reset_or_put_back_or_prolonged_is_spent_all_the_same(home: House) -> None:
    card, enrolment = await provision(home.foundation, OPERATOR, NewTenant("Cedar"))
    tenant = TenantId(card.id)
    before = await _row(home, enrolments, tenant)
    await home.mint.enrol(enrolment.code, NOWHERE)
    for edit in ({"used_at": None}, before, {**before, "expires_at": before["expires_at"] + 9}):
        await home.execute(tenant, enrolments.update().values(edit))
        with pytest.raises(CodeUsed):
            await home.mint.enrol(enrolment.code, NOWHERE)


@pytest.mark.parametrize("edit", [{"expires_at": 9e9}, {"mac": bytes(32)}], ids=str)
async def test_L47_an_edited_enrolment_makes_no_client(home: House, edit: dict[str, object]) -> None:
    card, enrolment = await provision(home.foundation, OPERATOR, NewTenant("Cedar"))
    await home.execute(TenantId(card.id), enrolments.update().values(edit))
    with pytest.raises(TokenRefused):
        await home.mint.enrol(enrolment.code, NOWHERE)


async def test_L47_an_enrolment_led_to_another_tenant_makes_no_client(home: House, b: Resident) -> None:
    card, enrolment = await provision(home.foundation, OPERATOR, NewTenant("Cedar"))
    theirs = await _row(home, enrolments, TenantId(card.id))
    await home.execute(b.id, enrolments.insert().values({**theirs, "tenant_id": b.id}))
    await home.execute(None, lookups.update().where(lookups.c.tenant_id == card.id).values(tenant_id=b.id))
    with pytest.raises((TokenRefused, CodeUsed)):
        await home.mint.enrol(enrolment.code, NOWHERE)
