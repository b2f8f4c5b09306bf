"""Whether the process lives, and whether what it needs answers."""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.auth import resources_of
from app.http.replies import HEALTH, READINESS, gives, reply
from app.resources import Resources
from tenancy.errors import ServiceError

router = APIRouter()
Check = Callable[[Resources], Awaitable[None]]


async def _records(resources: Resources) -> None:
    await resources.foundation.lanes.due()


CHECKS: Mapping[str, Check] = {"records": _records}


@router.get("/healthz", responses=gives(HEALTH))
async def live() -> Response:
    """Tell that the process answers; it touches nothing else."""
    return reply({"status": "ok"})


@router.get("/readyz", responses=gives(READINESS) | gives(READINESS, status=503))
async def ready(request: Request) -> Response:
    """Ask each dependency, by name; 503 if one does not answer."""
    resources, found = resources_of(request), dict[str, str]()
    for name, check in CHECKS.items():
        try:
            await check(resources)
            found[name] = "ok"
        except ServiceError as error:
            found[name] = error.code
    whole = set(found.values()) == {"ok"}
    return reply({"status": "ready" if whole else "not_ready", "dependencies": found}, 200 if whole else 503)
