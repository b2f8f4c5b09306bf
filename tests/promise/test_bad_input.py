"""Whatever a caller sends, it gets a problem document that fits, and a refused request leaves nothing behind."""

import hashlib
import json
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest

from tests.promise.bad_requests import ABSENT, MOST_BYTES, REFUSED, Refused
from tests.promise.service import SETTLED, Folders, GaveUp, Service, Tenant

pytestmark = [pytest.mark.xdist_group("bad_input"), pytest.mark.timeout(300)]

FIELDS: Final = {"type", "title", "status", "detail", "instance", "code", "request_id"}
PASSING: Final = tuple(f'INSERT INTO "{table}"' for table in ("lanes", "due", "leases"))
"""Rows that come and go by themselves."""


@dataclass(slots=True)
class House:
    """A service with a tenant that misbehaves and one that goes on working."""

    service: Service
    tenant: Tenant
    neighbour: Tenant
    document: str
    foreign: str

    def digest(self) -> str:
        """Return a digest of every row and every blob that the service keeps.

        Left out is the trail of the tenant that misbehaves, in which each of its requests stands, and its hours, in
        which each is counted; those of its neighbour are in, where none may.
        """
        digest, data = hashlib.sha256(), self.service.folders.data
        for path in sorted(data.rglob("*.db")):
            with (
                closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as kept,
                closing(sqlite3.connect(":memory:")) as copy,
            ):
                kept.backup(copy)
                if self.tenant.id in path.parts or self.tenant.id in path.name:
                    copy.execute("DELETE FROM audit")
                    copy.execute("DELETE FROM activity")
                    copy.execute("UPDATE state SET audit_seq = 0, audit_head = X''")
                # A lane is marked before its job is written; a mark says "look", holds nothing and clears itself. The
                # housekeeper renews its lease.
                rows = [line for line in copy.iterdump() if not line.startswith(PASSING)]
            digest.update("\n".join(rows).encode())
        for path in sorted(data.glob("blobs/*/*")):
            digest.update(path.name.encode() + path.read_bytes())
        return digest.hexdigest()

    def still(self) -> str:
        """Return the digest when nothing changes it any more."""
        before = self.digest()
        for _ in range(100):
            after = self.digest()
            if after == before:
                return after
            before = after
        raise GaveUp("the stores do not come to rest")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    service = Service(Folders(tmp_path_factory.mktemp("bad-input")))
    try:
        service.start()
        operator = service.operator()
        tenant = service.tenant(operator, "Careless", bytes_per_file=MOST_BYTES)
        neighbour = service.tenant(operator, "Neighbour")
        document = tenant.put("good.txt", b"The lighthouse keeper waters the geraniums at noon.").id
        foreign = neighbour.put("theirs.txt", b"The ferryman sings to the otters at dusk.").id
        tenant.settled()
        neighbour.settled()
        yield House(service, tenant, neighbour, document, foreign)
    finally:
        service.release()


