"""Routes for a tenant's own OIDC issuer, whose tokens its people come with."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from pydantic import Field, field_validator
from starlette.responses import Response

from app.api.audit_outcome import Outcome
from app.api.route_audit import changes, reads
from app.api.schemas import RoleName
from app.auth import Administrator
from app.http.bodies import Body, documented, json_body
from app.http.replies import ROLES, gives, maybe, reply, shape, timestamp
from tenancy.identity.agreeing import Standing
from tenancy.identity.binding import LONGEST, Binding, OwnIssuer, RoleMapping

router = APIRouter(prefix="/v1/settings/issuer")

_TEXT: Final[dict[str, Any]] = {"type": "string"}
STATUS: Final = {"type": "string", "enum": ["none", "proposed", "confirmed", "ended"]}
ISSUER: Final = shape(
    "Issuer",
    status=STATUS,
    since=maybe({"type": "string", "format": "date-time"}),
    issuer=maybe(_TEXT),
    audience=maybe(_TEXT),
    organisation=maybe(shape("Organisation", claim=_TEXT, value=_TEXT)),
    roles=maybe(shape("IssuerRoles", claim=_TEXT, given={"type": "object", "additionalProperties": ROLES})),
)
_MOST_VALUES: Final = 200
_OF_PERSONS: Final = frozenset({"iss", "aud", "sub", "jti", "email", "name", "preferred_username"})
Text = Annotated[str, Field(min_length=1, max_length=LONGEST, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Organisation(Body):
    """The claim in which the issuer names its customer, and what stands there for this tenant."""

    claim: Text
    value: Text

    @field_validator("claim")
    @classmethod
    def _organisations_own(cls, claim: str) -> str:
        if claim in _OF_PERSONS:
            raise ValueError("expected a claim that names an organisation, which this one does not")
        return claim


class IssuerBinding(Body):
    """By what a token is this tenant's, each exactly: issuer, audience, organisation."""

    issuer: Text
    audience: Text
    organisation: Organisation

    def binding(self) -> Binding:
        """Return it as tenancy knows it."""
        return Binding(self.issuer, self.audience, self.organisation.claim, self.organisation.value)


class IssuerRoles(Body):
    """Which values of a claim (a text or a list of texts) give which roles."""

    claim: Text
    given: dict[Text, list[RoleName]] = Field(max_length=_MOST_VALUES)


class IssuerProposal(IssuerBinding):
    """The issuer that the tenant wants, and the roles that its people get; without roles they get none."""

    roles: IssuerRoles | None = None

    def own(self) -> OwnIssuer:
        """Return it as tenancy knows it."""
        if self.roles is None:
            return OwnIssuer(self.binding(), RoleMapping())
        given = {value: frozenset(roles) for value, roles in self.roles.given.items()}
        return OwnIssuer(self.binding(), RoleMapping(self.roles.claim, given))


def _view(own: OwnIssuer | None, standing: Standing) -> dict[str, object]:
    since = None if standing.since is None else timestamp(standing.since)
    shown: dict[str, object] = {"status": standing.state, "since": since}
    if own is None:
        return shown | dict.fromkeys(("issuer", "audience", "organisation", "roles"))
    bound, mapping = own.binding, own.mapping
    given = {value: sorted(roles) for value, roles in mapping.roles.items()}
    return shown | {
        "issuer": bound.issuer,
        "audience": bound.audience,
        "organisation": {"claim": bound.claim, "value": bound.value},
        "roles": {"claim": mapping.claim, "given": given} if mapping.claim else None,
    }


@router.get("", responses=gives(ISSUER, 401, 403, 503))
@reads("setting.issuer_read")
async def read_issuer(compartment: Administrator) -> Response:
    """Return the tenant's issuer and where it stands; only a confirmed one lets anybody in."""
    async with compartment.snapshot() as records:
        own, standing = await compartment.issuer.read(records)
    return reply(_view(own, standing))


@router.put("", responses=gives(ISSUER, 401, 403, 413, 422, 503), openapi_extra=documented(IssuerProposal))
@changes("setting.issuer_changed")
async def propose_issuer(
    compartment: Administrator, body: Annotated[IssuerProposal, Depends(json_body(IssuerProposal))]
) -> Response:
    """Propose an issuer to the operator, or change the roles of the one there is, which need no confirmation.

    Another issuer, audience or organisation ends the one before at once.
    """
    own = body.own()
    return reply(_view(own, await compartment.issuer.propose(own)))


@router.delete("", status_code=204, responses=gives({}, 401, 403, 503, status=204))
@changes("setting.issuer_deleted", without_entry=Outcome.DONE)  # there was no issuer to withdraw
async def withdraw_issuer(compartment: Administrator) -> Response:
    """End the tenant's issuer, if there is one: its people's tokens are refused from the next request on."""
    await compartment.issuer.withdraw()
    return Response(status_code=204)
