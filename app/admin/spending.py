"""Show operators what tenants have spent, without one word of theirs."""

from dataclasses import dataclass
from typing import Annotated, Final

import structlog
from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from app.admin.operators import AnOperator, custody_of
from app.api.route_audit import reads
from app.auth import resources_of
from app.http.documents import Cursor
from app.http.governing.spending import CSV, DOWNLOAD, TABLE, Moment
from app.http.replies import gives, reply
from app.spending.asked import Asked, asked
from app.spending.written import report_shape, table, view
from tenancy.identity.operators import Operator
from tenancy.metering.rollup import Division, Report, rollup_page
from tenancy.metering.usage import Line

router = APIRouter(prefix="/admin/v1")
DEFAULT: Final = "tenant,plan,day,app,feature,model"
_ALL: Final = ",".join(Division)
GroupBy = Annotated[str, Query(max_length=80, description=f"Some of {_ALL}, with commas.")]
OneTenant = Annotated[str | None, Query(max_length=80, description="A tenant's id; all tenants if left out.")]
MOST_LINES: Final = 10_000
LineLimit = Annotated[int, Query(ge=1, le=MOST_LINES)]
USAGE: Final = report_shape("TenantsUsage", Division, paged=True)
_log = structlog.get_logger()


def _asked(
    since: Annotated[Moment, Query(alias="from")] = None,
    until: Annotated[Moment, Query(alias="to")] = None,
    group_by: GroupBy = DEFAULT,
) -> Asked[Division]:
    return asked(Division, since, until, group_by)


Wanted = Annotated[Asked[Division], Depends(_asked)]


@dataclass(frozen=True, slots=True)
class _Page:
    """Which page of a report."""

    limit: int
    cursor: str | None


def _paged(limit: LineLimit = MOST_LINES, cursor: Cursor = None) -> _Page:
    return _Page(limit, cursor)


Paged = Annotated[_Page, Depends(_paged)]


async def _lines(
    request: Request, operator: Operator, wanted: Asked[Division], tenant: str | None, page: _Page
) -> tuple[list[Line], str | None]:
    report = Report(wanted.since, wanted.until, wanted.groups, tenant)
    found = await rollup_page(resources_of(request).foundation, report, page.limit, page.cursor)
    if tenant is not None:
        await (await custody_of(request, operator, tenant)).look("usage.read")
    _log.info("usage.read", operator=operator.subject, tenant=tenant)
    return found


@router.get("/usage", responses=gives(USAGE, 401, 404, 422, 503))
@reads("usage.read")
async def show(
    request: Request, operator: AnOperator, wanted: Wanted, page: Paged, tenant: OneTenant = None
) -> Response:
    """Return what tenants spent from `from` to `to` (without them: the last 30 days); apps by a mark, not by name."""
    lines, following = await _lines(request, operator, wanted, tenant, page)
    return reply({"items": [view(line, wanted.groups) for line in lines], "next_cursor": following})


@router.get("/usage.csv", responses=gives(TABLE, 401, 404, 422, 503, media="text/csv"))
@reads("usage.read")
async def show_table(
    request: Request, operator: AnOperator, wanted: Wanted, page: Paged, tenant: OneTenant = None
) -> Response:
    """Return the same report as a table with a head, amounts in dollars to the last micro-dollar.

    Where there is a next page, the header `Link` names it (RFC 8288).
    """
    lines, following = await _lines(request, operator, wanted, tenant, page)
    headers = dict(DOWNLOAD)
    if following is not None:
        headers["Link"] = f'<{_next(request, following)}>; rel="next"'
    return Response(table(lines, wanted.groups), 200, headers, CSV)


def _next(request: Request, cursor: str) -> str:
    url = request.url.include_query_params(cursor=cursor)
    return f"{url.path}?{url.query}"
