"""The route matrix: every route, asked by a stranger, answers a foreign id exactly as one that never existed."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.responses import Response

from app.api.route_audit import reads
from app.auth import AnyMember
from app.http.plane import create_tenant_app
from app.http.replies import reply
from tenancy.errors import NotFound
from tenancy.ids import new_id
from tests.app.http.deployment import Deployment, Member, Twin, masked
from tests.app.http.test_route_inventory import routes_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

_ABSENT = {
    "document_id": lambda: new_id("doc"),
    "client_id": lambda: new_id("cli"),
    "log_id": lambda: new_id("log"),
    "alert_id": lambda: new_id("alr"),
    "name": lambda: new_id("x").replace("_", "-"),
}
_MAKES = {"PUT /v1/profiles/{name}"}
"""What makes the thing it names, in the caller's own tenant, so that no name is absent; asked apart below."""
_SENT = {
    "POST /v1/profiles/{name}/rollback": {"version": 1},
    "POST /v1/profiles/{name}/preview": {},
    "PATCH /v1/documents/{document_id}": {"metadata": {"year": 2024}},
}
_MALFORMED = (
    "x",
    "doc_",
    "doc_short",
    "DOC_000000000000000000000000",
    "..%2F..%2Fx",
    "%00",
    "1' OR '1'='1",
    "é",
    "a" * 2000,
)
_BODIES = {
    "POST /v1/search": {"query": "the password of the harbour vault", "filter": {"document_id": "<id>"}},
    "POST /v1/ask": {"question": "What is the password of the harbour vault?", "filter": {"document_id": "<id>"}},
}


def _owned(twin: Twin) -> dict[str, str]:
    return {
        "document_id": twin.document["id"],
        "client_id": twin.admin.credentials["client_id"],
        "log_id": twin.log,
        "alert_id": twin.alert,
        "name": twin.profile,
    }


async def disagreements(app: FastAPI, asker: Member, foreign: dict[str, str]) -> list[str]:
    """Return the routes that answer a foreign or a malformed id otherwise than an absent one."""
    found = []
    for route in routes_of(app):
        names = list(route.param_convertors)
        methods = [method for method in sorted(route.methods or ()) if f"{method} {route.path}" not in _MAKES]
        for method in methods if names else []:
            found += await _disagreement(asker, method, route, names[0], foreign)
    return found


async def _disagreement(asker: Member, method: str, route: APIRoute, name: str, foreign: dict[str, str]) -> list[str]:
    absent = _ABSENT[name]()
    expected = masked(await _ask(asker.http, method, route, name, absent), absent)
    if expected[0] != 404:
        return [f"{method} {route.path}: {expected[0]} for an absent id"]
    found = []
    for asked in (foreign[name], *_MALFORMED):
        answer = await _ask(asker.http, method, route, name, asked)
        sent = answer.request.url.raw_path.decode().split("/")[3]
        if masked(answer, sent) != expected:
            found.append(f"{method} {route.path} tells {asked[:40]!r} from an absent id")
    return found


async def _ask(http: httpx.AsyncClient, method: str, route: APIRoute, name: str, asked: str) -> httpx.Response:
    body = _SENT.get(f"{method} {route.path}")
    return await http.request(method, route.path.replace("{" + name + "}", asked), json=body)


@pytest.mark.shows("capability.foreign-ids")
async def test_L11_L15_L16_a_foreign_id_is_answered_like_an_absent_one_on_every_route_and_verb(
    deployment: Deployment, twins: tuple[Twin, Twin]
) -> None:
    mine, theirs = twins
    asked = {
        f"{method} {route.path}"
        for route in routes_of(deployment.app)
        for method in route.methods or ()
        if "{" in route.path
    }
    assert len(asked) >= 12
    assert asked >= _MAKES | set(_SENT)
    assert await disagreements(deployment.app, mine.admin, _owned(theirs)) == []


@pytest.mark.shows("capability.foreign-ids", without="equal answers")
async def test_L11_a_route_that_tells_a_foreign_id_from_an_absent_one_is_found(
    deployment: Deployment, twins: tuple[Twin, Twin]
) -> None:
    mine, theirs = twins
    leaky = create_tenant_app(deployment.resources)

    @leaky.get("/v1/leaks/{document_id}")
    @reads("leak.read")
    async def leak(compartment: AnyMember, document_id: str) -> Response:
        if document_id == theirs.document["id"]:
            return reply({"actor": compartment.caller.actor}, 403)
        raise NotFound

    broken = Deployment(deployment.resources, deployment.parser, leaky)
    asker = Member(broken.client(mine.admin.http.headers["authorization"].removeprefix("Bearer ")), {}, "")
    assert await disagreements(leaky, asker, _owned(theirs)) == [
        f"GET /v1/leaks/{{document_id}} tells {theirs.document['id']!r} from an absent id"
    ]


