"""Put the tenant plane together."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from app import problems
from app.api.route_audit import is_public, require_declarations
from app.auth import Permission
from app.http import asking, auditing, clients, documents, health, membership, signing_in, watching
from app.http.edge import Edge, Observe
from app.http.governing import alerts, exports, issuer, profiles, quotas, settings, spending
from app.http.replies import problem_response
from app.http.witnessing import logs, trails
from app.http.witnessing.recorder import Recorder
from app.resources import Resources

_ROUTERS: Final = (
    signing_in.router,
    membership.router,
    clients.router,
    documents.router,
    watching.router,
    asking.router,
    auditing.router,
    trails.router,
    logs.router,
    profiles.router,
    settings.router,
    spending.router,
    quotas.router,
    alerts.router,
    exports.router,
    issuer.router,
    health.router,
)
_ALWAYS: Final = (429, 503)  # callers are counted before a route is asked; what cannot be counted is refused


def create_tenant_app(resources: Resources, *, observe: Observe | None = None) -> FastAPI:
    """Return the application of the first address, standing on opened `resources`.

    `observe` is told about every answer, for logs and metrics.
    """
    app = plane("Bulkhead", resources, observe, _ROUTERS, lambda route: permission_of(route) is not None)
    app.openapi = described(app, _ALWAYS)  # type: ignore[method-assign]  # FastAPI's own way to extend its document
    return app


def tenant_routes() -> list[APIRoute]:
    """Return every route of the first address."""
    return [route for router in _ROUTERS for route in router.routes if isinstance(route, APIRoute)]


def plane(
    title: str,
    resources: Resources,
    observe: Observe | None,
    routers: Sequence[APIRouter],
    asks_for_token: Callable[[APIRoute], bool],
) -> FastAPI:
    """Return an application of `routers`: problem documents, request ids, no pages that load scripts.

    The routers' own routes become the application's, so that an inventory of its routes is complete. Raises
    DeclarationMissing where one of them does not declare the audit of its requests.
    """
    app = FastAPI(title=title, version="1", docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.resources = resources
    app.add_middleware(Recorder)
    app.add_middleware(Edge, observe=observe)
    problems.install(app)
    for router in routers:
        app.router.routes.extend(router.routes)
    require_declarations(_routes(app), asks_for_token)
    return app


def _routes(app: FastAPI) -> list[APIRoute]:
    return [route for route in app.routes if isinstance(route, APIRoute)]


def permission_of(route: APIRoute) -> Permission | None:
    """Return the permission that a route's parameters ask for."""
    for needed in route.dependant.dependencies:
        if isinstance(needed.call, Permission):
            return needed.call
    return None


def described(app: FastAPI, always: Sequence[int] = ()) -> Callable[[], dict[str, Any]]:
    """Return what builds the OpenAPI document: FastAPI's with problems, and a token on all but public paths.

    `always` are the statuses that whoever sends a token may get on any of the others.
    """
    build = app.openapi

    def openapi() -> dict[str, Any]:
        fresh = app.openapi_schema is None
        document = build()
        if fresh:
            components = document.setdefault("components", {})
            components.setdefault("schemas", {})["Problem"] = problems.PROBLEM_SCHEMA
            components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
            public = {route.path for route in _routes(app) if is_public(route)}
            for path, operations in document["paths"].items():
                for operation in operations.values():
                    operation["security"] = [] if path in public else [{"bearer": []}]
                    for each in () if path in public else always:
                        operation["responses"].setdefault(str(each), problem_response())
        return document

    return openapi
