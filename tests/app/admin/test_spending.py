"""Operators read what tenants spent: numbers that are the tenants' own, and not one of their words."""

import csv
import io
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from tenancy.metering.rollup import Division
from tests.app.admin.driving import OperatorDesk
from tests.app.http.deployment import Member
from tests.app.http.governing.test_spending import exact, spender, table
from tests.standins.openai_server import OpenAIServer, openai_server

__all__ = ["openai_server"]
pytestmark = pytest.mark.asyncio(loop_scope="session")

_QUESTION = {"question": "When was the quay rebuilt?"}
_EVERYTHING = ",".join(Division)
_SUMMED = ("requests", "prompt_tokens", "embedding_tokens", "cost_usd", "own_key_usd", "platform_usd", "charged_usd")


async def _asked(desk: OperatorDesk, server: OpenAIServer) -> Member:
    """Return a tenant that has asked three questions, with words of its own wherever it may choose one."""
    admin = await spender(desk.deployment, server)
    own = {"provider_key": "sk-1", "provider_base_url": server.base_url, "model": "heron-finetuned"}
    assert (await admin.http.patch("/v1/settings", json=own)).status_code == 200
    for app in ("heron-desk", "heron-desk", "heron-mail"):
        answer = await admin.http.post("/v1/ask", json=_QUESTION, headers={"X-App": app})
        assert answer.status_code == 200, answer.text
    return admin


async def _items(desk: OperatorDesk, **asked: str) -> list[dict[str, Any]]:
    answer = await desk.http.get("/admin/v1/usage", params=asked)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = exact(answer.text)["items"]
    return items


def _sums(items: list[dict[str, Any]]) -> dict[str, Decimal]:
    return {name: sum((Decimal(item[name]) for item in items), Decimal(0)) for name in _SUMMED}


async def test_an_operators_numbers_are_the_tenants_own_however_they_are_divided(
    desk: OperatorDesk, openai_server: OpenAIServer
) -> None:
    admin = await _asked(desk, openai_server)
    by_app = {"group_by": "app,feature"}
    theirs = exact((await admin.http.get("/v1/usage", params=by_app)).text)["items"]
    own = _sums(theirs)
    assert own["cost_usd"] > 0
    for groups in ("tenant", "plan,month", "day,app,feature", "app"):
        assert _sums(await _items(desk, tenant=admin.tenant, group_by=groups)) == own
        asked = {"tenant": admin.tenant, "group_by": groups}
        text = (await desk.http.get("/admin/v1/usage.csv", params=asked)).text
        assert _sums(list(csv.DictReader(io.StringIO(text)))) == own
    (line,) = [item for item in await _items(desk, group_by="tenant,plan") if item["tenant"] == admin.tenant]
    assert line["plan"] == "standard"
    assert _sums([line]) == own == _sums(await table(admin, **by_app))


async def test_an_operator_sees_which_app_spends_without_its_name(
    desk: OperatorDesk, openai_server: OpenAIServer
) -> None:
    admin = await _asked(desk, openai_server)
    items = await _items(desk, tenant=admin.tenant, group_by="app,feature,model")
    asked = sorted(item["requests"] for item in items if item["model"] == "unlisted")
    assert asked == [1, 2]
    assert {item["feature"] for item in items} == {"/v1/ask", "/v1/documents"}
    assert all(item["app"].startswith("app_") for item in items)


async def test_L64_a_report_comes_page_by_page(desk: OperatorDesk, openai_server: OpenAIServer) -> None:
    admin = await _asked(desk, openai_server)
    asked: dict[str, Any] = {"tenant": admin.tenant, "group_by": "app,feature", "limit": 1}
    whole = await _items(desk, tenant=admin.tenant, group_by="app,feature")
    found, rows = list[dict[str, Any]](), list[str]()
    while len(found) < len(whole):
        page = exact((await desk.http.get("/admin/v1/usage", params=asked)).text)
        written = await desk.http.get("/admin/v1/usage.csv", params=asked)
        assert len(page["items"]) == 1
        assert f"cursor={page['next_cursor']}" in written.headers.get("link", "cursor=None")
        found, rows = found + page["items"], rows + written.text.splitlines()[1:]
        asked["cursor"] = page["next_cursor"]
    assert asked["cursor"] is None
    assert (found, len(rows)) == (whole, len(whole))
    wrong = await desk.http.get("/admin/v1/usage", params={"cursor": "1"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid_cursor")


async def test_L49_no_word_that_a_tenant_chose_is_in_an_operators_report(
    desk: OperatorDesk, openai_server: OpenAIServer
) -> None:
    admin = await _asked(desk, openai_server)
    for path in ("/admin/v1/usage", "/admin/v1/usage.csv"):
        text = (await desk.http.get(path, params={"group_by": _EVERYTHING})).text
        assert admin.tenant in text
        assert "heron" not in text
        assert "harbour" not in text


async def test_the_mark_of_an_app_is_no_word_that_two_tenants_share(
    desk: OperatorDesk, openai_server: OpenAIServer
) -> None:
    """Else whoever runs one tenant would know by its own marks which apps another one has."""
    marks = []
    for _ in range(2):
        admin = await _asked(desk, openai_server)
        marks.append({item["app"] for item in await _items(desk, tenant=admin.tenant, group_by="app")})
    assert len(marks[0]) == len(marks[1]) == 3
    assert not marks[0] & marks[1]


async def test_an_erased_tenant_stays_in_the_report_as_its_months_and_in_the_receipt_with_a_date(
    desk: OperatorDesk, openai_server: OpenAIServer
) -> None:
    admin = await _asked(desk, openai_server)
    before = await _items(desk, tenant=admin.tenant, group_by="tenant,plan,month")
    receipt = await desk.erase(admin.tenant)
    assert await _items(desk, tenant=admin.tenant, group_by="tenant,plan,month") == before
    assert {item["app"] for item in await _items(desk, tenant=admin.tenant)} == {""}
    assert receipt["retained"]["usage_totals"] > receipt["retained"]["audit"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"group_by": "client"}, (422, "invalid_report")),
        ({"from": "2026-11-25", "to": "2026-11-23"}, (422, "invalid_report")),
        ({"tenant": "ten_00000000000000000000000a"}, (404, "not_found")),
        ({"tenant": "../registry"}, (404, "not_found")),
    ],
)
async def test_a_report_that_cannot_be_made_is_refused(
    desk: OperatorDesk, asked: Mapping[str, str], said: tuple[int, str]
) -> None:
    for path in ("/admin/v1/usage", "/admin/v1/usage.csv"):
        answer = await desk.http.get(path, params=asked)
        assert (answer.status_code, answer.json()["code"]) == said


async def test_a_tenants_token_reads_no_roll_up(desk: OperatorDesk) -> None:
    admin = await desk.deployment.administrator()
    token = admin.http.headers["authorization"].removeprefix("Bearer ")
    for path in ("/admin/v1/usage", "/admin/v1/usage.csv"):
        assert (await desk.client(token).get(path)).status_code == 401
        assert (await admin.http.get(path)).status_code == 404
