"""Put the operator plane together."""

from collections.abc import Callable
from typing import Final

from fastapi import FastAPI

from app.admin import auditing, erasures, exports, issuers, observing, orphans, providers, spending, tenants, tripwires
from app.admin.operators import asks_for_operator
from app.http import health
from app.http.edge import Observe
from app.http.plane import described, plane
from app.resources import Resources

_ROUTERS: Final = (
    tenants.router,
    exports.router,
    issuers.router,
    providers.router,
    erasures.router,
    orphans.router,
    spending.router,
    auditing.router,
    tripwires.router,
    observing.router,
    health.router,
)
_ALWAYS: Final = (503,)  # what cannot be written down is not answered


def create_admin_app(resources: Resources, *, hurry: Callable[[], None], observe: Observe | None = None) -> FastAPI:
    """Return the application of the second address; `hurry` is called when an erasure has been asked for."""
    app = plane("Bulkhead for operators", resources, observe, _ROUTERS, asks_for_operator)
    app.state.hurry = hurry
    app.openapi = described(app, _ALWAYS)  # type: ignore[method-assign]  # FastAPI's own way to extend its document
    return app
