"""Whatever an operator does stands in the operators' trail before the answer leaves, whatever the answer is."""

import asyncio
import re
import sqlite3
from collections.abc import MutableMapping
from contextlib import closing
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.responses import Response

from app.admin.operators import AnOperator
from app.admin.plane import create_admin_app
from app.api.route_audit import reads
from tenancy.errors import Unavailable
from tenancy.ids import new_id
from tests.app.admin.driving import PUBLIC, OperatorDesk

pytestmark = pytest.mark.asyncio(loop_scope="session")

_WHY = {"reason": "the yearly review"}
_FOR = {"X-Reason": "ticket 4711"}


def _plane(desk: OperatorDesk, app: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Authorization": desk.http.headers["authorization"]}
    return httpx.AsyncClient(transport=transport, base_url="http://operators.test", headers=headers)


async def unwitnessed(desk: OperatorDesk, app: FastAPI) -> list[str]:
    """Return the routes for operators whose use, right or wrong, leaves no entry that says who, whence and in which."""
    found, http = [], _plane(desk, app)
    for route in [route for route in app.routes if isinstance(route, APIRoute) and route.path not in PUBLIC]:
        tenant = (await desk.deployment.code())[0] if "{tenant_id}" in route.path else "x"
        for method in route.methods or ():
            for id_, body in ((tenant, _WHY), (new_id("ten"), _WHY), (tenant, [])):
                answer = await http.request(method, re.sub(r"{\w+}", id_, route.path), json=body)
                entry = await desk.entry_of(answer)
                outcome = "done" if answer.is_success else "denied" if answer.status_code == 404 else "refused"
                said = entry and (entry["actor"], entry["address"], entry["outcome"])
                if said != ("operator:ada", "127.0.0.1", outcome):
                    found.append(f"{method} {route.path} {answer.status_code}")
    return found


@pytest.mark.shows("audit.operator-routes")
async def test_every_operator_route_is_written_down_whatever_becomes_of_the_request(desk: OperatorDesk) -> None:
    assert await unwitnessed(desk, desk.app) == []


@pytest.mark.shows("audit.operator-routes", without="the entry")
async def test_an_operator_route_that_is_not_written_down_is_found(desk: OperatorDesk) -> None:
    quiet = create_admin_app(desk.deployment.resources, hurry=lambda: None)
    quiet.user_middleware = [each for each in quiet.user_middleware if "Recorder" not in str(each.cls)]
    missed = await unwitnessed(desk, quiet)
    assert len({each.rpartition(" ")[0] for each in missed}) >= 15


async def test_an_entry_names_the_token_the_tenant_the_act_and_the_reason(desk: OperatorDesk) -> None:
    made = await desk.http.post("/admin/v1/tenants", json={"name": new_id("name")}, headers=_FOR)
    tenant = made.json()["tenant"]["id"]
    path = f"/admin/v1/tenants/{tenant}"
    answers = [
        made,
        await desk.http.get(path),
        await desk.http.patch(path, json={"plan": "free"}, headers=_FOR),
        await desk.http.post(f"{path}/suspend", json=_WHY, headers=_FOR),
        await desk.http.post(f"{path}/resume", json={}, headers=_FOR),
        await desk.http.post(f"{path}/resume", json={}),
        await desk.http.request("DELETE", path, json=_WHY),
    ]
    answers.append(await desk.http.get(answers[-1].headers["location"]))
    entries = [await desk.entry_of(answer) for answer in answers]
    said = [(one["action"], one["outcome"], one["purpose"]) for one in entries if one is not None]
    assert said == [
        ("tenant.created", "done", "ticket 4711"),
        ("tenant.read", "done", ""),
        ("tenant.changed", "done", "ticket 4711"),
        ("tenant.suspended", "done", "the yearly review"),
        ("tenant.resumed", "done", "ticket 4711"),
        ("tenant.resumed", "refused", ""),
        ("tenant.erased", "done", "the yearly review"),
        ("erasure.read", "done", ""),
    ]
    assert {one["tenant_id"] for one in entries if one is not None} == {tenant}
    assert [one["resource"] for one in entries if one is not None] == [tenant] * 7 + [answers[-1].json()["id"]]
    tokens = {one["token_id"] for one in entries if one is not None}
    assert len(tokens) == 1
    assert tokens.pop().startswith("tok_")
    signed = desk.deployment.resources.foundation.operator_tokens.sign("ada", 600)
    other = await desk.entry_of(await desk.client(signed).get(path))
    assert other is not None
    assert other["token_id"] != entries[0]["token_id"]  # type: ignore[index]  # it was there above


async def test_without_a_valid_operator_token_nothing_is_written_down(desk: OperatorDesk) -> None:
    admin = await desk.deployment.administrator()
    tenants = admin.http.headers["authorization"].removeprefix("Bearer ")
    for token in (None, "x", tenants):
        answer = await desk.client(token).get("/admin/v1/tenants", headers={"X-Reason": "a\x07b"})
        assert answer.status_code == 401
        assert await desk.entry_of(answer) is None


@pytest.mark.parametrize(
    "headers",
    [
        [("X-Reason", "a\x07b")],
        [("X-Reason", "x" * 1001)],
        [("X-Reason", "one"), ("X-Reason", "two")],
        [("X-Reason", b"\xff\xfe")],
        [("X-Reason", "a\u2028b".encode())],
    ],
)
async def test_a_reason_in_a_header_that_cannot_be_written_down_is_refused_and_that_is_written_down(
    desk: OperatorDesk, headers: list[tuple[str, str | bytes]]
) -> None:
    raw = [(name.encode(), value if isinstance(value, bytes) else value.encode()) for name, value in headers]
    answer = await desk.http.get("/admin/v1/tenants", headers=raw)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_header")
    entry = await desk.entry_of(answer)
    assert entry is not None
    assert (entry["action"], entry["outcome"], entry["purpose"]) == ("tenant.listed", "refused", "")


async def test_a_reason_may_be_in_any_language(desk: OperatorDesk) -> None:
    answer = await desk.http.get("/admin/v1/tenants", headers=[(b"X-Reason", "Prüfung nach § 5".encode())])
    entry = await desk.entry_of(answer)
    assert entry is not None
    assert entry["purpose"] == "Prüfung nach § 5"


class _Wire:
    """Takes what is sent, and looks into the database at each part."""

    def __init__(self, desk: OperatorDesk) -> None:
        self.registry = desk.deployment.resources.settings.data_dir / "registry.db"
        self.before = self.entries()
        self.grown: list[int] = []
        self.stays = asyncio.Event()  # never set: the client stays to the end

    def entries(self) -> int:
        with closing(sqlite3.connect(self.registry)) as db:
            return int(db.execute("SELECT count(*) FROM operations").fetchone()[0])

    async def receive(self) -> dict[str, Any]:
        await self.stays.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        self.grown.append(self.entries() - self.before)
        assert message["type"].startswith("http.response.")


@pytest.mark.shows("audit.before-answers")
async def test_the_entry_has_committed_when_the_status_line_goes_out(desk: OperatorDesk) -> None:
    for path in ("/admin/v1/tenants", "/admin/v1/audit", f"/admin/v1/tenants/{new_id('ten')}"):
        wire = _Wire(desk)
        headers = [(b"authorization", desk.http.headers["authorization"].encode())]
        scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
                 "headers": headers, "client": ("127.0.0.1", 1), "server": ("test", 80), "scheme": "http"}  # fmt: skip
        await desk.app(scope, wire.receive, wire.send)
        assert set(wire.grown) == {1}, path


