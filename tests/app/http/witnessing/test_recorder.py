"""Every access stands in its tenant's audit before the first byte of its answer, whatever the answer is."""

import asyncio
import sqlite3
from collections.abc import MutableMapping
from contextlib import closing
from typing import Any

import httpx
import pytest
import structlog
from fastapi import APIRouter, FastAPI
from starlette.responses import Response, StreamingResponse

from app.api.route_audit import DeclarationMissing, reads
from app.auth import AnyMember
from app.http.plane import create_tenant_app, permission_of, plane
from tenancy.errors import Unavailable
from tenancy.ids import TenantId, new_id
from tests.app.http.deployment import Deployment, Member, Twin
from tests.app.http.test_route_inventory import routes_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

_PLACES = {"document_id": "document", "client_id": "client", "log_id": "log", "alert_id": "alert", "name": "profile"}
_BODIES: dict[str, dict[str, object]] = {
    "POST /v1/search": {"query": "harbour vault"},
    "POST /v1/ask": {"question": "What is the password of the harbour vault?"},
    "POST /v1/profiles/{name}/preview": {},
}


async def trail(member: Member, limit: int = 1) -> list[dict[str, Any]]:
    """Return the newest entries, without the one that this reading makes."""
    entries: list[dict[str, Any]] = (await member.http.get("/v1/audit", params={"limit": limit})).json()["items"]
    return entries


def _own(twin: Twin) -> dict[str, str]:
    return {
        "document": twin.document["id"], "client": twin.admin.credentials["client_id"], "log": twin.log,
        "alert": twin.alert, "profile": twin.profile,
    }  # fmt: skip


def _filled(path: str, ids: dict[str, str]) -> tuple[str, str]:
    for name, kind in _PLACES.items():
        if "{" + name + "}" in path:
            return path.replace("{" + name + "}", ids[kind]), ids[kind]
    return path, ""


async def unwitnessed(app: FastAPI, admin: Member, ids: dict[str, str]) -> list[str]:
    """Return the reading and asking routes whose use leaves no entry that says who, what and in which request."""
    found = []
    for route in routes_of(app):
        for method in route.methods or ():
            name = f"{method} {route.path}"
            if (method != "GET" and name not in _BODIES) or not route.path.startswith("/v1/"):
                continue
            path, resource = _filled(route.path, ids)
            answer = await admin.http.request(method, path, json=_BODIES.get(name))
            assert answer.status_code == 200, (name, answer.text)
            (entry,) = await trail(admin)
            said = entry["request_id"], entry["actor"], entry["outcome"]
            expected = answer.headers["x-request-id"], f"client:{admin.credentials['client_id']}", "done"
            if said != expected or (resource and entry["resource"] != resource):
                found.append(name)
    return found


@pytest.mark.shows("audit.accesses")
async def test_every_route_that_reads_or_asks_is_written_down(deployment: Deployment, twins: tuple[Twin, Twin]) -> None:
    assert await unwitnessed(deployment.app, twins[0].admin, _own(twins[0])) == []


@pytest.mark.shows("audit.accesses", without="the entry")
async def test_a_route_that_is_not_written_down_is_found(deployment: Deployment, twins: tuple[Twin, Twin]) -> None:
    quiet = create_tenant_app(deployment.resources)
    quiet.user_middleware = [each for each in quiet.user_middleware if "Recorder" not in str(each.cls)]
    broken = Deployment(deployment.resources, deployment.parser, quiet)
    token = twins[0].admin.http.headers["authorization"].removeprefix("Bearer ")
    asker = Member(broken.client(token), twins[0].admin.credentials, twins[0].admin.tenant)
    assert len(await unwitnessed(quiet, asker, _own(twins[0]))) >= 12


