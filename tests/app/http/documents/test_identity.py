"""Which document an upload means is the caller's to say; equal bytes only save reading them again."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tenancy.ids import TenantId
from tests.app.http.deployment import Deployment, Member
from tests.app.http.governing.test_quotas import limit

pytestmark = pytest.mark.asyncio(loop_scope="session")

_BRUNEL = b"Berth nine is reserved for the ferry Brunel."
_ALBA = b"Berth seven is reserved for the pilot boat Alba."
_BROKEN = b"%PDF-1.7\nnothing follows"


async def put(member: Member, name: str, content: bytes, **fields: object) -> httpx.Response:
    """Upload a file with its form's fields; `metadata` is written as JSON."""
    sent = {key: value if isinstance(value, str) else json.dumps(value) for key, value in fields.items()}
    return await member.http.post("/v1/documents", files={"file": (name, content)}, data=sent)


async def shown(member: Member, document: str) -> dict[str, Any]:
    """Return a document as the API shows it."""
    found: dict[str, Any] = (await member.http.get(f"/v1/documents/{document}")).json()
    return found


async def texts(member: Member, narrow: Mapping[str, object]) -> set[str]:
    """Return what a narrowed search finds."""
    return {hit["text"] for hit in await member.search("Berth reserved for whom", filter=dict(narrow))}


async def actions(member: Member) -> list[str]:
    """Return what stands in the trail about documents, oldest first."""
    items = (await member.http.get("/v1/audit")).json()["items"]
    return [item["action"] for item in reversed(items) if item["action"].startswith("document.")]


