"""Routes with which a tenant carries its audit away and checks it where this service has no say."""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.api.route_audit import public, reads
from app.auth import AUDITOR, Auditor, resources_of
from app.http.auditing import entry_view
from app.http.governing.exports import sent, still_allowed
from app.http.replies import KEY_SET, gives, reply

router = APIRouter()
_MEDIA: Final = "application/jsonl"
LINES: Final = {"title": "An audit as JSON lines", "type": "string"}


@router.get("/v1/audit/export", responses=gives(LINES, 401, 403, 503, media=_MEDIA))
@reads("audit.exported")
async def export_audit(request: Request, compartment: Auditor) -> Response:
    """Send the whole trail, oldest entry first, in a chain of hashes with signed checkpoints."""
    export = compartment.audit.export(entry_view)
    return await sent(export, f"{compartment.card().id}.audit.jsonl", still_allowed(request, AUDITOR), _MEDIA)


@router.get("/.well-known/attestation-keys.json", responses=gives(KEY_SET))
@public
async def attestation_keys(request: Request) -> Response:
    """Return the public keys (RFC 7517) by which receipts and audits are checked, also those that sign no more."""
    return reply(resources_of(request).foundation.operator_tokens.jwks())