async def test_L11_L15_a_foreign_name_is_made_like_a_new_one_and_stays_as_it_is_where_it_was(
    deployment: Deployment, twins: tuple[Twin, Twin]
) -> None:
    theirs, mine = twins[1], await deployment.administrator()
    kept = (await theirs.admin.http.get(f"/v1/profiles/{theirs.profile}")).json()
    words = {"tone": "as dry as dust"}
    answers = []
    for name in (theirs.profile, _ABSENT["name"]()):
        first = await mine.http.put(f"/v1/profiles/{name}", json=words)
        again = await mine.http.put(f"/v1/profiles/{name}", json=words)
        seen = await mine.http.get(f"/v1/profiles/{name}")
        answers.append([masked(answer, name) for answer in (first, again, seen)])
        assert theirs.secret not in seen.text.replace(name, "")
    assert answers[0] == answers[1]
    assert (await theirs.admin.http.get(f"/v1/profiles/{theirs.profile}")).json() == kept


async def test_L11_an_id_is_no_name_to_make_a_profile_under(twins: tuple[Twin, Twin]) -> None:
    mine, theirs = twins
    ids = (theirs.document["id"], theirs.admin.credentials["client_id"], theirs.admin.tenant, new_id("doc"))
    answers = [masked(await mine.admin.http.put(f"/v1/profiles/{each}", json={}), each) for each in ids]
    assert answers[0][0] == 404
    assert answers == [answers[0]] * len(ids)


@pytest.mark.parametrize("route", sorted(_BODIES))
async def test_L11_a_foreign_id_in_a_body_finds_what_an_absent_one_finds(twins: tuple[Twin, Twin], route: str) -> None:
    mine, theirs = twins
    method, path = route.split(" ")
    answers = []
    for asked in (theirs.document["id"], new_id("doc")):
        body = {**_BODIES[route], "filter": {"document_id": asked}}
        answer = (await mine.admin.http.request(method, path, json=body)).json()
        answers.append({name: value for name, value in answer.items() if name != "id"})
    assert answers[0] == answers[1]
    assert theirs.secret not in str(answers)


@pytest.mark.parametrize("field", ["profile", "conversation_id"])
async def test_L14_names_of_things_the_tenant_does_not_have_are_absent_alike(
    twins: tuple[Twin, Twin], field: str
) -> None:
    question = {"question": "What is the budget of the harbour project?"}
    one = await twins[0].admin.http.post("/v1/ask", json={**question, field: twins[1].profile})
    other = await twins[0].admin.http.post("/v1/ask", json={**question, field: new_id("cnv")})
    assert one.status_code == 404
    assert masked(one) == masked(other)


@pytest.mark.shows("storage.cursors")
async def test_L17_a_cursor_of_another_tenant_is_answered_like_a_made_up_one(deployment: Deployment) -> None:
    mine, theirs = await deployment.administrator(), await deployment.administrator()
    for number in range(2):
        await theirs.upload(f"{number}.txt", f"Page {number}.".encode())
    cursor = (await theirs.http.get("/v1/documents", params={"limit": 1})).json()["next_cursor"]
    foreign = await mine.http.get("/v1/documents", params={"cursor": cursor})
    made_up = await mine.http.get("/v1/documents", params={"cursor": "00" * (len(cursor) // 2)})
    assert foreign.status_code == 422
    assert masked(foreign) == masked(made_up)


_TRAIL = frozenset({"audit", "state", "activity"})


def _rows(folder: Path, *, but: frozenset[str] = frozenset()) -> str:
    """Return a digest of everything that a tenant's stores hold, `but` for some tables."""
    digest = hashlib.sha256()
    with closing(sqlite3.connect(folder / "records.db")) as db:
        for (table,) in sorted(db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()):
            rows = [] if table in but else db.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - names from the file itself
            digest.update(repr((table, sorted(rows))).encode())
    for blob in sorted((folder.parents[1] / "blobs" / folder.name).iterdir()):
        digest.update(blob.name.encode() + blob.read_bytes())
    return digest.hexdigest()


async def test_L15_a_refused_request_changes_nothing_but_the_askers_own_trail(deployment: Deployment) -> None:
    mine, theirs = (await deployment.twin("grey-heron-12"), await deployment.twin("red-kite-90"))
    tenants = deployment.resources.settings.data_dir / "tenants"
    own, other = tenants / mine.admin.tenant, tenants / theirs.admin.tenant
    before = _rows(own, but=_TRAIL), _rows(own), _rows(other)
    await disagreements(deployment.app, mine.admin, _owned(theirs))
    assert (_rows(own, but=_TRAIL), _rows(other)) == (before[0], before[2])
    assert _rows(own) != before[1]
    await theirs.admin.http.delete(f"/v1/documents/{theirs.document['id']}")
    assert _rows(other, but=_TRAIL) != before[2]


async def test_each_twin_finds_its_own_secret_and_never_the_other_ones(twins: tuple[Twin, Twin]) -> None:
    for mine, theirs in (twins, twins[::-1]):
        hits = await mine.admin.search("the password of the harbour vault", top_k=100)
        assert mine.secret in str(hits)
        assert theirs.secret not in str(hits)
        answer = await mine.admin.http.post("/v1/ask", json={"question": "What is the password of the harbour vault?"})
        assert mine.secret in answer.json()["answer"]
        assert theirs.secret not in answer.text