@pytest.mark.shows("audit.denials")
async def test_L10_a_foreign_id_and_a_missing_role_stand_in_the_askers_own_trail_alone(deployment: Deployment) -> None:
    mine, theirs = await deployment.administrator(), await deployment.twin("silver-otter-55")
    before = (await trail(theirs.admin))[0]["request_id"]
    denied = await mine.http.get(f"/v1/documents/{theirs.document['id']}")
    user = await deployment.member(mine, "user")
    role = await user.http.get("/v1/documents")
    bad = await mine.http.post("/v1/search", json={"query": "x", "top_k": 0})
    entries = {entry["request_id"]: entry for entry in await trail(mine, 10)}
    assert [denied.status_code, role.status_code, bad.status_code] == [404, 403, 422]
    told = [
        (entry["action"], entry["resource"], entry["outcome"], entry["address"])
        for entry in (entries[each.headers["x-request-id"]] for each in (denied, role, bad))
    ]
    likeness = told[0][1]
    assert likeness.startswith("asked:")
    assert theirs.document["id"] not in str(entries)
    assert told == [
        ("document.read", likeness, "denied", "127.0.0.1"),
        ("document.listed", "", "denied", "127.0.0.1"),
        ("search.made", "", "refused", "127.0.0.1"),
    ]
    after = await trail(theirs.admin, 2)
    assert after[1]["request_id"] == before  # nothing came in between but the first reading of this trail


async def test_a_token_is_written_down_before_it_is_given_and_the_purpose_of_its_client_with_it(
    deployment: Deployment,
) -> None:
    admin = await deployment.administrator()
    made = await admin.http.post("/v1/clients", json={"name": "bot", "roles": ["user"], "purpose": "customer support"})
    bot = await deployment.signed_in(made.json(), admin.tenant)
    await bot.search("harbour")
    searched, issued = await trail(admin, 2)
    assert (issued["action"], issued["resource"]) == ("token.issued", made.json()["client_id"])
    assert {searched["purpose"], issued["purpose"]} == {"customer support"}


class _Wire:
    """Takes what is sent, and looks into the database at the first byte."""

    def __init__(self, deployment: Deployment, member: Member) -> None:
        self.records = deployment.resources.settings.data_dir / "tenants" / member.tenant / "records.db"
        self.before = self.entries()
        self.grown: list[int] = []
        self.stays = asyncio.Event()  # never set: the client stays to the end

    def entries(self) -> int:
        with closing(sqlite3.connect(self.records)) as db:
            return int(db.execute("SELECT count(*) FROM audit").fetchone()[0])

    async def receive(self) -> dict[str, Any]:
        await self.stays.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        self.grown.append(self.entries() - self.before)
        assert message["type"].startswith("http.response.")


@pytest.mark.shows("audit.before-answers")
async def test_the_entry_has_committed_when_the_status_line_goes_out(
    deployment: Deployment, twins: tuple[Twin, Twin]
) -> None:
    admin = twins[0].admin
    routes = [route for route in routes_of(deployment.app) if route.methods == {"GET"} and permission_of(route)]
    paths = [_filled(route.path, _own(twins[0]))[0] for route in routes]
    for path in (*paths, f"/v1/documents/{new_id('doc')}"):
        wire = _Wire(deployment, admin)
        headers = [(b"authorization", admin.http.headers["authorization"].encode())]
        scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
                 "headers": headers, "client": ("127.0.0.1", 1), "server": ("test", 80), "scheme": "http"}  # fmt: skip
        await deployment.app(scope, wire.receive, wire.send)
        assert set(wire.grown) == {1}, path


