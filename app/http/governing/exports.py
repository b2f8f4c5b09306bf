"""The route for a tenant's own export: everything it has, in one file that its recipient alone can read."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from app.api.route_audit import changes
from app.auth import ADMINISTRATOR, Administrator, Permission, resources_of
from app.http.bodies import Body, documented, json_body
from app.http.replies import gives
from tenancy.exports.making import export_of

router = APIRouter(prefix="/v1/exports")
AGE: Final = {"title": "A tar archive in the age format", "type": "string", "format": "binary"}
_MEDIA: Final = "application/octet-stream"
_RECHECK_PARTS: Final = 16  # of 64 KiB: so much may still go out after the right to it has ended


class ExportWish(Body):
    """For whom: a public key `age1…`; left out, the one among the settings."""

    recipient: str | None = Field(None, min_length=1, max_length=200)


@router.post(
    "", responses=gives(AGE, 401, 403, 409, 413, 422, 429, 503, media=_MEDIA), openapi_extra=documented(ExportWish)
)
@changes("export.requested")
async def make_export(
    request: Request, compartment: Administrator, body: Annotated[ExportWish, Depends(json_body(ExportWish))]
) -> Response:
    """Send everything the tenant has, encrypted to its recipient; nothing of it is kept here."""
    places = resources_of(request).foundation.exports
    export = export_of(compartment, places, body.recipient)
    return await sent(export, f"{compartment.card().id}.tar.age", still_allowed(request, ADMINISTRATOR))


async def still_allowed(request: Request, permission: Permission) -> AsyncGenerator[None, None]:
    """Look again, at every `_RECHECK_PARTS` parts, whether the token and the role still hold; what raises ends it."""
    while True:
        await permission.still_holds(request)
        for _ in range(_RECHECK_PARTS):
            yield


async def sent(
    export: AsyncGenerator[bytes, None], name: str, allowed: AsyncGenerator[None, None], media: str = _MEDIA
) -> Response:
    """Return an export as it is made; what stands against making it is raised before the status line goes out."""
    first = await anext(export)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_parts(first, export, allowed), 200, headers, media)


async def _parts(
    first: bytes, export: AsyncGenerator[bytes, None], allowed: AsyncGenerator[None, None]
) -> AsyncIterator[bytes]:
    async with aclosing(export), aclosing(allowed):
        yield first
        async for part in export:
            await anext(allowed)
            yield part
