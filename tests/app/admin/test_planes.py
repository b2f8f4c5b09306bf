"""Each plane has its own address, its own tokens and its own document; no operator reaches content."""

import re

import pytest
from fastapi.routing import APIRoute

from tests.app.admin.driving import PUBLIC, OperatorDesk

pytestmark = pytest.mark.asyncio(loop_scope="session")


def _routes(desk: OperatorDesk) -> list[tuple[str, str]]:
    found = [route for route in desk.app.routes if isinstance(route, APIRoute)]
    return [(method, re.sub(r"{\w+}", "x", route.path)) for route in found for method in route.methods or ()]


async def test_every_operator_route_asks_for_an_operators_token(desk: OperatorDesk) -> None:
    guarded = [(method, path) for method, path in _routes(desk) if path not in PUBLIC]
    assert len(guarded) >= 8
    for method, path in guarded:
        answer = await desk.client().request(method, path, json={})
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_operator_token"), (method, path)


async def test_L49_a_tenants_token_opens_no_operator_route(desk: OperatorDesk) -> None:
    admin = await desk.deployment.administrator()
    token = admin.http.headers["authorization"].removeprefix("Bearer ")
    for method, path in _routes(desk):
        if path not in PUBLIC:
            assert (await desk.client(token).request(method, path, json={})).status_code == 401, (method, path)


@pytest.mark.shows("operators.content")
async def test_L49_an_operators_token_opens_no_tenant_route(desk: OperatorDesk) -> None:
    token = desk.http.headers["authorization"].removeprefix("Bearer ")
    stranger = desk.deployment.client(token)
    routes = [route for route in desk.deployment.app.routes if isinstance(route, APIRoute)]
    guarded = [
        route for route in routes if route.path.startswith("/v1/") and route.path not in {"/v1/enrol", "/v1/token"}
    ]
    assert len(guarded) >= 10
    for route in guarded:
        for method in route.methods or ():
            answer = await stranger.request(method, re.sub(r"{\w+}", "x", route.path), json={})
            assert answer.status_code == 401, (method, route.path)


async def test_each_address_serves_its_own_document_and_only_its_own_routes(desk: OperatorDesk) -> None:
    operators = (await desk.client().get("/openapi.json")).json()["paths"]
    tenants = (await desk.deployment.client().get("/openapi.json")).json()["paths"]
    assert "/admin/v1/tenants" in operators
    assert not any(path.startswith("/v1/") for path in operators)
    assert not any(path.startswith("/admin") or path == "/metrics" for path in tenants)
    assert (await desk.deployment.client().get("/admin/v1/tenants")).status_code == 404
    assert (await desk.deployment.client().get("/metrics")).status_code == 404


async def test_health_and_readiness_answer_without_a_token_and_name_each_dependency(desk: OperatorDesk) -> None:
    assert (await desk.client().get("/healthz")).json() == {"status": "ok"}
    ready = (await desk.client().get("/readyz")).json()
    assert {"records", "keys", "index"} <= set(ready["dependencies"])


async def test_L23_metrics_name_tenants_by_their_opaque_ids_only(desk: OperatorDesk) -> None:
    made = await desk.create("Glass Harbour and Daughters")
    desk.deployment.resources.metrics.jobs.labels(made["tenant"]["id"], "ready").inc()
    text = (await desk.client().get("/metrics")).text
    assert f'bulkhead_jobs_total{{outcome="ready",tenant="{made["tenant"]["id"]}"}} 1.0' in text
    assert "Glass Harbour" not in text
