"""The error every layer raises and only `app/problems.py` turns into HTTP."""

from collections.abc import Mapping
from typing import ClassVar


class ServiceError(Exception):
    """A refusal or failure that has a place in the public contract.

    Subclasses stand beside the code that raises them and fix `status` (HTTP), `code` (the contract's word) and
    `title`. `detail` is one sentence for a person: what happened and what to do. It may quote ids, never a tenant's
    text.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "The service could not complete the request"

    def __init__(self, detail: str, *, headers: Mapping[str, str] | None = None) -> None:
        """Keep `detail` for the problem document and `headers` for the response."""
        super().__init__(detail)
        self.detail = detail
        self.headers = dict(headers or {})


class NotFound(ServiceError):
    """The id is absent, malformed or another tenant's: one answer for all three."""

    status = 404
    code = "not_found"
    title = "Not found"

    def __init__(self) -> None:
        """Take no argument: nothing about the asked id may change the answer."""
        super().__init__("There is nothing here under this id.")


class Invalid(ServiceError):
    """The request is well formed but asks for something the contract does not allow."""

    status = 422
    code = "invalid"
    title = "The request is not valid"


class Unavailable(ServiceError):
    """A dependency is down; the request failed closed. `dependency` names it."""

    status = 503
    code = "unavailable"
    title = "A dependency is unavailable"

    def __init__(self, dependency: str, detail: str) -> None:
        """Name the `dependency` as `/readyz` does."""
        super().__init__(detail, headers={"Retry-After": "5"})
        self.dependency = dependency
