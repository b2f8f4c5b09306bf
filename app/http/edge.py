"""The outermost layer of an HTTP plane: what every answer carries, and what happens when a request is over."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.auth import ADMISSION
from app.problems import REQUEST_ID
from tenancy.ids import new_id


@dataclass(frozen=True, slots=True)
class Answered:
    """What may be counted and logged about a request: no content, no path with an id in it, no query.

    `route` is the template (`/v1/documents/{document_id}`) or the empty string where none matched; `seconds` of wall
    time until the answer was sent whole; `status` 0 when nothing was sent.
    """

    method: str
    route: str
    status: int
    seconds: float
    request_id: str


Observe = Callable[[Answered], None]


@final
class Edge:
    """Pure ASGI middleware; an incoming request id is not trusted, so it is not read."""

    def __init__(self, app: ASGIApp, observe: Observe | None = None) -> None:
        """Wrap `app`; `observe` is told about every answer after it was sent."""
        self._app = app
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = scope[REQUEST_ID] = new_id("req")
        added = [(b"x-request-id", given.encode()), (b"x-content-type-options", b"nosniff")]
        started, status = time.perf_counter(), 0

        async def marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                kept = [pair for pair in message["headers"] if pair[0].lower() not in _OURS]
                message["headers"] = [*kept, *added, (b"cache-control", b"no-store"), *_left(scope, status)]
            await send(message)

        try:
            await self._app(scope, receive, marked)
        finally:
            if ADMISSION in scope:
                await scope[ADMISSION].over()
            if self._observe is not None:
                route = getattr(scope.get("route"), "path", "")
                self._observe(Answered(scope["method"], route, status, time.perf_counter() - started, given))


def _left(scope: Scope, status: int) -> list[tuple[bytes, bytes]]:
    """Return the headers that tell a caller who was let in what is left of its limits.

    A 404 has none: an absent id must look like a path that no route takes, where nobody is counted.
    """
    headers = scope[ADMISSION].headers if ADMISSION in scope and status != _NOT_FOUND else {}
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


_NOT_FOUND: Final = 404
_OURS = frozenset({b"x-request-id", b"x-content-type-options", b"cache-control"})
