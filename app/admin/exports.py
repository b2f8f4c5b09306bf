"""Send a tenant's export through the operator's hands: sealed to the tenant's own recipient, unreadable on the way."""

from collections.abc import AsyncGenerator
from typing import Annotated, Final

import structlog
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from app.admin.operators import AnOperator, custody_of, operator_of
from app.admin.tenants import Reason
from app.api.route_audit import changes
from app.http.bodies import documented, json_body
from app.http.governing.exports import AGE, sent
from app.http.replies import gives

router = APIRouter(prefix="/admin/v1/tenants")
_MEDIA: Final = "application/octet-stream"
_log = structlog.get_logger()


@router.post(
    "/{tenant_id}/export",
    responses=gives(AGE, 401, 404, 409, 413, 422, 429, 503, media=_MEDIA),
    openapi_extra=documented(Reason),
)
@changes("export.begun")
async def export(
    request: Request, operator: AnOperator, tenant_id: str, body: Annotated[Reason, Depends(json_body(Reason))]
) -> Response:
    """Send everything the tenant has, encrypted to the recipient that the tenant gave among its settings."""
    custody = await custody_of(request, operator, tenant_id, body.reason)
    made = await custody.export()
    answer = await sent(made, f"{tenant_id}.tar.age", _still_allowed(request))
    _log.info("export.begun", tenant=tenant_id, operator=operator.subject)
    return answer


async def _still_allowed(request: Request) -> AsyncGenerator[None, None]:
    while True:
        operator_of(request)
        yield
