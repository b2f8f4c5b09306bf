"""A tenant's administrators give credentials to its programs, and end them."""

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import pytest

from tenancy.mint import Mint
from tests.app.http.deployment import Deployment

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_client_is_listed_with_what_it_is_for_and_never_with_its_secret(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    wish = {
        "name": "Helpdesk bot",
        "roles": ["user"],
        "purpose": "first line",
        "expires_at": "2101-01-01T00:00:00+02:00",
    }
    made = await admin.http.post("/v1/clients", json=wish)
    assert made.status_code == 201
    assert {"client_id", "client_secret", "name", "roles"} <= set(made.json())
    first, second = (await admin.http.get("/v1/clients")).json()["items"]
    assert first["client_id"] == admin.credentials["client_id"]
    assert (second["name"], second["roles"], second["purpose"], second["status"]) == (
        "Helpdesk bot", ["user"], "first line", "active",
    )  # fmt: skip
    assert second["expires_at"] == "2100-12-31T22:00:00.000Z"
    assert made.json()["client_secret"] not in str((first, second))


async def test_L07_a_revoked_client_is_refused_on_the_next_request(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    member = await deployment.member(admin, "power")
    assert (await member.http.get("/v1/me")).status_code == 200
    assert (await admin.http.delete(f"/v1/clients/{member.credentials['client_id']}")).status_code == 204
    assert (await member.http.get("/v1/me")).status_code == 401
    fields = {"grant_type": "client_credentials", **member.credentials}
    assert (await deployment.client().post("/v1/token", data=fields)).json()["error"] == "invalid_client"


async def test_the_last_administrator_cannot_lock_the_tenant_out(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    await deployment.member(admin, "power")
    mine = f"/v1/clients/{admin.credentials['client_id']}"
    refused = await admin.http.delete(mine)
    assert (refused.status_code, refused.json()["code"]) == (409, "last_admin")
    assert (await admin.http.get("/v1/me")).status_code == 200
    successor = await deployment.member(admin, "admin")
    assert (await admin.http.delete(mine)).status_code == 204
    assert (await successor.http.get("/v1/me")).status_code == 200


async def test_a_client_of_another_tenant_cannot_be_ended(deployment: Deployment) -> None:
    mine, theirs = await deployment.administrator(), await deployment.administrator()
    assert (await mine.http.delete(f"/v1/clients/{theirs.credentials['client_id']}")).status_code == 404
    assert (await theirs.http.get("/v1/me")).status_code == 200


async def test_a_rotated_secret_gives_tokens_and_the_one_before_gives_none(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    member = await deployment.member(admin, "power")
    path = f"/v1/clients/{member.credentials['client_id']}/rotate"
    answer = await admin.http.post(path, headers={"Idempotency-Key": "rotation"})
    assert answer.status_code == 200
    rotated = answer.json()
    assert rotated["client_id"] == member.credentials["client_id"]
    assert rotated["earlier_until"] is None
    assert rotated["client_secret"] != member.credentials["client_secret"]
    again = await deployment.signed_in(rotated, admin.tenant)
    assert (await again.http.get("/v1/me")).json()["roles"] == ["power"]
    fields = {"grant_type": "client_credentials", **member.credentials}
    assert (await deployment.client().post("/v1/token", data=fields)).json()["error"] == "invalid_client"
    repeated = await admin.http.post(path, headers={"Idempotency-Key": "rotation"})
    assert repeated.json() == rotated


async def _gets_token(plane: Deployment, credentials: Mapping[str, str], secret: str) -> bool:
    fields = {"grant_type": "client_credentials", "client_id": credentials["client_id"], "client_secret": secret}
    answer = await plane.client().post("/v1/token", data=fields)
    assert answer.status_code == 200 or answer.json()["error"] == "invalid_client"
    return answer.status_code == 200


def _later(deployment: Deployment, seconds: float) -> Deployment:
    """Return the same deployment when so many seconds have passed."""
    foundation = replace(deployment.resources.foundation, clock=lambda: time.time() + seconds)
    return Deployment(replace(deployment.resources, foundation=foundation, mint=Mint(foundation)), deployment.parser)


async def test_with_an_overlap_the_secret_before_gets_tokens_until_it_ends(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    member = await deployment.member(admin, "power")
    mine = member.credentials
    path = f"/v1/clients/{mine['client_id']}/rotate"
    wish, key = {"overlap_seconds": 3_600}, {"Idempotency-Key": "overlap"}
    answer = await admin.http.post(path, json=wish, headers=key)
    assert answer.status_code == 200
    rotated = answer.json()
    assert set(rotated) == {"client_id", "client_secret", "earlier_until"}
    assert (await admin.http.post(path, json=wish, headers=key)).json() == rotated
    changed = await admin.http.post(path, json={"overlap_seconds": 60}, headers=key)
    assert (changed.status_code, changed.json()["code"]) == (409, "idempotency_conflict")
    until = datetime.fromisoformat(rotated["earlier_until"]).timestamp()
    written = [one for one in (await admin.http.get("/v1/audit")).json()["items"] if one["action"] == "client.rotated"]
    assert [one["resource"] for one in written if one["outcome"] == "done"] == [f"{mine['client_id']}: overlap 3600 s"]
    noted = datetime.fromisoformat(written[-1]["at"]).timestamp()
    assert until - noted == pytest.approx(3_600, abs=60)
    for seconds, both in ((0, True), (3_540, True), (3_601, False)):
        plane = _later(deployment, seconds)
        assert await _gets_token(plane, mine, rotated["client_secret"])
        assert await _gets_token(plane, mine, mine["client_secret"]) is both
    last = (await admin.http.post(path, json={})).json()
    assert last["earlier_until"] is None
    assert await _gets_token(deployment, mine, last["client_secret"])
    assert not await _gets_token(deployment, mine, rotated["client_secret"])


@pytest.mark.parametrize(
    "body",
    [
        {"overlap_seconds": -1},
        {"overlap_seconds": 604_801},
        {"overlap_seconds": 1.5},
        {"overlap_seconds": "60"},
        {"overlap_seconds": True},
        {"overlap_seconds": None},
        {"overlap": 60},
        [],
    ],
    ids=str,
)
async def test_an_overlap_that_is_none_is_refused_and_the_secret_stays(deployment: Deployment, body: object) -> None:
    admin = await deployment.administrator()
    path = f"/v1/clients/{admin.credentials['client_id']}/rotate"
    answer = await admin.http.post(path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
    assert await _gets_token(deployment, admin.credentials, admin.credentials["client_secret"])


async def test_the_longest_overlap_is_seven_days(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    path = f"/v1/clients/{admin.credentials['client_id']}/rotate"
    assert (await admin.http.post(path, json={"overlap_seconds": 604_800})).status_code == 200
    for seconds, both in ((604_740, True), (604_801, False)):
        plane = _later(deployment, seconds)
        assert await _gets_token(plane, admin.credentials, admin.credentials["client_secret"]) is both


async def test_a_revoked_client_gets_no_other_secret(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    member = await deployment.member(admin, "power")
    path = f"/v1/clients/{member.credentials['client_id']}"
    await admin.http.delete(path)
    answer = await admin.http.post(f"{path}/rotate")
    assert (answer.status_code, answer.json()["code"]) == (409, "client_revoked")
