"""Show operators what operators did, the machine's own commands among it."""

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.admin.operators import AnOperator
from app.admin.spending import OneTenant
from app.api.route_audit import reads
from app.auth import resources_of
from app.http.auditing import entry_view
from app.http.documents import Cursor, Limit
from app.http.replies import AUDIT_ENTRY, gives, maybe, page_of, reply, shape
from app.http.witnessing.logs import From, To
from tenancy.auditing.operations import Operation, Wanted

router = APIRouter(prefix="/admin/v1")
_TEXT: Final = {"type": "string"}
OPERATION: Final = shape("Operation", **AUDIT_ENTRY["properties"], tenant_id=maybe(_TEXT), token_id=maybe(_TEXT))


def operation_view(done: Operation) -> Mapping[str, object]:
    """Return an entry as operators see it; `purpose` is the reason that was stated, empty if none was."""
    return {**entry_view(done.entry), "tenant_id": done.tenant or None, "token_id": done.token or None}


@router.get("/audit", responses=gives(page_of("Operations", OPERATION), 401, 422, 503))
@reads("audit.read")
async def read(
    request: Request,
    _operator: AnOperator,
    tenant: OneTenant = None,
    start: From = None,
    to: To = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Return a page of the operators' trail, newest first: of all of it, or about one tenant, or of some time."""
    wanted = Wanted(tenant, None if start is None else start.timestamp(), None if to is None else to.timestamp())
    found, following = await resources_of(request).foundation.operations.page(limit, cursor, wanted)
    return reply({"items": [operation_view(done) for done in found], "next_cursor": following})