def assert_problem(answer: httpx.Response, status: int, code: str | None = None) -> dict[str, Any]:
    """Assert that an answer is a problem document with every field and header of the contract; return it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    problem: dict[str, Any] = answer.json()
    assert problem.keys() >= FIELDS
    assert problem["status"] == status
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["instance"] == answer.request.url.raw_path.decode().partition("?")[0]
    assert all(isinstance(problem[name], str) and problem[name] for name in FIELDS - {"status"})
    assert problem["code"] == (code or problem["code"])
    return problem


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: f"{case.path[:20]} {case.says}")
def test_L15_a_refused_request_is_a_problem_document_and_changes_nothing(house: House, case: Refused) -> None:
    before = house.still()
    assert_problem(house.tenant.http.request(case.method, case.path, **case.send), case.status, case.code)
    assert house.digest() == before


BEARERS = {
    "none": None,
    "two words": "Bearer a b",
    "another scheme": "Basic YTpi",
    "no token": "Bearer",
    "not a token": "Bearer x",
    "two dots": "Bearer a.b.c",
    "unsigned": "Bearer eyJhbGciOiJub25lIn0.eyJhdWQiOiJidWxraGVhZCJ9.",
    "100,000 characters": "Bearer " + "a" * 50_000,
}


@pytest.mark.parametrize("bearer", BEARERS)
@pytest.mark.parametrize("path", ["/v1/me", "/v1/documents", f"/v1/documents/{ABSENT}/content"])
def test_L01_a_request_without_a_good_token_is_a_401_that_changes_nothing(house: House, path: str, bearer: str) -> None:
    before, given = house.still(), BEARERS[bearer]
    headers = {} if given is None else {"Authorization": given}
    assert_problem(httpx.get(house.service.api + path, headers=headers), 401)
    assert house.digest() == before


def test_L01_a_token_in_the_query_or_a_cookie_is_none(house: House) -> None:
    token = house.tenant.token
    with httpx.Client(base_url=house.service.api, params={"access_token": token}) as client:
        assert_problem(client.get("/v1/me"), 401)
    with httpx.Client(base_url=house.service.api, cookies={"token": token, "Authorization": token}) as client:
        assert_problem(client.get("/v1/me"), 401)


def test_a_tenant_token_opens_nothing_for_operators_and_the_other_way_round(house: House) -> None:
    bearer = {"Authorization": f"Bearer {house.tenant.token}"}
    assert_problem(httpx.get(f"{house.service.admin}/admin/v1/tenants", headers=bearer), 401)
    operator = house.service.operator()
    assert_problem(operator.get(f"{house.service.api}/v1/me"), 401)


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, 400, "invalid_request"),
        ({"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "x\0", "client_secret": "y" * 5000}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "x", "tenant": "y"}, 400, "invalid_request"),
    ],
)
def test_a_refused_token_request_has_the_shape_of_oauth(
    house: House, form: dict[str, str], status: int, error: str
) -> None:
    answer = httpx.post(f"{house.service.api}/v1/token", data=form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-request-id"]


def masked(answer: httpx.Response, asked: str) -> bytes:
    """Return an answer without what may differ between two ids: the id and the request's own."""
    shown = answer.content.replace(asked.encode(), b"").replace(answer.headers["x-request-id"].encode(), b"")
    return shown + str(answer.status_code).encode()


@pytest.mark.parametrize(
    ("method", "below"),
    [("GET", ""), ("GET", "/content"), ("GET", "/chunks"), ("GET", "/events"), ("POST", "/retry"), ("DELETE", "")],
)
def test_L11_a_foreign_id_is_answered_like_an_absent_and_a_malformed_one(house: House, method: str, below: str) -> None:
    before = house.still()
    answers = set()
    for asked in (house.foreign, ABSENT, "doc_", "none-of-ours"):
        answer = house.tenant.http.request(method, f"/v1/documents/{asked}{below}")
        assert_problem(answer, 404, "not_found")
        answers.add(masked(answer, asked))
    assert len(answers) == 1
    assert house.digest() == before


NAMES = {
    "climbing": "../../../../etc/cron.d/evil.txt",
    "climbing on Windows": "..\\..\\windows\\evil.txt",
    "absolute": "/etc/passwd.txt",
    "NUL": "a\0b.txt",
    "right to left": "invoice\u202etxt.exe.txt",
    "isolates and joiners": "\u2066a\u200d\u2069.txt",
    "4,000 characters": "n" * 4_000 + ".txt",
    "only dots": "....",
    "spaces": "   ",
    "line breaks": "a\r\nX-Evil: 1\r\n.txt",
    "quotes": 'a"; filename="b.exe".txt',
    "SQL": "'; drop table documents; --.txt",
    "not Latin": "\u062a\u0642\u0631\u064a\u0631-\u5831\u544a.txt",
}


@pytest.mark.parametrize("odd", NAMES)
def test_L33_an_odd_file_name_is_data_only(house: House, odd: str) -> None:
    content = f"The note with the odd name, {odd}, mentions a brass sextant.".encode()
    answer = house.tenant.send(NAMES[odd], content)
    assert answer.status_code == 202
    name = answer.json()["name"]
    assert 1 <= len(name) <= 255
    assert name.isprintable()
    assert "/" not in name
    assert "\\" not in name
    assert answer.headers["content-length"] == str(len(answer.content))
    assert "x-evil" not in answer.headers
    document = answer.json()["id"]
    assert house.tenant.reaches(document, SETTLED) == "ready"
    given = house.tenant.http.get(f"/v1/documents/{document}/content")
    assert given.content == content
    assert given.headers["content-disposition"].startswith("attachment;")
    assert given.headers["x-content-type-options"] == "nosniff"
    assert "x-evil" not in given.headers
    house.tenant.http.delete(f"/v1/documents/{document}").raise_for_status()


