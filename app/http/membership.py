"""What a caller may read about itself."""

from fastapi import APIRouter
from starlette.responses import Response

from app.api.route_audit import reads
from app.auth import AnyMember
from app.http.replies import ME, gives, reply

router = APIRouter()


@router.get("/v1/me", responses=gives(ME, 401, 403))
@reads("caller.read")
async def me(compartment: AnyMember) -> Response:
    """Return the caller's organisation, its own name and roles, and the limits in force."""
    card, caller = compartment.card(), compartment.caller
    own = {"id": card.id, "name": card.name, "status": card.status, "plan": card.plan}
    return reply({"tenant": own, "actor": caller.actor, "roles": sorted(caller.roles), "limits": card.limits})
