"""Create, list, change, suspend, resume and erase tenants, and replace their keys, without ever opening one."""

from collections.abc import Callable
from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from app.admin.operators import AnOperator, custody_of
from app.admin.recording import note_about, note_reason
from app.api.route_audit import changes, reads
from app.attendance import Serves, attendance
from app.auth import resources_of
from app.http.bodies import Body, documented, json_body
from app.http.documents import Cursor
from app.http.replaying import HEADER, REPLAYED, content_of, fingerprint, key_of
from app.http.replies import gives, maybe, page_of, reply, shape, timestamp
from retrieval.phrasing.shipped import begun
from retrieval.profile import profile_from, record_of
from tenancy.card import TenantCard
from tenancy.deployment.roster import MOST, page
from tenancy.erasure import request_erasure
from tenancy.provision import NewTenant, Repeatable, provision
from tenancy.rotation.steps import Rotation, find_rotation

router = APIRouter(prefix="/admin/v1/tenants")
_log = structlog.get_logger()
Limit = Annotated[int, Field(ge=0)] | Annotated[float, Field(ge=0)]


class Wish(Body):
    """The tenant to create."""

    name: str
    plan: str = "standard"
    limits: dict[str, Limit] = Field(default_factory=dict)
    settings: dict[str, str] = Field(default_factory=dict)
    profile: dict[str, Any] = Field(default_factory=dict)


class Change(Body):
    """Another plan, or limits that differ from the plan's."""

    plan: str | None = None
    limits: dict[str, Limit] | None = None


class Reason(Body):
    """Why; it is written into the operators' trail, and into the audit of the tenant that it is about."""

    reason: str = Field(min_length=1, max_length=1_000)


class Nothing(Body):
    """An empty object."""


_TEXT: Final = {"type": "string"}
_OWN: Final = {"id": _TEXT, "name": _TEXT, "status": _TEXT, "plan": _TEXT}
TENANT: Final = shape("Tenant", **_OWN, limits={"type": "object"}, created_at=_TEXT)
ROTATION: Final = shape(
    "Rotation",
    version={"type": "integer", "description": "The version of the data key that is to seal everything."},
    state={"type": "string", "enum": ["begun", "announced", "activated", "resealing", "done"]},
    begun_at=_TEXT,
    finished_at=maybe(_TEXT),
    next_step_at=maybe(_TEXT),
    total={"type": "integer"},
    remaining={"type": "integer"},
)
WORKER: Final = shape(
    "TenantWorker",
    served_by={
        "type": "string",
        "enum": [*Serves],
        "description": "Who works on the tenant's documents: the workers of all, this service with places of the "
        "tenant's own, the tenant's own worker, or nobody just now.",
    },
    seen_at=maybe(_TEXT),
)
ROTATING: Final = shape(
    "TenantAndKeys",
    **_OWN,
    limits={"type": "object"},
    created_at=_TEXT,
    rotation=maybe(ROTATION),
    worker=WORKER,
)
TENANTS: Final = page_of("Tenants", TENANT)
PageLimit = Annotated[int, Query(ge=1, le=MOST)]
CREATED: Final = shape(
    "NewTenant", tenant=shape("TenantMade", **_OWN), enrolment=shape("Enrolment", code=_TEXT, expires_at=_TEXT)
)
ERASURE_ASKED: Final = shape("ErasureAsked", id=_TEXT, tenant_id=_TEXT, state=_TEXT)


def card_view(card: TenantCard) -> dict[str, object]:
    """Return a tenant as an operator sees it."""
    own = {"id": card.id, "name": card.name, "status": card.status, "plan": card.plan}
    return {**own, "limits": card.limits, "created_at": timestamp(card.created_at)}


def rotation_view(rotation: Rotation | None) -> dict[str, object] | None:
    """Return where a rotation of keys stands; None where there was none."""
    if rotation is None:
        return None
    times = {name: getattr(rotation, name) for name in ("begun_at", "finished_at", "next_step_at")}
    shown = {name: None if at is None else timestamp(at) for name, at in times.items()}
    counts = {"total": rotation.total, "remaining": rotation.remaining}
    return {"version": rotation.version, "state": rotation.state, **shown, **counts}


@router.post(
    "",
    status_code=201,
    responses=gives(CREATED, 401, 409, 413, 422, status=201),
    openapi_extra=documented(Wish) | HEADER,
)
@changes("tenant.created")
async def create(request: Request, operator: AnOperator, body: Annotated[Wish, Depends(json_body(Wish))]) -> Response:
    """Create a tenant; the code is shown once, here, and makes the tenant's first client."""
    profile = record_of(profile_from(begun(body.profile)))
    wish = NewTenant(body.name, body.plan, body.limits, body.settings, profile)
    key = key_of(request)
    repeatable = None if key is None else Repeatable(key, fingerprint(request, content_of(body)))
    card, enrolment = await provision(resources_of(request).foundation, operator, wish, repeatable)
    note_about(request, card.id)
    _log.info("tenant.created", tenant=card.id, operator=operator.subject)
    made = {"id": card.id, "name": card.name, "status": card.status, "plan": card.plan}
    code = {"code": enrolment.code, "expires_at": timestamp(enrolment.expires_at)}
    headers = {"Location": f"/admin/v1/tenants/{card.id}", **(REPLAYED if enrolment.repeated else {})}
    return reply({"tenant": made, "enrolment": code}, 201, headers)


