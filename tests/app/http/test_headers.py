"""What every answer carries, and what none does."""

import re

import pytest

from app.http.edge import Answered
from app.http.plane import create_tenant_app
from tests.app.http.deployment import Deployment, Twin

pytestmark = pytest.mark.asyncio(loop_scope="session")

_ORIGIN = {"Origin": "https://evil.test", "Access-Control-Request-Method": "POST"}
_PATHS = (
    "/v1/me",
    "/v1/documents",
    "/healthz",
    "/readyz",
    "/openapi.json",
    "/.well-known/jwks.json",
    "/nowhere",
    "/v1/token",
)


@pytest.mark.parametrize("path", _PATHS)
@pytest.mark.parametrize("known", [True, False])
async def test_L24_every_answer_has_a_request_id_of_ours_and_is_not_to_be_kept(
    deployment: Deployment, twins: tuple[Twin, Twin], path: str, *, known: bool
) -> None:
    http = twins[0].admin.http if known else deployment.client()
    answer = await http.get(path, headers={"X-Request-Id": "theirs"})
    assert re.fullmatch(r"req_[0-9a-z]{24}", answer.headers["x-request-id"])
    assert answer.headers.get_list("cache-control") == ["no-store"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not {"server", "x-powered-by", "set-cookie", "etag"} & set(answer.headers)


@pytest.mark.parametrize("path", _PATHS)
@pytest.mark.parametrize("method", ["GET", "OPTIONS", "POST"])
async def test_L24_no_other_origin_is_let_in(twins: tuple[Twin, Twin], method: str, path: str) -> None:
    answer = await twins[0].admin.http.request(method, path, headers=_ORIGIN)
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert "vary" not in answer.headers


async def test_readiness_names_each_dependency(deployment: Deployment) -> None:
    answer = await deployment.client().get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert {"records", "keys", "index"} <= set(answer.json()["dependencies"])


async def test_whoever_observes_is_told_the_route_and_never_an_id_or_a_query(
    deployment: Deployment, twins: tuple[Twin, Twin]
) -> None:
    seen = list[Answered]()
    app = create_tenant_app(deployment.resources, observe=seen.append)
    token = twins[0].admin.http.headers["authorization"].removeprefix("Bearer ")
    http = Deployment(deployment.resources, deployment.parser, app).client(token)
    answer = await http.get(f"/v1/documents/{twins[0].document['id']}", params={"secret": "x"})
    await http.get("/nowhere/secret")
    assert [(each.method, each.route, each.status) for each in seen] == [
        ("GET", "/v1/documents/{document_id}", 200),
        ("GET", "", 404),
    ]
    assert seen[0].request_id == answer.headers["x-request-id"]
