"""Routes for a tenant's documents: put in, look up, read, take out."""

import binascii
from collections.abc import AsyncIterator
from typing import Annotated, Final, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from app.api.document_query import DocumentQuery
from app.api.route_audit import changes, reads
from app.auth import Keeper
from app.http.bodies import Body, documented, json_body
from app.http.replaying import HEADER, fingerprint, once
from app.http.replies import CHUNK, DOCUMENT, chunk_view, document_view, gives, page_of, reply
from app.http.upload_form import UploadForm
from ingestion.accept import Arrival, Incoming, arriving, erase, retry, settle
from ingestion.description import Words, change
from tenancy.compartment import Compartment
from tenancy.errors import ServiceError
from tenancy.ids import VersionId
from tenancy.stores.databases.cursors import InvalidCursor
from tenancy.stores.views import Document, Scalar, Upload

router = APIRouter()
_BINARY: Final = {"title": "The file", "type": "string", "format": "binary"}
_FORM: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "additionalProperties": False,
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "external_id": {"type": "string", "minLength": 1, "maxLength": 200},
                        "metadata": {"type": "string", "description": "A JSON object of strings, numbers, booleans."},
                    },
                }
            }
        },
    }
}
Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=200)]


@router.post(
    "/v1/documents",
    status_code=202,
    responses=gives(DOCUMENT, status=202) | gives(DOCUMENT, 401, 403, 409, 413, 415, 422, 429, 503),
    openapi_extra=_FORM | HEADER,
)
@changes("document.uploaded")
async def upload(request: Request, compartment: Keeper) -> Response:
    """Take in a file: a new document, or newer bytes for the one with this `external_id`.

    The same bytes under the same `external_id`, or under none, give the document that is there already (200) with the
    name and the metadata sent now; metadata that is left out stays. Under another `external_id` they are a document of
    its own, which is not parsed again. Without one they mean the document that holds them: of several the one without
    an `external_id`, else the newest.
    """
    form = UploadForm(request, compartment.quota.limits["bytes_per_file"])
    name = await form.find_file()
    async with arriving(compartment, name, form.content()) as arrival:
        await form.finish()
        incoming = Incoming(arrival.name, form.external_id, form.metadata)
        digest = fingerprint(request, arrival.name, arrival.sha256, incoming.external_id, incoming.metadata)
        return await once(request, compartment, digest, lambda: _settled(compartment, arrival, incoming))


async def _settled(compartment: Compartment, arrival: Arrival, incoming: Incoming) -> Response:
    accepted = await settle(compartment, arrival, incoming)
    return _located(accepted.document, 202 if accepted.created else 200)


def _located(document: Document, status: int) -> Response:
    return reply(document_view(document), status, {"Location": f"/v1/documents/{document.id}"})


@router.get("/v1/documents", responses=gives(page_of("Documents", DOCUMENT), 401, 403, 422, 503))
@reads("document.listed")
async def list_documents(compartment: Keeper, query: Annotated[DocumentQuery, Query()]) -> Response:
    """Return a page of documents, newest first.

    Names, metadata and times are sealed and are looked for row by row, 10,000 a request: in larger tenants a page may
    be short, or empty, and `next_cursor` goes on.
    """
    async with compartment.snapshot() as records:
        found, following = await records.documents.page(query.limit, query.cursor, query.criteria())
    return reply({"items": [document_view(document) for document in found], "next_cursor": following})


@router.get("/v1/documents/{document_id}", responses=gives(DOCUMENT, 401, 403, 404, 503))
@reads("document.read")
async def read_document(compartment: Keeper, document_id: str) -> Response:
    """Return what is known of a document, without its content."""
    return reply(document_view(await _found(compartment, document_id)))


class DocumentChange(Body):
    """What to say of a document: a field left out stays as it is, `external_id` null takes it away."""

    metadata: dict[str, Scalar] = Field(default_factory=dict, max_length=64, description="Replaces the whole object.")
    external_id: str | None = Field(None, min_length=1, max_length=200)


