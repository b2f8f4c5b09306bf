"""An operator hands a tenant its export and cannot read it, nor choose who can."""

import pyrage
import pytest
from pyrage import x25519

from tests.app.admin.driving import OperatorDesk
from tests.tenancy.exports.reading import unpacked

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEY = x25519.Identity.generate()
RECIPIENT = str(KEY.to_public())
_WHY = {"reason": "the tenant moves out"}


@pytest.mark.shows("operators.exports")
async def test_L49_an_operators_export_goes_to_the_tenants_recipient_and_to_no_other(desk: OperatorDesk) -> None:
    twin = await desk.deployment.twin("violet-sextant-33")
    path = f"/admin/v1/tenants/{twin.admin.tenant}/export"
    refused = await desk.http.post(path, json=_WHY)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_export_recipient")
    assert (await desk.http.post(path, json={**_WHY, "recipient": RECIPIENT})).status_code == 422
    await twin.admin.http.patch("/v1/settings", json={"export_recipient": RECIPIENT})
    answer = await desk.http.post(path, json=_WHY)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/octet-stream")
    for needle in (b"violet-sextant", b"harbour", b"notes.txt", twin.admin.tenant.encode()):
        assert needle not in answer.content
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(answer.content, [x25519.Identity.generate()])
    assert any(b"violet-sextant-33" in content for content in unpacked(answer.content, KEY).values())
    entry = (await twin.admin.http.get("/v1/audit", params={"limit": 2})).json()["items"]
    assert [each["action"] for each in entry] == ["export.finished", "export.begun"]
    assert {each["purpose"] for each in entry} == {"the tenant moves out"}
    assert {each["actor"] for each in entry} == {"operator:ada"}


async def test_a_suspended_tenant_is_exported_and_an_erased_one_is_not(desk: OperatorDesk) -> None:
    twin = await desk.deployment.twin("amber-gannet-07")
    path = f"/admin/v1/tenants/{twin.admin.tenant}"
    await twin.admin.http.patch("/v1/settings", json={"export_recipient": RECIPIENT})
    await desk.http.post(f"{path}/suspend", json={"reason": "leaving"})
    answer = await desk.http.post(f"{path}/export", json=_WHY)
    assert any(b"amber-gannet-07" in content for content in unpacked(answer.content, KEY).values())
    await desk.erase(twin.admin.tenant)
    gone = await desk.http.post(f"{path}/export", json=_WHY)
    assert (gone.status_code, gone.json()["code"]) == (409, "wrong_status")


async def test_an_export_takes_an_operators_token_a_reason_and_a_tenant(desk: OperatorDesk) -> None:
    twin = await desk.deployment.twin("ochre-fulmar-61")
    path = f"/admin/v1/tenants/{twin.admin.tenant}/export"
    assert (await desk.client().post(path, json=_WHY)).status_code == 401
    tenants_token = twin.admin.http.headers["authorization"].removeprefix("Bearer ")
    assert (await desk.client(tenants_token).post(path, json=_WHY)).status_code == 401
    assert (await desk.http.post(path, json={})).status_code == 422
    absent = await desk.http.post("/admin/v1/tenants/ten_00000000000000000000000a/export", json=_WHY)
    assert absent.status_code == 404
