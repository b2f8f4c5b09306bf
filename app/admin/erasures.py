"""Show what an erasure has destroyed, signed."""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.admin.operators import AnOperator
from app.admin.recording import note_about
from app.api.route_audit import reads
from app.auth import resources_of
from app.http.replies import gives, listed, maybe, reply, shape, timestamp
from tenancy.erasure import Receipt, read_erasure

router = APIRouter(prefix="/admin/v1/erasures")
_TEXT: Final = {"type": "string"}
_COUNTS: Final = {"type": "object", "additionalProperties": {"type": "integer"}}
RECEIPT: Final = shape(
    "Receipt",
    id=_TEXT,
    tenant_id=_TEXT,
    state={"type": "string", "enum": ["running", "done"]},
    requested_at=_TEXT,
    finished_at=maybe(_TEXT),
    counts_before=_COUNTS,
    counts_after=_COUNTS,
    keys_destroyed=listed(_TEXT),
    retained={"type": "object", "additionalProperties": {"type": "string"}},
    reversible_until=maybe({"type": "string", "description": "Null: the key provider cannot bring the key back."}),
    leases_ended_by=maybe(_TEXT),
    best_effort=listed(_TEXT),
    signature=maybe({"type": "string", "description": "A JWS over all the rest, times in epoch seconds."}),
)


def receipt_view(receipt: Receipt) -> dict[str, object]:
    """Return a receipt as an operator sees it."""
    times = {name: getattr(receipt, name) for name in ("finished_at", "reversible_until", "leases_ended_by")}
    return {
        "id": receipt.id,
        "tenant_id": receipt.tenant_id,
        "state": receipt.state,
        "requested_at": timestamp(receipt.requested_at),
        **{name: None if at is None else timestamp(at) for name, at in times.items()},
        "counts_before": receipt.counts_before,
        "counts_after": receipt.counts_after,
        "keys_destroyed": receipt.keys_destroyed,
        "retained": {what: timestamp(until) for what, until in receipt.retained.items()},
        "best_effort": receipt.best_effort,
        "signature": receipt.signature,
    }


@router.get("/{erasure_id}", responses=gives(RECEIPT, 401, 404, 422))
@reads("erasure.read")
async def show(request: Request, _operator: AnOperator, erasure_id: str) -> Response:
    """Return what was destroyed in each store; signed when all of it was."""
    receipt = await read_erasure(resources_of(request).foundation, erasure_id)
    note_about(request, receipt.tenant_id)
    return reply(receipt_view(receipt))
