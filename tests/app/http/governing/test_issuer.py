"""A tenant proposes its own issuer, the operator confirms the same, and its people come with the issuer's tokens."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tenancy.ids import new_id
from tests.app.admin.driving import OperatorDesk, kept_house
from tests.app.http.deployment import Deployment, Member
from tests.standins.issuer import AUDIENCE, ORGANISATION, Issuer, issuer

__all__ = ["issuer"]
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.shows("identity.own-issuer")]
_PATH = "/v1/settings/issuer"
_ROLES = {"claim": "groups", "given": {"staff": ["user"], "heads": ["admin", "auditor"]}}


@pytest_asyncio.fixture(loop_scope="session")
async def desk(deployment: Deployment) -> AsyncIterator[OperatorDesk]:
    """Yield an operators' desk."""
    async with kept_house(deployment) as opened:
        yield opened


def _bound(issuer: Issuer, organisation: str) -> dict[str, Any]:
    named = {"claim": ORGANISATION, "value": organisation}
    return {"issuer": issuer.url, "audience": AUDIENCE, "organisation": named}


async def _confirm(desk: OperatorDesk, member: Member, body: dict[str, Any]) -> httpx.Response:
    path = f"/admin/v1/tenants/{member.tenant}/issuer/confirm"
    return await desk.http.post(path, json={**body, "reason": "a signed order form"})


async def test_from_proposal_to_a_persons_first_request_and_to_the_end(desk: OperatorDesk, issuer: Issuer) -> None:
    admin, organisation = await desk.deployment.administrator(), new_id("org")
    nothing = {"status": "none", "since": None, "issuer": None, "audience": None, "organisation": None, "roles": None}
    assert (await admin.http.get(_PATH)).json() == nothing
    bound = _bound(issuer, organisation)
    proposed = (await admin.http.put(_PATH, json={**bound, "roles": _ROLES})).json()
    assert {name: proposed[name] for name in bound} == bound
    assert (proposed["status"], proposed["roles"]) == ("proposed", _ROLES)
    person = desk.deployment.client(issuer.token(org_id=organisation, groups=["heads", "staff"]))
    assert (await person.get("/v1/me")).status_code == 401
    shown = f"/admin/v1/tenants/{admin.tenant}/issuer"
    assert (await desk.http.get(shown)).json()["status"] == "proposed"
    confirmed = await _confirm(desk, admin, bound)
    assert (confirmed.status_code, confirmed.json()["status"]) == (200, "confirmed")
    me = (await person.get("/v1/me")).json()
    assert (me["tenant"]["id"], me["roles"]) == (admin.tenant, ["admin", "auditor", "user"])
    assert me["actor"] == f"person:{issuer.url} ada"
    entries = (await person.get("/v1/audit")).json()["items"]
    told = ["caller.read", "issuer.confirmed", "issuer.read", "issuer.proposed"]
    assert [entry["action"] for entry in entries[:4]] == told
    assert (await admin.http.delete(_PATH)).status_code == 204
    assert (await person.get("/v1/me")).status_code == 401
    assert (await admin.http.get(_PATH)).json() == nothing
    assert (await admin.http.delete(_PATH)).status_code == 204


async def test_a_person_without_a_mapped_role_signs_in_and_may_do_nothing(desk: OperatorDesk, issuer: Issuer) -> None:
    admin, organisation = await desk.deployment.administrator(), new_id("org")
    bound = _bound(issuer, organisation)
    assert (await admin.http.put(_PATH, json=bound)).json()["roles"] is None
    await _confirm(desk, admin, bound)
    token = issuer.token(org_id=organisation, groups=["heads"], roles=["admin"], tid=new_id("ten"))
    answer = await desk.deployment.client(token).get("/v1/me")
    assert (answer.status_code, answer.json()["code"]) == (403, "role_required")
    assert (await desk.client(token).get("/admin/v1/tenants")).status_code == 401


async def test_the_operator_is_shown_nothing_confirms_nothing_else_and_can_end_it(
    desk: OperatorDesk, issuer: Issuer
) -> None:
    admin, organisation = await desk.deployment.administrator(), new_id("org")
    bound = _bound(issuer, organisation)
    early = await _confirm(desk, admin, bound)
    assert (early.status_code, early.json()["code"]) == (409, "issuer_not_proposed")
    await admin.http.put(_PATH, json={**bound, "roles": _ROLES})
    wrong = await _confirm(desk, admin, {**bound, "audience": "another"})
    assert {**wrong.json(), "request_id": ""} == {**early.json(), "request_id": ""}
    shown = await desk.http.get(f"/admin/v1/tenants/{admin.tenant}/issuer")
    assert set(shown.json()) == {"status", "since"}
    await _confirm(desk, admin, bound)
    person = desk.deployment.client(issuer.token(org_id=organisation, groups=["staff"]))
    assert (await person.get("/v1/me")).status_code == 200
    path = f"/admin/v1/tenants/{admin.tenant}/issuer"
    assert (await desk.http.request("DELETE", path, json={})).status_code == 422
    ended = await desk.http.request("DELETE", path, json={"reason": "the contract ended"})
    assert ended.json()["status"] == "ended"
    assert (await person.get("/v1/me")).status_code == 401
    assert (await admin.http.get(_PATH)).json()["status"] == "ended"
    absent = await desk.http.get(f"/admin/v1/tenants/{new_id('ten')}/issuer")
    assert absent.status_code == 404


async def test_an_organisation_of_another_tenant_is_told_to_the_operator_and_not_to_who_proposes_it(
    desk: OperatorDesk, issuer: Issuer
) -> None:
    first, second = await desk.deployment.administrator(), await desk.deployment.administrator()
    bound = _bound(issuer, new_id("org"))
    await first.http.put(_PATH, json=bound)
    await _confirm(desk, first, bound)
    assert (await second.http.put(_PATH, json=bound)).json()["status"] == "proposed"
    taken = await _confirm(desk, second, bound)
    assert (taken.status_code, taken.json()["code"]) == (409, "issuer_taken")
    assert first.tenant not in taken.text


_FAULTS: list[dict[str, Any]] = [
    {"issuer": ""},
    {"issuer": "https://10.0.0.1"},
    {"issuer": "http://login.example.com"},
    {"issuer": "https://login.example.com/?a=b"},
    {"issuer": "https://user:word@login.example.com"},
    {"issuer": "https://login.example.com/" + "x" * 500},
    {"audience": None},
    {"audience": ["a", "b"]},
    {"organisation": None},
    {"organisation": {"claim": "org_id"}},
    {"organisation": {"claim": "org_id", "value": ""}},
    {"organisation": {"claim": "email", "value": "ada@a.example"}},
    {"organisation": {"claim": "sub", "value": "ada"}},
    {"roles": {"claim": "groups", "given": {"staff": ["operator"]}}},
    {"roles": {"claim": "groups", "given": {"staff": "admin"}}},
    {"tenant_id": "ten_00000000000000000000000a"},
    {"jwks_uri": "https://keys.example.com"},
]


async def test_L50_what_cannot_bind_a_tenant_is_refused_and_changes_nothing(
    deployment: Deployment, issuer: Issuer
) -> None:
    admin = await deployment.administrator()
    for fault in _FAULTS:
        answer = await admin.http.put(_PATH, json={**_bound(issuer, "org"), **fault})
        assert answer.status_code == 422, (fault, answer.text)
    assert (await admin.http.get(_PATH)).json()["status"] == "none"
    assert issuer.asked == []
