"""Routes that give credentials: enrolment codes to clients, clients to tokens, and the keys they are checked with."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from app.api.route_audit import public
from app.auth import enrol, exchange, resources_of
from app.http.bodies import Body, InvalidForm, documented, json_body, read_form
from app.http.replaying import HEADER, key_of
from app.http.replies import CREDENTIALS, KEY_SET, OAUTH_ERROR, TOKEN, gives, reply
from tenancy.errors import ServiceError
from tenancy.tokens import TokenRefused

router = APIRouter()
_FIELDS: Final = {"grant_type", "client_id", "client_secret", "scope"}
_NEEDED: Final = ("grant_type", "client_id", "client_secret")
_FORM: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "required": list(_NEEDED),
                    "properties": {name: {"type": "string"} for name in sorted(_FIELDS)},
                }
            }
        },
    }
}


class EnrolmentRefused(ServiceError):
    """The code is unknown or has expired."""

    status = 401
    code = "enrolment_refused"
    title = "The enrolment code is not valid"


class EnrolmentCode(Body):
    """What the operator gave to the tenant."""

    code: str = Field(min_length=1, max_length=200)


@router.post(
    "/v1/enrol",
    status_code=201,
    responses=gives(CREDENTIALS, 401, 409, 413, 422, status=201),
    openapi_extra=documented(EnrolmentCode) | HEADER,
)
@public
async def enrol_first_client(
    request: Request, body: Annotated[EnrolmentCode, Depends(json_body(EnrolmentCode))]
) -> Response:
    """Spend an enrolment code for the tenant's first client, which has the role `admin`."""
    try:
        made = await enrol(request, body.code, key_of(request))
    except TokenRefused as refused:
        raise EnrolmentRefused(
            "The code is unknown or has expired. Ask the operator for a new one.", headers=refused.headers
        ) from None
    return reply({"client_id": made.client.id, "client_secret": made.secret}, 201)


class _Refused(Exception):
    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.answer = reply({"error": error, "error_description": description}, status, {"Pragma": "no-cache"})


@router.post("/v1/token", responses=gives(TOKEN) | gives(OAUTH_ERROR, status=400), openapi_extra=_FORM)
@public
async def give_token(request: Request) -> Response:
    """Exchange a client's credentials for an access token (RFC 6749, section 4.4)."""
    try:
        return await _token(request)
    except _Refused as refused:
        return refused.answer
    except ServiceError as error:
        answer = _translated(error).answer
        answer.headers.update(error.headers)
        return answer


async def _token(request: Request) -> Response:
    try:
        fields = await read_form(request)
    except InvalidForm as error:
        raise _Refused("invalid_request", str(error)) from None
    if not set(fields) <= _FIELDS:
        raise _Refused("invalid_request", "There is a field that this grant does not have.")
    if "grant_type" not in fields:
        raise _Refused("invalid_request", "grant_type is missing.")
    if fields["grant_type"] != "client_credentials":
        raise _Refused("unsupported_grant_type", "The only grant is client_credentials.")
    if not all(fields.get(name) for name in _NEEDED):
        raise _Refused("invalid_request", "client_id and client_secret are required.")
    scope = fields.get("scope") or None
    token = await exchange(request, fields["client_id"], fields["client_secret"], scope)
    if not token.roles:
        raise _Refused("invalid_scope", "The client has none of the roles that scope asks for.")
    given = {"token_type": "Bearer", "expires_in": token.expires_in, "scope": " ".join(token.roles)}
    return reply({"access_token": token.access_token, **given}, headers={"Pragma": "no-cache"})


def _translated(error: ServiceError) -> _Refused:
    """Say a failure in the words of RFC 6749, section 5.2."""
    match error.status:
        case 401:
            return _Refused("invalid_client", "The client or its secret is not valid.", 401)
        case 403:
            return _Refused("unauthorized_client", error.detail, 403)
        case 503:
            return _Refused("temporarily_unavailable", error.detail, 503)
        case 413:
            return _Refused("invalid_request", error.detail, 413)
        case _:
            return _Refused("server_error", "The service could not complete the request.", 500)


@router.get("/.well-known/jwks.json", responses=gives(KEY_SET))
@public
async def key_set(request: Request) -> Response:
    """Return the public keys that access tokens are signed with (RFC 7517)."""
    return reply(resources_of(request).foundation.tenant_tokens.jwks())
