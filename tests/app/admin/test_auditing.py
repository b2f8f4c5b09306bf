"""Operators read what operators did, and a tenant sees in its own trail who looked at it."""

import pytest

from tenancy.ids import new_id
from tests.app.admin.driving import OperatorDesk
from tests.app.http.deployment import Member

pytestmark = pytest.mark.asyncio(loop_scope="session")

_WHY = {"reason": "the yearly review"}
_FOR = {"X-Reason": "ticket 4711"}


async def _seen(member: Member) -> list[tuple[str, str, str, str, str]]:
    items = (await member.http.get("/v1/audit", params={"limit": 50})).json()["items"]
    return [
        (one["action"], one["purpose"], one["address"], one["resource"], one["request_id"])
        for one in items
        if one["actor"] == "operator:ada"
    ]


@pytest.mark.shows("audit.operators")
async def test_a_tenant_sees_who_looked_at_it_why_from_where_and_in_which_request(desk: OperatorDesk) -> None:
    admin = await desk.deployment.administrator()
    path = f"/admin/v1/tenants/{admin.tenant}"
    usage = {"tenant": admin.tenant}
    looks = [
        ("tenant.read", await desk.http.get(path, headers=_FOR)),
        ("issuer.read", await desk.http.get(f"{path}/issuer", headers=_FOR)),
        ("usage.read", await desk.http.get("/admin/v1/usage", params=usage, headers=_FOR)),
        ("usage.read", await desk.http.get("/admin/v1/usage.csv", params=usage, headers=_FOR)),
        ("tenant.changed", await desk.http.patch(path, json={"plan": "free"}, headers=_FOR)),
    ]
    expected = [
        (action, "ticket 4711", "127.0.0.1", admin.tenant, answer.headers["x-request-id"]) for action, answer in looks
    ]
    assert await _seen(admin) == expected[::-1]
    await desk.http.get(path)
    assert (await _seen(admin))[0][:2] == ("tenant.read", "not stated")
    for everybody in ("/admin/v1/tenants", "/admin/v1/usage", "/admin/v1/orphans"):
        await desk.http.get(everybody)
    assert len(await _seen(admin)) == len(expected) + 1
    assert (await admin.http.get("/v1/audit/verify")).json()["intact"] is True


async def test_a_suspended_tenant_learns_afterwards_who_looked_and_an_erased_one_is_still_shown(
    desk: OperatorDesk,
) -> None:
    admin = await desk.deployment.administrator()
    path = f"/admin/v1/tenants/{admin.tenant}"
    await desk.http.post(f"{path}/suspend", json=_WHY)
    assert (await desk.http.get(path, headers=_FOR)).json()["status"] == "suspended"
    await desk.http.post(f"{path}/resume", json={})
    assert [one[0] for one in await _seen(admin)] == ["tenant.resumed", "tenant.read", "tenant.suspended"]
    await desk.erase(admin.tenant)
    shown = await desk.http.get(path)
    entry = await desk.entry_of(shown)
    assert shown.json()["status"] == "erased"
    assert entry is not None
    assert (entry["resource"], entry["outcome"]) == (admin.tenant, "done")


@pytest.mark.shows("audit.operators")
async def test_L23_no_word_of_a_tenants_is_in_the_operators_trail_nor_what_was_asked_for_in_vain(
    desk: OperatorDesk,
) -> None:
    name = f"Quixotic Marmalade {new_id('x')}"
    made = await desk.create(name, profile={"tone": "quixotic"})
    for path in (f"/admin/v1/tenants/{name}", f"/admin/v1/erasures/{name}"):
        assert (await desk.http.get(path)).status_code == 404
    assert (await desk.http.get("/admin/v1/usage", params={"tenant": name})).status_code == 404
    twice = [await desk.entry_of(await desk.http.get(f"/admin/v1/tenants/{name}")) for _ in range(2)]
    listed = await desk.operations()
    assert made["tenant"]["id"] in str(listed)
    assert "uixotic" not in str(listed)
    assert [one and one["resource"].startswith("asked:") for one in twice] == [True, True]
    assert len({one["resource"] for one in twice if one is not None}) == 1


async def test_the_trail_is_read_in_pages_and_by_tenant_and_time(desk: OperatorDesk) -> None:
    mine, other = [(await desk.deployment.code())[0] for _ in range(2)]
    for tenant in (mine, other, mine):
        await desk.http.get(f"/admin/v1/tenants/{tenant}")
    about = await desk.operations(tenant=mine)
    assert [(one["action"], one["tenant_id"]) for one in about] == [("tenant.read", mine)] * 2
    first = (await desk.http.get("/admin/v1/audit", params={"tenant": mine, "limit": 1, "from": about[1]["at"]})).json()
    assert first["items"][0]["action"] == "audit.read"  # of the reading just before, which was about it too
    rest = {"tenant": mine, "limit": 50, "cursor": first["next_cursor"], "to": about[0]["at"]}
    assert (await desk.http.get("/admin/v1/audit", params=rest)).json()["items"] == [about[1]]
    assert await desk.operations(tenant="nobody") == []
    admin = await desk.deployment.administrator()
    await admin.search("x")
    theirs = (await admin.http.get("/v1/audit", params={"limit": 1})).json()["next_cursor"]
    bad = ("cursor", theirs), ("limit", "0"), ("limit", "101"), ("from", "yesterday"), ("to", "2026-11-01T00:00:00")
    for name, value in bad:
        assert (await desk.http.get("/admin/v1/audit", params={name: value})).status_code == 422, name


async def test_L49_the_operators_trail_takes_an_operators_token(desk: OperatorDesk) -> None:
    admin = await desk.deployment.administrator()
    token = admin.http.headers["authorization"].removeprefix("Bearer ")
    for each in (None, token):
        assert (await desk.client(each).get("/admin/v1/audit")).status_code == 401
    assert (await admin.http.get("/admin/v1/audit")).status_code == 404


async def test_the_chain_of_all_this_is_whole(desk: OperatorDesk) -> None:
    await desk.http.get("/admin/v1/tenants")
    verdict = await desk.deployment.resources.foundation.operations.verify()
    assert verdict.intact
    assert verdict.entries > 0
