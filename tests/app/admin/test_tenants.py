"""Operators create, list, change, suspend and resume tenants."""

import asyncio

import pytest

from tenancy.ids import new_id
from tests.app.admin.driving import OperatorDesk

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_created_tenant_is_listed_shown_and_located(desk: OperatorDesk) -> None:
    name = new_id("name")
    answer = await desk.http.post("/admin/v1/tenants", json={"name": name, "plan": "free"})
    made = answer.json()
    assert set(made) == {"tenant", "enrolment"}
    assert made["tenant"] == {"id": made["tenant"]["id"], "name": name, "status": "active", "plan": "free"}
    shown = (await desk.http.get(answer.headers["location"])).json()
    assert {key: shown[key] for key in made["tenant"]} == made["tenant"]
    assert shown.pop("rotation") is None
    assert shown.pop("worker") == {"served_by": "shared", "seen_at": None}
    listed = (await desk.http.get("/admin/v1/tenants")).json()["items"]
    assert shown in listed


async def test_L64_tenants_are_listed_page_by_page(desk: OperatorDesk) -> None:
    for _ in range(3):
        await desk.create(new_id("name"))
    whole = (await desk.http.get("/admin/v1/tenants")).json()
    assert whole["next_cursor"] is None
    asked: dict[str, str | int] = {"limit": len(whole["items"]) // 2}
    pages = [(await desk.http.get("/admin/v1/tenants", params=asked)).json()]
    while pages[-1]["next_cursor"] is not None:
        answer = await desk.http.get("/admin/v1/tenants", params={**asked, "cursor": pages[-1]["next_cursor"]})
        pages.append(answer.json())
    assert [one for page in pages for one in page["items"]] == whole["items"]
    assert max(len(page["items"]) for page in pages) == asked["limit"]
    for wrong in ({"cursor": new_id("ten")}, {"cursor": "x"}, {"limit": 1_001}, {"limit": 0}):
        assert (await desk.http.get("/admin/v1/tenants", params=wrong)).status_code == 422


async def test_a_repeated_creation_gives_the_same_tenant_and_code_and_another_wish_under_its_key_is_a_conflict(
    desk: OperatorDesk,
) -> None:
    wish, key = {"name": new_id("name"), "plan": "free"}, {"Idempotency-Key": new_id("key")}
    first = await desk.http.post("/admin/v1/tenants", json=wish, headers=key)
    again = await desk.http.post("/admin/v1/tenants", json=wish, headers=key)
    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
    assert (first.headers.get("idempotency-replayed"), again.headers["idempotency-replayed"]) == (None, "true")
    other = await desk.http.post("/admin/v1/tenants", json={**wish, "name": new_id("name")}, headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")
    anew = await desk.http.post("/admin/v1/tenants", json=wish, headers={"Idempotency-Key": new_id("key")})
    assert (anew.status_code, anew.json()["code"]) == (409, "name_taken")
    code = first.json()["enrolment"]["code"]
    enrolled = await desk.deployment.client().post("/v1/enrol", json={"code": code})
    assert enrolled.status_code == 201


async def test_parallel_creations_under_one_key_make_one_tenant(desk: OperatorDesk) -> None:
    wish, key = {"name": new_id("name")}, {"Idempotency-Key": new_id("key")}
    answers = await asyncio.gather(*(desk.http.post("/admin/v1/tenants", json=wish, headers=key) for _ in range(8)))
    made = {answer.json()["tenant"]["id"] for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    listed = (await desk.http.get("/admin/v1/tenants")).json()["items"]
    assert [one["id"] for one in listed if one["name"] == wish["name"]] == list(made)


async def test_standard_is_the_plan_of_a_tenant_that_names_none(desk: OperatorDesk) -> None:
    made = await desk.create(new_id("name"))
    assert made["tenant"]["plan"] == "standard"


@pytest.mark.parametrize("twin", ["Ａｃｍｅ  Ltd {}", "acme-ltd.{}", "ACME LTD {}"])
async def test_L03_names_that_read_the_same_cannot_both_exist(desk: OperatorDesk, twin: str) -> None:
    end = new_id("x")
    await desk.create(f"Acme Ltd {end}")
    answer = await desk.http.post("/admin/v1/tenants", json={"name": twin.format(end)})
    assert (answer.status_code, answer.json()["code"]) == (409, "name_taken")


@pytest.mark.parametrize("name", ["", "   ", "a" * 201, "line\nbreak", "bell\x07"])
async def test_a_name_that_is_empty_overlong_or_not_printable_is_refused(desk: OperatorDesk, name: str) -> None:
    answer = await desk.http.post("/admin/v1/tenants", json={"name": name})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "wish",
    [
        {"plan": "gold"},
        {"limits": {"wishes": 3}},
        {"limits": {"documents": -1}},
        {"limits": {"documents": True}},
        {"settings": {"provider_key": "k"}},
        {"profile": {"system": "{{7*7}}"}},
        {"profile": {"mood": "sunny"}},
        {"tenant_id": "ten_00000000000000000000000a"},
    ],
)
async def test_a_wish_that_cannot_be_granted_creates_nothing(desk: OperatorDesk, wish: dict[str, object]) -> None:
    name = new_id("name")
    answer = await desk.http.post("/admin/v1/tenants", json={"name": name, **wish})
    assert answer.status_code == 422, answer.text
    listed = (await desk.http.get("/admin/v1/tenants")).json()["items"]
    assert name not in {one["name"] for one in listed}


async def test_the_profile_given_at_creation_writes_the_refusal(desk: OperatorDesk) -> None:
    made = await desk.create(new_id("name"), profile={"refusal": "Ask the harbour master."})
    credentials = (await desk.deployment.client().post("/v1/enrol", json=_code(made))).json()
    member = await desk.deployment.signed_in(credentials, made["tenant"]["id"])
    answer = (await member.http.post("/v1/ask", json={"question": "Who is the pilot?"})).json()
    assert (answer["refused"], answer["answer"]) == (True, "Ask the harbour master.")


def _code(made: dict[str, dict[str, str]]) -> dict[str, str]:
    return {"code": made["enrolment"]["code"]}


async def test_L49_an_enrolment_code_works_once(desk: OperatorDesk) -> None:
    made = await desk.create(new_id("name"))
    first = await desk.deployment.client().post("/v1/enrol", json=_code(made))
    again = await desk.deployment.client().post("/v1/enrol", json=_code(made))
    assert (first.status_code, again.status_code) == (201, 409)


async def test_a_changed_limit_holds_for_the_tenant_and_the_others_stay(desk: OperatorDesk) -> None:
    admin = await desk.deployment.administrator()
    before = (await desk.http.get(f"/admin/v1/tenants/{admin.tenant}")).json()["limits"]
    answer = await desk.http.patch(f"/admin/v1/tenants/{admin.tenant}", json={"limits": {"documents": 7}})
    assert answer.json()["limits"] == before | {"documents": 7}
    assert (await admin.http.get("/v1/me")).json()["limits"] == before | {"documents": 7}


async def test_L07_a_suspended_tenant_is_refused_at_once_and_welcome_again_after_it_is_resumed(
    desk: OperatorDesk,
) -> None:
    admin = await desk.deployment.administrator()
    await desk.http.post(f"/admin/v1/tenants/{admin.tenant}/suspend", json={"reason": "unpaid"})
    refused = await admin.http.get("/v1/me")
    assert (refused.status_code, refused.json()["code"]) == (403, "tenant_suspended")
    form = {"grant_type": "client_credentials", **admin.credentials}
    assert (await desk.deployment.client().post("/v1/token", data=form)).status_code == 403
    resumed = await desk.http.post(f"/admin/v1/tenants/{admin.tenant}/resume", json={})
    assert resumed.json()["status"] == "active"
    assert (await admin.http.get("/v1/me")).status_code == 200


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "  "}, {"reason": 3}])
async def test_nobody_is_suspended_without_a_written_reason(desk: OperatorDesk, body: dict[str, object]) -> None:
    admin = await desk.deployment.administrator()
    answer = await desk.http.post(f"/admin/v1/tenants/{admin.tenant}/suspend", json=body)
    assert answer.status_code == 422
    assert (await admin.http.get("/v1/me")).status_code == 200


