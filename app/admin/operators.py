"""The operator that a request of the second address speaks for."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from app.auth import bearer, resources_of
from tenancy.custody import Operator
from tenancy.errors import ServiceError
from tenancy.tokens import TokenRefused


class OperatorTokenRefused(ServiceError):
    """There is no valid operator token; the answer never says why not."""

    status = 401
    code = "invalid_operator_token"
    title = "A valid operator token is required"


def operator_of(request: Request) -> Operator:
    """Return the operator that the request's token names; OperatorTokenRefused for every kind of wrong token."""
    try:
        return resources_of(request).mint.operator(bearer(request))
    except TokenRefused as refused:
        raise OperatorTokenRefused(
            "The request carries no valid operator token. Get one with `bulkhead operator token`.",
            headers=refused.headers,
        ) from None


AnOperator = Annotated[Operator, Depends(operator_of)]
"""Runs the deployment, and opens no tenant's data."""
