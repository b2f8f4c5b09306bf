"""A document can be listed, read, watched, retried and deleted by those who keep the tenant's documents."""

from typing import Any
from urllib.parse import unquote

import orjson
import pytest

from ingestion.publish import give_up
from tenancy.ids import TenantId
from tests.app.http.deployment import Deployment, Member, streaming

pytestmark = pytest.mark.asyncio(loop_scope="session")

_LONG = "\n\n".join(f"Paragraph {number} is about pier {number} and its crane." for number in range(400))


async def failed(deployment: Deployment, admin: Member) -> str:
    """Upload a file that cannot be read, and return its id."""
    document = await admin.upload("broken.pdf", b"%PDF-1.7\nnothing follows")
    await deployment.drain(admin)
    return str(document["id"])


async def test_a_list_is_read_page_by_page_newest_first_each_document_once(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    made = [(await admin.upload(f"{number}.txt", f"File {number}.".encode()))["id"] for number in range(5)]
    seen, cursor = list[str](), None
    while True:
        asked = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await admin.http.get("/v1/documents", params=asked)).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == made[::-1]


async def test_a_list_is_narrowed_by_status(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    broken = await failed(deployment, admin)
    waiting = (await admin.upload("a.txt", b"Waiting."))["id"]
    for status, expected in (("failed", [broken]), ("queued", [waiting]), ("ready", [])):
        page = (await admin.http.get("/v1/documents", params={"status": status})).json()
        assert [item["id"] for item in page["items"]] == expected


async def test_a_ready_document_tells_its_chunks_and_stages(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    made = await admin.upload("long.txt", _LONG.encode())
    assert (made["chunks"], made["stages"], made["error"]) == (None, [], None)
    await deployment.drain(admin)
    document = (await admin.http.get(f"/v1/documents/{made['id']}")).json()
    assert document["status"] == "ready"
    assert document["chunks"] > 10
    assert [stage["name"] for stage in document["stages"]] == ["parsing", "embedding", "sealing", "publishing"]


async def test_the_chunks_of_a_document_are_read_page_by_page_and_cover_its_text(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    made = await admin.upload("long.txt", _LONG.encode())
    path = f"/v1/documents/{made['id']}/chunks"
    assert (await admin.http.get(path)).json() == {"items": [], "next_cursor": None}
    await deployment.drain(admin)
    chunks, cursor = list[dict[str, Any]](), None
    while True:
        page = (await admin.http.get(path, params={"limit": 7} | ({"cursor": cursor} if cursor else {}))).json()
        chunks += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [chunk["ordinal"] for chunk in chunks] == list(range(len(chunks)))
    assert "Paragraph 399" in str(chunks[-1]["text"])
    for chunk in chunks:
        assert chunk["text"] == _LONG[chunk["start"] : chunk["end"]]


async def test_a_cursor_of_one_document_is_not_one_of_another(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    one = await admin.upload("one.txt", _LONG.encode())
    other = await admin.upload("other.txt", (_LONG + " More.").encode())
    await deployment.drain(admin)
    cursor = (await admin.http.get(f"/v1/documents/{one['id']}/chunks", params={"limit": 1})).json()["next_cursor"]
    answer = await admin.http.get(f"/v1/documents/{other['id']}/chunks", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")


async def test_the_original_comes_back_as_an_attachment_under_its_name(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    content = b"<script>alert(1)</script><p>The quay.</p>" * 70_000  # several sealed segments
    made = await admin.upload("été.html", content)
    answer = await admin.http.get(f"/v1/documents/{made['id']}/content")
    assert answer.content == content
    assert answer.headers["content-type"] == "text/html"
    assert answer.headers["content-length"] == str(len(content))
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    kind, _, encoded = answer.headers["content-disposition"].partition("filename*=UTF-8''")
    assert kind.startswith("attachment;")
    assert unquote(encoded) == "été.html"


async def test_a_damaged_original_is_an_error_and_not_a_short_answer(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    made = await admin.upload("a.txt", b"The quay was rebuilt.")
    (blob,) = (deployment.resources.settings.data_dir / "blobs" / admin.tenant).iterdir()
    damaged = bytearray(blob.read_bytes())
    damaged[-1] ^= 1
    blob.write_bytes(damaged)
    answer = await admin.http.get(f"/v1/documents/{made['id']}/content")
    assert (answer.status_code, answer.json()["code"]) == (500, "seal_broken")
    blob.unlink()
    assert (await admin.http.get(f"/v1/documents/{made['id']}/content")).status_code == 500


async def test_a_failed_document_says_where_and_why_and_can_be_retried(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    broken = await failed(deployment, admin)
    document = (await admin.http.get(f"/v1/documents/{broken}")).json()
    assert document["status"] == "failed"
    assert set(document["error"]) == {"stage", "code", "detail", "retryable"}
    again = await admin.http.post(f"/v1/documents/{broken}/retry")
    assert (again.status_code, again.json()["status"]) == (202, "queued")
    twice = await admin.http.post(f"/v1/documents/{broken}/retry")
    assert (twice.status_code, twice.json()["code"]) == (409, "not_failed")


async def test_the_bytes_of_a_failed_document_again_are_that_document(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    broken = await failed(deployment, admin)
    answer = await admin.http.post("/v1/documents", files={"file": ("x.pdf", b"%PDF-1.7\nnothing follows")})
    assert (answer.status_code, answer.json()["id"], answer.json()["status"]) == (200, broken, "failed")


async def test_L16_from_the_deletion_on_nothing_of_a_document_is_left(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    made = await admin.upload("a.txt", b"The quay was rebuilt in 1931 after the storm.")
    await deployment.drain(admin)
    assert len(await admin.search("quay")) == 1
    assert (await admin.http.delete(f"/v1/documents/{made['id']}")).status_code == 204
    assert await admin.search("quay") == []
    for below in ("", "/content", "/chunks", "/events"):
        assert (await admin.http.get(f"/v1/documents/{made['id']}{below}")).status_code == 404
    assert list((deployment.resources.settings.data_dir / "blobs" / admin.tenant).iterdir()) == []


def events_of(text: str) -> list[tuple[str, object]]:
    """Return the (event, status) pairs of a stream."""
    found = list[tuple[str, object]]()
    for block in text.strip().split("\n\n"):
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), orjson.loads(data.removeprefix("data: "))["status"]))
    return found


async def test_the_events_of_a_document_end_when_it_is_ready(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    made = await admin.upload("a.txt", b"The quay was rebuilt in 1931 after the storm.")
    async with streaming(deployment.app, admin, f"/v1/documents/{made['id']}/events") as stream:
        first = events_of((await stream.parts.get() or b"").decode())
        await deployment.drain(admin)
        following = events_of((await stream.rest()).decode())
    assert first == [("status", "queued")]
    assert following[-1] == ("status", "ready")
    assert [name for name, _ in following] == ["status"] * len(following)


async def test_the_events_of_a_document_that_is_deleted_end_with_its_absence(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    made = await admin.upload("a.txt", b"Soon to be deleted.")
    async with streaming(deployment.app, admin, f"/v1/documents/{made['id']}/events") as stream:
        await stream.parts.get()
        await admin.http.delete(f"/v1/documents/{made['id']}")
        assert events_of((await stream.rest()).decode()) == [("error", 404)]


async def test_L07_the_events_end_when_the_client_that_watches_is_revoked(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    keeper = await deployment.member(admin, "power")
    made = await keeper.upload("a.txt", b"Never worked on.")
    async with streaming(deployment.app, keeper, f"/v1/documents/{made['id']}/events") as stream:
        await stream.parts.get()
        await admin.http.delete(f"/v1/clients/{keeper.credentials['client_id']}")
        assert events_of((await stream.rest()).decode()) == [("error", 401)]


async def test_a_client_that_leaves_ends_its_stream(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    made = await admin.upload("a.txt", b"Never worked on.")
    async with streaming(deployment.app, admin, f"/v1/documents/{made['id']}/events") as stream:
        await stream.parts.get()
    assert stream.ended


async def test_a_document_that_was_given_up_says_so(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    made = await admin.upload("a.txt", b"Too hard to finish.")
    lane = await deployment.resources.foundation.lanes.mark(TenantId(admin.tenant))
    claimed = await deployment.resources.mint.from_lane(lane)
    assert claimed is not None
    await give_up(*claimed, "parsing")
    document = (await admin.http.get(f"/v1/documents/{made['id']}")).json()
    assert (document["status"], document["error"]["code"], document["error"]["retryable"]) == (
        "failed",
        "internal",
        True,
    )