def test_L33_stored_keys_are_ours_whatever_files_are_called(house: House) -> None:
    kept = [path for path in house.service.folders.data.rglob("*") if path.is_file()]
    assert all(path.name.isascii() and "evil" not in path.name and len(path.name) < 60 for path in kept)
    assert not list(house.service.folders.root.rglob("*evil*"))


def test_an_empty_file_is_taken_and_fails_with_a_reason(house: House) -> None:
    put = house.tenant.put("empty.txt", b"")
    assert put.status == 202
    assert house.tenant.reaches(put.id, SETTLED) == "failed"
    error = house.tenant.document(put.id)["error"]
    assert error["code"] == "empty"
    assert error["detail"].endswith(".")
    assert house.tenant.chunks(put.id) == []


def test_of_a_key_that_occurs_twice_one_value_counts_for_everything(house: House) -> None:
    answer = house.tenant.http.post(
        "/v1/search",
        content=b'{"query": "otters", "top_k": 200, "top_k": 1, "query": "lighthouse geraniums"}',
        headers={"Content-Type": "application/json"},
    )
    assert [hit["document_id"] for hit in answer.raise_for_status().json()["hits"]] == [house.document]


LONG, BAD = (431, "head_too_large"), (400, "bad_request")


@pytest.mark.parametrize(
    ("request_head", "expected"),
    [
        (b"GET /v1/me HTTP/1.1\r\nHost: a\r\nX-Long: " + b"a" * 300_000 + b"\r\n\r\n", LONG),
        (b"GET /v1/me HTTP/1.1\r\nHost: a\r\nX-Long: " + b"a" * 66_000 + b"\r\n\r\n", LONG),
        (b"GET /v1/me HTTP/1.1\r\nHost: a\r\n" + b"X-Many: a\r\n" * 20_000 + b"\r\n", LONG),
        (b"GET /" + b"a" * 300_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", LONG),
        (b"GARBAGE\r\n\r\n", BAD),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", BAD),
        (b"FETCH /v1/me HTTP/1.1\r\nHost: a\r\n\r\n", BAD),
        (b"GET /v1/me HTTP/1.1\r\nHost a\r\n\r\n", BAD),
        (b"POST /v1/token HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 50\r\n\r\nabcde", BAD),
        (b"POST /v1/token HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", BAD),
    ],
    ids=[
        "long header", "a header a little too long", "many headers", "long path", "no HTTP", "TLS", "no method of HTTP",
        "no colon", "two lengths", "negative length",
    ],
)  # fmt: skip
def test_a_request_that_is_hardly_http_is_refused_like_any_other_and_the_service_goes_on(
    house: House, request_head: bytes, expected: tuple[int, str]
) -> None:
    with socket.create_connection(("127.0.0.1", house.service.port), timeout=30) as connection:
        connection.sendall(request_head)
        received = b"".join(iter(lambda: connection.recv(65_536), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    problem = json.loads(body)
    assert (int(head.split()[1]), problem["status"], problem["code"]) == (expected[0], *expected)
    assert (headers["content-type"], headers["cache-control"]) == ("application/problem+json", "no-store")
    assert headers["x-request-id"] == problem["request_id"]
    assert set(problem) == {"type", "title", "status", "detail", "instance", "code", "request_id"}
    assert house.neighbour.search("otters")[0]["document_id"] == house.foreign


def test_what_cannot_be_read_behind_a_request_is_not_answered_within_that_requests_answer(house: House) -> None:
    form = b"Content-Type: application/json\r\nContent-Length: 15\r\n\r\n"
    token = f"Authorization: Bearer {house.tenant.token}\r\n".encode()
    asked = b"POST /v1/search HTTP/1.1\r\nHost: a\r\n" + token + form + b'{"query": "geraniums"}'[:15]
    with socket.create_connection(("127.0.0.1", house.service.port), timeout=30) as connection:
        connection.sendall(asked + b"GARBAGE\r\n\r\n")
        received = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert received.count(b"HTTP/1.1 ") <= 1
    assert house.neighbour.search("otters")[0]["document_id"] == house.foreign
