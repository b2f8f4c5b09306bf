"""Whether the process lives, and whether what it needs answers."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.api.route_audit import public
from app.auth import resources_of
from app.http.replies import HEALTH, READINESS, gives, reply
from app.readiness import READY

router = APIRouter()


@router.get("/healthz", responses=gives(HEALTH))
@public
async def live() -> Response:
    """Tell that the process answers; it touches nothing else."""
    return reply({"status": "ok"})


@router.get("/readyz", responses=gives(READINESS) | gives(READINESS, status=503))
@public
async def ready(request: Request) -> Response:
    """Ask each dependency, by name; 503 if one does not answer."""
    found = await resources_of(request).readiness.report()
    whole = set(found.values()) == {READY}
    return reply({"status": "ready" if whole else "not_ready", "dependencies": found}, 200 if whole else 503)
