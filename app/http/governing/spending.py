"""Routes through which a tenant reads what it has spent, as JSON and as CSV."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from app.api.route_audit import reads
from app.auth import Auditor
from app.http.replies import gives, reply
from app.spending.asked import Asked, asked
from app.spending.written import report_shape, table, view
from tenancy.compartment import Compartment
from tenancy.metering.usage import Group, Line

router = APIRouter()
_ALL: Final = ",".join(Group)
Moment = Annotated[str | None, Query(max_length=40, description="A day in UTC, or a moment (RFC 3339).")]
GroupBy = Annotated[str, Query(max_length=40, description=f"Some of {_ALL}, with commas.")]

USAGE: Final = report_shape("Usage", Group)
TABLE: Final = {"title": "UsageTable", "type": "string"}
DOWNLOAD: Final = {"Content-Disposition": 'attachment; filename="usage.csv"'}
CSV: Final = "text/csv; charset=utf-8"


def _asked(
    since: Annotated[Moment, Query(alias="from")] = None,
    until: Annotated[Moment, Query(alias="to")] = None,
    group_by: GroupBy = _ALL,
) -> Asked[Group]:
    return asked(Group, since, until, group_by)


async def _lines(compartment: Compartment, wanted: Asked[Group]) -> list[Line]:
    async with compartment.snapshot() as records:
        return await records.usage.report(wanted.since, wanted.until, wanted.groups)


@router.get("/v1/usage", responses=gives(USAGE, 401, 403, 422, 429, 503))
@reads("usage.read")
async def read_usage(compartment: Auditor, wanted: Annotated[Asked[Group], Depends(_asked)]) -> Response:
    """Return what was spent from `from` to `to` (without them: the last 30 days), line by line."""
    return reply({"items": [view(line, wanted.groups) for line in await _lines(compartment, wanted)]})


@router.get("/v1/usage.csv", responses=gives(TABLE, 401, 403, 422, 429, 503, media="text/csv"))
@reads("usage.csv.read")
async def read_usage_table(compartment: Auditor, wanted: Annotated[Asked[Group], Depends(_asked)]) -> Response:
    """Return the same report as a table with a head, amounts in dollars to the last micro-dollar."""
    return Response(table(await _lines(compartment, wanted), wanted.groups), 200, DOWNLOAD, CSV)
