"""What was acknowledged survives a killed process, a lost index and a withheld key; nothing else is left behind."""

import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.promise.service import SETTLED, Folders, GaveUp, Service, Tenant

pytestmark = [pytest.mark.xdist_group("crashes"), pytest.mark.timeout(400)]

WORDS = ("anvil", "birch", "cobalt", "dulcimer", "ember", "falcon", "gravel", "heron", "indigo", "juniper")


def short(number: int) -> bytes:
    """Return a document that says something no other one says."""
    return f"The {WORDS[number]} crate number {7100 + number} stands in the loft of the {WORDS[-number]} mill.".encode()


def long(number: int) -> bytes:
    """Return such a document that takes seconds to embed."""
    filler = [f"Entry {line} of the ledger lists rope, tar and lamp oil for ship {line * 17}." for line in range(400)]
    return short(number) + b"\n\n" + "\n\n".join(filler).encode()


@dataclass(slots=True)
class Crashed:
    """A service that was killed at several moments and is up again; every document it acknowledged, by number."""

    service: Service
    tenant: Tenant
    put: dict[int, str] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crashed]:
    service = Service(Folders(tmp_path_factory.mktemp("crashes")))
    try:
        service.start(parsers=False)
        crashed = Crashed(service, service.tenant(service.operator(), "Crashing"))
        for crash in (_while_parsing, _while_embedding, _within_an_upload):
            crash(crashed)
            service.kill()
            service.start(parsers=False)
        crashed.tenant.settled()
        yield crashed
    finally:
        service.release()


def _put(crashed: Crashed, number: int, content: bytes) -> str:
    crashed.put[number] = crashed.tenant.put(f"{WORDS[number]}.txt", content).id
    return crashed.put[number]


def _while_parsing(crashed: Crashed) -> None:
    """Leave one document being parsed and three that were only acknowledged."""
    document = _put(crashed, 3, long(3))
    for number in (0, 1, 2):
        _put(crashed, number, short(number))
    crashed.seen.append(crashed.tenant.reaches(document, SETTLED | {"parsing"}))


def _while_embedding(crashed: Crashed) -> None:
    document = _put(crashed, 4, long(4))
    crashed.seen.append(crashed.tenant.reaches(document, SETTLED | {"embedding"}))


def _within_an_upload(crashed: Crashed) -> None:
    """Leave a document just ready, and a request of which half the file has been sent."""
    crashed.seen.append(crashed.tenant.reaches(_put(crashed, 5, short(5)), SETTLED))
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="half.txt"\r\n\r\n' + b"half a file. " * 300_000
    )
    head = (
        f"POST /v1/documents HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {crashed.tenant.token}\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {2 * len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", crashed.service.port)) as connection:
        connection.sendall(head.encode() + body)  # larger than every buffer on the way: most of it has been read
    crashed.seen.append("uploading")


def test_L38_every_moment_was_met(crashed: Crashed) -> None:
    assert crashed.seen == ["parsing", "embedding", "ready", "uploading"]


def test_L38_after_kills_every_acknowledged_document_is_ready_once_and_nothing_else_is_there(crashed: Crashed) -> None:
    found = {each["id"]: each["status"] for each in crashed.tenant.documents()}
    assert found == dict.fromkeys(crashed.put.values(), "ready")


def test_L38_after_kills_the_same_bytes_are_still_known(crashed: Crashed) -> None:
    for number, document in crashed.put.items():
        again = crashed.tenant.put("again.txt", long(number) if number in {3, 4} else short(number))
        assert (again.id, again.status) == (document, 200)


def test_L38_after_kills_searches_find_every_document_and_no_chunk_twice(crashed: Crashed) -> None:
    for number, document in crashed.put.items():
        hits = crashed.tenant.search(short(number).decode(), top_k=100)
        saying = [hit["document_id"] for hit in hits if f"crate number {7100 + number} " in hit["text"]]
        assert saying == [document]
        assert len({hit["chunk_id"] for hit in hits}) == len(hits)
        chunks = crashed.tenant.chunks(document)
        assert [chunk["ordinal"] for chunk in chunks] == list(range(len(chunks)))
        assert sum(f"crate number {7100 + number} " in chunk["text"] for chunk in chunks) == 1


def test_L38_after_kills_an_original_is_what_was_uploaded(crashed: Crashed) -> None:
    for number in (0, 4):
        answer = crashed.tenant.http.get(f"/v1/documents/{crashed.put[number]}/content")
        assert answer.content == (long(number) if number == 4 else short(number))


def test_a_token_from_before_the_kills_is_still_good(crashed: Crashed) -> None:
    assert crashed.tenant.http.get("/v1/me").json()["tenant"]["id"] == crashed.tenant.id


