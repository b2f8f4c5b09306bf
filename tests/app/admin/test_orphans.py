"""Operators see what belongs to nobody, on the second address."""

import pytest

from tenancy.ids import TenantId, new_id
from tests.app.admin.driving import OperatorDesk

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_L43_an_orphan_is_listed_with_why_it_is_left_alone(desk: OperatorDesk) -> None:
    foundation, stranger = desk.deployment.resources.foundation, TenantId(new_id("ten"))
    foundation.blobs.create(stranger)
    try:
        items = (await desk.http.get("/admin/v1/orphans")).json()["items"]
        (mine,) = [item for item in items if item["tenant_id"] == stranger]
        assert (mine["kind"], mine["name"]) == ("blobs", stranger)
        assert "younger than a day" in mine["held"]
    finally:
        foundation.blobs.destroy(stranger)
    assert stranger not in (await desk.http.get("/admin/v1/orphans")).text
