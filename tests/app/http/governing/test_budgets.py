"""Budgets of tokens and money over HTTP, at their edge, with the counters of one process and with those in Redis."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.resources import open_resources
from app.settings import Settings
from tests.app.http.deployment import Deployment, Member
from tests.app.http.governing.test_quotas import limit, quotas, refused
from tests.app.http.governing.test_settings import provider
from tests.standins.openai_server import OpenAIServer, openai_server
from tests.tenancy.queue.conftest import Server, server

pytestmark = pytest.mark.shows("limits.requests")

__all__ = ["openai_server", "server"]

_ASK = {"question": "When was the quay rebuilt?"}


@pytest.fixture(params=["memory", "redis"])
async def counted(request: pytest.FixtureRequest, tmp_path: Path, deployment: Deployment) -> AsyncIterator[Deployment]:
    """Yield a deployment that counts in memory or in Redis, with the parsers of the one that all tests share."""
    url = None
    if request.param == "redis":
        running: Server = request.getfixturevalue("server")
        url = SecretStr(running.url)
    settings = Settings(
        data_dir=tmp_path / "data", accept_index_on_disk=True, redis_url=url, egress_allow=("127.0.0.1",)
    )
    async with open_resources(settings) as resources:
        yield Deployment(resources, deployment.parser)


async def _tenant(deployment: Deployment) -> Member:
    admin = await deployment.administrator()
    await admin.upload("harbour.txt", b"The quay was rebuilt in 1931 after the storm. The crane lifts forty tonnes.")
    await deployment.drain(admin)
    return admin


async def test_L44_of_a_hundred_asks_at_the_edge_exactly_one_passes(
    counted: Deployment, openai_server: OpenAIServer
) -> None:
    admin = await _tenant(counted)
    assert (await admin.http.post("/v1/ask", json=_ASK)).status_code == 200
    used = int((await quotas(admin))["daily_tokens"]["used"])
    await limit(counted, admin, daily_tokens=used + 1)
    answers = await asyncio.gather(*(admin.http.post("/v1/ask", json=_ASK) for _ in range(100)))
    assert sorted(answer.status_code for answer in answers) == [200] + [429] * 99
    for answer in answers:
        if answer.status_code == 429:
            refused(answer, "budget_exceeded")
    await limit(counted, admin, daily_tokens=1_000_000)

    assert (await admin.http.patch("/v1/settings", json=provider(openai_server, "sk-one"))).status_code == 200
    first = await admin.http.post("/v1/ask", json=_ASK)
    assert (first.status_code, first.json()["usage"]["cost_usd"] > 0) == (200, True)
    spent = (await quotas(admin))["monthly_usd"]["used"]
    assert spent == pytest.approx(first.json()["usage"]["cost_usd"])
    asked = len(openai_server.asked)
    await limit(counted, admin, monthly_usd=spent + 0.000001)
    answers = await asyncio.gather(*(admin.http.post("/v1/ask", json=_ASK) for _ in range(100)))
    assert sorted(answer.status_code for answer in answers) == [200] + [429] * 99
    assert len(openai_server.asked) == asked + 1  # the others were refused before the provider was asked


async def test_a_search_counts_too_and_what_is_over_budget_is_a_problem_with_its_own_code(counted: Deployment) -> None:
    admin, other = await _tenant(counted), await _tenant(counted)
    before = await quotas(admin)
    await admin.search("the quay")
    after = await quotas(admin)
    for name in ("tokens_per_minute", "daily_tokens", "monthly_tokens"):
        assert after[name]["used"] > before[name]["used"] or name == "tokens_per_minute"
        assert str(after[name]["resets_at"]).endswith("Z")
    await limit(counted, admin, monthly_tokens=1)
    refused(await admin.http.post("/v1/search", json={"query": "the quay"}), "budget_exceeded")
    refused(await admin.http.post("/v1/ask", json=_ASK), "budget_exceeded")
    await limit(counted, admin, monthly_tokens=1_000_000, tokens_per_minute=0)
    refused(await admin.http.post("/v1/ask", json=_ASK), "rate_limited")
    await other.search("the quay")
