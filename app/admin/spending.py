"""Show operators what tenants have spent, without one word of theirs."""

from typing import Annotated, Final

import structlog
from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from app.admin.operators import AnOperator, custody_of
from app.api.route_audit import reads
from app.auth import resources_of
from app.http.governing.spending import CSV, DOWNLOAD, TABLE, Moment
from app.http.replies import gives, reply
from app.spending.asked import Asked, asked
from app.spending.written import report_shape, table, view
from tenancy.identity.operators import Operator
from tenancy.metering.rollup import Division, rollup
from tenancy.metering.usage import Line

router = APIRouter(prefix="/admin/v1")
DEFAULT: Final = "tenant,plan,day,app,feature,model"
_ALL: Final = ",".join(Division)
GroupBy = Annotated[str, Query(max_length=80, description=f"Some of {_ALL}, with commas.")]
OneTenant = Annotated[str | None, Query(max_length=80, description="A tenant's id; all tenants if left out.")]
USAGE: Final = report_shape("TenantsUsage", Division)
_log = structlog.get_logger()


def _asked(
    since: Annotated[Moment, Query(alias="from")] = None,
    until: Annotated[Moment, Query(alias="to")] = None,
    group_by: GroupBy = DEFAULT,
) -> Asked[Division]:
    return asked(Division, since, until, group_by)


Wanted = Annotated[Asked[Division], Depends(_asked)]


async def _lines(request: Request, operator: Operator, wanted: Asked[Division], tenant: str | None) -> list[Line]:
    found = await rollup(resources_of(request).foundation, wanted.since, wanted.until, wanted.groups, tenant)
    if tenant is not None:
        await (await custody_of(request, operator, tenant)).look("usage.read")
    _log.info("usage.read", operator=operator.subject, tenant=tenant)
    return found


@router.get("/usage", responses=gives(USAGE, 401, 404, 422, 503))
@reads("usage.read")
async def show(request: Request, operator: AnOperator, wanted: Wanted, tenant: OneTenant = None) -> Response:
    """Return what tenants spent from `from` to `to` (without them: the last 30 days); apps by a mark, not by name."""
    return reply({"items": [view(line, wanted.groups) for line in await _lines(request, operator, wanted, tenant)]})


@router.get("/usage.csv", responses=gives(TABLE, 401, 404, 422, 503, media="text/csv"))
@reads("usage.read")
async def show_table(request: Request, operator: AnOperator, wanted: Wanted, tenant: OneTenant = None) -> Response:
    """Return the same report as a table with a head, amounts in dollars to the last micro-dollar."""
    lines = await _lines(request, operator, wanted, tenant)
    return Response(table(lines, wanted.groups), 200, DOWNLOAD, CSV)
