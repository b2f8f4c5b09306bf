"""The route that tells how a document gets on, as server-sent events until it is ready or has failed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from app.api.route_audit import reads
from app.auth import KEEPER, Keeper
from app.http.replies import document_view, gives
from app.problems import problem
from tenancy.compartment import Compartment
from tenancy.errors import ServiceError
from tenancy.stores.views import Document, DocumentStatus

router = APIRouter()
_RECHECK_SECONDS: Final = 2.0  # another process may do the work, and the right to watch may end
_PING_SECONDS: Final = 15.0
_SETTLED: Final = frozenset({DocumentStatus.READY, DocumentStatus.FAILED})
_EVENTS: Final = {"title": "Events `status` with a document, `error` with a problem", "type": "string"}


@router.get(
    "/v1/documents/{document_id}/events",
    responses=gives(_EVENTS, 401, 403, 404, 503, media="text/event-stream"),
)
@reads("document.watched")
async def watch_document(request: Request, compartment: Keeper, document_id: str) -> Response:
    """Send an event `status` now and with every change, the last one when the document is ready or has failed."""
    first = await _read(compartment, document_id)
    return StreamingResponse(_changes(request, compartment, first), media_type="text/event-stream")


async def _read(compartment: Compartment, document_id: str) -> Document:
    async with compartment.snapshot() as records:
        return await records.documents.get(document_id)


async def _changes(request: Request, compartment: Compartment, document: Document) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    told, opened, quiet = None, loop.time(), loop.time()
    with compartment.listening() as committed:
        committed.set()  # whatever was committed since the first reading
        while True:
            if document.status is not told:
                told, quiet = document.status, loop.time()
                yield _event("status", document_view(document))
            elif loop.time() - quiet >= _PING_SECONDS:
                quiet = loop.time()
                yield b": ping\n\n"
            if document.status in _SETTLED:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(committed.wait(), _RECHECK_SECONDS)
            committed.clear()
            try:
                if loop.time() - opened >= _RECHECK_SECONDS:  # the token and the role must still hold
                    compartment, opened = await KEEPER(request), loop.time()
                document = await _read(compartment, document.id)
            except ServiceError as error:
                yield _event("error", problem(error, request.scope))
                return


def _event(name: str, data: object) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps(data))