@router.patch(
    "/v1/documents/{document_id}",
    responses=gives(DOCUMENT, 401, 403, 404, 409, 413, 422, 503),
    openapi_extra=documented(DocumentChange),
)
@changes("document.changed")
async def change_document(
    compartment: Keeper, document_id: str, body: Annotated[DocumentChange, Depends(json_body(DocumentChange))]
) -> Response:
    """Change metadata or the caller's own id; nothing is parsed again, and the next search takes it into account."""
    words: Words = body.model_dump(exclude_unset=True)  # type: ignore[assignment]  # the same fields
    return reply(document_view(await change(compartment, document_id, words)))


async def _found(compartment: Compartment, document_id: str) -> Document:
    async with compartment.snapshot() as records:
        return await records.documents.get(document_id)


@router.get(
    "/v1/documents/{document_id}/content",
    responses=gives(_BINARY, 401, 403, 404, 409, 422, 503, media="application/octet-stream"),
)
@reads("content.read")
async def read_content(
    compartment: Keeper, document_id: str, version: Literal["newest", "live"] = "newest"
) -> Response:
    """Return the original file that was uploaded last, or the one that answers; never for display."""
    document = await _found(compartment, document_id)
    upload = document.upload if version == "newest" else _answering(document)
    content = compartment.blobs.read(upload.blob)
    # The first segment is opened before the status line goes out: a damaged file is an error, not a short answer.
    first = await anext(content)
    headers = {
        "Content-Type": upload.content_type,  # as judged; a charset would be a guess
        "Content-Disposition": disposition(upload.name),
        "Content-Length": str(upload.size),
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return StreamingResponse(_from(first, content), 200, headers)


class NotLive(ServiceError):
    """No version of the document has been read yet."""

    status = 409
    code = "not_live"
    title = "The document does not answer yet"


def _answering(document: Document) -> Upload:
    if document.live_version is None:
        raise NotLive("No version of this document is ready. Ask for the newest one.")
    return document.upload if document.live is None else document.live.upload


async def _from(first: bytes, following: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for part in following:
        yield part


def disposition(name: str) -> str:
    """Return the header that makes a browser save the file under its name (RFC 6266, RFC 5987)."""
    plain = "".join(letter if letter.isascii() and letter.isprintable() else "_" for letter in name)
    plain = plain.replace("\\", "_").replace('"', "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


@router.get("/v1/documents/{document_id}/chunks", responses=gives(page_of("Chunks", CHUNK), 401, 403, 404, 422, 503))
@reads("chunk.listed")
async def read_chunks(compartment: Keeper, document_id: str, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """Return a page of the chunks that answer questions, in the order of the text."""
    async with compartment.snapshot() as records:
        document = await records.documents.get(document_id)
        if document.live_version is None:
            return reply({"items": [], "next_cursor": None})
        after = -1 if cursor is None else _read_cursor(cursor, document.live_version)
        found = await records.chunks.page(document.live_version, limit + 1, after)
    following = _write_cursor(document.live_version, found[limit - 1].ordinal) if len(found) > limit else None
    return reply({"items": [chunk_view(chunk) for chunk in found[:limit]], "next_cursor": following})


def _write_cursor(version: VersionId, ordinal: int) -> str:
    return f"{version}.{ordinal}".encode().hex()


def _read_cursor(cursor: str, version: VersionId) -> int:
    """Return the ordinal after which to go on; a cursor belongs to one version of one document."""
    try:
        given, _, ordinal = binascii.unhexlify(cursor).decode("ascii").partition(".")
        if given == version and ordinal.isdecimal():
            return int(ordinal)
    except ValueError:
        pass
    raise InvalidCursor("The cursor is not one that this list gave out, or the document has changed since.")


@router.post(
    "/v1/documents/{document_id}/retry",
    status_code=202,
    responses=gives(DOCUMENT, 401, 403, 404, 409, 503, status=202),
    openapi_extra=HEADER,
)
@changes("document.retried")
async def retry_document(request: Request, compartment: Keeper, document_id: str) -> Response:
    """Queue a failed document again."""

    async def work() -> Response:
        return _located(await retry(compartment, document_id), 202)

    return await once(request, compartment, fingerprint(request), work)


@router.delete("/v1/documents/{document_id}", status_code=204, responses=gives({}, 401, 403, 404, 503, status=204))
@changes("document.deleted")
async def delete_document(compartment: Keeper, document_id: str) -> Response:
    """Delete a document with all that was made of it; from this answer on no search finds it."""
    await erase(compartment, document_id)
    return Response(status_code=204)
