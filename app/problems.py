"""Turn every failure into a problem document (RFC 9457); nothing else in the repository speaks HTTP about errors.

Rules this module enforces:

* One shape for every failure: `type, title, status, detail, instance, code, request_id`, and `errors` for validation.
* What a caller sent is never repeated but for the path; what was expected is said instead.
* An unknown path and an absent, malformed or foreign id are one and the same document.
* A failure that is not a `ServiceError` says nothing about itself.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

import orjson
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from tenancy.errors import Invalid, NotFound, ServiceError, Unavailable

MEDIA_TYPE: Final = "application/problem+json"
REQUEST_ID: Final = "bulkhead.request_id"
_TYPES: Final = "urn:bulkhead:problem:"
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CLIENT_GONE: Final = 499  # what nginx logs for it; nobody is there to read the answer
_log = structlog.get_logger()

PROBLEM_SCHEMA: Final[dict[str, Any]] = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
        "dependency": {"type": "string", "description": "Which dependency is down; with status 503 only."},
        "errors": {
            "type": "array",
            "description": "What is not valid, each with a JSON pointer into the body or the name of a parameter.",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "detail": {"type": "string"},
                    "pointer": {"type": "string"},
                    "parameter": {"type": "string"},
                },
            },
        },
    },
}
"""The JSON schema of a problem document, for the OpenAPI documents."""


class InvalidRequest(Invalid):
    """Fields are missing, unknown or of the wrong type; `errors` has one entry for each."""

    code = "validation_failed"

    def __init__(self, errors: Sequence[Mapping[str, str]]) -> None:
        """Keep what is wrong with which field, never a value."""
        super().__init__("Some fields are missing, unknown or of the wrong type. See `errors`.")
        self.errors = [dict(error) for error in errors]


class InvalidJson(Invalid):
    """The body is not one JSON value (RFC 8259) in UTF-8, or is not declared as JSON."""

    code = "invalid_json"


class BodyTooLarge(ServiceError):
    """The body is larger than this route reads."""

    status: ClassVar[int] = 413
    code = "body_too_large"
    title = "The request body is too large"


class MethodNotAllowed(ServiceError):
    """The path exists, with other methods."""

    status = 405
    code = "method_not_allowed"
    title = "The method is not allowed here"


class RequestRefused(ServiceError):
    """The HTTP layer below refused the request."""

    status = 400
    code = "bad_request"
    title = "The request could not be read"


class Crashed(ServiceError):
    """Something failed that nobody foresaw; the log has its type and place under the request id."""

    code = "internal_error"

    def __init__(self) -> None:
        """Take no argument: nothing about the cause may leave."""
        super().__init__("Something went wrong on our side. Try again; if it stays, report the request id.")


def request_id(scope: Scope) -> str:
    """Return the id that the middleware gave this request."""
    return str(scope.get(REQUEST_ID, ""))


def problem(error: ServiceError, scope: Scope) -> dict[str, object]:
    """Return the problem document of `error` for the request in `scope`."""
    document: dict[str, object] = {
        "type": _TYPES + error.code,
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "instance": _instance(scope),
        "code": error.code,
        "request_id": request_id(scope),
    }
    if isinstance(error, InvalidRequest):
        document["errors"] = error.errors
    if isinstance(error, Unavailable):
        document["dependency"] = error.dependency
    return document


def _instance(scope: Scope) -> str:
    """Return the path as it was sent, without its query."""
    raw = scope.get("raw_path") or str(scope.get("path", "")).encode()
    return bytes(raw).partition(b"?")[0].decode("ascii", "replace")


def answer(error: ServiceError, scope: Scope) -> Response:
    """Return the HTTP answer for `error`."""
    body = orjson.dumps(problem(error, scope))
    return Response(body, error.status, headers=error.headers, media_type=MEDIA_TYPE)


def described(errors: Sequence[ErrorDetails] | Sequence[Any], *, parameters: bool = False) -> list[dict[str, str]]:
    """Return pydantic's findings as problem entries: a pointer or parameter each, never what was sent."""
    entries = []
    for error in errors:
        entry = {"detail": _sentence(error["type"], error["msg"])}
        place = list(error["loc"])
        if parameters:
            named = ".".join(str(step) for step in place[1:])
            entry["parameter"] = named if _PLAIN_NAME.fullmatch(named) else ""
        else:
            known = [str(step) for step in place if _PLAIN_NAME.fullmatch(str(step))]
            # A name that is no plain word is the caller's text: point at what holds it.
            entry["pointer"] = "#" + "".join(f"/{step}" for step in known[: len(place)])
        entries.append(entry)
    return entries


def _sentence(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "There is no such field."
    return message.removeprefix("Value error, ")


def _allowed(request: Request) -> str:
    """Return every method that the asked path has, whichever route brings it."""
    methods: set[str] = set()
    for route in request.app.router.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            methods |= getattr(route, "methods", None) or set()
    return ", ".join(sorted(methods))


async def _on_service_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, ServiceError):
        raise error
    if error.status >= 500:  # noqa: PLR2004 - server errors, by their first digit
        _log.error("request.failed", request_id=request_id(request.scope), code=error.code)
    return answer(error, request.scope)


async def _on_http_error(request: Request, error: Exception) -> Response:
    """Translate what the router itself raises."""
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == NotFound.status:
        return answer(NotFound(), request.scope)
    if error.status_code == MethodNotAllowed.status:
        headers = {"Allow": _allowed(request)}
        return answer(MethodNotAllowed("This path has other methods: see `Allow`.", headers=headers), request.scope)
    return answer(RequestRefused("The request could not be read."), request.scope)


async def _on_invalid(request: Request, error: Exception) -> Response:
    """Translate FastAPI's findings about path and query parameters; bodies are read by `app.http.bodies`."""
    if not isinstance(error, RequestValidationError):
        raise error
    return answer(InvalidRequest(described(error.errors(), parameters=True)), request.scope)


async def _on_disconnect(request: Request, error: Exception) -> Response:
    del request, error
    return Response(status_code=_CLIENT_GONE)


async def _on_crash(request: Request, error: Exception) -> Response:
    """Answer for an error nobody foresaw; its message may hold anything, so only its type and place are logged."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = "" if trace is None else f"{trace.tb_frame.f_globals.get('__name__', '')}:{trace.tb_lineno}"
    _log.error("request.crashed", request_id=request_id(request.scope), error=type(error).__name__, place=place)
    crashed = answer(Crashed(), request.scope)
    # Sent above the middleware that would have added these.
    crashed.headers["X-Request-Id"] = request_id(request.scope)
    crashed.headers["Cache-Control"] = "no-store"
    return crashed


def install(app: FastAPI) -> None:
    """Make every failure of `app` a problem document."""
    app.add_exception_handler(ServiceError, _on_service_error)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(ClientDisconnect, _on_disconnect)
    app.add_exception_handler(Exception, _on_crash)
