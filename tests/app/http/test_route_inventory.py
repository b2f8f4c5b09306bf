"""Every route asks for a permission, or stands on the short list of those that say nothing about anybody."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request

from app.auth import AnyMember
from app.http.plane import permission_of
from tenancy.values.roles import Right, Role, roles_with
from tests.app.http.deployment import Deployment

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.shows("identity.permissions")]

_PUBLIC = {
    "/v1/enrol", "/v1/token", "/.well-known/jwks.json", "/.well-known/attestation-keys.json", "/healthz", "/readyz",
}  # fmt: skip
_RIGHTS: dict[str, Right | None] = {
    "GET /v1/me": None,
    "GET /v1/quotas": None,
    "POST /v1/clients": Right.ADMINISTER,
    "GET /v1/clients": Right.ADMINISTER,
    "DELETE /v1/clients/{client_id}": Right.ADMINISTER,
    "POST /v1/clients/{client_id}/rotate": Right.ADMINISTER,
    "GET /v1/usage": Right.AUDIT,
    "GET /v1/usage.csv": Right.AUDIT,
    "GET /v1/audit": Right.AUDIT,
    "GET /v1/audit/verify": Right.AUDIT,
    "GET /v1/audit/export": Right.AUDIT,
    "GET /v1/logs": Right.AUDIT,
    "GET /v1/logs/{log_id}": Right.AUDIT,
    "GET /v1/alerts": Right.AUDIT,
    "GET /v1/alerts/{alert_id}": Right.AUDIT,
    "POST /v1/documents": Right.KEEP_DOCUMENTS,
    "GET /v1/documents": Right.KEEP_DOCUMENTS,
    "GET /v1/documents/{document_id}": Right.KEEP_DOCUMENTS,
    "GET /v1/documents/{document_id}/content": Right.KEEP_DOCUMENTS,
    "GET /v1/documents/{document_id}/chunks": Right.KEEP_DOCUMENTS,
    "GET /v1/documents/{document_id}/events": Right.KEEP_DOCUMENTS,
    "POST /v1/documents/{document_id}/retry": Right.KEEP_DOCUMENTS,
    "PATCH /v1/documents/{document_id}": Right.KEEP_DOCUMENTS,
    "DELETE /v1/documents/{document_id}": Right.KEEP_DOCUMENTS,
    "GET /v1/profiles": Right.CHOOSE_PROFILE,
    "GET /v1/profiles/{name}": Right.CHOOSE_PROFILE,
    "PUT /v1/profiles/{name}": Right.ADMINISTER,
    "GET /v1/profiles/{name}/versions": Right.CHOOSE_PROFILE,
    "POST /v1/profiles/{name}/rollback": Right.ADMINISTER,
    "POST /v1/profiles/{name}/preview": Right.CHOOSE_PROFILE,
    "GET /v1/settings": Right.ADMINISTER,
    "PATCH /v1/settings": Right.ADMINISTER,
    "POST /v1/exports": Right.ADMINISTER,
    "GET /v1/settings/issuer": Right.ADMINISTER,
    "PUT /v1/settings/issuer": Right.ADMINISTER,
    "DELETE /v1/settings/issuer": Right.ADMINISTER,
    "POST /v1/search": Right.ASK,
    "POST /v1/ask": Right.ASK,
}


def routes_of(app: FastAPI) -> list[APIRoute]:
    """Return the routes of an application, those of included routers too."""
    return [route for route in app.routes if isinstance(route, APIRoute)]


def unguarded(app: FastAPI) -> list[str]:
    """Return what can be reached without a permission and is not meant to be; Starlette's own route is the document."""
    known = {"/openapi.json"}
    bare = [getattr(route, "path", "?") for route in app.routes if not isinstance(route, APIRoute)]
    open_ones = [route.path for route in routes_of(app) if permission_of(route) is None]
    return sorted(path for path in [*bare, *open_ones] if path not in _PUBLIC | known)


@pytest.mark.shows("capability.routes")
async def test_L12_every_route_takes_a_compartment_or_is_listed_as_public(deployment: Deployment) -> None:
    assert routes_of(deployment.app)
    assert unguarded(deployment.app) == []


@pytest.mark.shows("capability.routes", without="a permission")
async def test_L12_a_route_added_without_a_permission_is_found() -> None:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/v1/leak")
    async def leak(request: Request) -> str:
        return request.url.path

    @app.get("/v1/guarded")
    async def guarded(compartment: AnyMember) -> str:
        return compartment.caller.actor

    app.mount("/files", FastAPI())
    assert unguarded(app) == ["/files", "/v1/leak"]


def _roles(route: str) -> frozenset[Role]:
    """Return the roles that have the right that was decided for a route, all of them where it takes none."""
    right = _RIGHTS[route]
    return frozenset(Role) if right is None else roles_with(right)


async def test_each_route_asks_for_exactly_the_right_that_was_decided(deployment: Deployment) -> None:
    found: dict[str, frozenset[Role]] = {}
    for route in routes_of(deployment.app):
        permission = permission_of(route)
        if permission is not None:
            for method in route.methods or ():
                found[f"{method} {route.path}"] = permission.roles
    assert found == {route: _roles(route) for route in _RIGHTS}


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_opens_its_routes_and_is_told_on_the_others_that_another_is_required(
    deployment: Deployment, role: Role
) -> None:
    member = await deployment.member(await deployment.administrator(), role)
    for route in _RIGHTS:
        method, path = route.split(" ")
        answer = await member.http.request(method, path.replace("{", "").replace("}", ""))
        refused = answer.status_code == 403
        assert refused == (role not in _roles(route)), (route, answer.text)
        if refused:
            assert answer.json()["code"] == "role_required"


async def test_no_route_of_a_later_version_is_there_as_a_stub(deployment: Deployment) -> None:
    paths = set((await deployment.client().get("/openapi.json")).json()["paths"])
    assert paths == {route.split(" ")[1] for route in _RIGHTS} | _PUBLIC


async def test_the_openapi_document_asks_for_a_token_exactly_where_the_routes_do(deployment: Deployment) -> None:
    document: dict[str, Any] = (await deployment.client().get("/openapi.json")).json()
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["security"] == ([] if path in _PUBLIC else [{"bearer": []}]), path
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    schema = document["paths"]["/v1/ask"]["post"]
    assert set(schema["requestBody"]["content"]["application/json"]["schema"]["properties"]) == {
        "question", "profile", "top_k", "filter", "conversation_id", "stream",
    }  # fmt: skip
    assert schema["responses"]["422"]["content"] == {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
    }


async def test_no_page_that_loads_scripts_is_served(deployment: Deployment) -> None:
    for path in ("/docs", "/redoc", "/docs/oauth2-redirect"):
        assert (await deployment.client().get(path)).status_code == 404
