"""A file comes in as a stream, is judged by name and content, and is there once or not at all."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request

from tests.app.http.deployment import Deployment, Member

pytestmark = pytest.mark.asyncio(loop_scope="session")

_TEXT = b"The quay was rebuilt in 1931 after the storm."
_EDGE = "edge5f3a"


def form(*parts: tuple[str, str | None, bytes], end: str = f"--{_EDGE}--\r\n") -> bytes:
    """Write a multipart body of (name, file name, content) by hand, in exactly this order."""
    body = b""
    for name, filename, content in parts:
        shown = "" if filename is None else f'; filename="{filename}"'
        body += (
            f'--{_EDGE}\r\nContent-Disposition: form-data; name="{name}"{shown}\r\n\r\n'.encode() + content + b"\r\n"
        )
    return body + end.encode()


async def post(member: Member, body: bytes | AsyncIterator[bytes], **headers: str) -> httpx.Response:
    """Upload a body written by hand."""
    declared = {"Content-Type": f"multipart/form-data; boundary={_EDGE}", **headers}
    return await member.http.post("/v1/documents", content=body, headers=declared)


async def count(member: Member) -> int:
    """Return how many documents the tenant has."""
    return len((await member.http.get("/v1/documents", params={"limit": 100})).json()["items"])


def stored(deployment: Deployment, member: Member) -> list[Path]:
    """Return every blob file of the tenant, unfinished ones too."""
    return list((deployment.resources.settings.data_dir / "blobs" / member.tenant).iterdir())


async def test_an_upload_is_queued_and_says_where_it_will_be(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    answer = await admin.http.post("/v1/documents", files={"file": ("quay.txt", _TEXT, "application/pdf")})
    document = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/documents/{document['id']}"
    assert (document["status"], document["name"], document["size"]) == ("queued", "quay.txt", len(_TEXT))
    assert document["content_type"] == "text/plain"  # whatever the client declares
    assert document["sha256"] == hashlib.sha256(_TEXT).hexdigest()
    assert document["created_at"].endswith("Z")


async def test_the_same_bytes_again_give_the_document_that_is_there_and_a_new_one_after_deletion(
    deployment: Deployment,
) -> None:
    admin = await deployment.administrator()
    first = await admin.http.post("/v1/documents", files={"file": ("a.txt", _TEXT)})
    again = await admin.http.post("/v1/documents", files={"file": ("b.txt", _TEXT)})
    assert (again.status_code, again.json()["id"], again.json()["name"]) == (200, first.json()["id"], "b.txt")
    assert len(stored(deployment, admin)) == 1
    await admin.http.delete(f"/v1/documents/{first.json()['id']}")
    anew = await admin.http.post("/v1/documents", files={"file": ("a.txt", _TEXT)})
    assert anew.status_code == 202
    assert anew.json()["id"] != first.json()["id"]


async def test_a_name_given_only_in_the_extended_form_is_taken(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    body = form(("file", "a.txt", _TEXT)).replace(b'filename="a.txt"', b"filename*=utf-8''%E6%97%A5%E6%9C%AC.txt")
    answer = await post(admin, body)
    assert (answer.status_code, answer.json()["name"]) == (202, "日本.txt")


@pytest.mark.parametrize("order", ["before", "after"])
async def test_fields_may_stand_before_or_after_the_file(deployment: Deployment, order: str) -> None:
    admin = await deployment.administrator()
    fields: list[tuple[str, str | None, bytes]] = [
        ("external_id", None, "årsrapport".encode()),
        ("metadata", None, b'{"year": 2024, "open": true, "who": "us"}'),
    ]
    file: list[tuple[str, str | None, bytes]] = [("file", "a.txt", _TEXT)]
    answer = await post(admin, form(*(fields + file if order == "before" else file + fields)))
    assert answer.status_code == 202
    assert answer.json()["external_id"] == "årsrapport"
    assert answer.json()["metadata"] == {"year": 2024, "open": True, "who": "us"}


async def test_an_external_id_seen_before_makes_a_new_version_of_the_document(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    first = await admin.upload("a.txt", b"Version one of the plan.", {"external_id": "plan"})
    await deployment.drain(admin)
    second = await admin.upload("a.txt", b"Version two of the plan.", {"external_id": "plan"})
    await deployment.drain(admin)
    assert second["id"] == first["id"]
    assert [hit["text"] for hit in await admin.search("version of the plan")] == ["Version two of the plan."]


@pytest.mark.parametrize("size", [1, 7, 1000])
async def test_a_form_may_arrive_in_pieces_of_any_size(deployment: Deployment, size: int) -> None:
    admin = await deployment.administrator()
    tricky = b"a line\r\n--edge\r\n--" + _EDGE.encode()[:-1] + b"\r\n" + _TEXT
    body = form(("external_id", None, b"x"), ("file", "a.txt", tricky), ("metadata", None, b"{}"))

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), size):
            yield body[start : start + size]

    answer = await post(admin, pieces())
    assert (answer.status_code, answer.json()["sha256"]) == (202, hashlib.sha256(tricky).hexdigest())
    content = await admin.http.get(f"/v1/documents/{answer.json()['id']}/content")
    assert content.content == tricky


_MISSHAPEN: dict[str, tuple[bytes, int, str]] = {
    "no file": (form(("external_id", None, b"x")), 422, "invalid_upload"),
    "nothing": (form(), 422, "invalid_upload"),
    "two files": (form(("file", "a.txt", _TEXT), ("file", "b.txt", _TEXT)), 422, "invalid_upload"),
    "file without a name": (form(("file", None, _TEXT)), 422, "invalid_upload"),
    "unknown field": (form(("file", "a.txt", _TEXT), ("tenant", None, b"x")), 422, "invalid_upload"),
    "unknown file": (form(("upload", "a.txt", _TEXT)), 422, "invalid_upload"),
    "field twice": (
        form(("external_id", None, b"x"), ("external_id", None, b"y"), ("file", "a.txt", _TEXT)),
        422,
        "invalid_upload",
    ),
    "cut off": (form(("file", "a.txt", _TEXT), end=""), 422, "invalid_upload"),
    "not a form": (b"\x00\x01\x02", 422, "invalid_upload"),
    "empty body": (b"", 422, "invalid_upload"),
    "part without a name": (f"--{_EDGE}\r\n\r\nx\r\n--{_EDGE}--\r\n".encode(), 422, "invalid_upload"),
    "endless header": (f"--{_EDGE}\r\nX: ".encode() + b"a" * 100_000, 422, "invalid_upload"),
    "long field": (form(("external_id", None, b"x" * 5000), ("file", "a.txt", _TEXT)), 422, "invalid_upload"),
    "long external id": (form(("file", "a.txt", _TEXT), ("external_id", None, b"x" * 201)), 422, "invalid_metadata"),
    "empty external id": (form(("file", "a.txt", _TEXT), ("external_id", None, b"")), 422, "invalid_metadata"),
    "external id not UTF-8": (form(("file", "a.txt", _TEXT), ("external_id", None, b"\xff")), 422, "invalid_upload"),
    "metadata not JSON": (form(("file", "a.txt", _TEXT), ("metadata", None, b"{")), 422, "invalid_metadata"),
    "metadata a list": (form(("file", "a.txt", _TEXT), ("metadata", None, b"[]")), 422, "invalid_metadata"),
    "metadata nested": (form(("file", "a.txt", _TEXT), ("metadata", None, b'{"a":{}}')), 422, "invalid_metadata"),
    "metadata null": (form(("file", "a.txt", _TEXT), ("metadata", None, b'{"a":null}')), 422, "invalid_metadata"),
    "metadata NaN": (form(("file", "a.txt", _TEXT), ("metadata", None, b'{"a":NaN}')), 422, "invalid_metadata"),
    "metadata infinite": (form(("file", "a.txt", _TEXT), ("metadata", None, b'{"a":1e999}')), 422, "invalid_metadata"),
    "metadata of a tenant": (
        form(("file", "a.txt", _TEXT), ("metadata", None, b'{"Tenant_ID":"x"}')),
        422,
        "invalid_metadata",
    ),
    "metadata built in": (
        form(("file", "a.txt", _TEXT), ("metadata", None, b'{"document_id":"x"}')),
        422,
        "invalid_metadata",
    ),
    "a program": (form(("file", "a.exe", b"\x7fELF\x02\x01\x01" + bytes(64))), 415, "unsupported_type"),
    "no type": (form(("file", "a", bytes(range(256)))), 415, "unsupported_type"),
}


@pytest.mark.parametrize("case", sorted(_MISSHAPEN))
async def test_a_misshapen_upload_is_a_problem_and_leaves_nothing_behind(deployment: Deployment, case: str) -> None:
    body, status, code = _MISSHAPEN[case]
    admin = await deployment.administrator()
    answer = await post(admin, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert await count(admin) == 0
    assert stored(deployment, admin) == []


@pytest.mark.parametrize(
    "declared", ["application/json", "multipart/form-data", "text/plain", "multipart/mixed; boundary=x", "", "é"]
)
async def test_an_upload_that_is_no_form_is_an_unsupported_media_type(deployment: Deployment, declared: str) -> None:
    admin = await deployment.administrator()
    answer = await admin.http.post(
        "/v1/documents", content=form(("file", "a.txt", _TEXT)), headers=[(b"Content-Type", declared.encode())]
    )
    assert (answer.status_code, answer.json()["code"]) == (415, "not_multipart")


@pytest.mark.parametrize("told", [True, False])
async def test_a_file_over_the_limit_is_refused_and_not_kept(deployment: Deployment, *, told: bool) -> None:
    admin = await deployment.administrator()
    most = (await admin.http.get("/v1/me")).json()["limits"]["bytes_per_file"]
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        yield form(("file", "a.txt", b""), end="")[:-2]
        while read <= 2 * most:
            read += 1_000_000
            yield b"x" * 1_000_000

    declared = {"Content-Length": str(most * 2)} if told else {}
    answer = await post(admin, endless(), **declared)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert read <= most + 2_000_000
    assert stored(deployment, admin) == []


_ODD_NAMES = (
    "../../etc/passwd.txt",
    "..\\..\\windows\\x.txt",
    "/absolute/path.txt",
    "nul\u0000byte.txt",
    "\u202etxt.exe.txt",
    "a" * 4000 + ".txt",
    "new\\nline.txt",
    "quo'te;semi=colon.txt",
    "été 漢字 😀.txt",
    "%2e%2e%2fx.txt",
    ".txt",
    "con.txt",
)


@pytest.mark.parametrize("name", _ODD_NAMES)
async def test_L33_an_odd_name_is_only_data(deployment: Deployment, name: str) -> None:
    admin = await deployment.administrator()
    before = set(deployment.resources.settings.data_dir.rglob("*"))
    document = await admin.upload(name, _TEXT)
    (blob,) = stored(deployment, admin)
    assert blob.name.startswith("blb_")
    assert set(deployment.resources.settings.data_dir.rglob("*")) - before <= {blob}
    assert "/" not in document["name"]
    assert "\\" not in document["name"]
    assert document["name"].isprintable()
    assert len(document["name"]) <= 255
    content = await admin.http.get(f"/v1/documents/{document['id']}/content")
    assert content.content == _TEXT
    sent = content.headers["content-disposition"]
    assert sent.startswith("attachment; ")
    assert sent.isascii()
    assert sent.count('"') == 2


async def test_a_file_of_no_bytes_is_accepted_and_fails_with_a_reason(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    answer = await admin.http.post("/v1/documents", files={"file": ("empty.txt", b"")})
    assert (answer.status_code, answer.json()["size"]) == (202, 0)
    await deployment.drain(admin)
    document = (await admin.http.get(answer.headers["location"])).json()
    assert (document["status"], document["chunks"]) == ("failed", None)
    assert (document["error"]["stage"], document["error"]["code"]) == ("parsing", "empty")
    assert document["error"]["retryable"] is False
    assert "Upload" in document["error"]["detail"]


async def test_L36_twenty_parallel_uploads_of_the_same_bytes_are_one_document(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    answers = await asyncio.gather(
        *(admin.http.post("/v1/documents", files={"file": (f"{number}.txt", _TEXT)}) for number in range(20))
    )
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [202]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await count(admin) == 1
    assert len(stored(deployment, admin)) == 1
    await deployment.drain(admin)
    document = (await admin.http.get(f"/v1/documents/{answers[0].json()['id']}")).json()
    assert document["status"] == "ready"


async def test_no_clear_text_of_an_upload_reaches_the_temporary_folder(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    admin = await deployment.administrator()
    large = form(("file", "large.txt", b"secret words of a large file\n" * 100_000))
    spooling = FastAPI()

    @spooling.post("/v1/documents")
    async def spool(request: Request) -> int:
        async with request.form() as fields:
            return len(fields)

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "absent"))
    # Starlette's own reading of a form writes a file of this size to the temporary folder, so it fails without one.
    usual = Deployment(deployment.resources, deployment.parser, spooling)
    assert (await post(Member(usual.client(), {}, ""), large)).status_code != 200
    assert (await post(admin, large)).status_code == 202
