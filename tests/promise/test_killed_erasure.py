"""A service that is killed as soon as it has promised an erasure keeps the promise when it starts again."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tenancy.deployment.receipts import verified_receipt
from tests.promise.service import Folders, GaveUp, Service

pytestmark = [pytest.mark.xdist_group("erasure"), pytest.mark.timeout(300)]

SECRET = b"The orchard key hangs behind the cider press."


@pytest.fixture
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    made = Service(Folders(tmp_path_factory.mktemp("killed-erasure")))
    try:
        made.start(parsers=False)
        yield made
    finally:
        made.release()


def _done(operator: httpx.Client, path: str) -> dict[str, Any]:
    for _ in range(2_000):
        receipt: dict[str, Any] = operator.get(path).raise_for_status().json()
        if receipt["state"] == "done":
            return receipt
    raise GaveUp("the erasure did not end")


@pytest.mark.shows("ending.killed")
def test_L07_L42_a_service_killed_at_the_202_of_an_erasure_finishes_it_when_it_starts_again(service: Service) -> None:
    operator = service.operator()
    gone, stays = service.tenant(operator, "Gone"), service.tenant(operator, "Stays")
    for tenant in (gone, stays):
        tenant.put("first.txt", SECRET)
        tenant.settled()
    before = stays.search("Where does the orchard key hang?")
    path = f"/admin/v1/tenants/{gone.id}"
    asked = operator.request("DELETE", path, json={"reason": "contract ended"}).raise_for_status()
    service.kill()
    service.start(parsers=False)
    assert gone.http.get("/v1/me").status_code == 401
    receipt = _done(operator, asked.headers["location"])
    keys = httpx.get(f"{service.admin}/.well-known/jwks.json").json()
    stated = verified_receipt(receipt["signature"], keys)
    assert (stated["tenant_id"], stated["counts_before"]["documents"]) == (gone.id, 1)
    assert {name for name, count in stated["counts_after"].items() if count} == {"audit", "state"}
    assert list(service.folders.data.glob(f"blobs/{gone.id}/*")) == []
    assert not (service.folders.keys / "tenants" / f"{gone.id}.key").exists()
    assert stays.search("Where does the orchard key hang?") == before