@router.get("", responses=gives(TENANTS, 401, 422))
@reads("tenant.listed")
async def list_all(request: Request, _operator: AnOperator, limit: PageLimit = MOST, cursor: Cursor = None) -> Response:
    """Return a page of tenants, oldest first."""
    cards, following = await page(resources_of(request).foundation, limit, cursor)
    return reply({"items": [card_view(card) for card in cards], "next_cursor": following})


@router.get("/{tenant_id}", responses=gives(ROTATING, 401, 404, 422))
@reads("tenant.read")
async def show(request: Request, operator: AnOperator, tenant_id: str) -> Response:
    """Return one tenant, and where the newest rotation of its keys stands."""
    custody = await custody_of(request, operator, tenant_id)
    return reply(await _with_rotation(request, await custody.look("tenant.read")))


async def _with_rotation(request: Request, card: TenantCard) -> dict[str, object]:
    resources = resources_of(request)
    rotation = await find_rotation(resources.foundation, card.id)
    serves, seen_at = await attendance(resources, card)
    worker = {"served_by": serves, "seen_at": None if seen_at is None else timestamp(seen_at)}
    return {**card_view(card), "rotation": rotation_view(rotation), "worker": worker}


@router.patch("/{tenant_id}", responses=gives(TENANT, 401, 404, 409, 413, 422), openapi_extra=documented(Change))
@changes("tenant.changed")
async def change(
    request: Request, operator: AnOperator, tenant_id: str, body: Annotated[Change, Depends(json_body(Change))]
) -> Response:
    """Give a tenant another plan or limits of its own."""
    custody = await custody_of(request, operator, tenant_id, otherwise="plan or limits changed")
    return reply(card_view(await custody.change(body.plan, body.limits)))


@router.post("/{tenant_id}/suspend", responses=gives(TENANT, 401, 404, 409, 413, 422), openapi_extra=documented(Reason))
@changes("tenant.suspended")
async def suspend(
    request: Request, operator: AnOperator, tenant_id: str, body: Annotated[Reason, Depends(json_body(Reason))]
) -> Response:
    """Refuse the tenant's credentials from the next request on."""
    custody = await custody_of(request, operator, tenant_id, body.reason)
    card = await custody.suspend()
    _log.info("tenant.suspended", tenant=card.id, operator=operator.subject)
    return reply(card_view(card))


@router.post("/{tenant_id}/resume", responses=gives(TENANT, 401, 404, 409, 413, 422), openapi_extra=documented(Nothing))
@changes("tenant.resumed")
async def resume(
    request: Request, operator: AnOperator, tenant_id: str, _body: Annotated[Nothing, Depends(json_body(Nothing))]
) -> Response:
    """Accept the tenant's credentials again."""
    custody = await custody_of(request, operator, tenant_id, otherwise="resumed")
    card = await custody.resume()
    _log.info("tenant.resumed", tenant=card.id, operator=operator.subject)
    return reply(card_view(card))


@router.post(
    "/{tenant_id}/rotate-key",
    status_code=202,
    responses=gives(ROTATING, 401, 404, 409, 413, 422, status=202),
    openapi_extra=documented(Reason),
)
@changes("key.rotated")
async def rotate_key(
    request: Request, operator: AnOperator, tenant_id: str, body: Annotated[Reason, Depends(json_body(Reason))]
) -> Response:
    """Begin to replace the tenant's keys; the same rotation while one is under way."""
    custody = await custody_of(request, operator, tenant_id, body.reason)
    await custody.rotate()
    _log.info("rotation.requested", tenant=tenant_id, operator=operator.subject)
    hurry: Callable[[], None] = request.app.state.hurry
    hurry()
    return reply(await _with_rotation(request, custody.card()), 202, {"Location": f"/admin/v1/tenants/{tenant_id}"})


@router.delete(
    "/{tenant_id}",
    status_code=202,
    responses=gives(ERASURE_ASKED, 401, 404, 413, 422, status=202),
    openapi_extra=documented(Reason),
)
@changes("tenant.erased")
async def erase(
    request: Request, operator: AnOperator, tenant_id: str, body: Annotated[Reason, Depends(json_body(Reason))]
) -> Response:
    """Refuse the tenant from now on and begin to destroy it; the same erasure if it was asked before."""
    resources = resources_of(request)
    note_reason(request, body.reason)
    erasure = await request_erasure(resources.mint, resources.foundation, operator, tenant_id, body.reason)
    _log.info("erasure.requested", erasure=erasure, operator=operator.subject)
    hurry: Callable[[], None] = request.app.state.hurry
    hurry()
    asked = {"id": erasure, "tenant_id": tenant_id, "state": "running"}
    return reply(asked, 202, {"Location": f"/admin/v1/erasures/{erasure}"})
