"""Offer the tenants of a plan a model provider on the platform's account: set, show, suspend, resume and remove it."""

import time
from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from app.admin.operators import AnOperator
from app.admin.recording import note_reason
from app.admin.tenants import Nothing, Reason
from app.api.route_audit import changes, reads
from app.auth import resources_of
from app.http.bodies import documented, json_body
from app.http.governing.settings import ProviderChange
from app.http.replies import gives, listed, maybe, reply, shape, timestamp
from tenancy.metering.catalogue import Catalogue
from tenancy.models.offers.offer import Offer, Status

router = APIRouter(prefix="/admin/v1/providers")
_log = structlog.get_logger()


class Offering(ProviderChange):
    """What to offer: a field left out stays as it is. The key stays with its address and is never read back."""

    reason: str = Field(min_length=1, max_length=1_000)


_TEXT: Final[dict[str, Any]] = {"type": "string"}
OFFER: Final = shape(
    "PlanProvider",
    plan=_TEXT,
    status={"type": "string", "enum": list(Status)},
    since=maybe({"type": "string", "format": "date-time"}),
    provider_key_set={"type": "boolean"},
    provider_base_url=maybe(_TEXT),
    model=maybe(_TEXT),
    model_priced={"type": "boolean", "description": "False: it costs what the prices say of what they do not list."},
)
OFFERS: Final = shape("PlanProviders", items=listed(OFFER))


def offer_view(offer: Offer, prices: Catalogue) -> dict[str, object]:
    """Return an offer as operators see it: without the key."""
    model = offer.provider.get("model")
    return {
        "plan": offer.plan,
        "status": offer.status,
        "since": None if offer.since is None else timestamp(offer.since),
        "provider_key_set": "provider_key" in offer.provider,
        "provider_base_url": offer.provider.get("provider_base_url"),
        "model": model,
        "model_priced": model is not None and prices.lists(model, time.time()),
    }


@router.get("", responses=gives(OFFERS, 401, 422))
@reads("provider.listed")
async def list_all(request: Request, _operator: AnOperator) -> Response:
    """Return what the tenants of each plan are offered."""
    on = resources_of(request).foundation
    return reply({"items": [offer_view(offer, on.prices) for offer in await on.offers.all()]})


@router.put("/{plan}", responses=gives(OFFER, 401, 404, 413, 422), openapi_extra=documented(Offering))
@changes("provider.set")
async def put(
    request: Request, operator: AnOperator, plan: str, body: Annotated[Offering, Depends(json_body(Offering))]
) -> Response:
    """Offer the plan's tenants a provider, or another one, from the next request on; one that is suspended stays so.

    The key stays with the scheme, host and port that it was given for: another address without the key is refused.
    """
    on = resources_of(request).foundation
    given = body.model_dump(include=set(ProviderChange.model_fields) & body.model_fields_set)
    note_reason(request, body.reason)
    await on.chats.admit(given)
    return _answered(request, operator.subject, await on.offers.set(plan, given))


@router.delete("/{plan}", responses=gives(OFFER, 401, 404, 413, 422), openapi_extra=documented(Reason))
@changes("provider.removed")
async def remove(
    request: Request, operator: AnOperator, plan: str, body: Annotated[Reason, Depends(json_body(Reason))]
) -> Response:
    """Offer the plan's tenants nothing from the next request on, and destroy the key."""
    note_reason(request, body.reason)
    return _answered(request, operator.subject, await resources_of(request).foundation.offers.remove(plan))


@router.post("/{plan}/suspend", responses=gives(OFFER, 401, 404, 413, 422), openapi_extra=documented(Reason))
@changes("provider.suspended")
async def suspend(
    request: Request, operator: AnOperator, plan: str, body: Annotated[Reason, Depends(json_body(Reason))]
) -> Response:
    """Let nobody use the plan's provider from the next request on; the key is kept."""
    note_reason(request, body.reason)
    return _answered(request, operator.subject, await resources_of(request).foundation.offers.suspend(plan))


@router.post("/{plan}/resume", responses=gives(OFFER, 401, 404, 413, 422), openapi_extra=documented(Nothing))
@changes("provider.resumed")
async def resume(
    request: Request, operator: AnOperator, plan: str, _body: Annotated[Nothing, Depends(json_body(Nothing))]
) -> Response:
    """Let the plan's tenants use its provider again."""
    return _answered(request, operator.subject, await resources_of(request).foundation.offers.resume(plan))


def _answered(request: Request, operator: str, offer: Offer) -> Response:
    _log.info("provider.changed", plan=offer.plan, status=offer.status, operator=operator)
    return reply(offer_view(offer, resources_of(request).foundation.prices))
