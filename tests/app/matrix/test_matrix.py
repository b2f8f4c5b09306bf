"""The route matrix is as it was decided, and tells nobody whose an id is."""

import pytest
import yaml
from fastapi import FastAPI
from starlette.responses import Response

from app.api.route_audit import reads
from app.auth import AnyMember
from app.http.plane import create_tenant_app
from app.http.replies import reply
from tenancy.errors import NotFound
from tenancy.values.roles import Role
from tests.app.http.deployment import Deployment
from tests.app.matrix.table import COMMAND, FILE, Matrix, Stage, asked, cell, stage, tenant_plane, whole

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

_DECIDED: dict[str, Matrix] = yaml.safe_load(FILE.read_text(encoding="utf-8"))


@pytest.mark.shows("capability.roles")
async def test_L11_L15_L16_every_route_answers_every_role_as_the_table_says_and_foreign_ids_like_absent_ones(
    deployment: Deployment,
) -> None:
    found, told = await whole(deployment)
    assert told == []
    assert found == _DECIDED, f"if this was meant: {COMMAND}"


_FOR_ANYBODY = {"/healthz", "/readyz", "/.well-known/jwks.json", "/.well-known/attestation-keys.json"}


async def test_the_table_gives_nobody_anything_and_every_role_of_a_tenant_something() -> None:
    """What the table itself has to say, so that making it anew cannot decide a hole."""
    first, second = _DECIDED["first address"], _DECIDED["second address"]
    for route, cells in first.items():
        for caller, answers in cells.items():
            if "foreign" in answers:
                assert answers["foreign"] == answers["absent"], (route, caller)
            if caller in {"nobody", "operator"} and set(cells["admin"].values()) & {"200", "201", "202", "204"}:
                given = "200" if route.split(" ")[1] in _FOR_ANYBODY else "401 invalid_token"
                assert set(answers.values()) == {given}, (route, caller)
    for route, cells in second.items():
        if route.startswith(("GET /admin", "POST /admin", "PUT /admin", "PATCH /admin", "DELETE /admin")):
            for caller in ("admin", "auditor", "nobody"):
                assert set(cells[caller].values()) == {"401 invalid_operator_token"}, (route, caller)
    for role in Role:
        assert any("200" in cells[role].values() for cells in first.values())


@pytest.mark.shows("capability.roles", without="equal answers")
async def test_L11_a_route_that_tells_one_role_a_foreign_id_from_an_absent_one_is_found(deployment: Deployment) -> None:
    on = await stage(deployment)
    app = _leaking(deployment, on)
    broken = Deployment(deployment.resources, deployment.parser, app)
    callers = {name: broken.client(http.headers.get("authorization", "").removeprefix("Bearer ") or None)
               for name, http in on.callers.items()}  # fmt: skip
    _, told = await tenant_plane(Stage(broken, on.mine, on.theirs, callers))
    assert told == ["GET /v1/leaks/{document_id} as auditor"]


def _leaking(deployment: Deployment, on: Stage) -> FastAPI:
    app = create_tenant_app(deployment.resources)

    @app.get("/v1/leaks/{document_id}")
    @reads("leak.read")
    async def leak(compartment: AnyMember, document_id: str) -> Response:
        if document_id == on.theirs.document["id"] and "auditor" in compartment.caller.roles:
            return reply({"actor": compartment.caller.actor}, 409)
        raise NotFound

    return app


async def test_a_problem_is_in_the_table_by_its_code(deployment: Deployment) -> None:
    assert cell(await asked(deployment.client(), "GET /v1/me", "/v1/me")) == "401 invalid_token"