@pytest.mark.shows("audit.before-answers")
async def test_where_an_access_cannot_be_written_its_error_is_the_answer_and_nothing_else_leaves(
    deployment: Deployment, twins: tuple[Twin, Twin]
) -> None:
    """The trail is locked by another process for longer than anybody waits: the data could still be read."""
    app = create_tenant_app(deployment.resources)
    store = deployment.resources.foundation.store

    @app.get("/v1/read-and-lock")
    @reads("lock.read")
    async def lock(compartment: AnyMember) -> Response:
        assert compartment.caller.roles
        await tampered("ALTER TABLE audit RENAME TO taken")

        async def parts() -> Any:  # noqa: ANN401 - an async generator
            yield twins[0].secret.encode()

        return StreamingResponse(parts())

    async def tampered(statement: str) -> None:
        await store.close()
        with closing(sqlite3.connect(deployment.resources.settings.data_dir / "tenants" / tenant / "records.db")) as db:
            db.execute(statement)

    tenant = TenantId(twins[0].admin.tenant)
    token = twins[0].admin.http.headers["authorization"].removeprefix("Bearer ")
    broken = Deployment(deployment.resources, deployment.parser, app)
    try:
        answer = await broken.client(token).get("/v1/read-and-lock")
    finally:
        await tampered("ALTER TABLE taken RENAME TO audit")
    assert answer.status_code == Unavailable.status
    assert (answer.json()["code"], answer.json()["dependency"]) == ("unavailable", "records")
    assert twins[0].secret not in answer.text


async def test_a_crash_is_written_down_as_a_failure(deployment: Deployment, twins: tuple[Twin, Twin]) -> None:
    app = create_tenant_app(deployment.resources)

    @app.get("/v1/crash")
    @reads("crash.read")
    async def crash(compartment: AnyMember) -> Response:
        raise LookupError(compartment.caller.actor)

    token = twins[0].admin.http.headers["authorization"].removeprefix("Bearer ")
    answer = await Deployment(deployment.resources, deployment.parser, app).client(token).get("/v1/crash")
    (entry,) = await trail(twins[0].admin)
    assert answer.status_code == 500
    assert (entry["action"], entry["outcome"]) == ("crash.read", "failed")
    assert entry["request_id"] == answer.headers["x-request-id"]


async def test_nothing_leaves_a_route_that_opens_data_and_declares_no_action(
    deployment: Deployment, twins: tuple[Twin, Twin]
) -> None:
    app = create_tenant_app(deployment.resources)

    @app.get("/v1/secret")
    async def secret(compartment: AnyMember) -> Response:
        return Response(twins[0].secret, headers={"x-actor": compartment.caller.actor})

    token = twins[0].admin.http.headers["authorization"].removeprefix("Bearer ")
    answer = await Deployment(deployment.resources, deployment.parser, app).client(token).get("/v1/secret")
    assert answer.status_code == 500
    assert twins[0].secret not in answer.text + str(answer.headers)


async def test_no_application_is_built_with_a_route_that_declares_no_action(deployment: Deployment) -> None:
    router = APIRouter()

    @router.get("/v1/secret")
    async def secret(compartment: AnyMember) -> Response:
        return Response(compartment.caller.actor)

    with pytest.raises(DeclarationMissing, match="GET /v1/secret declares no audit action"):
        plane("Bulkhead", deployment.resources, None, [router], lambda _route: True)


async def test_L10_L23_no_token_key_or_word_of_a_question_is_in_an_entry_or_in_the_services_own_log(
    deployment: Deployment,
) -> None:
    admin = await deployment.administrator()
    canary = "quixotic-marmalade-4711"
    await admin.http.patch("/v1/settings", json={"log_mode": "full"})
    with structlog.testing.capture_logs() as said:
        await admin.search(f"where is {canary}")
        await admin.http.post("/v1/ask", json={"question": f"where is {canary}?"})
        await admin.http.get(f"/v1/documents/{canary}")
    entries: httpx.Response = await admin.http.get("/v1/audit", params={"limit": 50})
    token = admin.http.headers["authorization"].removeprefix("Bearer ")
    for secret in (token, admin.credentials["client_secret"]):
        assert secret not in entries.text + str(said)
    assert canary not in str(said)
    assert canary not in entries.text  # nor the id that was asked for in vain