async def test_the_same_bytes_under_another_id_are_a_document_of_its_own(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    one = await put(admin, "a.txt", _BRUNEL, external_id="A")
    await deployment.drain(admin)
    other = await put(admin, "b.txt", _BRUNEL, external_id="B", metadata={"dept": "north"})
    assert (one.status_code, other.status_code) == (202, 202)
    await deployment.drain(admin)
    first, second = await shown(admin, one.json()["id"]), await shown(admin, other.json()["id"])
    assert first["id"] != second["id"]
    assert [stage["name"] for stage in second["stages"]] == ["reusing", "sealing", "publishing"]
    assert (second["status"], second["chunks"], second["pages"]) == ("ready", first["chunks"], first["pages"])
    (hit,) = await admin.search("Brunel", filter={"external_id": "B", "dept": "north"})
    assert (hit["document_id"], hit["document_name"], hit["text"]) == (second["id"], "b.txt", _BRUNEL.decode())
    assert (await admin.http.delete(f"/v1/documents/{first['id']}")).status_code == 204
    assert [each["chunk_id"] for each in await admin.search("Brunel")] == [hit["chunk_id"]]
    assert (await admin.http.get(f"/v1/documents/{second['id']}/content")).content == _BRUNEL


@pytest.mark.parametrize("external_id", ["A", None])
async def test_the_same_bytes_under_the_same_id_or_none_take_what_is_said(
    deployment: Deployment, external_id: str | None
) -> None:
    admin = await deployment.administrator()
    made = (await put(admin, "a.txt", _ALBA, external_id="A", metadata={"dept": "north"})).json()
    await deployment.drain(admin)
    named = {} if external_id is None else {"external_id": external_id}
    again = await put(admin, "b.txt", _ALBA, metadata={"dept": "south"}, **named)
    assert again.status_code == 200
    document = again.json()
    assert (document["id"], document["status"], document["name"]) == (made["id"], "ready", "b.txt")
    assert (document["external_id"], document["metadata"]) == ("A", {"dept": "south"})
    assert await texts(admin, {"dept": "north"}) == set()
    (hit,) = await admin.search("pilot boat", filter={"dept": "south", "external_id": "A"})
    assert hit["document_name"] == "b.txt"
    unsaid = await put(admin, "b.txt", _ALBA, **named)
    assert (unsaid.status_code, unsaid.json()["metadata"]) == (200, {"dept": "south"})
    assert await actions(admin) == ["document.uploaded", "document.indexed", "document.changed", "document.uploaded"]


async def test_a_failed_document_takes_what_is_said_and_stays_failed(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    made = (await put(admin, "a.pdf", _BROKEN)).json()
    await deployment.drain(admin)
    again = await put(admin, "a.pdf", _BROKEN, metadata={"dept": "south"})
    assert (again.status_code, again.json()["id"], again.json()["status"]) == (200, made["id"], "failed")
    assert again.json()["metadata"] == {"dept": "south"}
    other = await put(admin, "a.pdf", _BROKEN, external_id="other")
    assert other.status_code == 202
    await deployment.drain(admin)
    assert [stage["name"] for stage in (await shown(admin, other.json()["id"]))["stages"]] == ["parsing"]


async def test_bytes_without_an_id_mean_the_document_without_one_else_the_newest(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    one, two = [(await put(admin, "a.txt", _ALBA, external_id=each)).json()["id"] for each in "AB"]
    assert (await put(admin, "a.txt", _ALBA)).json()["id"] == two
    await admin.http.patch(f"/v1/documents/{one}", json={"external_id": None})
    assert (await put(admin, "a.txt", _ALBA)).json()["id"] == one


async def test_the_same_bytes_under_another_type_are_read_anew_in_place(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    made = (await put(admin, "a.txt", b"name,berth\nBrunel,nine\nAlba,seven\n")).json()
    await deployment.drain(admin)
    again = await put(admin, "a.csv", b"name,berth\nBrunel,nine\nAlba,seven\n")
    assert (again.status_code, again.json()["id"], again.json()["status"]) == (200, made["id"], "queued")
    await deployment.drain(admin)
    now = await shown(admin, made["id"])
    assert (now["status"], now["content_type"]) == ("ready", "text/csv")
    assert next(stage["name"] for stage in now["stages"]) == "parsing"


async def test_a_replacement_equal_to_another_document_answers_with_it(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    made = (await put(admin, "a.txt", _ALBA, external_id="A", metadata={"dept": "north"})).json()
    await put(admin, "b.txt", _BRUNEL, external_id="B")
    await deployment.drain(admin)
    replaced = await put(admin, "a.txt", _BRUNEL, external_id="A")
    assert (replaced.status_code, replaced.json()["id"]) == (202, made["id"])
    assert await texts(admin, {"external_id": "A"}) == {_ALBA.decode()}
    await deployment.drain(admin)
    assert await texts(admin, {"external_id": "A"}) == {_BRUNEL.decode()}
    assert await texts(admin, {"dept": "north"}) == {_BRUNEL.decode()}
    back = await put(admin, "a.txt", _ALBA, external_id="A")
    await deployment.drain(admin)
    assert (back.status_code, back.json()["id"]) == (202, made["id"])
    assert await texts(admin, {"external_id": "A"}) == {_ALBA.decode()}


async def test_a_failed_replacement_leaves_the_live_version_answering(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    made = (await put(admin, "a.txt", _ALBA, external_id="A")).json()
    path = f"/v1/documents/{made['id']}"
    assert (await admin.http.get(f"{path}/content", params={"version": "live"})).json()["code"] == "not_live"
    await deployment.drain(admin)
    assert (await shown(admin, made["id"]))["live"] is None
    replaced = (await put(admin, "a.pdf", _BROKEN, external_id="A")).json()
    assert (replaced["status"], replaced["chunks"]) == ("queued", None)
    assert replaced["live"]["chunks"] == 1
    await deployment.drain(admin)
    now = await shown(admin, made["id"])
    assert (now["status"], now["name"], now["error"]["stage"]) == ("failed", "a.pdf", "parsing")
    assert now["live"] == replaced["live"]
    assert await texts(admin, {"external_id": "A"}) == {_ALBA.decode()}
    assert (await admin.http.get(f"{path}/content")).content == _BROKEN
    assert (await admin.http.get(f"{path}/content", params={"version": "live"})).content == _ALBA
    assert (await admin.http.post(f"{path}/retry")).json()["live"] == now["live"]
    await deployment.drain(admin)
    again = (await put(admin, "a.txt", _ALBA, external_id="A")).json()
    await deployment.drain(admin)
    now = await shown(admin, again["id"])
    assert (now["id"], now["status"], now["live"]) == (made["id"], "ready", None)
    assert next(stage["name"] for stage in now["stages"]) == "reusing"


async def test_what_is_said_of_a_document_changes_both_of_its_versions(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    made = (await put(admin, "a.txt", _ALBA, external_id="A", metadata={"dept": "north"})).json()
    await deployment.drain(admin)
    await put(admin, "a.txt", _BRUNEL, external_id="A")
    path = f"/v1/documents/{made['id']}"
    changed = await admin.http.patch(path, json={"metadata": {"year": 2024, "open": True}, "external_id": "B"})
    assert changed.status_code == 200
    assert (changed.json()["metadata"], changed.json()["external_id"]) == ({"year": 2024, "open": True}, "B")
    assert await texts(admin, {"dept": "north"}) == set()
    assert await texts(admin, {"external_id": "A"}) == set()
    assert await texts(admin, {"year": 2024.0, "open": True, "external_id": "B"}) == {_ALBA.decode()}
    await deployment.drain(admin)
    assert await texts(admin, {"year": 2024, "external_id": "B"}) == {_BRUNEL.decode()}
    cleared = (await admin.http.patch(path, json={"metadata": {}, "external_id": None})).json()
    assert (cleared["metadata"], cleared["external_id"]) == ({}, None)
    assert await texts(admin, {"year": 2024}) == set()
    assert (await actions(admin)).count("document.changed") == 2


async def test_an_external_id_of_another_document_is_a_conflict(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    one, two = [(await put(admin, "a.txt", content, external_id=each)).json()["id"]
                for content, each in ((_ALBA, "A"), (_BRUNEL, "B"))]  # fmt: skip
    answer = await admin.http.patch(f"/v1/documents/{two}", json={"external_id": "A", "metadata": {"x": 1}})
    assert (answer.status_code, answer.json()["code"]) == (409, "external_id_taken")
    assert (await shown(admin, two))["metadata"] == {}
    assert (await admin.http.patch(f"/v1/documents/{one}", json={"external_id": "A"})).status_code == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "x.txt"}, "validation_failed"),
        ({"metadata": None}, "validation_failed"),
        ({"metadata": {"a": [1]}}, "validation_failed"),
        ({"metadata": {"tenant_id": "x"}}, "invalid_metadata"),
        ({"metadata": {"document_id": "x"}}, "invalid_metadata"),
        ({"metadata": {"a": "x" * 1001}}, "invalid_metadata"),
        ({"external_id": ""}, "validation_failed"),
        ({"external_id": "x" * 201}, "validation_failed"),
        ({"external_id": 7}, "validation_failed"),
    ],
)
async def test_a_change_that_is_none_is_refused(deployment: Deployment, body: dict[str, object], code: str) -> None:
    admin = await deployment.administrator()
    made = await admin.upload("a.txt", _ALBA)
    answer = await admin.http.patch(f"/v1/documents/{made['id']}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


@pytest.mark.parametrize("ids", [("A", "B"), ("A", "A"), (None, None)])
async def test_parallel_uploads_of_the_same_bytes(deployment: Deployment, ids: tuple[str | None, str | None]) -> None:
    admin = await deployment.administrator()
    named = [{} if each is None else {"external_id": each} for each in ids] * 4
    answers = await asyncio.gather(*(put(admin, "a.txt", _ALBA, **each) for each in named))
    made = len(set(ids))
    assert sorted(answer.status_code for answer in answers) == [200] * (8 - made) + [202] * made
    assert len({answer.json()["id"] for answer in answers}) == made
    await deployment.drain(admin)
    listed = (await admin.http.get("/v1/documents")).json()["items"]
    assert [item["status"] for item in listed] == ["ready"] * made
    assert len(deployment.resources.foundation.blobs.list(TenantId(admin.tenant))) == made
    assert sum(stage["name"] == "parsing" for item in listed for stage in item["stages"]) == 1


async def test_an_upload_replayed_after_a_replacement_changes_nothing(deployment: Deployment) -> None:
    admin = await deployment.administrator()

    async def send(content: bytes, key: str) -> httpx.Response:
        files, data = {"file": ("a.txt", content)}, {"external_id": "A"}
        return await admin.http.post("/v1/documents", files=files, data=data, headers={"Idempotency-Key": key})

    first = await send(_ALBA, "one")
    await send(_BRUNEL, "two")
    replayed = await send(_ALBA, "one")
    assert (replayed.status_code, replayed.content) == (202, first.content)
    assert replayed.headers["idempotency-replayed"] == "true"
    await deployment.drain(admin)
    assert await texts(admin, {"external_id": "A"}) == {_BRUNEL.decode()}
    assert (await send(_ALBA, "two")).json()["code"] == "idempotency_conflict"


async def test_L31_equal_bytes_and_ids_of_another_tenant_change_nothing(deployment: Deployment) -> None:
    mine, theirs = await deployment.administrator(), await deployment.administrator()
    foreign = (await put(theirs, "a.txt", _ALBA, external_id="A", metadata={"dept": "north"})).json()
    await deployment.drain(theirs)
    answer = await put(mine, "a.txt", _ALBA, external_id="A")
    assert answer.status_code == 202
    await deployment.drain(mine)
    own = await shown(mine, answer.json()["id"])
    assert next(stage["name"] for stage in own["stages"]) == "parsing"
    assert own["metadata"] == {}
    patched = await mine.http.patch(f"/v1/documents/{foreign['id']}", json={"metadata": {"dept": "south"}})
    assert (patched.status_code, patched.json()["code"]) == (404, "not_found")
    assert (await mine.http.patch(f"/v1/documents/{own['id']}", json={"external_id": "B"})).status_code == 200
    assert (await shown(theirs, foreign["id"]))["external_id"] == "A"
    assert await texts(theirs, {"dept": "north"}) == {_ALBA.decode()}
    assert await texts(mine, {"dept": "north"}) == set()


async def test_a_tenant_at_its_limit_of_documents_replaces_one(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    await limit(deployment, admin, documents=1)
    made = (await put(admin, "a.txt", _ALBA, external_id="A")).json()
    await deployment.drain(admin)
    replaced = await put(admin, "a.txt", _BRUNEL, external_id="A")
    assert (replaced.status_code, replaced.json()["id"]) == (202, made["id"])
    refused = await put(admin, "a.txt", _BRUNEL, external_id="B")
    assert (refused.status_code, refused.json()["code"]) == (429, "quota_exceeded")


@pytest.mark.parametrize(
    ("most", "size", "status"),
    [(100, 50, 202), (100, 60, 202), (100, 61, 429), (60, 50, 202), (60, 51, 429)],
    ids=["as large", "what fits", "too large", "as large in too full a tenant", "larger in too full a tenant"],
)
async def test_bytes_of_a_replacement_count_instead_of_those_before(
    deployment: Deployment, most: int, size: int, status: int
) -> None:
    admin = await deployment.administrator()
    await put(admin, "a.txt", b"a" * 50, external_id="A")
    await put(admin, "b.txt", b"b" * 40, external_id="B")
    await deployment.drain(admin)
    await limit(deployment, admin, bytes=most)
    assert (await put(admin, "a.txt", b"c" * size, external_id="A")).status_code == status
    assert (await put(admin, "c.txt", b"d" * 11)).status_code == 429
    assert len(deployment.resources.foundation.blobs.list(TenantId(admin.tenant))) == 2 + (status == 202)
