"""The mint's two doors: who comes in with what, and what shuts them."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tenancy.credentials import hashed_code
from tenancy.custody import Custody, ReasonMissing, RowChanged, WrongStatus
from tenancy.erasure import request_erasure, run_erasure
from tenancy.errors import NotFound, ServiceError
from tenancy.identity.operators import recognised
from tenancy.ids import LaneRef, new_id
from tenancy.keys.local import KeyDenied
from tenancy.mint import TenantSuspended
from tenancy.provision import NewTenant, provision
from tenancy.stores import registry
from tenancy.stores.clients import CodeUsed
from tenancy.stores.epoch import ScopeEnded
from tenancy.stores.views import DocumentStatus
from tenancy.tokens import TokenRefused
from tenancy.values.roles import Role
from tests.tenancy.building import NOWHERE, OPERATOR, House, Resident, house, upload

End = Callable[[House, Resident], Awaitable[None]]


async def _suspend(home: House, one: Resident) -> None:
    await (await home.custody(one.id)).suspend()


async def _revoke(home: House, one: Resident) -> None:
    compartment = await home.enter(one)
    await compartment.add_client("successor", frozenset({Role.ADMIN}), "administration")
    await compartment.revoke_client(one.client)


async def _ask_erasure(home: House, one: Resident) -> None:
    await request_erasure(home.mint, home.foundation, OPERATOR, one.id, "a test")


async def _erase(home: House, one: Resident) -> None:
    await run_erasure(home.foundation, await request_erasure(home.mint, home.foundation, OPERATOR, one.id, "a test"))


_ENDS: dict[str, tuple[End, type[ServiceError]]] = {
    "suspended": (_suspend, TenantSuspended),
    "revoked": (_revoke, TokenRefused),
    "erasure asked": (_ask_erasure, TokenRefused),
    "erased": (_erase, TokenRefused),
}


async def test_a_token_opens_its_own_tenant(home: House, a: Resident, b: Resident) -> None:
    for one in (a, b):
        compartment = await home.enter(one)
        assert compartment.card().id == one.id
        assert compartment.caller.client == one.client
        assert compartment.caller.roles == {Role.ADMIN}


@pytest.mark.shows("ending.credentials")
@pytest.mark.parametrize("end", _ENDS)
async def test_L07_every_credential_is_refused_on_the_next_request(
    home: House, a: Resident, b: Resident, end: str
) -> None:
    act, refusal = _ENDS[end]
    await home.enter(a)
    await act(home, a)
    with pytest.raises(refusal):
        await home.enter(a)
    with pytest.raises((refusal, TokenRefused)):
        await home.mint.exchange(a.client, a.secret, None)
    assert (await home.enter(b)).card().id == b.id


@pytest.mark.shows("ending.work")
@pytest.mark.parametrize("end", _ENDS)
async def test_L07_queued_jobs_do_not_run(home: House, a: Resident, b: Resident, end: str) -> None:
    for one in (a, b):
        await upload(await home.enter(one), "a.txt", f"text of {one.id}")
    (lane,) = [lane for lane in await home.foundation.lanes.due() if await _lane_is(home, lane, a)]
    await _ENDS[end][0](home, a)
    assert await home.mint.from_lane(lane) is None
    assert await home.drain() == 1


async def _lane_is(home: House, lane: LaneRef, one: Resident) -> bool:
    async with home.foundation.store.registry(writes=False) as db:
        return await registry.lane_tenant(db, lane) == one.id


async def test_L07_a_document_whose_client_was_revoked_fails_with_a_reason_and_can_be_retried(
    home: House, a: Resident
) -> None:
    compartment = await home.enter(a)
    other = await compartment.add_client("loader", frozenset({Role.POWER}), "loading")
    issued = await home.mint.exchange(other.client.id, other.secret, None)
    document = await upload(await home.mint.from_token(issued.access_token, NOWHERE), "a.txt", "text")
    await compartment.revoke_client(other.client.id)
    assert await home.drain() == 0
    async with compartment.snapshot() as records:
        found = await records.documents.get(document.id)
    assert found.status is DocumentStatus.FAILED
    assert found.outcome.failure is not None
    assert (found.outcome.failure.code, found.outcome.failure.retryable) == ("client_revoked", True)


@pytest.mark.shows("ending.work")
async def test_L07_what_began_before_a_suspension_writes_nothing_after_it(home: House, a: Resident) -> None:
    before = await home.enter(a)
    await _suspend(home, a)
    with pytest.raises(ScopeEnded):
        async with before.begin():
            pytest.fail("a transaction of an ended scope was opened")
    await (await home.custody(a.id)).resume()
    with pytest.raises(ScopeEnded):
        async with before.begin():
            pytest.fail("a transaction of an ended scope was opened")
    assert (await home.enter(a)).card().status == "active"


async def test_L07_what_began_before_a_suspension_reads_nothing_after_it(home: House, a: Resident) -> None:
    before = await home.enter(a)
    async with before.snapshot() as records:
        assert (await records.audit.page(1))[0]
    await _suspend(home, a)
    with pytest.raises(ScopeEnded):
        async with before.snapshot():
            pytest.fail("a transaction of an ended scope was opened")
    await (await home.custody(a.id)).resume()
    with pytest.raises(ScopeEnded):
        async with before.snapshot():
            pytest.fail("a transaction of an ended scope was opened")


async def test_L07_what_began_before_an_erasure_was_asked_writes_nothing_after_it(home: House, a: Resident) -> None:
    before = await home.enter(a)
    await _ask_erasure(home, a)
    with pytest.raises(ServiceError):
        await upload(before, "late.txt", "late")
    with pytest.raises(ScopeEnded):
        async with before.begin():
            pytest.fail("a transaction of an ended scope was opened")


async def test_a_resumed_tenant_is_what_it_was(home: House, a: Resident) -> None:
    await upload(await home.enter(a), "a.txt", "text")
    await _suspend(home, a)
    assert (await home.custody(a.id)).card().status == "suspended"
    await (await home.custody(a.id)).resume()
    assert await home.drain() == 1
    async with (await home.enter(a)).snapshot() as records:
        actions = [entry.action for entry in (await records.audit.page(10))[0]]
        assert (await records.audit.verify()).intact
    assert actions[:3] == ["document.indexed", "tenant.resumed", "tenant.suspended"]


async def test_jobs_that_a_worker_passed_over_during_a_suspension_run_after_it(home: House, a: Resident) -> None:
    await upload(await home.enter(a), "a.txt", "text")
    await _suspend(home, a)
    assert await home.drain() == 0
    assert await home.foundation.lanes.due() == []
    await (await home.custody(a.id)).resume()
    assert await home.drain() == 1


async def test_an_enrolment_code_works_once(home: House, a: Resident) -> None:
    with pytest.raises(CodeUsed):
        await home.mint.enrol(a.code, NOWHERE)
    for unknown in ("", "enr_unknown", hashed_code(a.code), f"code:{hashed_code(a.code)}", "\udcff"):
        with pytest.raises(TokenRefused):
            await home.mint.enrol(unknown, NOWHERE)


@pytest.mark.shows("capability.enrolment")
async def test_L49_twenty_at_once_enrol_once(home: House) -> None:
    _, enrolment = await provision(home.foundation, OPERATOR, NewTenant("Cedar"))
    tries = [home.mint.enrol(enrolment.code, NOWHERE) for _ in range(20)]
    done = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(not isinstance(each, BaseException) for each in done) == 1
    assert {type(each) for each in done if isinstance(each, BaseException)} == {CodeUsed}


@pytest.mark.parametrize("wrong", ["", "x", "secret of another"])
async def test_L06_a_wrong_or_empty_secret_gets_no_token(home: House, a: Resident, b: Resident, wrong: str) -> None:
    secret = b.secret if wrong.startswith("secret") else wrong
    with pytest.raises(TokenRefused):
        await home.mint.exchange(a.client, secret, None)
    for client in ("", "cli_", new_id("cli"), b.client, f"code:{hashed_code(a.code)}", a.id):
        with pytest.raises(TokenRefused):
            await home.mint.exchange(client, a.secret, None)


async def test_a_scope_narrows_a_token_and_never_widens_it(home: House, a: Resident) -> None:
    compartment = await home.enter(a)
    made = await compartment.add_client("reader", frozenset({Role.USER, Role.AUDITOR}), "reading")
    for asked, given in ((None, {"user", "auditor"}), ("user", {"user"}), ("admin", set()), ("user admin", {"user"})):
        issued = await home.mint.exchange(made.client.id, made.secret, asked)
        opened = await home.mint.from_token(issued.access_token, NOWHERE)
        assert opened.caller.roles == given


async def test_a_tokens_roles_count_only_while_the_client_has_them(home: House, a: Resident) -> None:
    compartment = await home.enter(a)
    made = await compartment.add_client("reader", frozenset({Role.USER}), "reading")
    signed = home.foundation.tenant_tokens.sign(
        made.client.id, 600, tid=a.id, cid=made.client.id, roles=["user", "admin"]
    )
    assert (await home.mint.from_token(signed, NOWHERE)).caller.roles == {Role.USER}


async def test_L04_claims_that_do_not_belong_together_are_refused(home: House, a: Resident, b: Resident) -> None:
    sign = home.foundation.tenant_tokens.sign
    for subject, tenant, client in (
        (a.client, b.id, a.client),
        (a.client, a.id, b.client),
        (b.client, a.id, a.client),
        (a.client, "", a.client),
        (a.client, new_id("ten"), a.client),
        (a.client, "../" + a.id, a.client),
        (a.client, a.id, ""),
    ):
        with pytest.raises(TokenRefused):
            await home.mint.from_token(sign(subject, 600, tid=tenant, cid=client, roles=["admin"]), NOWHERE)


async def test_L49_an_operators_token_opens_no_tenant_and_a_tenants_no_operator(home: House, a: Resident) -> None:
    operator = home.foundation.operator_tokens.sign("root", 600, tid=a.id, cid=a.client, roles=["admin"])
    assert recognised(home.foundation.operator_tokens, operator).subject == "root"
    with pytest.raises(TokenRefused):
        await home.mint.from_token(operator, NOWHERE)
    with pytest.raises(TokenRefused):
        recognised(home.foundation.operator_tokens, a.token)


async def test_L05_tokens_alike_in_their_first_characters_stay_apart(home: House, a: Resident, b: Resident) -> None:
    assert a.token[:40] == b.token[:40]
    opened = await asyncio.gather(*[home.enter(one) for one in (a, b) * 25])
    assert [each.card().id for each in opened] == [a.id, b.id] * 25


async def test_a_tenant_whose_key_is_withheld_fails_closed_and_nobody_else(
    home: House, a: Resident, b: Resident
) -> None:
    await home.enter(a)
    (home.keys / "tenants" / f"{a.id}.key").unlink()
    home.foundation.keyring.evict(a.id)
    with pytest.raises(KeyDenied):
        await home.enter(a)
    assert (await home.enter(b)).card().id == b.id


@pytest.mark.parametrize("asked", ["", "lan_", "ten_1", "lan_" + "2" * 24, "'; drop table lanes; --"])
async def test_L20_a_lane_that_does_not_exist_has_no_work(home: House, a: Resident, asked: str) -> None:
    await upload(await home.enter(a), "a.txt", "text")
    assert await home.mint.from_lane(LaneRef(asked)) is None
    assert await home.drain() == 1


async def test_custody_takes_a_tenant_that_exists_and_a_reason(home: House, a: Resident) -> None:
    for reason in ("", "  \n"):
        with pytest.raises(ReasonMissing):
            await home.mint.custody(OPERATOR, a.id, reason)
    for absent in ("", "ten_", new_id("ten"), a.client):
        with pytest.raises(NotFound):
            await home.mint.custody(OPERATOR, absent, "a test")


async def test_custody_moves_a_tenant_only_from_where_it_stands(home: House, a: Resident) -> None:
    with pytest.raises(WrongStatus):
        await (await home.custody(a.id)).resume()
    await _suspend(home, a)
    with pytest.raises(WrongStatus):
        await (await home.custody(a.id)).suspend()


async def test_a_custody_that_was_overtaken_changes_nothing(home: House, a: Resident) -> None:
    stale: Custody = await home.custody(a.id)
    await _suspend(home, a)
    for act in (stale.suspend, lambda: stale.change("free", None)):
        with pytest.raises(RowChanged):
            await act()
    await (await home.custody(a.id)).resume()
    card = (await home.enter(a)).card()
    assert (card.status, card.plan) == ("active", "standard")


async def test_a_restart_keeps_tokens_suspensions_and_revocations(home: House, a: Resident, b: Resident) -> None:
    await _revoke(home, b)
    async with house(home.data.parent) as again:
        assert (await again.enter(a)).card().id == a.id
        with pytest.raises(TokenRefused):
            await again.enter(b)
        await _suspend(again, a)
    with pytest.raises(TenantSuspended):  # and the process that ran before sees it at once
        await home.enter(a)
