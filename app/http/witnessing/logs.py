"""Routes through which a tenant's auditors read its interaction log."""

import time
from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import AwareDatetime
from starlette.responses import Response

from app.api.route_audit import reads
from app.auth import Auditor
from app.http.documents import Cursor, Limit
from app.http.replies import gives, listed, maybe, page_of, reply, shape, timestamp
from tenancy.auditing.interactions import Between, Logged

router = APIRouter(prefix="/v1/logs")
From = Annotated[AwareDatetime | None, Query(alias="from")]
To = Annotated[AwareDatetime | None, Query()]
_TEXT: Final = {"type": "string"}
_WHOLE: Final = {"type": "integer"}
_TOKENS: Final = ("prompt_tokens", "completion_tokens", "embedding_tokens")
_SOURCE: Final = shape(
    "Source", document_id=_TEXT, chunk_id=_TEXT, page=maybe(_WHOLE), document_name=maybe(_TEXT), quote=maybe(_TEXT)
)
LOG: Final = shape(
    "Log",
    id=_TEXT,
    at={"type": "string", "format": "date-time"},
    actor=_TEXT,
    app=_TEXT,
    request_id=_TEXT,
    mode={"type": "string", "enum": ["metadata", "full"]},
    kind={"type": "string", "enum": ["search", "ask"]},
    question=maybe(_TEXT),
    answer=maybe(_TEXT),
    refused={"type": "boolean"},
    reason=maybe(_TEXT),
    sources=listed(_SOURCE),
    answer_id=maybe(_TEXT),
    profile=maybe(shape("ProfileUsed", name=_TEXT, version=_WHOLE)),
    model=maybe(_TEXT),
    usage=shape("TokensUsed", **dict.fromkeys(_TOKENS, _WHOLE)),
)


def log_view(log: Logged) -> Mapping[str, object]:
    """Return a log as the tenant's auditors see it; what its mode left out is null."""
    made = log.interaction
    profile = None if made.profile is None else {"name": made.profile, "version": made.profile_version}
    return {
        "id": log.id,
        "at": timestamp(log.at),
        "actor": log.actor,
        "app": log.app,
        "request_id": log.request,
        "mode": log.mode,
        "kind": made.kind,
        "question": made.question,
        "answer": made.answer,
        "refused": made.refused,
        "reason": made.reason,
        "sources": made.sources,
        "answer_id": made.answer_id,
        "profile": profile,
        "model": made.model,
        "usage": {name: getattr(made, name) for name in _TOKENS},
    }


@router.get("", responses=gives(page_of("Logs", LOG), 401, 403, 422, 503))
@reads("log.listed")
async def read_logs(
    compartment: Auditor, limit: Limit = 50, cursor: Cursor = None, start: From = None, to: To = None
) -> Response:
    """Return a page of the log, newest first: of all of it, or from one time and before another."""
    between = Between(None if start is None else start.timestamp(), None if to is None else to.timestamp())
    async with compartment.snapshot() as records:
        found, following = await records.interactions.page(limit, cursor, between, time.time())
    return reply({"items": [log_view(log) for log in found], "next_cursor": following})


@router.get("/{log_id}", responses=gives(LOG, 401, 403, 404, 503))
@reads("log.read")
async def read_log(compartment: Auditor, log_id: str) -> Response:
    """Return what one question brought, as far as the tenant has it logged."""
    async with compartment.snapshot() as records:
        return reply(log_view(await records.interactions.get(log_id, time.time())))