async def test_where_it_cannot_be_written_down_its_error_is_the_answer_and_nothing_else_leaves(
    desk: OperatorDesk,
) -> None:
    name, store = new_id("name"), desk.deployment.resources.foundation.store
    await desk.create(name)

    async def tampered(statement: str) -> None:
        async with store.registry(writes=True) as db:
            await db.execute(sa.text(statement))

    await tampered("ALTER TABLE operations RENAME TO taken")
    try:
        answer = await desk.http.get("/admin/v1/tenants")
        denied = await desk.http.get(f"/admin/v1/tenants/{new_id('ten')}")
    finally:
        await tampered("ALTER TABLE taken RENAME TO operations")
    for each in (answer, denied):
        assert each.status_code == Unavailable.status
        assert (each.json()["code"], each.json()["dependency"]) == ("unavailable", "records")
    assert name not in answer.text
    assert name in (await desk.http.get("/admin/v1/tenants")).text


async def test_a_crash_is_written_down_as_a_failure(desk: OperatorDesk) -> None:
    app = create_admin_app(desk.deployment.resources, hurry=lambda: None)

    @app.get("/admin/v1/crash")
    @reads("crash.read")
    async def crash(operator: AnOperator) -> Response:
        raise LookupError(operator.subject)

    answer = await _plane(desk, app).get("/admin/v1/crash")
    entry = await desk.entry_of(answer)
    assert answer.status_code == 500
    assert entry is not None
    assert (entry["action"], entry["outcome"]) == ("crash.read", "failed")