async def test_a_tenant_that_is_not_suspended_cannot_be_resumed(desk: OperatorDesk) -> None:
    made = await desk.create(new_id("name"))
    answer = await desk.http.post(f"/admin/v1/tenants/{made['tenant']['id']}/resume", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_status")


@pytest.mark.parametrize("unknown", ["ten_00000000000000000000000a", "x", "%00"])
async def test_an_unknown_tenant_is_not_found_and_not_made(desk: OperatorDesk, unknown: str) -> None:
    path = f"/admin/v1/tenants/{unknown}"
    before = (await desk.http.get("/admin/v1/tenants")).json()
    answers = [
        await desk.http.get(path),
        await desk.http.patch(path, json={"plan": "free"}),
        await desk.http.post(f"{path}/suspend", json={"reason": "r"}),
        await desk.http.post(f"{path}/resume", json={}),
        await desk.http.request("DELETE", path, json={"reason": "r"}),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert (await desk.http.get("/admin/v1/tenants")).json() == before


async def test_keys_are_replaced_for_a_reason_and_one_rotation_runs_at_a_time(desk: OperatorDesk) -> None:
    made = (await desk.create(new_id("name")))["tenant"]["id"]
    path = f"/admin/v1/tenants/{made}"
    assert (await desk.http.get(path)).json()["rotation"] is None
    assert (await desk.http.post(f"{path}/rotate-key", json={})).status_code == 422
    asked = [await desk.http.post(f"{path}/rotate-key", json={"reason": "yearly"}) for _ in range(2)]
    assert [(answer.status_code, answer.headers["location"]) for answer in asked] == [(202, path)] * 2
    assert {answer.json()["rotation"]["version"] for answer in asked} == {2}
    while (await desk.http.get(path)).json()["rotation"]["state"] == "begun":
        pass
    announced = (await desk.http.get(path)).json()["rotation"]
    assert (announced["state"], announced["next_step_at"] is not None) == ("announced", True)
    await desk.erase(made)
    assert (await desk.http.get(path)).json()["rotation"] is None
    over = await desk.http.post(f"{path}/rotate-key", json={"reason": "too late"})
    assert (over.status_code, over.json()["code"]) == (409, "wrong_status")
    absent = await desk.http.post("/admin/v1/tenants/ten_000000000000000000000000/rotate-key", json={"reason": "r"})
    assert absent.status_code == 404
