"""Answers in JSON, and the shapes that OpenAPI documents them with."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from starlette.responses import Response

from app.problems import MEDIA_TYPE
from retrieval.answer import Answer, Usage
from tenancy.index.hits import Hit
from tenancy.metering.money import MicroUsd, usd
from tenancy.stores.views import Chunk, Client, Document, LiveVersion, PartWarning
from tenancy.values.layout import Layout
from tenancy.values.roles import Role

Schema = dict[str, Any]


def reply(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return `content` as JSON; dataclasses are written as objects."""
    return Response(orjson.dumps(content), status, headers, "application/json")


def timestamp(seconds: float) -> str:
    """Return epoch seconds as RFC 3339 in UTC, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def document_view(document: Document) -> dict[str, object]:
    """Return a document as the outside sees it."""
    upload, outcome = document.upload, document.outcome
    return {
        "id": document.id,
        "name": upload.name,
        "status": document.status,
        "sha256": upload.sha256,
        "size": upload.size,
        "content_type": upload.content_type,
        "created_at": timestamp(upload.created_at),
        "external_id": upload.external_id,
        "metadata": upload.metadata,
        "chunks": outcome.chunks,
        "pages": outcome.pages,
        "stages": outcome.stages,
        "error": outcome.failure,
        "coverage": outcome.coverage,
        "warnings": [_warning_view(each) for each in outcome.warnings],
        "live": live_view(document.live),
    }


def _warning_view(warning: PartWarning) -> dict[str, object]:
    told = {"code": warning.code, "detail": warning.detail, "page": warning.page, "part": warning.part}
    return {name: value for name, value in told.items() if value is not None}


def live_view(live: LiveVersion | None) -> dict[str, object] | None:
    """Return the version that answers beside a newer one as the outside sees it."""
    if live is None:
        return None
    return {"version": live.version, "pages": live.outcome.pages, "chunks": live.outcome.chunks}


def _place(layout: Layout, start: int, end: int) -> dict[str, object]:
    """Return where in its document a stretch of text lies, and what the first row of a table in it does not say."""
    rows = next(iter(layout.within(start, end).rows), None)
    return {
        "page": layout.page_at(start),
        "pages": layout.page_range(start, end),
        "start": start,
        "end": end,
        "header": (rows.header or None) if rows else None,
        "sheet": (rows.sheet or None) if rows else None,
    }


def chunk_view(chunk: Chunk) -> dict[str, object]:
    """Return a chunk as the outside sees it."""
    return {
        "id": chunk.id,
        "ordinal": chunk.ordinal,
        "text": chunk.text,
        **_place(chunk.layout, chunk.start, chunk.end),
    }


def client_view(client: Client) -> dict[str, object]:
    """Return a client as its tenant's administrators see it; never with its secret."""
    return {
        "client_id": client.id,
        "name": client.name,
        "roles": sorted(client.roles),
        "purpose": client.purpose,
        "status": client.status,
        "created_at": timestamp(client.created_at),
        "expires_at": None if client.expires_at is None else timestamp(client.expires_at),
        "environment": client.environment,
        "limits": client.limits,
    }


def hit_view(hit: Hit) -> dict[str, object]:
    """Return a hit as the outside sees it."""
    return {
        "chunk_id": hit.chunk_id,
        "document_id": hit.document_id,
        "document_name": hit.document_name,
        "text": hit.text,
        "score": hit.score,
        **_place(hit.layout, hit.start, hit.end),
    }


def dollars(amount: MicroUsd) -> orjson.Fragment:
    """Return micro-dollars as an exact JSON number of dollars."""
    return orjson.Fragment(usd(amount))


def usage_view(usage: Usage) -> dict[str, object]:
    """Return what an answer took as the outside sees it."""
    tokens = {name: getattr(usage, name) for name in ("prompt_tokens", "completion_tokens", "embedding_tokens")}
    return {**tokens, "cost_usd": dollars(usage.cost)}


def answer_view(answer: Answer) -> dict[str, object]:
    """Return an answer as the outside sees it."""
    return {
        "id": answer.id,
        "answer": answer.answer,
        "refused": answer.refused,
        "reason": answer.reason,
        "citations": answer.citations,
        "profile": {"name": answer.profile_name, "version": answer.profile_version},
        "model": answer.model,
        "usage": usage_view(answer.usage),
        "conversation_id": answer.conversation_id,
    }


_TEXT: Final[Schema] = {"type": "string"}
_WHOLE: Final[Schema] = {"type": "integer"}
_NUMBER: Final[Schema] = {"type": "number"}
_YES: Final[Schema] = {"type": "boolean"}
_TIME: Final[Schema] = {"type": "string", "format": "date-time"}
_FREE: Final[Schema] = {"type": "object", "additionalProperties": True}


def maybe(schema: Schema) -> Schema:
    """Return the schema of a value that may be null."""
    return {"anyOf": [schema, {"type": "null"}]}


def listed(item: Schema) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": item}


def shape(title: str, **properties: Schema) -> Schema:
    """Return the schema of an object all of whose fields are there."""
    return {"title": title, "type": "object", "required": list(properties), "properties": properties}


