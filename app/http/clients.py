"""Routes for the credentials that a tenant gives to its own programs."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BeforeValidator, Field
from starlette.requests import Request
from starlette.responses import Response

from app.api.route_audit import changes, reads
from app.api.schemas import RoleName
from app.auth import Administrator
from app.http.bodies import Body, documented, json_body
from app.http.replaying import HEADER, content_of, fingerprint, once
from app.http.replies import CLIENTS, NEW_CLIENT, NEW_SECRET, client_view, gives, reply, timestamp
from tenancy.identity.client_secrets import LONGEST_OVERLAP
from tenancy.models.environments import Environment
from tenancy.stores.views import ClientTerms
from tenancy.values.roles import Role

router = APIRouter()


def _moment(value: object) -> datetime:
    """Read RFC 3339 text and nothing else; a number's unit would be a guess."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError("expected a time with its zone, such as 2030-01-31T12:00:00Z")
    if moment <= datetime.now(UTC):
        raise ValueError("expected a time that is still to come")
    return moment


_Whole = Annotated[int, Field(ge=0)]


class ClientLimits(Body):
    """What one client may do at most, within what its tenant may."""

    requests_per_minute: _Whole | None = None
    burst: _Whole | None = None
    concurrent_requests: _Whole | None = None
    tokens_per_minute: _Whole | None = None
    daily_tokens: _Whole | None = None
    monthly_tokens: _Whole | None = None
    monthly_usd: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None


class NewClientRequest(Body):
    """A client to be made: its name, what it may do, what for, until when, with which environment's provider."""

    name: str = Field(min_length=1, max_length=200)
    roles: list[RoleName] = Field(min_length=1, max_length=len(Role))
    purpose: str = Field("unstated", min_length=1, max_length=200)
    expires_at: Annotated[AwareDatetime, BeforeValidator(_moment)] | None = None
    environment: Literal["development", "test", "production"] = "production"
    limits: ClientLimits = ClientLimits()


@router.post(
    "/v1/clients",
    status_code=201,
    responses=gives(NEW_CLIENT, 401, 403, 409, 413, 422, 503, status=201),
    openapi_extra=documented(NewClientRequest) | HEADER,
)
@changes("client.created")
async def add_client(
    request: Request,
    compartment: Administrator,
    body: Annotated[NewClientRequest, Depends(json_body(NewClientRequest))],
) -> Response:
    """Make a client; its secret is in this answer and nowhere else."""

    async def work() -> Response:
        expires = None if body.expires_at is None else body.expires_at.timestamp()
        roles = frozenset(body.roles)
        terms = ClientTerms(expires, Environment(body.environment), body.limits.model_dump(exclude_none=True))
        made = await compartment.add_client(body.name, roles, body.purpose, terms)
        view = client_view(made.client)
        shown = {name: each for name, each in view.items() if name not in {"status", "created_at"}}
        return reply(shown | {"client_secret": made.secret}, 201)

    return await once(request, compartment, fingerprint(request, content_of(body)), work)


@router.get("/v1/clients", responses=gives(CLIENTS, 401, 403, 503))
@reads("client.listed")
async def list_clients(compartment: Administrator) -> Response:
    """Return every client, oldest first, without secrets."""
    async with compartment.snapshot() as records:
        found = await records.clients.list()
    return reply({"items": [client_view(client) for client in found]})


class Rotation(Body):
    """For how many seconds the secret before gets tokens beside the new one."""

    overlap_seconds: int = Field(0, ge=0, le=LONGEST_OVERLAP)


@router.post(
    "/v1/clients/{client_id}/rotate",
    responses=gives(NEW_SECRET, 401, 403, 404, 409, 413, 422, 503),
    openapi_extra=documented(Rotation, optional=True) | HEADER,
)
@changes("client.rotated")
async def rotate_secret(
    request: Request,
    compartment: Administrator,
    client_id: str,
    body: Annotated[Rotation, Depends(json_body(Rotation, optional=True))],
) -> Response:
    """Give a client another secret; the one before gets no token from now on, or after the overlap.

    Tokens that it has live out their hour. `earlier_until` is null where the one before works no more.
    """

    async def work() -> Response:
        made = await compartment.rotate_client(client_id, body.overlap_seconds)
        until = None if made.earlier_until is None else timestamp(made.earlier_until)
        return reply({"client_id": made.client.id, "client_secret": made.secret, "earlier_until": until})

    return await once(request, compartment, fingerprint(request, content_of(body)), work)


@router.delete("/v1/clients/{client_id}", status_code=204, responses=gives({}, 401, 403, 404, 409, 503, status=204))
@changes("client.revoked")
async def revoke_client(compartment: Administrator, client_id: str) -> Response:
    """End a client; its tokens are refused from the next request on. The last one with role `admin` stays."""
    await compartment.revoke_client(client_id)
    return Response(status_code=204)
