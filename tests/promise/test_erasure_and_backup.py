"""What was ended stays ended: after an erasure, after a deletion, and after an old backup was put back."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from tests.promise.byte_scan import shared_run
from tests.promise.service import Folders, GaveUp, Service, Tenant

pytestmark = [pytest.mark.xdist_group("erasure"), pytest.mark.timeout(300)]

KEPT_TABLES = {"audit", "state", "alembic_tenant"}
FIRST = b"The orchard key hangs behind the cider press."
SECOND = b"The bee hives were counted on the ninth of May."


@dataclass(slots=True)
class Story:
    """A deployment with a tenant that is going to be erased and one that stays, and a backup from before."""

    service: Service
    operator: httpx.Client
    gone: Tenant
    stays: Tenant
    backup: Path
    before: list[dict[str, Any]]
    extra: str
    revoked: dict[str, str]
    refused_next: int = 0
    receipt: dict[str, Any] | None = None
    after: list[dict[str, Any]] | None = None

    def put_back(self) -> None:
        """Put the backup of the data folder in place, beside the key folder as it is now."""
        self.service.stop()
        shutil.rmtree(self.service.folders.data)
        shutil.copytree(self.backup, self.service.folders.data)
        self.service.start(parsers=False)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    root = tmp_path_factory.mktemp("erasure")
    service = Service(Folders(root))
    try:
        service.start(parsers=False)
        yield _told(service, root)
    finally:
        service.release()


def _told(service: Service, root: Path) -> Story:
    operator = service.operator()
    gone, stays = service.tenant(operator, "Gone"), service.tenant(operator, "Stays")
    for tenant in (gone, stays):
        for name, content in (("first.txt", FIRST), ("second.txt", SECOND)):
            tenant.put(name, content)
        tenant.settled()
    extra = stays.put("extra.txt", b"The cellar flooded twice in the wet winter.").id
    stays.settled()
    wish = {"name": "short-lived", "roles": ["user"]}
    revoked = stays.http.post("/v1/clients", json=wish).raise_for_status().json()
    before = stays.search("Where does the orchard key hang?")
    service.stop()
    shutil.copytree(service.folders.data, root / "backup")
    service.start(parsers=False)
    story = Story(service, operator, gone, stays, root / "backup", before, extra, revoked)
    _end(story)
    return story


def _end(story: Story) -> None:
    """Erase one tenant; delete a document and revoke a client of the other."""
    path = f"/admin/v1/tenants/{story.gone.id}"
    asked = story.operator.request("DELETE", path, json={"reason": "contract ended"}).raise_for_status()
    story.refused_next = story.gone.http.get("/v1/me").status_code
    for _ in range(2_000):
        receipt = story.operator.get(asked.headers["location"]).raise_for_status().json()
        if receipt["state"] == "done":
            break
    else:
        raise GaveUp("the erasure did not end")
    story.receipt = receipt
    story.after = story.stays.search("Where does the orchard key hang?")
    story.stays.http.delete(f"/v1/documents/{story.extra}").raise_for_status()
    story.stays.http.delete(f"/v1/clients/{story.revoked['client_id']}").raise_for_status()


def refused_everywhere(story: Story) -> None:
    """Assert that no credential of the erased tenant opens anything."""
    answers = [
        story.gone.http.get("/v1/me"),
        story.gone.http.get("/v1/documents"),
        story.gone.http.post("/v1/search", json={"query": "orchard"}),
        story.gone.http.post("/v1/ask", json={"question": "Where is the orchard key?"}),
        story.gone.exchange(),
        httpx.post(f"{story.service.api}/v1/enrol", json={"code": story.gone.code}),
    ]
    assert [answer.status_code for answer in answers] == [401] * len(answers)
    assert not any(b"orchard" in answer.content for answer in answers)


def test_L07_an_erased_tenants_token_is_refused_at_the_very_next_request(story: Story) -> None:
    assert story.refused_next == 401
    refused_everywhere(story)


def test_L42_the_receipt_says_what_was_destroyed_and_its_signature_holds(story: Story) -> None:
    assert story.receipt is not None
    assert story.receipt["counts_before"]["documents"] == 2
    assert story.receipt["counts_before"]["blobs"] == 2
    assert {name for name, count in story.receipt["counts_after"].items() if count} <= KEPT_TABLES
    assert story.receipt["keys_destroyed"]
    assert set(story.receipt["retained"]) == {"audit", "usage_totals"}
    keys = jwt.PyJWKSet.from_dict(httpx.get(f"{story.service.admin}/.well-known/jwks.json").json())
    token = story.receipt["signature"]
    key = keys[jwt.get_unverified_header(token)["kid"]]
    signed = jwt.decode(token, key, algorithms=["EdDSA"], options={"verify_aud": False})
    for name in ("id", "tenant_id", "counts_before", "counts_after", "keys_destroyed"):
        assert signed[name] == story.receipt[name]
    head, body, signature = token.split(".")
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(
            f"{head}.{body[:40]}{'A' if body[40] != 'A' else 'B'}{body[41:]}.{signature}", key, algorithms=["EdDSA"]
        )


def test_L42_the_stores_hold_nothing_of_the_erased_tenant_but_its_audit(story: Story) -> None:
    data = story.service.folders.data
    assert list(data.glob(f"blobs/{story.gone.id}/*")) == []
    with sqlite3.connect(f"file:{data}/tenants/{story.gone.id}/records.db?mode=ro", uri=True) as db:
        tables = [name for (name,) in db.execute("select name from sqlite_master where type = 'table'")]
        counts = {name: db.execute(f'select count(*) from "{name}"').fetchone()[0] for name in tables}  # noqa: S608 - names of tables
    db.close()
    assert {name for name, count in counts.items() if count} <= KEPT_TABLES
    assert counts["audit"] > 0
    assert not (story.service.folders.keys / "tenants" / f"{story.gone.id}.key").exists()


def test_L42_no_sealed_byte_of_the_erased_tenant_is_left_in_its_database(story: Story) -> None:
    old = story.backup / "tenants" / story.gone.id / "records.db"
    with sqlite3.connect(f"file:{old}?mode=ro", uri=True) as db:
        bodies = [body for (body,) in db.execute("select body from chunks union all select body from blocks")]
    db.close()
    folder = story.service.folders.data / "tenants" / story.gone.id
    left = b"".join(path.read_bytes() for path in sorted(folder.iterdir()))
    assert len(bodies) >= 4
    assert not any(body[:64] in left or body[-64:] in left for body in bodies)


def test_an_erasure_touches_no_other_tenant(story: Story) -> None:
    assert story.after == story.before
    assert len(story.stays.documents()) == 2


@pytest.mark.shows("ending.backups")
def test_L46_an_old_backup_revives_no_erased_tenant_and_serves_the_others(story: Story) -> None:
    story.put_back()
    refused_everywhere(story)
    found = story.stays.search("Where does the orchard key hang?")
    assert [found[0][name] for name in ("chunk_id", "text")] == [story.before[0]["chunk_id"], FIRST.decode()]
    assert story.stays.exchange().status_code == 200
    refused_everywhere(story)


def test_L46_an_old_backup_revives_no_revoked_client(story: Story) -> None:
    story.put_back()
    form = {"grant_type": "client_credentials", **{key: story.revoked[key] for key in ("client_id", "client_secret")}}
    assert httpx.post(f"{story.service.api}/v1/token", data=form).status_code == 401


def test_L42_a_backups_blobs_do_not_open_under_another_tenant(story: Story) -> None:
    """Whoever writes to the disk may copy files between tenants; nobody may read them so."""
    ours = sorted((story.service.folders.data / "blobs" / story.stays.id).iterdir())
    theirs = sorted((story.backup / "blobs" / story.gone.id).iterdir())
    kept = [path.read_bytes() for path in ours]
    try:
        for path, foreign in zip(ours, cycle(theirs), strict=False):
            path.write_bytes(foreign.read_bytes())
        for document in story.stays.documents():
            answer = story.stays.http.get(f"/v1/documents/{document['id']}/content")
            assert answer.status_code == 500
            assert FIRST not in answer.content
    finally:
        for path, content in zip(ours, kept, strict=True):
            path.write_bytes(content)
    assert not shared_run(ours, theirs)


def unreachable(tenant: Tenant, document: str, word: str) -> None:
    """Assert that no route returns a document, nor anything that says `word`."""
    for path in ("", "/content", "/chunks", "/events"):
        assert tenant.http.get(f"/v1/documents/{document}{path}").status_code == 404
    assert tenant.http.post(f"/v1/documents/{document}/retry").status_code == 404
    assert tenant.http.delete(f"/v1/documents/{document}").status_code == 404
    assert word not in json.dumps(tenant.search(word, top_k=100))
    answer = tenant.ask(f"What is said about {word}?")
    assert document not in {each["document_id"] for each in answer["citations"]}
    assert document not in {each["id"] for each in tenant.documents()}


def test_L42_from_the_204_on_nothing_returns_a_deleted_document(story: Story) -> None:
    blobs = story.service.folders.data / "blobs" / story.stays.id
    before = {path.name for path in blobs.iterdir()}
    document = story.stays.put("secret.txt", b"The falconer buried the silver under the sundial.").id
    assert story.stays.reaches(document, {"ready", "failed"}) == "ready"
    assert story.stays.search("falconer")[0]["document_id"] == document
    assert story.stays.http.delete(f"/v1/documents/{document}").status_code == 204
    unreachable(story.stays, document, "falconer")
    assert {path.name for path in blobs.iterdir()} == before
    story.service.kill()
    shutil.rmtree(story.service.folders.index)
    story.service.start(parsers=False)
    unreachable(story.stays, document, "falconer")


def test_L42_the_same_bytes_uploaded_after_a_deletion_are_a_new_document(story: Story) -> None:
    content = b"The weathervane points east on market days."
    first = story.stays.put("vane.txt", content)
    story.stays.http.delete(f"/v1/documents/{first.id}").raise_for_status()
    again = story.stays.put("vane.txt", content)
    assert again.status == 202
    assert again.id != first.id
