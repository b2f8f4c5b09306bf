"""Every route of the first address, with every way a request can end, stands in its tenant's trail."""

import asyncio
import sqlite3
import threading
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

import httpx
import orjson
import pytest
import pytest_asyncio

from app.http.plane import permission_of
from tenancy.values.roles import Role
from tests.app.http.deployment import Deployment, Member
from tests.app.http.governing.test_settings import provider, with_document
from tests.app.http.test_route_inventory import routes_of
from tests.app.matrix.table import Stage, asked, stage
from tests.known_gaps import Gap, known_gap
from tests.standins.openai_server import Asked, OpenAIServer, openai_server

__all__ = ["openai_server"]

pytestmark = pytest.mark.asyncio(loop_scope="session")

_QUESTION: Final = {"question": "When was the quay rebuilt?"}
_ABSENT: Final = {"document_id": "doc_0", "client_id": "cli_0", "log_id": "log_0", "alert_id": "alr_0", "name": "none"}
_MAKES: Final = "PUT /v1/profiles/{name}"
_RETRY: Final = "POST /v1/documents/{document_id}/retry"
_ALWAYS_TOLD: Final = "GET /v1/quotas"
"""What is left may be asked where nothing is left."""
_LAST: Final = ("DELETE /v1/settings/issuer", _MAKES)
KINDS: Final = {
    "done": {"done", "unchanged"},
    "foreign role": {"denied"},
    "absent id": {"denied"},
    "bad body": {"refused"},
    "bad query": {"refused"},
}
"""How a request that opened its tenant's data can be answered, and the outcomes that its entry may have."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One request that was answered, and what its tenant's trail says of it."""

    route: str
    kind: str
    status: int
    entries: tuple[str, ...]


def _needs_roles(deployment: Deployment) -> dict[str, tuple[str | None, frozenset[Role]]]:
    """Return every guarded route with the name of its id and the roles that open it."""
    return {
        f"{method} {route.path}": (next(iter(route.param_convertors), None), frozenset(permission.roles))
        for route in routes_of(deployment.app)
        for method in route.methods or ()
        if (permission := permission_of(route)) is not None
    }


async def _answers(on: Stage, throttled: Member) -> list[tuple[str, str, httpx.Response]]:
    """Send every route in every way."""
    found = []
    routes = _needs_roles(on.deployment)
    for route in sorted(routes, key=lambda each: (each in _LAST, each)):
        name, roles = routes[route]
        method, path = route.split(" ")
        opener = on.callers[min(roles - {Role.AUDITOR} or roles)]
        own = path if name is None else path.replace("{" + name + "}", await on.own(route, name))
        others = sorted(set(Role) - roles)
        if others:
            found.append((route, "foreign role", await asked(on.callers[others[0]], route, own)))
        if name is not None and route != _MAKES:
            absent = path.replace("{" + name + "}", _ABSENT[name])
            found.append((route, "absent id", await asked(opener, route, absent)))
        if method in {"POST", "PUT", "PATCH"} and route != _RETRY:
            found.append((route, "bad body", await opener.request(method, own, json=["no object"])))
        if "cursor" in str(_parameters(on.deployment, route)):
            found.append((route, "bad query", await opener.request(method, own, params={"limit": "0"})))
        if route != _ALWAYS_TOLD:
            found.append((route, "too many", await asked(throttled.http, route, own)))
        if route == _RETRY:
            own = path.replace("{document_id}", await _failed(on))
        found.append((route, "done", await asked(opener, route, own)))
    return found


def _parameters(deployment: Deployment, route: str) -> list[Any]:
    method, path = route.split(" ")
    found: list[Any] = deployment.app.openapi()["paths"][path][method.lower()].get("parameters", [])
    return found


async def _failed(on: Stage) -> str:
    made = await on.mine.admin.upload("broken.pdf", b"%PDF-1.7\nnothing follows")
    await on.deployment.drain(on.mine.admin)
    return str(made["id"])


async def _trail(member: Member) -> dict[str, tuple[str, ...]]:
    """Return the outcomes of all entries, by the request that made them."""
    found: dict[str, tuple[str, ...]] = {}
    cursor: str | None = None
    while True:
        query = {"limit": "100", **({} if cursor is None else {"cursor": cursor})}
        page = (await member.http.get("/v1/audit", params=query)).raise_for_status().json()
        for one in page["items"]:
            found[one["request_id"]] = (*found.get(one["request_id"], ()), one["outcome"])
        cursor = page["next_cursor"]
        if cursor is None:
            return found


