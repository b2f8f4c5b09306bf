"""Show operators what belongs to no tenant any more; only `bulkhead sweep` removes it."""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.admin.operators import AnOperator
from app.api.route_audit import reads
from app.auth import resources_of
from app.http.replies import gives, listed, maybe, reply, shape, timestamp
from tenancy.deployment.orphans import Orphan, find_orphans

router = APIRouter(prefix="/admin/v1")
_TEXT: Final = {"type": "string"}
ORPHANS: Final = shape(
    "Orphans",
    items=listed(
        shape(
            "Orphan",
            kind=_TEXT,
            name=_TEXT,
            tenant_id=maybe(_TEXT),
            since=maybe(_TEXT),
            held=maybe({"type": "string", "description": "Why a sweep would leave it; null when it would not."}),
        )
    ),
)


def orphan_view(orphan: Orphan) -> dict[str, object]:
    """Return an orphan as operators see it: tenants by opaque id, no content."""
    since = None if orphan.since is None else timestamp(orphan.since)
    own = {"kind": orphan.kind, "name": orphan.name, "tenant_id": orphan.tenant}
    return {**own, "since": since, "held": orphan.held}


@router.get("/orphans", responses=gives(ORPHANS, 401, 422))
@reads("orphan.listed")
async def show(request: Request, _operator: AnOperator) -> Response:
    """Return everything without an owner, and why some of it would be left alone."""
    found = await find_orphans(resources_of(request).foundation)
    return reply({"items": [orphan_view(orphan) for orphan in found]})
