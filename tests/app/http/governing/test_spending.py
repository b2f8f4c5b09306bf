"""A tenant's auditors read what was spent, by day, app, route and model; it adds up to the ledger."""

import csv
import io
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from tenancy.ids import TenantId
from tenancy.stores.schema import usage
from tests.app.http.deployment import Deployment, Member
from tests.standins.openai_server import Asked, OpenAIServer, Reply

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.shows("cost.reports")]

_MODEL = "gpt-4o-mini"
_QUESTION = {"question": "When was the quay rebuilt?"}


async def spender(deployment: Deployment, server: OpenAIServer) -> Member:
    """Return a tenant with a document and a priced model, whose answers count oddly."""
    admin = await deployment.administrator()
    await admin.upload("harbour.txt", b"The quay was rebuilt in 1931 after the storm. The crane lifts forty tonnes.")
    await deployment.drain(admin)
    own = {"provider_key": "sk-1", "provider_base_url": server.base_url, "model": _MODEL}
    assert (await admin.http.patch("/v1/settings", json=own)).status_code == 200
    number = 0

    def counted(asked: Asked) -> Reply:
        nonlocal number
        number += 1
        message = {"role": "assistant", "content": "The quay was rebuilt in 1931 [1]."}
        counts = {"prompt_tokens": 7 * number + 1, "completion_tokens": number % 5, "total_tokens": 0}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        model = asked.body["model"]
        return Reply({"id": "1", "object": "chat.completion", "model": model, "choices": [choice], "usage": counts})

    server.program = counted
    return admin


async def ledger(deployment: Deployment, member: Member) -> int:
    """Return the sum of the ledger in micro-dollars."""
    async with deployment.resources.foundation.store.tenant(TenantId(member.tenant), writes=False) as db:
        return int((await db.execute(sa.select(sa.func.sum(usage.c.cost)))).scalar_one())


async def table(member: Member, **asked: str) -> list[dict[str, str]]:
    """Return the rows of the CSV."""
    answer = await member.http.get("/v1/usage.csv", params=asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


def exact(text: str) -> Any:  # noqa: ANN401 - JSON
    """Return JSON with its numbers as they are written."""
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


async def test_many_small_calls_add_up_to_the_last_micro_dollar_in_answers_json_csv_and_ledger(
    deployment: Deployment, openai_server: OpenAIServer
) -> None:
    admin = await spender(deployment, openai_server)
    answered = Decimal(0)
    for number in range(40):
        answer = await admin.http.post("/v1/ask", json=_QUESTION, headers={"X-App": f"app-{number % 7}"})
        assert answer.status_code == 200, answer.text
        shown = exact(answer.text)["usage"]
        assert shown["prompt_tokens"] == 7 * (number + 1) + 1
        answered += shown["cost_usd"]
    total = Decimal(await ledger(deployment, admin)) / 1_000_000
    assert answered == total > 0
    for groups in ("day,app,feature,model", "app", "day", "model,feature"):
        rows = await table(admin, group_by=groups)
        assert sum(Decimal(row["cost_usd"]) for row in rows) == total
        items = exact((await admin.http.get("/v1/usage", params={"group_by": groups})).text)["items"]
        assert sum(item["cost_usd"] for item in items) == total
        assert sum(item["own_key_usd"] for item in items) == total
        assert all(item["platform_usd"] == 0 for item in items)
    assert len([row for row in await table(admin, group_by="app,feature") if row["feature"] == "/v1/ask"]) == 7


async def test_a_report_is_divided_by_app_route_and_model(deployment: Deployment, openai_server: OpenAIServer) -> None:
    admin = await spender(deployment, openai_server)
    await admin.http.post("/v1/ask", json=_QUESTION, headers={"X-App": "intranet"})
    await admin.http.post("/v1/ask", json=_QUESTION)
    await admin.http.post("/v1/search", json={"query": "crane"}, headers={"X-App": "intranet"})
    items = (await admin.http.get("/v1/usage")).json()["items"]
    found = {(item["app"] == "intranet", item["feature"], item["model"]): item for item in items}
    assert set(found) == {
        (True, "/v1/ask", _MODEL), (True, "/v1/ask", "e5-small"), (False, "/v1/ask", _MODEL),
        (False, "/v1/ask", "e5-small"), (True, "/v1/search", "e5-small"), (False, "/v1/documents", "e5-small"),
    }  # fmt: skip
    assert found[True, "/v1/ask", _MODEL]["prompt_tokens"] == 8
    assert found[True, "/v1/search", "e5-small"]["embedding_tokens"] > 0
    assert all(item["requests"] == 1 for item in items)
    by_route = (await admin.http.get("/v1/usage", params={"group_by": "feature"})).json()["items"]
    counted = {item["feature"]: item["requests"] for item in by_route}
    assert counted == {"/v1/ask": 2, "/v1/documents": 1, "/v1/search": 1}


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0"])
async def test_L32_a_cell_is_never_a_formula(deployment: Deployment, name: str) -> None:
    admin = await deployment.administrator()
    assert (await admin.http.post("/v1/search", json={"query": "x"}, headers={"X-App": name})).status_code == 200
    (row,) = await table(admin)
    assert row["app"] == f"'{name}"
    assert (await admin.http.get("/v1/usage")).json()["items"][0]["app"] == name


async def test_a_refused_answer_that_a_model_wrote_is_in_the_ledger(
    deployment: Deployment, openai_server: OpenAIServer
) -> None:
    admin = await spender(deployment, openai_server)
    program = openai_server.program

    def useless(asked: Asked) -> Reply:
        reply = program(asked)
        assert isinstance(reply, Reply)
        reply.body["choices"][0]["message"]["content"] = "I made this up without any source."
        return reply

    openai_server.program = useless
    answer = exact((await admin.http.post("/v1/ask", json=_QUESTION)).text)
    assert answer["refused"] is True
    assert answer["usage"]["cost_usd"] > 0
    assert answer["usage"]["cost_usd"] * 1_000_000 == await ledger(deployment, admin)


async def test_nothing_of_another_tenant_is_in_a_report(deployment: Deployment, openai_server: OpenAIServer) -> None:
    spent = await spender(deployment, openai_server)
    await spent.http.post("/v1/ask", json=_QUESTION, headers={"X-App": "heron-desk"})
    other = await deployment.administrator()
    assert (await other.http.get("/v1/usage")).json() == {"items": []}
    assert await table(other) == []


async def test_only_what_happened_in_the_asked_time_is_told(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    await admin.http.post("/v1/search", json={"query": "x"})
    (today,) = await table(admin, group_by="day")
    named = {"from": today["day"], "to": today["day"]}
    assert len(await table(admin, **named)) == 1
    assert await table(admin, **{"from": "2020-01-01", "to": "2020-12-31"}) == []
    assert await table(admin, **{"from": "2100-01-01T00:00:00Z", "to": "2100-01-02T00:00:00Z"}) == []


@pytest.mark.parametrize(
    "asked",
    [
        {"group_by": "tenant"},
        {"group_by": ""},
        {"from": "yesterday"},
        {"from": "2026-11-24T08:00:00"},
        {"from": "2026-11-25", "to": "2026-11-23"},
    ],
)
async def test_a_report_that_cannot_be_made_is_refused(deployment: Deployment, asked: Mapping[str, str]) -> None:
    admin = await deployment.administrator()
    for path in ("/v1/usage", "/v1/usage.csv"):
        answer = await admin.http.get(path, params=asked)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_report")
