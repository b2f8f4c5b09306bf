"""Show what an erasure has destroyed, signed."""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.admin.operators import AnOperator
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
    signature=maybe({"type": "string", "description": "A JWS over all the rest, times in epoch seconds."}),
)


def receipt_view(receipt: Receipt) -> dict[str, object]:
    """Return a receipt as an operator sees it."""
    finished = receipt.finished_at
    return {
        "id": receipt.id,
        "tenant_id": receipt.tenant_id,
        "state": receipt.state,
        "requested_at": timestamp(receipt.requested_at),
        "finished_at": None if finished is None else timestamp(finished),
        "counts_before": receipt.counts_before,
        "counts_after": receipt.counts_after,
        "keys_destroyed": receipt.keys_destroyed,
        "retained": {what: timestamp(until) for what, until in receipt.retained.items()},
        "signature": receipt.signature,
    }


@router.get("/{erasure_id}", responses=gives(RECEIPT, 401, 404))
async def show(request: Request, _operator: AnOperator, erasure_id: str) -> Response:
    """Return what was destroyed in each store; signed when all of it was."""
    return reply(receipt_view(await read_erasure(resources_of(request).foundation, erasure_id)))
