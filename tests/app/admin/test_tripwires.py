"""Operators see what rang, and give a tenant a tripwire of its own when it asks."""

import pytest

from tenancy.credentials import Circumstances
from tests.app.admin.driving import OperatorDesk

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_tenant_that_asks_gets_a_token_whose_alarm_names_it_and_the_place(desk: OperatorDesk) -> None:
    owner, finder = [await desk.deployment.administrator() for _ in range(2)]
    path = f"/admin/v1/tenants/{owner.tenant}/tripwires"
    planted = await desk.http.post(path, json={"place": "payroll folder", "reason": "they asked, ticket 7"})
    assert planted.status_code == 201, planted.text
    token = planted.json()["token"]
    await finder.search(f"what is {token}")
    shown = (await desk.http.get("/admin/v1/tripwires", params={"limit": 1})).json()
    (alarm,) = shown["alarms"]
    assert (alarm["owner"], alarm["place"], alarm["seen_by"]) == (owner.tenant, "payroll folder", finder.tenant)
    assert (alarm["surface"], alarm["blocked"], alarm["drill"]) == ("question", False, False)
    assert token not in str(shown)


async def test_a_planted_token_stands_in_the_owners_trail_with_the_operators_reason(desk: OperatorDesk) -> None:
    owner = await desk.deployment.administrator()
    body = {"place": "archive", "reason": "they asked, ticket 8"}
    await desk.http.post(f"/admin/v1/tenants/{owner.tenant}/tripwires", json=body)
    mint = desk.deployment.resources.mint
    token = owner.http.headers["authorization"].removeprefix("Bearer ")
    compartment = await mint.from_token(token, Circumstances())
    async with compartment.snapshot() as records:
        (newest,), _ = await records.audit.page(1)
    assert (newest.action, newest.actor, newest.purpose) == ("tripwire.planted", "operator:ada", body["reason"])


@pytest.mark.parametrize("body", [{}, {"place": "", "reason": "r"}, {"place": "x" * 81, "reason": "r"},
                                  {"place": "caf\u00e9", "reason": "r"}, {"place": "a\nb", "reason": "r"},
                                  {"place": "x", "reason": " "}])  # fmt: skip
async def test_no_token_without_a_place_that_may_be_logged_and_a_reason(
    desk: OperatorDesk, body: dict[str, str]
) -> None:
    owner = await desk.deployment.administrator()
    answer = await desk.http.post(f"/admin/v1/tenants/{owner.tenant}/tripwires", json=body)
    assert answer.status_code == 422, answer.text


async def test_an_unknown_tenant_gets_none(desk: OperatorDesk) -> None:
    body = {"place": "x", "reason": "r"}
    answer = await desk.http.post("/admin/v1/tenants/ten_00000000000000000000000a/tripwires", json=body)
    assert answer.status_code == 404


async def test_without_sentinels_the_status_says_so(desk: OperatorDesk) -> None:
    shown = (await desk.http.get("/admin/v1/tripwires")).json()
    assert set(shown) == {"status", "sentinels", "last_good_probe_at", "last_drill_at", "alarms"}
    assert shown["status"] in {"none", "ok"}
