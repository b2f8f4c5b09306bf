"""Sentinels probe a deployment through its public API, make themselves once, and notice what leaks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp

from app.sentinels.drilling import Step, drill, last_drill
from app.sentinels.watchman import Open, Watchman, client_of, last_good, loopback
from app.telemetry import Metrics
from tenancy.erasure import request_erasure
from tenancy.identity.operators import Operator
from tenancy.queue.groups import Served
from tenancy.tripwires.alarms import Surface
from tenancy.tripwires.sentinels import Sentinels, ensure_sentinels, read_sentinels
from tests.app.http.deployment import Deployment

pytestmark = pytest.mark.asyncio(loop_scope="session")


@asynccontextmanager
async def working(deployment: Deployment) -> AsyncIterator[None]:
    """Do the deployment's background work while the block runs."""
    group = deployment.resources.foundation.lanes.group(Served.ALL)

    async def work() -> None:
        while True:
            await deployment.drain()
            await group.wait(0.2)

    task = asyncio.create_task(work())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def over(app: ASGIApp) -> Open:
    """Return what opens clients of an application in this process."""
    return lambda: httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bulkhead.test")


def apart(deployment: Deployment, app: ASGIApp) -> Watchman:
    """Return a watchman with numbers of its own, who probes `app`."""
    return Watchman(replace(deployment.resources, metrics=Metrics()), over(app), 300.0)


async def sentinels_of(deployment: Deployment) -> Sentinels:
    """Return the deployment's sentinels, made if need be."""
    made = await ensure_sentinels(deployment.resources.mint, deployment.resources.foundation)
    assert made is not None
    return made


@pytest.fixture(scope="module")
def watchman(deployment: Deployment) -> Watchman:
    return Watchman(deployment.resources, over(deployment.app), 300.0)


@pytest.mark.shows("sentinels.probe")
async def test_a_probe_is_good_where_the_walls_hold_and_its_age_is_told(
    deployment: Deployment, watchman: Watchman
) -> None:
    age = "bulkhead_tripwire_last_good_probe_age_seconds"
    registry = deployment.resources.metrics.registry
    assert registry.get_sample_value(age) == float("inf")
    async with working(deployment):
        assert await watchman.round() == "good"
        assert await watchman.round() == "good"
    assert 0 <= (registry.get_sample_value(age) or -1) < 300
    assert await last_good(deployment.resources) is not None
    assert registry.get_sample_value("bulkhead_tripwire_probes_total", {"outcome": "good"}) == 2


async def test_sentinels_are_tenants_that_operators_see_and_nobody_else(deployment: Deployment) -> None:
    sentinels = await sentinels_of(deployment)
    assert sentinels.north.tenant != sentinels.south.tenant
    for each in (sentinels.north, sentinels.south):
        member = await deployment.signed_in({"client_id": each.client, "client_secret": each.secret}, each.tenant)
        assert (await member.http.get("/v1/me")).json()["tenant"]["name"].startswith(f"Sentinel {each.name}")


@pytest.mark.shows("sentinels.probe", without="the walls")
async def test_a_leak_past_the_guard_is_noticed_and_the_probe_is_not_good(deployment: Deployment) -> None:
    """A build whose search gives every caller the north sentinel's text, whatever the guard would say."""
    sentinels = await sentinels_of(deployment)
    leaky = FastAPI()

    @leaky.post("/v1/search")
    async def search() -> JSONResponse:
        text = f"{sentinels.north.watchword} {sentinels.south.watchword}"
        return JSONResponse({"hits": [{"text": text}]})

    leaky.mount("/", deployment.app)
    watchman = apart(deployment, leaky)
    async with working(deployment):
        assert await apart(deployment, deployment.app).round() == "good"  # each finds its own where nothing is broken
        assert await watchman.round() == "leaked"
    newest = await deployment.resources.foundation.tripwires.alarms.page(2)
    assert {alarm.surface for alarm in newest} == {Surface.PROBE}
    assert {(alarm.owner, alarm.seen_by) for alarm in newest} == {
        (sentinels.north.tenant, sentinels.south.tenant),
        (sentinels.south.tenant, sentinels.north.tenant),
    }


@pytest.mark.shows("sentinels.probe", without="its control")
async def test_a_service_that_finds_nothing_is_no_good_probe(deployment: Deployment) -> None:
    """Without its positive control a probe of an empty or broken service would pass."""
    empty = FastAPI()

    @empty.post("/v1/search")
    async def search() -> JSONResponse:
        return JSONResponse({"hits": []})

    empty.mount("/", deployment.app)
    async with working(deployment):
        assert await apart(deployment, empty).round() == "failed"


async def test_a_service_that_does_not_answer_is_no_good_probe_and_ends_nothing(deployment: Deployment) -> None:
    resources = replace(deployment.resources, metrics=Metrics())
    assert await Watchman(resources, partial(client_of, "http://127.0.0.1:9"), 300.0).round() == "failed"


async def test_the_drill_rings_the_alarm_and_leaves_everything_as_it_was(deployment: Deployment) -> None:
    sentinels, on = await sentinels_of(deployment), deployment.resources.foundation
    told: list[Step] = []
    async with working(deployment), over(deployment.app)() as http:
        await drill(on, sentinels, http, told.append)
        assert [step.says for step in told if not step.held] == []
        assert len(told) == 6
        assert await apart(deployment, deployment.app).round() == "good"
    assert await last_drill(on) is not None
    drills = {"surface": "search", "blocked": "true", "drill": "true"}
    assert deployment.resources.metrics.registry.get_sample_value("bulkhead_tripwires_total", drills) == 1


@pytest.mark.shows("sentinels.drill", without="the guard")
async def test_without_the_guard_the_drill_fails(deployment: Deployment) -> None:
    """A build whose search and answers pass the guard by: the drill sees it, and that no alarm rang."""
    sentinels, on = await sentinels_of(deployment), deployment.resources.foundation
    unguarded = FastAPI()

    @unguarded.post("/v1/search")
    async def search() -> JSONResponse:
        return JSONResponse({"hits": [{"text": sentinels.drill}]})

    @unguarded.post("/v1/ask")
    async def ask() -> JSONResponse:
        return JSONResponse({"answer": sentinels.drill, "refused": False, "citations": []})

    unguarded.mount("/", deployment.app)
    told: list[Step] = []
    async with working(deployment), over(unguarded)() as http:
        await drill(on, sentinels, http, told.append)
    assert [step.held for step in told] == [True, False, False, False, False, True]


async def test_sentinels_that_an_operator_erased_are_made_anew(deployment: Deployment) -> None:
    before, resources = await sentinels_of(deployment), deployment.resources
    await request_erasure(resources.mint, resources.foundation, Operator("ada"), before.south.tenant, "a test")
    assert await read_sentinels(resources.foundation) is None
    after = await sentinels_of(deployment)
    assert {after.north.tenant, after.south.tenant}.isdisjoint({before.north.tenant, before.south.tenant})


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
        ("10.1.2.3", "http://10.1.2.3:8000"),
    ],
)
async def test_a_process_reaches_itself_wherever_it_listens(host: str, url: str) -> None:
    assert loopback(host, 8000) == url
