"""What is left of a tenant's limits, for everybody in the tenant."""

from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from app.api.route_audit import reads
from app.auth import Looker
from app.http.replies import gives, listed, maybe, reply, shape, timestamp
from tenancy.limits.standing import Standing

router = APIRouter()
_NUMBER: Final[dict[str, Any]] = {"type": "number"}
_TIME: Final[dict[str, Any]] = {"type": "string", "format": "date-time"}
QUOTAS: Final = shape(
    "Quotas", items=listed(shape("Quota", name={"type": "string"}, limit=_NUMBER, used=_NUMBER, resets_at=maybe(_TIME)))
)


@router.get("/v1/quotas", responses=gives(QUOTAS, 401, 403, 429, 503))
@reads("quota.read")
async def read_quotas(compartment: Looker) -> Response:
    """Return every limit with what is used of it; to look counts towards none of them."""
    return reply({"items": [_view(each) for each in await compartment.quota.standings()]})


def _view(standing: Standing) -> dict[str, object]:
    resets = None if standing.resets_at is None else timestamp(standing.resets_at)
    return {"name": standing.name, "limit": standing.limit, "used": standing.used, "resets_at": resets}