def test_an_upload_that_broke_off_leaves_no_finished_blob(crashed: Crashed) -> None:
    blobs = [path for path in crashed.service.folders.data.glob("blobs/*/*") if path.suffix != ".part"]
    assert len(blobs) == len(crashed.put)


def test_index_folders_of_killed_processes_are_removed(crashed: Crashed) -> None:
    assert len(list(crashed.service.folders.index.glob("run-*"))) == 1


@dataclass(frozen=True, slots=True)
class Steady:
    """A running service with two tenants, and what each search found at first."""

    service: Service
    tenant: Tenant
    other: Tenant

    def answers(self) -> list[object]:
        """Return hits, with their scores, for a question about each document."""
        return [self.tenant.search(short(number).decode()) for number in range(4)]


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Steady]:
    service = Service(Folders(tmp_path_factory.mktemp("steady")), key_refresh_seconds="0.2", key_expire_seconds="2")
    try:
        service.start()
        operator = service.operator()
        steady = Steady(service, service.tenant(operator, "One"), service.tenant(operator, "Other"))
        for number in range(4):
            steady.tenant.put(f"{WORDS[number]}.txt", short(number))
        steady.other.put("other.txt", short(6))
        steady.tenant.settled()
        steady.other.settled()
        yield steady
    finally:
        service.release()


def _empty(folder: Path) -> None:
    for each in folder.iterdir():
        shutil.rmtree(each) if each.is_dir() else each.unlink()


def test_the_index_folder_may_be_lost_while_the_service_is_stopped(steady: Steady) -> None:
    before = steady.answers()
    steady.service.stop()
    shutil.rmtree(steady.service.folders.index)
    steady.service.start(parsers=False)
    assert steady.answers() == before


def test_the_index_folder_may_be_lost_while_the_service_runs(steady: Steady) -> None:
    before = steady.answers()
    _empty(steady.service.folders.index)
    query = short(8).decode()
    put = steady.tenant.put("later.txt", short(8)).id
    steady.tenant.reaches(put, SETTLED)
    answer = steady.tenant.http.post("/v1/search", json={"query": query})
    if answer.status_code != 503:  # refused is right; answered must be right too
        assert answer.raise_for_status().json()["hits"][0]["document_id"] == put
    steady.service.stop()
    steady.service.start(parsers=False)
    assert steady.tenant.search(query)[0]["document_id"] == put
    steady.tenant.http.delete(f"/v1/documents/{put}").raise_for_status()
    assert steady.answers() == before


def _until(tenant: Tenant, status: int) -> httpx.Response:
    """Ask until the answer has `status`."""
    for _ in range(600):
        answer = tenant.http.post("/v1/search", json={"query": "crate"})
        if answer.status_code == status:
            return answer
    raise GaveUp(f"no answer with {status}; the last one was {answer.status_code}")


def test_a_key_that_is_withdrawn_closes_its_tenant_and_no_other(steady: Steady, tmp_path: Path) -> None:
    key = steady.service.folders.keys / "tenants" / f"{steady.tenant.id}.key"
    before = steady.answers()
    key.rename(tmp_path / "kept")
    try:
        answer = _until(steady.tenant, 503)
        assert answer.json()["code"] == "key_denied"
        assert steady.tenant.http.get("/v1/documents").status_code == 503
        assert steady.tenant.exchange().status_code == 503
        assert steady.other.search("crate")
    finally:
        (tmp_path / "kept").rename(key)
    _until(steady.tenant, 200)
    assert steady.answers() == before


def test_a_key_that_cannot_be_read_closes_its_tenant_when_the_lease_ends(steady: Steady, tmp_path: Path) -> None:
    key = steady.service.folders.keys / "tenants" / f"{steady.tenant.id}.key"
    key.rename(tmp_path / "kept")
    key.mkdir(mode=0o700)  # what root, too, cannot read
    try:
        answer = _until(steady.tenant, 503)
        assert answer.json()["code"] == "key_unreachable"
        assert steady.tenant.http.get("/v1/documents").status_code == 503
    finally:
        key.rmdir()
        (tmp_path / "kept").rename(key)
    _until(steady.tenant, 200)
    assert steady.service.alive()


def test_a_lost_key_folder_closes_everything_and_ends_nothing(steady: Steady) -> None:
    keys = steady.service.folders.keys
    away = keys.with_name("away")
    keys.rename(away)
    try:
        assert _until(steady.tenant, 503).headers["content-type"] == "application/problem+json"
        _until(steady.other, 503)
        assert httpx.get(f"{steady.service.api}/readyz").status_code == 503
    finally:
        shutil.rmtree(keys, ignore_errors=True)
        away.rename(keys)
    _until(steady.tenant, 200)
    _until(steady.other, 200)
    assert steady.service.alive()
