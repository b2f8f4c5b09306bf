"""Show operators what tripwires found, and give a tenant that asks for one a tripwire of its own."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from app.admin.operators import AnOperator, custody_of
from app.api.route_audit import changes, reads
from app.auth import resources_of
from app.http.bodies import Body, documented, json_body
from app.http.replies import gives, listed, maybe, reply, shape, timestamp
from app.sentinels.drilling import last_drill
from app.sentinels.watchman import Standing, last_good, standing
from tenancy.tripwires.alarms import Alarm
from tenancy.tripwires.sentinels import read_sentinels

router = APIRouter(prefix="/admin/v1")
Limit = Annotated[int, Query(ge=1, le=1000)]


class Planting(Body):
    """Where the tenant will put the token, in plain words fit for a log, and why it gets one."""

    place: str = Field(min_length=1, max_length=80)
    reason: str = Field(min_length=1, max_length=1_000)


_TEXT: Final = {"type": "string"}
_FLAG: Final = {"type": "boolean"}
ALARM: Final = shape(
    "Alarm",
    id=_TEXT,
    surface={"type": "string", "enum": ["search", "context", "answer", "question", "upload", "probe"]},
    blocked=_FLAG,
    drill=_FLAG,
    owner=maybe(_TEXT),
    place=maybe(_TEXT),
    seen_by=_TEXT,
    request_id=_TEXT,
    first_at=_TEXT,
    last_at=_TEXT,
    count={"type": "integer"},
)
TRIPWIRES: Final = shape(
    "Tripwires",
    status={"type": "string", "enum": list(Standing)},
    sentinels=listed(shape("Sentinel", id=_TEXT, name=_TEXT)),
    last_good_probe_at=maybe(_TEXT),
    last_drill_at=maybe(_TEXT),
    alarms=listed(ALARM),
)
PLANTED: Final = shape("PlantedTripwire", token=_TEXT, place=_TEXT)


def alarm_view(alarm: Alarm) -> dict[str, object]:
    """Return an alarm as operators see it: tenants by opaque id, no content, no token."""
    return {
        "id": alarm.id,
        "surface": alarm.surface,
        "blocked": alarm.blocked,
        "drill": alarm.drill,
        "owner": alarm.owner or None,
        "place": alarm.place or None,
        "seen_by": alarm.seen_by,
        "request_id": alarm.request,
        "first_at": timestamp(alarm.first_at),
        "last_at": timestamp(alarm.last_at),
        "count": alarm.count,
    }


@router.get("/tripwires", responses=gives(TRIPWIRES, 401, 422))
@reads("tripwire.listed")
async def show(request: Request, _operator: AnOperator, limit: Limit = 100) -> Response:
    """Return the newest alarms, which tenants are sentinels, and when the last good probe and drill were."""
    resources = resources_of(request)
    found = await read_sentinels(resources.foundation)
    pair = () if found is None else (found.north, found.south)
    good, drilled = await last_good(resources), await last_drill(resources.foundation)
    alarms = await resources.foundation.tripwires.alarms.page(limit)
    return reply(
        {
            "status": standing(resources.settings.sentinel_interval_seconds, good),
            "sentinels": [{"id": each.tenant, "name": each.name} for each in pair],
            "last_good_probe_at": None if good is None else timestamp(good),
            "last_drill_at": None if drilled is None else timestamp(drilled),
            "alarms": [alarm_view(alarm) for alarm in alarms],
        }
    )


@router.post(
    "/tenants/{tenant_id}/tripwires",
    status_code=201,
    responses=gives(PLANTED, 401, 404, 409, 413, 422, status=201),
    openapi_extra=documented(Planting),
)
@changes("tripwire.planted")
async def plant(
    request: Request, operator: AnOperator, tenant_id: str, body: Annotated[Planting, Depends(json_body(Planting))]
) -> Response:
    """Give a tenant that asked for it a token to put into its own documents; shown once, here."""
    custody = await custody_of(request, operator, tenant_id, body.reason)
    return reply({"token": await custody.plant(body.place), "place": body.place}, 201)
