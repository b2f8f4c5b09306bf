"""Routes through which a tenant reads its own audit trail, and has it checked."""

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from app.api.route_audit import reads
from app.auth import Auditor
from app.http.documents import Cursor, Limit
from app.http.replies import AUDIT_ENTRY, AUDIT_VERDICT, gives, page_of, reply, timestamp
from tenancy.stores.audit import AuditEntry

router = APIRouter()
_SHOWN: Final = ("actor", "action", "resource", "outcome", "purpose", "address")


def entry_view(entry: AuditEntry) -> Mapping[str, object]:
    """Return an entry as the outside sees it; `request` is the id that the request's own answer carried."""
    own = {name: getattr(entry, name) for name in _SHOWN}
    return {"at": timestamp(entry.at), **own, "request_id": entry.request}


@router.get("/v1/audit", responses=gives(page_of("Audit", AUDIT_ENTRY), 401, 403, 422, 503))
@reads("audit.read")
async def read_audit(compartment: Auditor, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """Return a page of the trail, newest first."""
    async with compartment.snapshot() as records:
        found, following = await records.audit.page(limit, cursor)
    return reply({"items": [entry_view(entry) for entry in found], "next_cursor": following})


@router.get("/v1/audit/verify", responses=gives(AUDIT_VERDICT, 401, 403, 503))
@reads("audit.verified")
async def verify_audit(compartment: Auditor) -> Response:
    """Walk the whole trail: whether no entry was edited, removed, moved or cut off, how many there are, the head."""
    verdict = await compartment.audit.verify()
    return reply({"intact": verdict.intact, "entries": verdict.entries, "head": verdict.head})
