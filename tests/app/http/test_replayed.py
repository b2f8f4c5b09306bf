"""What an Idempotency-Key keeps is its client's own, and goes with what it was made from."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import httpx
import pytest
import pytest_asyncio

from tests.app.http.deployment import Deployment, Member
from tests.known_gaps import Gap, known_gap

pytestmark = pytest.mark.asyncio(loop_scope="session")

_CANARY = "vermilion-plover-88"
_NAME = "keeper"
_QUESTION = "Which bird guards the lighthouse of the northern pier?"
_TEXT = f"The bird that guards the lighthouse of the northern pier is {_CANARY}.".encode()


@dataclass(frozen=True, slots=True)
class Stage:
    """A tenant's administrator, a stranger's, and what the first one's requests are about."""

    admin: Member
    ready: str
    failed: str
    client: str
    code: str
    stranger: httpx.AsyncClient


async def _staged(deployment: Deployment) -> Stage:
    admin = await deployment.administrator()
    metadata = {"metadata": f'{{"bird": "{_CANARY}"}}'}
    ready = await admin.upload(f"{_CANARY}.txt", _TEXT, metadata)
    failed = await admin.upload(f"{_CANARY}.pdf", b"%PDF-1.7\n" + _TEXT, metadata)
    await deployment.drain(admin)
    member = await deployment.member(admin, "user")
    assert (await admin.http.put(f"/v1/profiles/{_NAME}", json={})).status_code == 200
    _, code = await deployment.code()
    client = member.credentials["client_id"]
    return Stage(admin, ready["id"], failed["id"], client, code, deployment.client())


_Send = Callable[[httpx.AsyncClient, Stage], Awaitable[httpx.Response]]


def _json(method: str, path: str, body: Mapping[str, object]) -> _Send:
    async def send(http: httpx.AsyncClient, on: Stage) -> httpx.Response:
        asked = path.format(document_id=on.failed, client_id=on.client, name=_NAME)
        return await http.request(method, asked, json=dict(body), headers={"Idempotency-Key": f"{method} {path}"})

    return send


async def _upload(http: httpx.AsyncClient, on: Stage) -> httpx.Response:
    del on
    fields = {"metadata": f'{{"bird": "{_CANARY}"}}'}
    return await http.post(
        "/v1/documents", files={"file": (f"{_CANARY}.md", _TEXT)}, data=fields, headers={"Idempotency-Key": "first"}
    )


async def _enrol(http: httpx.AsyncClient, on: Stage) -> httpx.Response:
    return await http.post("/v1/enrol", json={"code": on.code}, headers={"Idempotency-Key": "first"})


KEYED: dict[str, _Send] = {
    "POST /v1/documents": _upload,
    "POST /v1/documents/{document_id}/retry": _json("POST", "/v1/documents/{document_id}/retry", {}),
    "POST /v1/search": _json("POST", "/v1/search", {"query": _QUESTION}),
    "POST /v1/ask": _json("POST", "/v1/ask", {"question": _QUESTION}),
    "POST /v1/clients": _json("POST", "/v1/clients", {"name": "a program", "roles": ["user"]}),
    "POST /v1/clients/{client_id}/rotate": _json("POST", "/v1/clients/{client_id}/rotate", {}),
    "PUT /v1/profiles/{name}": _json("PUT", "/v1/profiles/{name}", {"tone": "dry"}),
    "POST /v1/profiles/{name}/rollback": _json("POST", "/v1/profiles/{name}/rollback", {"version": 1}),
    "POST /v1/enrol": _enrol,
}
"""Every operation that takes a key, and a request to it that succeeds."""
_SHOWS_DOCUMENTS = ("POST /v1/documents", "POST /v1/documents/{document_id}/retry", "POST /v1/search", "POST /v1/ask")


async def test_every_operation_that_takes_a_key_is_tried(deployment: Deployment) -> None:
    paths = (await deployment.client().get("/openapi.json")).json()["paths"]
    keyed = {
        f"{method.upper()} {path}"
        for path, operations in paths.items()
        for method, operation in operations.items()
        if any(each["name"] == "Idempotency-Key" for each in operation.get("parameters", []))
    }
    assert keyed == set(KEYED)


@dataclass(frozen=True, slots=True)
class Replayed:
    """The answers to one request: the first, the stranger's, a colleague's, and its replay after all was deleted."""

    first: httpx.Response
    foreign: httpx.Response
    colleagues: httpx.Response
    after: httpx.Response


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def replayed(deployment: Deployment) -> dict[str, Replayed]:
    """Send every keyed request, delete every document, and send every request again."""
    on = await _staged(deployment)
    foreign, colleague = await deployment.administrator(), await deployment.member(on.admin, "admin")
    firsts = {route: (await send(on.admin.http, on)).raise_for_status() for route, send in KEYED.items()}
    others = {route: (await send(foreign.http, on), await send(colleague.http, on)) for route, send in KEYED.items()}
    for each in (await on.admin.http.get("/v1/documents")).json()["items"]:
        (await on.admin.http.delete(f"/v1/documents/{each['id']}")).raise_for_status()
    return {
        route: Replayed(first, *others[route], await KEYED[route](on.admin.http, on)) for route, first in firsts.items()
    }


@pytest.mark.parametrize("route", KEYED)
async def test_a_keyed_request_shows_a_document_or_does_not(replayed: dict[str, Replayed], route: str) -> None:
    """Those that do are the ones whose replays are looked at."""
    assert (_CANARY in replayed[route].first.text) == (route in _SHOWS_DOCUMENTS)


@pytest.mark.shows("ending.replays")
@pytest.mark.parametrize(
    "route",
    [
        pytest.param(each, marks=[known_gap(Gap.REPLAYS_OUTLIVE_DOCUMENTS)] if each in _SHOWS_DOCUMENTS else [])
        for each in KEYED
    ],
)
async def test_L16_L55_a_replay_shows_nothing_of_a_deleted_document(replayed: dict[str, Replayed], route: str) -> None:
    answer = replayed[route].after
    assert _CANARY not in answer.text + str(answer.headers)


@pytest.mark.shows("storage.replays")
@pytest.mark.parametrize("route", [each for each in KEYED if each != "POST /v1/enrol"])
async def test_L16_L17_a_foreign_key_replays_nothing(replayed: dict[str, Replayed], route: str) -> None:
    """The same request under the same key: by another tenant, and by a colleague of the first one's."""
    answers = replayed[route]
    assert answers.after.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in answers.foreign.headers
    assert "idempotency-replayed" not in answers.colleagues.headers
    for name in ("id", "client_id", "client_secret"):
        own = answers.first.json().get(name)
        assert own is None or answers.foreign.json().get(name) != own
    assert f"{_CANARY}.txt" not in answers.foreign.text


@known_gap(Gap.ENROLMENT_IS_REPEATED)
async def test_L58_a_code_gives_a_secret_once_whatever_its_key(replayed: dict[str, Replayed]) -> None:
    answers = replayed["POST /v1/enrol"]
    assert answers.first.json()["client_secret"] not in answers.foreign.text
