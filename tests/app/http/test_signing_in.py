"""Codes become clients, clients become tokens, and nothing else does."""

import pytest
from starlette.routing import Match

from tests.app.http.deployment import Deployment

pytestmark = pytest.mark.asyncio(loop_scope="session")

_FORM = "application/x-www-form-urlencoded"


async def test_an_enrolment_code_makes_an_administrator_once(deployment: Deployment) -> None:
    tenant, code = await deployment.code()
    http = deployment.client()
    first = await http.post("/v1/enrol", json={"code": code})
    second = await http.post("/v1/enrol", json={"code": code})
    assert first.status_code == 201
    assert set(first.json()) == {"client_id", "client_secret"}
    assert (second.status_code, second.json()["code"]) == (409, "enrolment_used")
    member = await deployment.signed_in(first.json(), tenant)
    assert (await member.http.get("/v1/me")).json()["roles"] == ["admin"]


async def test_an_unknown_code_is_refused_without_mentioning_tokens(deployment: Deployment) -> None:
    answer = await deployment.client().post("/v1/enrol", json={"code": "enr_" + "x" * 43})
    assert (answer.status_code, answer.json()["code"]) == (401, "enrolment_refused")
    assert "www-authenticate" in answer.headers


async def test_a_token_says_its_type_life_and_scope(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    fields = {"grant_type": "client_credentials", **admin.credentials}
    answer = await deployment.client().post("/v1/token", data=fields)
    token = answer.json()
    assert (token["token_type"], token["scope"]) == ("Bearer", "admin")
    assert 0 < token["expires_in"] <= 3600
    assert answer.headers["cache-control"] == "no-store"


async def test_a_scope_narrows_the_token_and_never_widens_it(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    both = await deployment.member(admin, "user", "auditor")
    fields = {"grant_type": "client_credentials", **both.credentials}
    narrowed = await deployment.client().post("/v1/token", data={**fields, "scope": "user"})
    widened = await deployment.client().post("/v1/token", data={**fields, "scope": "admin"})
    assert narrowed.json()["scope"] == "user"
    assert (widened.status_code, widened.json()["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ("", 400, "invalid_request"),
        ("grant_type=password&client_id=a&client_secret=b", 400, "unsupported_grant_type"),
        ("grant_type=client_credentials&client_id=a", 400, "invalid_request"),
        ("grant_type=client_credentials&client_id=a&client_secret=", 400, "invalid_request"),
        ("grant_type=client_credentials&client_id=a&client_secret=b", 401, "invalid_client"),
        ("grant_type=client_credentials&client_id=a&client_id=b&client_secret=c", 400, "invalid_request"),
        ("grant_type=client_credentials&client_id=a&client_secret=b&tenant=c", 400, "invalid_request"),
        ("grant_type=client_credentials&client_id=%FF&client_secret=b", 400, "invalid_request"),
        ("&".join(f"f{number}=1" for number in range(100)), 400, "invalid_request"),
        ("a=" + "b" * 20_000, 413, "invalid_request"),
    ],
)
async def test_a_bad_token_request_is_answered_in_the_words_of_oauth(
    deployment: Deployment, form: str, status: int, error: str
) -> None:
    answer = await deployment.client().post("/v1/token", content=form, headers={"Content-Type": _FORM})
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert set(answer.json()) == {"error", "error_description"}


async def test_a_token_request_in_json_is_an_invalid_request(deployment: Deployment) -> None:
    answer = await deployment.client().post("/v1/token", json={"grant_type": "client_credentials"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_right_client_with_a_wrong_secret_is_an_invalid_client(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    fields = {"grant_type": "client_credentials", **admin.credentials, "client_secret": "wrong"}
    answer = await deployment.client().post("/v1/token", data=fields)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_the_key_set_holds_one_public_ed25519_key(deployment: Deployment) -> None:
    (key,) = (await deployment.client().get("/.well-known/jwks.json")).json()["keys"]
    assert (key["kty"], key["crv"], key["alg"]) == ("OKP", "Ed25519", "EdDSA")
    assert "d" not in key


async def test_the_plane_of_operators_does_not_exist_on_the_first_address(deployment: Deployment) -> None:
    answer = await deployment.client().get("/admin/v1/tenants")
    assert answer.status_code == 404
    scope = {"type": "http", "method": "GET", "path": "/metrics", "headers": []}
    assert all(route.matches(dict(scope))[0] is Match.NONE for route in deployment.app.routes)


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic dXNlcjpwYXNz"},
        {"Authorization": "Bearer a b"},
        {"Authorization": "Bearer " + "a" * 10_000},
        {"Authorization": "Bearer not.a.token"},
        {"Authorization": "Token x"},
        {"Cookie": "access_token=x"},
        {"X-Api-Key": "x"},
    ],
)
async def test_anything_but_one_bearer_token_is_the_same_refusal(
    deployment: Deployment, header: dict[str, str]
) -> None:
    answer = await deployment.client().get("/v1/me", headers=header)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_token_anywhere_but_in_the_header_opens_nothing(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    token = admin.http.headers["authorization"].removeprefix("Bearer ")
    answer = await deployment.client().get(
        "/v1/me", params={"access_token": token}, headers={"Cookie": f"token={token}"}
    )
    assert answer.status_code == 401


async def test_two_authorization_headers_are_refused_even_if_one_is_right(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    right = admin.http.headers["authorization"]
    answer = await deployment.client().get("/v1/me", headers=[("Authorization", right), ("Authorization", right)])
    assert answer.status_code == 401
