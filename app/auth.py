"""Permissions as parameter types: a route that takes one of these runs only with a token that grants it.

Rules this module enforces:

* The bearer token in `Authorization` is the only thing about a request that says whose data is meant.
* A permission is what a route's parameter is annotated with, so that a route without one cannot reach any data.
* A tenant's limits are judged next, before anything is done for the request; nobody is counted without a token.
* Whether the role is there is decided before any id in the request is looked at.
"""

from typing import Annotated, Final, final

from fastapi import Depends
from starlette.requests import HTTPConnection, Request

from app.http.witnessing.recorder import note_opened
from app.problems import request_id
from app.resources import Resources
from tenancy.compartment import Compartment
from tenancy.credentials import Circumstances, IssuedToken
from tenancy.errors import Invalid, ServiceError
from tenancy.mint import Mint
from tenancy.stores.clients import NewClient
from tenancy.tokens import TokenRefused
from tenancy.values.roles import Right, Role, alternatives, roles_with

_LONGEST_TOKEN: Final = 8192
_LONGEST_APP: Final = 64
_SCHEME: Final = "bearer "
ADMISSION: Final = "bulkhead.admission"
"""Where the edge finds what a request was let in with."""


class RoleRequired(ServiceError):
    """The token is valid, and the tenant did not give its client the role that this takes."""

    status = 403
    code = "role_required"
    title = "Another role is required"


class InvalidHeader(Invalid):
    """A header that this service reads has a value it cannot use."""

    code = "invalid_header"


def resources_of(connection: HTTPConnection) -> Resources:
    """Return what the application was built on."""
    resources: Resources = connection.app.state.resources
    return resources


def _mint(connection: HTTPConnection) -> Mint:
    return resources_of(connection).mint


def bearer(connection: HTTPConnection) -> str:
    """Return the one bearer token of a request (RFC 6750, section 2.1); TokenRefused for none, several or odd ones."""
    given = connection.headers.getlist("authorization")
    if len(given) != 1 or given[0][: len(_SCHEME)].lower() != _SCHEME:
        raise TokenRefused
    token = given[0][len(_SCHEME) :].strip(" ")
    if not 0 < len(token) <= _LONGEST_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        raise TokenRefused
    return token


def circumstances(connection: HTTPConnection) -> Circumstances:
    """Return where a request comes from, and the app it names for cost reports."""
    app = connection.headers.get("x-app", "")
    if len(app) > _LONGEST_APP or not app.isprintable():
        raise InvalidHeader(f"X-App is a short name of at most {_LONGEST_APP} printable characters.")
    address = "" if connection.client is None else connection.client.host
    feature = getattr(connection.scope.get("route"), "path", "")  # the template, with no id in it
    return Circumstances(address, request_id(connection.scope), app, feature)


@final
class Permission:
    """Opens the caller's compartment if its tenant's limits let it in and its client has one of `roles`."""

    def __init__(self, *roles: Role, looks: bool = False) -> None:
        """Name the roles, any of which is enough; who only `looks` at what is left may do so where nothing is."""
        self.roles: Final = frozenset(roles)
        self._looks = looks
        self._governing = all(role.governs for role in self.roles)

    async def still_holds(self, request: Request) -> None:
        """Raise what a new request would meet, but for its limits: one that is under way is not counted again."""
        self._require_role(await _mint(request).from_token(bearer(request), circumstances(request)))

    def _require_role(self, compartment: Compartment) -> None:
        if self.roles.isdisjoint(compartment.caller.roles):
            wanted = alternatives(self.roles)
            raise RoleRequired(f"This takes the role {wanted}. An administrator of your organisation can give it.")

    async def __call__(self, request: Request) -> Compartment:
        """Return the compartment that the request's token speaks for; TokenRefused, RateLimited or RoleRequired."""
        compartment = await _mint(request).from_token(bearer(request), circumstances(request))
        quota = compartment.quota
        # The edge tells its headers and ends it with the request, whatever becomes of that.
        request.scope[ADMISSION] = await (quota.look() if self._looks else quota.admit(governing=self._governing))
        # Whom the limits turn away has reached nothing: that is counted, and costs no durable write.
        note_opened(request, compartment)
        self._require_role(compartment)
        return compartment


ANY_MEMBER: Final = Permission(*Role)
LOOKER: Final = Permission(*Role, looks=True)
ASKER: Final = Permission(*roles_with(Right.ASK))
KEEPER: Final = Permission(*roles_with(Right.KEEP_DOCUMENTS))
CHOOSER: Final = Permission(*roles_with(Right.CHOOSE_PROFILE))
ADMINISTRATOR: Final = Permission(*roles_with(Right.ADMINISTER))
AUDITOR: Final = Permission(*roles_with(Right.AUDIT))

AnyMember = Annotated[Compartment, Depends(ANY_MEMBER)]
"""Any valid token: reads what concerns the caller itself."""

Looker = Annotated[Compartment, Depends(LOOKER)]
"""Any valid token: reads what is left of the limits, which takes nothing of them."""

Asker = Annotated[Compartment, Depends(ASKER)]
"""Asks and searches."""

Keeper = Annotated[Compartment, Depends(KEEPER)]
"""Puts documents in, looks them up, reads them, takes them out."""

Chooser = Annotated[Compartment, Depends(CHOOSER)]
"""Chooses a profile: reads and previews all of them."""

Administrator = Annotated[Compartment, Depends(ADMINISTRATOR)]
"""Gives and ends access; decides how answers are phrased and which provider writes them."""

Auditor = Annotated[Compartment, Depends(AUDITOR)]
"""Reads who did what; changes nothing."""


async def enrol(request: Request, code: str, again: str | None) -> NewClient:
    """Spend an enrolment code; TokenRefused for an unknown one, CodeUsed for one not spent under the key `again`."""
    return await _mint(request).enrol(code, circumstances(request), again)


async def exchange(request: Request, client: str, secret: str, scope: str | None) -> IssuedToken:
    """Return an access token for a client's own credentials; TokenRefused for wrong ones."""
    return await _mint(request).exchange(client, secret, scope, circumstances(request))
