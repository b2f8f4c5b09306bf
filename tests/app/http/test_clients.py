"""A tenant's administrators give credentials to its programs, and end them."""

import pytest

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
    assert rotated["client_secret"] != member.credentials["client_secret"]
    again = await deployment.signed_in(rotated, admin.tenant)
    assert (await again.http.get("/v1/me")).json()["roles"] == ["power"]
    fields = {"grant_type": "client_credentials", **member.credentials}
    assert (await deployment.client().post("/v1/token", data=fields)).json()["error"] == "invalid_client"
    repeated = await admin.http.post(path, headers={"Idempotency-Key": "rotation"})
    assert repeated.json() == rotated


async def test_a_revoked_client_gets_no_other_secret(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    member = await deployment.member(admin, "power")
    path = f"/v1/clients/{member.credentials['client_id']}"
    await admin.http.delete(path)
    answer = await admin.http.post(f"{path}/rotate")
    assert (answer.status_code, answer.json()["code"]) == (409, "client_revoked")