def page_of(title: str, item: Schema) -> Schema:
    """Return the schema of one page of a list."""
    return shape(title, items=listed(item), next_cursor=maybe(_TEXT))


_WARNING: Final[Schema] = {
    **shape("Warning", code=_TEXT, detail=_TEXT),
    "properties": {"code": _TEXT, "detail": _TEXT, "page": _WHOLE, "part": _TEXT},
}
ROLES: Final = listed({"type": "string", "enum": [role.value for role in Role]})
DOCUMENT: Final = shape(
    "Document",
    id=_TEXT,
    name=_TEXT,
    status={"type": "string", "enum": ["queued", "parsing", "embedding", "ready", "failed", "deleting"]},
    sha256=_TEXT,
    size=_WHOLE,
    content_type=_TEXT,
    created_at=_TIME,
    external_id=maybe(_TEXT),
    metadata=_FREE,
    chunks=maybe(_WHOLE),
    pages=maybe(_WHOLE),
    stages=listed(shape("Stage", name=_TEXT, seconds=_NUMBER)),
    error=maybe(shape("Failure", stage=_TEXT, code=_TEXT, detail=_TEXT, retryable=_YES)),
    coverage=maybe(shape("Coverage", parts=_WHOLE, read=_WHOLE, unread=_WHOLE)),
    warnings=listed(_WARNING),
    live=maybe(shape("LiveVersion", version=_TEXT, pages=maybe(_WHOLE), chunks=maybe(_WHOLE))),
)
_PLACE: Final[Schema] = {
    "page": maybe(_WHOLE), "pages": maybe(listed(_WHOLE)), "start": _WHOLE, "end": _WHOLE,
    "header": maybe(listed(_TEXT)), "sheet": maybe(_TEXT),
}  # fmt: skip
CHUNK: Final = shape("Chunk", id=_TEXT, ordinal=_WHOLE, text=_TEXT, **_PLACE)
HITS: Final = shape(
    "Hits",
    hits=listed(
        shape(
            "Hit",
            chunk_id=_TEXT,
            document_id=_TEXT,
            document_name=_TEXT,
            text=_TEXT,
            score=_NUMBER,
            **_PLACE,
        )
    ),
)
_CITATION: Final = shape(
    "Citation", marker=_WHOLE, chunk_id=_TEXT, document_id=_TEXT, document_name=_TEXT, quote=_TEXT, **_PLACE
)
ANSWER: Final = shape(
    "Answer",
    id=_TEXT,
    answer=_TEXT,
    refused=_YES,
    reason=maybe(_TEXT),
    citations=listed(_CITATION),
    profile=shape("ProfileUsed", name=_TEXT, version=_WHOLE),
    model=_TEXT,
    usage=shape("Usage", prompt_tokens=_WHOLE, completion_tokens=_WHOLE, embedding_tokens=_WHOLE, cost_usd=_NUMBER),
    conversation_id=maybe(_TEXT),
)
ME: Final = shape(
    "Me", tenant=shape("Tenant", id=_TEXT, name=_TEXT, status=_TEXT, plan=_TEXT), actor=_TEXT, roles=ROLES, limits=_FREE
)
CREDENTIALS: Final = shape("Credentials", client_id=_TEXT, client_secret=_TEXT)
NEW_SECRET: Final = shape("NewSecret", client_id=_TEXT, client_secret=_TEXT, earlier_until=maybe(_TIME))
NEW_CLIENT: Final = shape("NewClient", client_id=_TEXT, client_secret=_TEXT, name=_TEXT, roles=ROLES)
CLIENT: Final = shape(
    "Client", client_id=_TEXT, name=_TEXT, roles=ROLES, purpose=_TEXT, status=_TEXT, created_at=_TIME,
    expires_at=maybe(_TIME), environment=_TEXT, limits=_FREE,
)  # fmt: skip
CLIENTS: Final = shape("Clients", items=listed(CLIENT))
AUDIT_ENTRY: Final = shape(
    "AuditEntry", at=_TIME, actor=_TEXT, action=_TEXT, resource=_TEXT, outcome=_TEXT, purpose=_TEXT, address=_TEXT,
    request_id=_TEXT,
)  # fmt: skip
AUDIT_VERDICT: Final = shape("AuditVerdict", intact=_YES, entries=_WHOLE, head=_TEXT)
TOKEN: Final = shape("Token", access_token=_TEXT, token_type=_TEXT, expires_in=_WHOLE, scope=_TEXT)
OAUTH_ERROR: Final = shape("OAuthError", error=_TEXT, error_description=_TEXT)
KEY_SET: Final = shape("KeySet", keys=listed(_FREE))
HEALTH: Final = shape("Health", status=_TEXT)
READINESS: Final = shape("Readiness", status=_TEXT, dependencies=_FREE)


def gives(
    schema: Schema, *problems: int, status: int = 200, media: str = "application/json"
) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route that gives `schema`, and problem documents with the statuses `problems`."""
    responses: dict[int | str, dict[str, Any]] = {
        status: {"description": str(schema.get("title", "Done")), "content": {media: {"schema": schema}}}
    }
    return responses | {each: problem_response() for each in problems}


def problem_response() -> dict[str, Any]:
    """Return what OpenAPI says of any answer that is a problem document."""
    return {"description": "Problem", "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
