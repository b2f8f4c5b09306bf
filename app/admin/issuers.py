"""Confirm and end the issuers that tenants bring, without being shown what they wrote."""

from typing import Annotated, Final

import structlog
from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from app.admin.operators import AnOperator, custody_of
from app.admin.tenants import Reason
from app.api.route_audit import changes, reads
from app.http.bodies import documented, json_body
from app.http.governing.issuer import STATUS, IssuerBinding
from app.http.replies import gives, maybe, reply, shape, timestamp
from tenancy.identity.agreeing import Standing

router = APIRouter(prefix="/admin/v1/tenants/{tenant_id}/issuer")
STANDING: Final = shape("IssuerStanding", status=STATUS, since=maybe({"type": "string", "format": "date-time"}))
_log = structlog.get_logger()


class Confirmation(IssuerBinding):
    """What was agreed with the customer, and why it is believed; it must be exactly what the tenant has proposed."""

    reason: str = Field(min_length=1, max_length=1_000)


def _view(standing: Standing) -> dict[str, object]:
    return {"status": standing.state, "since": None if standing.since is None else timestamp(standing.since)}


@router.get("", responses=gives(STANDING, 401, 404, 422))
@reads("issuer.read")
async def show(request: Request, operator: AnOperator, tenant_id: str) -> Response:
    """Return where the tenant's own issuer stands, and nothing of what it is."""
    custody = await custody_of(request, operator, tenant_id)
    await custody.look("issuer.read")
    return reply(_view(custody.issuer()))


@router.post("/confirm", responses=gives(STANDING, 401, 404, 409, 413, 422), openapi_extra=documented(Confirmation))
@changes("issuer.confirmed")
async def confirm(
    request: Request,
    operator: AnOperator,
    tenant_id: str,
    body: Annotated[Confirmation, Depends(json_body(Confirmation))],
) -> Response:
    """Bring the tenant's own issuer into force, if it is the one that is named here."""
    custody = await custody_of(request, operator, tenant_id, body.reason)
    standing = await custody.confirm_issuer(body.binding())
    _log.info("issuer.confirmed", tenant=tenant_id, operator=operator.subject)
    return reply(_view(standing))


@router.delete("", responses=gives(STANDING, 401, 404, 409, 413, 422), openapi_extra=documented(Reason))
@changes("issuer.ended")
async def end(
    request: Request, operator: AnOperator, tenant_id: str, body: Annotated[Reason, Depends(json_body(Reason))]
) -> Response:
    """Refuse the tokens of the tenant's own issuer from the next request on."""
    custody = await custody_of(request, operator, tenant_id, body.reason)
    standing = await custody.end_issuer()
    _log.info("issuer.ended", tenant=tenant_id, operator=operator.subject)
    return reply(_view(standing))
