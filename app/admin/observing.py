"""What the second address tells without a token: numbers, and the keys that receipts are checked with."""

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

from app.api.route_audit import public
from app.auth import resources_of
from app.http.replies import KEY_SET, gives, reply

router = APIRouter()


@router.get("/metrics", responses=gives({"type": "string"}, media="text/plain"))
@public
async def metrics(request: Request) -> Response:
    """Return this process's numbers for Prometheus; tenants by opaque id, no content."""
    return Response(resources_of(request).metrics.exposition(), media_type=CONTENT_TYPE_LATEST)


@router.get("/.well-known/jwks.json", responses=gives(KEY_SET))
@public
async def key_set(request: Request) -> Response:
    """Return the public keys that operator tokens and receipts are signed with (RFC 7517)."""
    return reply(resources_of(request).foundation.operator_tokens.jwks())
