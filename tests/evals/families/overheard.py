"""The naive server with ears: what goes through it can be kept, and some of its routes answered otherwise."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from tests.standins.naive_rag.server import naive_rag


@dataclass(frozen=True, slots=True)
class Passed:
    """One request that was answered: who asked (a key), for what, with which body, and what came back."""

    key: str
    method: str
    path: str
    query: dict[str, str]
    sent: bytes
    status: int
    said: Any


Instead = Callable[[Passed], Awaitable[dict[str, Any] | None]]


def overheard(hear: Callable[[Passed], None], instead: Instead) -> FastAPI:
    """Return a server that lets everything be heard; `instead` may answer requests before it does."""
    app = naive_rag(frozenset())

    @app.middleware("http")
    async def listen(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        sent, key = await request.body(), request.headers.get("x-api-key", "")
        asked = Passed(key, request.method, request.url.path, dict(request.query_params), sent, 0, None)
        other = await instead(asked)
        if other is not None:
            return JSONResponse(other)
        response = await call_next(request)
        chunks = [bytes(chunk) async for chunk in response.body_iterator]  # type: ignore[attr-defined]  # Starlette's
        body = b"".join(chunks)
        said = json.loads(body) if response.headers.get("content-type", "").startswith("application/json") else None
        hear(Passed(key, asked.method, asked.path, asked.query, sent, response.status_code, said))
        return Response(body, response.status_code, dict(response.headers))

    return app


def uploaded(passed: Passed) -> str:
    """Return the text of an uploaded file."""
    start = passed.sent.index(b"\r\n\r\n") + 4
    return passed.sent[start : passed.sent.rindex(b"\r\n--")].decode()
