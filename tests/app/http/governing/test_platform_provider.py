"""The operator's provider: for whom it writes, who pays, how a tenant keeps out of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import pytest

from tests.app.admin.offering import PLAN, PLATFORM_KEY, Offering, agreeing, offering
from tests.app.http.deployment import Deployment, Member
from tests.app.http.governing.test_settings import keys_sent, model_of, provider, with_document
from tests.standins.openai_server import OpenAIServer, Reply, running_openai_server

__all__ = ["offering"]

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.shows("providers.operator")]

_QUESTION = {"question": "When was the quay rebuilt?"}


async def _of(admin: Member, environment: str, deployment: Deployment) -> Member:
    made = await admin.http.post(
        "/v1/clients", json={"name": environment, "roles": ["user"], "environment": environment}
    )
    return await deployment.signed_in(made.json(), admin.tenant)


async def _offered(member: Member) -> dict[str, Any] | None:
    offered: dict[str, Any] | None = (await member.http.get("/v1/settings")).json()["platform_provider"]
    return offered


async def _in_use(member: Member) -> bool:
    offered = await _offered(member)
    return offered is not None and offered["in_use"]


async def _change(member: Member, change: Mapping[str, object]) -> dict[str, Any]:
    answer = await member.http.patch("/v1/settings", json=change)
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.json()
    return changed


async def _plan(offering: Offering, member: Member, plan: str) -> None:
    path = f"/admin/v1/tenants/{member.tenant}"
    assert (await offering.http.patch(path, json={"plan": plan})).status_code == 200


async def test_an_offer_writes_for_the_tenants_of_its_plan_and_no_other(
    deployment: Deployment, openai_server: OpenAIServer, offering: Offering
) -> None:
    admin, other = await agreeing(deployment), await agreeing(deployment)
    await _plan(offering, other, "free")
    assert [await model_of(each) for each in (admin, other)] == ["extractive", "extractive"]
    await offering.put(openai_server)
    assert [await model_of(each) for each in (admin, other)] == ["gpt-4o", "extractive"]
    assert [await _offered(each) for each in (admin, other)] == [
        {"model": "gpt-4o", "host": "127.0.0.1", "in_use": True}, None,
    ]  # fmt: skip
    await _plan(offering, other, PLAN)
    await _plan(offering, admin, "free")
    assert [await model_of(each) for each in (admin, other)] == ["extractive", "gpt-4o"]
    assert keys_sent(openai_server) == [PLATFORM_KEY, PLATFORM_KEY]


async def test_L14_a_key_of_the_tenants_own_always_wins(
    deployment: Deployment, openai_server: OpenAIServer, offering: Offering
) -> None:
    admin = await agreeing(deployment)
    with running_openai_server() as own:
        await _change(admin, provider(own, "sk-own"))
        await offering.put(openai_server)
        assert await _offered(admin) == {"model": "gpt-4o", "host": "127.0.0.1", "in_use": False}
        assert await model_of(admin) == "stand-in"
        own.program = lambda _: Reply({"error": {"message": "no"}}, status=401)
        refused = await admin.http.post("/v1/ask", json=_QUESTION)
        assert (refused.status_code, refused.json()["code"]) == (502, "provider_refused")
        assert (keys_sent(own), keys_sent(openai_server)) == (["sk-own", "sk-own"], [])
        await _change(admin, {"provider_key": None})
        assert await model_of(admin) == "gpt-4o"
        assert (len(own.asked), keys_sent(openai_server)) == (2, [PLATFORM_KEY])


@pytest.mark.parametrize("environment", ["development", "test"])
async def test_environments_besides_production_go_on_quoting(
    deployment: Deployment, openai_server: OpenAIServer, offering: Offering, environment: str
) -> None:
    admin = await agreeing(deployment)
    member = await _of(admin, environment, deployment)
    await offering.put(openai_server)
    assert await model_of(member) == "extractive"
    assert openai_server.asked == []


@pytest.mark.shows("operators.providers")
async def test_L49_nothing_of_a_tenant_goes_where_it_has_not_agreed_to(
    deployment: Deployment, openai_server: OpenAIServer, offering: Offering
) -> None:
    admin, other = await with_document(deployment), await agreeing(deployment)
    await offering.put(openai_server)
    assert await _offered(admin) == {"model": "gpt-4o", "host": "127.0.0.1", "in_use": False}
    assert [await model_of(each) for each in (admin, other)] == ["extractive", "gpt-4o"]
    for host in ("models.example", "127.0.0.10", "127.0.0.1:443", "api.openai.com"):
        assert (await _change(admin, {"platform_provider_host": host}))["platform_provider"]["in_use"] is False
        assert await model_of(admin) == "extractive"
    assert len(openai_server.asked) == 1
    await offering.put(openai_server, provider_base_url="https://93.184.216.34/v1")
    assert [await _in_use(each) for each in (admin, other)] == [False, False]
    assert await model_of(other) == "extractive"  # the operator has moved, and nobody goes along
    await offering.put(openai_server)
    assert await model_of(other) == "gpt-4o"


async def test_a_tenant_agrees_to_a_host_until_it_says_otherwise(
    deployment: Deployment, openai_server: OpenAIServer, offering: Offering
) -> None:
    admin = await with_document(deployment)
    await offering.put(openai_server)
    assert (await _change(admin, {"platform_provider_host": "127.0.0.1"}))["platform_provider"]["in_use"] is True
    assert await model_of(admin) == "gpt-4o"
    for change in ({}, {"model": "m"}, {"provider_key": "sk-own"}, {"provider_key": None}):  # it outlives all of these
        assert (await _change(admin, change))["platform_provider_host"] == "127.0.0.1"
    assert await model_of(admin) == "gpt-4o"
    declined = await _change(admin, {"platform_provider_host": None})
    assert (declined["platform_provider_host"], declined["platform_provider"]["in_use"]) == (None, False)
    assert await model_of(admin) == "extractive"
    trail = (await admin.http.get("/v1/audit")).json()["items"]
    said = [each["resource"] for each in trail if "platform" in each["resource"]]
    assert said == ["platform_provider_host: none", "platform_provider_host: 127.0.0.1"]
    for wrong in ("", "two words", "a\nb", 7, True, "x" * 254):
        answer = await admin.http.patch("/v1/settings", json={"platform_provider_host": wrong})
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")


async def test_no_role_but_an_administrator_agrees(deployment: Deployment) -> None:
    admin = await with_document(deployment)
    for role in ("user", "power", "auditor"):
        member = await deployment.member(admin, role)
        change = {"platform_provider_host": "127.0.0.1"}
        assert (await member.http.patch("/v1/settings", json=change)).status_code == 403
    assert (await admin.http.get("/v1/settings")).json()["platform_provider_host"] is None


async def test_it_is_suspended_resumed_replaced_and_removed_from_the_next_request_on(
    deployment: Deployment, openai_server: OpenAIServer, offering: Offering
) -> None:
    admin, models = await agreeing(deployment), []
    for word, key in (
        ("", PLATFORM_KEY),
        ("suspend", ""),
        ("", "sk-two"),
        ("resume", ""),
        ("", "sk-three"),
        ("remove", ""),
    ):
        await (offering.turn(word) if word else offering.put(openai_server, provider_key=key))
        models.append((await model_of(admin), await _in_use(admin)))
    used, unused = ("gpt-4o", True), ("extractive", False)
    assert models == [used, unused, unused, used, used, unused]  # what is set while it is suspended waits
    assert keys_sent(openai_server) == [PLATFORM_KEY, "sk-two", "sk-three"]


async def test_L50_nothing_of_the_operators_goes_to_an_address_of_the_tenants_nor_the_reverse(
    deployment: Deployment, openai_server: OpenAIServer, offering: Offering
) -> None:
    admin = await agreeing(deployment)
    with running_openai_server() as thief:
        await _change(admin, {"provider_base_url": thief.base_url, "model": "mine"})
        await offering.put(openai_server)
        assert await model_of(admin) == "gpt-4o"
        await _change(admin, {"provider_key": "sk-own"})
        assert await model_of(admin) == "mine"
        assert (keys_sent(thief), keys_sent(openai_server)) == (["sk-own"], [PLATFORM_KEY])


async def test_a_profile_chooses_a_model_for_a_key_of_the_tenants_own_only(
    deployment: Deployment, openai_server: OpenAIServer, offering: Offering
) -> None:
    admin = await agreeing(deployment)
    assert (await admin.http.put("/v1/profiles/dear", json={"model": "gpt-dear"})).status_code == 200
    asked = {**_QUESTION, "profile": "dear"}
    await offering.put(openai_server)
    models = [(await admin.http.post("/v1/ask", json=asked)).json()["model"]]
    await _change(admin, provider(openai_server, "sk-own"))
    models.append((await admin.http.post("/v1/ask", json=asked)).json()["model"])
    sent = [body["model"] for body in openai_server.bodies("/v1/chat/completions")]
    assert models == sent == ["gpt-4o", "gpt-dear"]


async def _usage(http: httpx.AsyncClient, path: str, **more: str) -> Sequence[dict[str, Any]]:
    answer = await http.get(path, params=more)
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_what_the_operators_key_paid_stands_apart_and_is_charged(
    deployment: Deployment, openai_server: OpenAIServer, offering: Offering
) -> None:
    admin = await agreeing(deployment)
    await offering.put(openai_server)
    platform = (await admin.http.post("/v1/ask", json=_QUESTION)).json()["usage"]
    await _change(admin, {**provider(openai_server, "sk-own"), "model": "gpt-4o-mini"})
    own = (await admin.http.post("/v1/ask", json=_QUESTION)).json()["usage"]
    assert min(platform["cost_usd"], own["cost_usd"]) > 0
    for lines in (
        await _usage(admin.http, "/v1/usage", group_by="model"),
        await _usage(offering.http, "/admin/v1/usage", group_by="model", tenant=admin.tenant),
    ):
        by = {line["model"]: line for line in lines}
        paid = {name: (by[name]["own_key_usd"], by[name]["platform_usd"]) for name in ("gpt-4o", "gpt-4o-mini")}
        assert paid == {"gpt-4o": (0, platform["cost_usd"]), "gpt-4o-mini": (own["cost_usd"], 0)}
        charged = {name: by[name]["charged_usd"] + by[name]["included_usd"] for name in paid}
        assert charged == {"gpt-4o": platform["cost_usd"], "gpt-4o-mini": 0}


async def test_the_operators_money_counts_against_the_tenants_budget(
    deployment: Deployment, openai_server: OpenAIServer, offering: Offering
) -> None:
    admin = await agreeing(deployment)
    await offering.put(openai_server)
    path = f"/admin/v1/tenants/{admin.tenant}"
    assert (await offering.http.patch(path, json={"limits": {"monthly_usd": 0.00001}})).status_code == 200
    assert await model_of(admin) == "gpt-4o"
    refused = await admin.http.post("/v1/ask", json=_QUESTION)
    assert (refused.status_code, refused.json()["code"]) == (429, "budget_exceeded")
    assert len(openai_server.asked) == 1


async def test_a_provider_that_refuses_the_operators_key_is_no_reason_to_quote(
    deployment: Deployment, openai_server: OpenAIServer, offering: Offering
) -> None:
    admin = await agreeing(deployment)
    await offering.put(openai_server)
    openai_server.program = lambda _: Reply({"error": {"message": f"bad key {PLATFORM_KEY}"}}, status=401)
    refused = await admin.http.post("/v1/ask", json=_QUESTION)
    assert (refused.status_code, refused.json()["code"]) == (502, "provider_refused")
    assert PLATFORM_KEY not in refused.text
