"""The operator that a request of the second address speaks for."""

from dataclasses import replace
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from app.auth import bearer, resources_of
from app.problems import request_id
from tenancy.errors import ServiceError
from tenancy.identity.operators import Operator, recognised
from tenancy.tokens import TokenRefused


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


AnOperator = Annotated[Operator, Depends(operator_of)]
"""Runs the deployment, and opens no tenant's data."""