async def _throttled(on: Stage) -> Member:
    """Return a client with every role that may ask once a minute and has."""
    limits = {"requests_per_minute": 1, "burst": 1}
    client = {"name": "slow", "roles": ["user", "power", "admin", "auditor"], "limits": limits}
    made = (await on.mine.admin.http.post("/v1/clients", json=client)).raise_for_status()
    member = await on.deployment.signed_in(made.json(), on.mine.admin.tenant)
    await member.http.get("/v1/me")
    return member


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sent(deployment: Deployment) -> list[Sent]:
    on = await stage(deployment)
    answers = await _answers(on, await _throttled(on))
    trail = await _trail(on.mine.admin)
    return [
        Sent(route, kind, answer.status_code, trail.get(answer.headers["x-request-id"], ()))
        for route, kind, answer in answers
    ]


async def test_every_route_is_sent_in_every_way_it_can_end(sent: list[Sent], deployment: Deployment) -> None:
    assert {one.route for one in sent if one.kind == "done"} == set(_needs_roles(deployment))
    statuses = {"foreign role": 403, "absent id": 404, "too many": 429}
    wrong = [one for one in sent if one.status != statuses.get(one.kind, one.status)]
    wrong += [one for one in sent if one.kind.startswith("bad") and not 400 <= one.status < 500]
    wrong += [one for one in sent if one.kind == "done" and one.status >= 300]
    assert wrong == []


@pytest.mark.shows("audit.accesses")
@pytest.mark.parametrize("kind", KINDS)
async def test_every_route_is_written_down_however_its_request_ends(sent: list[Sent], kind: str) -> None:
    ended = [one for one in sent if one.kind == kind]
    assert ended
    assert [one for one in ended if not set(one.entries) & KINDS[kind]] == []


async def test_what_a_limit_turned_away_opened_nothing_and_is_not_written_down(sent: list[Sent]) -> None:
    """It is counted instead: a flood of requests is no flood of entries."""
    assert {one.entries for one in sent if one.kind == "too many"} == {()}


class _Cut:
    """An HTTP connection of a client that waits for its answer and is never sent one to the end."""

    def __init__(self, path: str, member: Member, body: bytes) -> None:
        token = member.http.headers["authorization"].encode()
        self.scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(b"authorization", token), (b"content-type", b"application/json")],
            "client": ("127.0.0.1", 1),
            "server": ("test", 80),
            "scheme": "http",
        }
        self.body = body
        self.stays = asyncio.Event()  # never set

    async def receive(self) -> dict[str, Any]:
        if self.body:
            body, self.body = self.body, b""
            return {"type": "http.request", "body": body, "more_body": False}
        await self.stays.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Mapping[str, Any]) -> None:
        raise AssertionError(message)


def _entries(deployment: Deployment, member: Member) -> int:
    records = deployment.resources.settings.data_dir / "tenants" / member.tenant / "records.db"
    with closing(sqlite3.connect(records)) as db:
        return int(db.execute("SELECT count(*) FROM audit").fetchone()[0])


@pytest.mark.shows("audit.accesses")
async def test_a_question_cancelled_before_its_answer_is_written_down(
    deployment: Deployment, openai_server: OpenAIServer
) -> None:
    """As when the process is told to end while a provider still writes."""
    admin, asking = await _with_model(deployment, openai_server), threading.Event()
    release = threading.Event()

    def slow(_asked: Asked) -> None:
        asking.set()
        release.wait(30)

    openai_server.program = slow
    cut = _Cut("/v1/ask", admin, orjson.dumps(_QUESTION))
    task = asyncio.create_task(deployment.app(cut.scope, cut.receive, cut.send))
    try:
        assert await asyncio.to_thread(asking.wait, 30)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    finally:
        release.set()
    (newest,) = (await admin.http.get("/v1/audit", params={"limit": 1})).json()["items"]
    assert (newest["action"], newest["outcome"]) == ("question.asked", "failed")


@known_gap(Gap.TEXT_LEAVES_BEFORE_THE_TRAIL)
async def test_L57_text_leaves_for_a_provider_only_after_the_trail_says_so(
    deployment: Deployment, openai_server: OpenAIServer
) -> None:
    """Whoever is killed while the provider has the passages leaves an entry that tells of it."""
    admin = await _with_model(deployment, openai_server)
    before, grown = _entries(deployment, admin), list[int]()

    def counted(_asked: Asked) -> None:
        grown.append(_entries(deployment, admin) - before)

    openai_server.program = counted
    (await admin.http.post("/v1/ask", json=_QUESTION)).raise_for_status()
    assert grown
    assert min(grown) > 0


async def _with_model(deployment: Deployment, server: OpenAIServer) -> Member:
    admin = await with_document(deployment)
    (await admin.http.patch("/v1/settings", json=provider(server, "sk-own"))).raise_for_status()
    return admin
