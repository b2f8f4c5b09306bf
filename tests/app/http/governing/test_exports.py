"""A tenant's administrator takes everything out, for a key of their own; nobody else does."""

import json
from collections.abc import AsyncIterable, AsyncIterator

import pyrage
import pytest
from pyrage import x25519
from starlette.requests import Request
from starlette.responses import StreamingResponse

from app.auth import ADMINISTRATOR
from app.http.governing.exports import ExportWish, make_export
from tenancy.tokens import TokenRefused
from tests.app.http.deployment import Deployment, Member
from tests.tenancy.exports.reading import unpacked, until_broken_off

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.shows("exports.tenants")]

KEY = x25519.Identity.generate()
RECIPIENT = str(KEY.to_public())
_SECRET = b"The password of the harbour vault is grey-heron-12."


async def with_documents(deployment: Deployment, size: int = 0, count: int = 1) -> Member:
    admin = await deployment.administrator()
    for number in range(count):
        await admin.upload(f"{number}.txt", _SECRET + bytes([65 + number]) * size)
    return admin


async def test_an_export_goes_to_the_key_that_was_sent_else_to_the_one_among_the_settings(
    deployment: Deployment,
) -> None:
    admin = await with_documents(deployment)
    refused = await admin.http.post("/v1/exports", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "no_export_recipient")
    kept = await admin.http.patch("/v1/settings", json={"export_recipient": RECIPIENT})
    assert (kept.status_code, kept.json()["export_recipient"]) == (200, RECIPIENT)
    other = x25519.Identity.generate()
    for body, identity in (({}, KEY), ({"recipient": str(other.to_public())}, other)):
        answer = await admin.http.post("/v1/exports", json=body)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"] == f'attachment; filename="{admin.tenant}.tar.age"'
        assert answer.headers["cache-control"] == "no-store"
        files = unpacked(answer.content, identity)
        assert _SECRET in files.values()
        assert b"grey-heron" not in answer.content
    told = json.loads(files["settings.json"])
    assert told["export_recipient"] == RECIPIENT
    gone = await admin.http.patch("/v1/settings", json={"export_recipient": None})
    assert gone.json()["export_recipient"] is None
    assert (await admin.http.post("/v1/exports", json={})).status_code == 409
    actions = [(each["action"], each["resource"]) for each in (await admin.http.get("/v1/audit")).json()["items"]]
    assert ("settings.changed", f"export_recipient: {RECIPIENT}") in actions
    assert ("settings.changed", "export_recipient: none") in actions
    assert [action for action, _ in actions].count("export.finished") == 2


@pytest.mark.parametrize(
    "body",
    [{"recipient": "age1nothing"}, {"recipient": ""}, {"recipient": 5}, {"recipient": str(KEY)}, {"tenant": "x"}],
)
async def test_what_is_no_recipient_is_refused_and_not_repeated(
    deployment: Deployment, body: dict[str, object]
) -> None:
    admin = await deployment.administrator()
    answer = await admin.http.post("/v1/exports", json=body)
    assert answer.status_code == 422
    assert str(KEY) not in answer.text
    settings = await admin.http.patch("/v1/settings", json={"export_recipient": body.get("recipient", "age1x")})
    assert settings.status_code == 422
    assert str(KEY) not in settings.text


async def test_L02_an_export_is_the_callers_own_whatever_else_the_request_names(deployment: Deployment) -> None:
    mine, theirs = await deployment.administrator(), await with_documents(deployment)
    headers = {"X-Tenant-Id": theirs.tenant, "X-App": "export"}
    answer = await mine.http.post(
        "/v1/exports", json={"recipient": RECIPIENT}, headers=headers, params={"tenant": theirs.tenant}
    )
    files = unpacked(answer.content, KEY)
    assert json.loads(files["tenant.json"])["id"] == mine.tenant
    assert not any(b"grey-heron" in content for content in files.values())


async def test_L07_an_export_ends_when_its_client_is_revoked(deployment: Deployment) -> None:
    admin = await with_documents(deployment, size=2_000_000, count=3)
    second = await deployment.member(admin, "admin")
    headers = [(b"authorization", second.http.headers["authorization"].encode())]
    request = Request(
        {"type": "http", "app": deployment.app, "headers": headers, "client": ("127.0.0.1", 1), "request_id": "req_x"}
    )
    answer = await make_export(request, await ADMINISTRATOR(request), ExportWish(recipient=RECIPIENT))
    assert isinstance(answer, StreamingResponse)
    parts = _bytes(answer.body_iterator)
    sent = await anext(parts)
    revoked = await admin.http.delete(f"/v1/clients/{second.credentials['client_id']}")
    assert revoked.status_code == 204
    sent += await until_broken_off(parts, TokenRefused)
    assert len(sent) < 2_500_000
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(sent, [KEY])


async def test_a_long_export_is_one_request_and_leaves_no_place_taken(deployment: Deployment) -> None:
    admin = await with_documents(deployment, size=2_000_000, count=2)
    answer = await admin.http.post("/v1/exports", json={"recipient": RECIPIENT})
    assert len(answer.content) > 3_000_000
    items = (await admin.http.get("/v1/quotas")).json()["items"]
    assert {item["name"]: item["used"] for item in items}["concurrent_requests"] == 0


async def _bytes(parts: AsyncIterable[object]) -> AsyncIterator[bytes]:
    async for part in parts:
        assert isinstance(part, bytes)
        yield part
