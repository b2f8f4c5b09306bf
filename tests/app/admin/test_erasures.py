"""An erased tenant is refused at once, its stores are emptied, and the receipt proves it."""

import base64
import json
from pathlib import Path

import pytest

from tenancy.deployment.receipts import Unverified, verified_receipt
from tests.app.admin.driving import OperatorDesk

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_L42_an_erased_tenant_is_refused_and_every_store_is_emptied(desk: OperatorDesk) -> None:
    twin = await desk.deployment.twin("saffron-anchor-12")
    other = await desk.deployment.twin("walnut-sextant-90")
    await twin.admin.search("harbour vault")  # awake now
    receipt = await desk.erase(twin.admin.tenant)
    assert (await twin.admin.http.get("/v1/me")).status_code == 401
    left = {name: count for name, count in receipt["counts_after"].items() if count}
    assert set(left) == {"audit", "state"}
    assert receipt["counts_before"]["documents"] == receipt["counts_before"]["blobs"] == 1
    assert twin.admin.tenant not in desk.deployment.resources.foundation.pool.tenants()
    shown = (await desk.http.get(f"/admin/v1/tenants/{twin.admin.tenant}")).json()
    assert (shown["status"], shown["name"]) == ("erased", "")
    assert "walnut-sextant-90" in (await other.admin.search("harbour vault"))[0]["text"]


async def test_L42_no_key_of_an_erased_tenant_is_left_but_that_of_its_audit(desk: OperatorDesk) -> None:
    twin = await desk.deployment.twin("copper-gull-44")
    folder: Path = desk.deployment.resources.settings.keys_folder
    assert (folder / "tenants" / f"{twin.admin.tenant}.key").exists()
    receipt = await desk.erase(twin.admin.tenant)
    assert receipt["keys_destroyed"] == ["data.1", "match.1"]
    assert not (folder / "tenants" / f"{twin.admin.tenant}.key").exists()
    assert (folder / "retention" / f"{twin.admin.tenant}.key").exists()


async def test_a_receipt_is_verified_with_the_published_keys_and_no_other_text_is(desk: OperatorDesk) -> None:
    tenant, _ = await desk.deployment.code()
    receipt = await desk.erase(tenant)
    keys = (await desk.client().get("/.well-known/jwks.json")).json()
    stated = verified_receipt(receipt["signature"], keys)
    assert {name: stated[name] for name in ("id", "tenant_id", "counts_after")} == {
        name: receipt[name] for name in ("id", "tenant_id", "counts_after")
    }
    header, body, signature = receipt["signature"].split(".")
    stated["tenant_id"] = "ten_00000000000000000000000a"
    forged = base64.urlsafe_b64encode(json.dumps(stated).encode()).rstrip(b"=").decode()
    with pytest.raises(Unverified):
        verified_receipt(f"{header}.{forged}.{signature}", keys)
    tenant_keys = (await desk.deployment.client().get("/.well-known/jwks.json")).json()
    with pytest.raises(Unverified):
        verified_receipt(f"{header}.{body}.{signature}", tenant_keys)


async def test_an_operators_token_is_no_receipt(desk: OperatorDesk) -> None:
    keys = (await desk.client().get("/.well-known/jwks.json")).json()
    token = desk.deployment.resources.foundation.operator_tokens.sign("ada", 60)
    with pytest.raises(Unverified):
        verified_receipt(token, keys)


async def test_erasing_twice_is_one_erasure(desk: OperatorDesk) -> None:
    tenant, _ = await desk.deployment.code()
    first = await desk.erase(tenant)
    again = await desk.http.request("DELETE", f"/admin/v1/tenants/{tenant}", json={"reason": "once more"})
    assert (again.status_code, again.json()["id"]) == (202, first["id"])


async def test_L07_an_enrolment_code_of_an_erased_tenant_opens_nothing(desk: OperatorDesk) -> None:
    tenant, code = await desk.deployment.code()
    await desk.erase(tenant)
    assert (await desk.deployment.client().post("/v1/enrol", json={"code": code})).status_code == 401


@pytest.mark.parametrize("unknown", ["era_00000000000000000000000a", "x", "ten_00000000000000000000000a"])
async def test_an_unknown_erasure_is_not_found(desk: OperatorDesk, unknown: str) -> None:
    assert (await desk.http.get(f"/admin/v1/erasures/{unknown}")).status_code == 404
