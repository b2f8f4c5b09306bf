"""The operator that a request of the second address speaks for, and the custody of a tenant that it asks for."""

from dataclasses import replace
from typing import Annotated, Final

from fastapi import Depends, Header
from fastapi.routing import APIRoute
from starlette.requests import Request

from app.admin.recording import begin_deed, note_reason
from app.auth import InvalidHeader, bearer, resources_of
from app.problems import request_id
from tenancy.custody import Custody
from tenancy.errors import ServiceError
from tenancy.identity.operators import NOT_STATED, InvalidReason, Operator, recognised, stated
from tenancy.tokens import TokenRefused

_REASON: Final = "x-reason"
XReason = Annotated[
    str | None,
    Header(
        alias="X-Reason", description="Why, in one line; it stands in the operators' trail and in that of the tenant."
    ),
]


class OperatorTokenRefused(ServiceError):
    """There is no valid operator token; the answer never says why not."""

    status = 401
    code = "invalid_operator_token"
    title = "A valid operator token is required"


def operator_of(request: Request) -> Operator:
    """Return the operator that the request's token names; OperatorTokenRefused for every kind of wrong token."""
    try:
        found = recognised(resources_of(request).foundation.operator_tokens, bearer(request))
    except TokenRefused as refused:
        raise OperatorTokenRefused(
            "The request carries no valid operator token. Get one with `bulkhead operator token`.",
            headers=refused.headers,
        ) from None
    address = "" if request.client is None else request.client.host
    return replace(found, address=address, request=request_id(request.scope))


def _recorded(request: Request, _x_reason: XReason = None) -> Operator:
    """Return the operator, with the reason of the header; from here on the request is written down."""
    deed = begin_deed(request, operator_of(request))
    deed.operator = replace(deed.operator, reason=_reason(request))
    return deed.operator


def _reason(request: Request) -> str:
    given = request.headers.getlist(_REASON)
    if len(given) > 1:
        raise InvalidHeader("X-Reason is one line.")
    try:
        return stated("".join(given).encode("latin-1").decode())
    except (UnicodeDecodeError, InvalidReason):
        raise InvalidHeader("X-Reason has at most 1,000 printable characters in UTF-8.") from None


def asks_for_operator(route: APIRoute) -> bool:
    """Tell whether a route's parameters ask for an operator's token."""
    return any(needed.call is _recorded for needed in route.dependant.dependencies)


AnOperator = Annotated[Operator, Depends(_recorded)]
"""Runs the deployment, opens no tenant's data, and leaves an entry in the operators' trail."""


async def custody_of(
    request: Request, operator: Operator, tenant_id: str, reason: str = "", *, otherwise: str = NOT_STATED
) -> Custody:
    """Return custody of a tenant for the `reason` of a body, else that of the header; NotFound for an absent one."""
    if reason:
        note_reason(request, reason)
    return await resources_of(request).mint.custody(operator, tenant_id, reason or operator.reason or otherwise)
