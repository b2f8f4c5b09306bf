"""A process that starts takes up what a crash left behind, and removes what has been kept long enough."""

import asyncio
import time
from typing import Any

import pytest
import sqlalchemy as sa

from app.housekeeping import Housekeeping
from tenancy.ids import TenantId
from tenancy.lifecycle.reconciliation import reconcile
from tenancy.stores.due import Kind
from tenancy.stores.schema import SUMMED, accounts, jobs
from tests.app.admin.driving import kept_house
from tests.app.http.deployment import Deployment
from tests.tenancy.lifecycle.rounds import make_due

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_L38_a_document_without_a_job_is_queued_again_when_a_process_starts(deployment: Deployment) -> None:
    await deployment.drain()
    member = await deployment.administrator()
    document = await member.upload("a.txt", b"The ferry leaves at nine.")
    foundation = deployment.resources.foundation
    lane = await foundation.lanes.mark(TenantId(member.tenant))
    async with foundation.store.tenant(TenantId(member.tenant), writes=True) as db:
        await db.execute(sa.delete(jobs))
    await make_due(foundation, Kind.RECOVERY, TenantId(member.tenant))
    with foundation.notices.listening(TenantId(member.tenant)) as committed:
        async with asyncio.timeout(30), asyncio.TaskGroup() as group:
            task = group.create_task(Housekeeping(deployment.resources).run())
            await committed.wait()
            task.cancel()
    assert lane in await foundation.lanes.due()
    await deployment.drain(member)
    assert (await member.http.get(f"/v1/documents/{document['id']}")).json()["status"] == "ready"


async def test_what_a_tenant_keeps_is_in_its_report_and_in_the_operators(deployment: Deployment) -> None:
    member, content = await deployment.administrator(), b"The ferry leaves at ten."
    await member.upload("a.txt", content)
    await deployment.drain(member)

    async def stored() -> list[dict[str, Any]]:
        items = (await member.http.get("/v1/usage?group_by=feature,app,model")).json()["items"]
        return [line for line in items if line["feature"] == "storage"]

    assert await stored() == []
    await make_due(deployment.resources.foundation, Kind.STORAGE, TenantId(member.tenant))
    async with asyncio.timeout(30), kept_house(deployment) as desk:
        while not await stored():
            pass
        (line,) = await stored()
        assert (line["storage_byte_days"], line["requests"], line["own_key_usd"]) == (len(content), 0, 0)
        asked = await desk.http.get(f"/admin/v1/usage?tenant={member.tenant}&group_by=feature,app,model")
        assert [each for each in asked.json()["items"] if each["feature"] == "storage"] == [line]


async def test_the_months_of_an_erased_tenant_go_when_their_time_is_over(deployment: Deployment) -> None:
    store, sums = deployment.resources.foundation.store, dict.fromkeys(SUMMED, 1)
    mine = accounts.c.tenant_id.in_(["ten_over", "ten_kept"])

    async def months() -> list[str]:
        async with store.registry(writes=False) as db:
            return list((await db.execute(sa.select(accounts.c.tenant_id).where(mine))).scalars())

    async with store.registry(writes=True) as db:
        for tenant, seconds in (("ten_over", -60), ("ten_kept", 3600)):
            month = {"tenant_id": tenant, "month": 201601, "plan": "free", "kept_until": time.time() + seconds}
            await db.execute(accounts.insert(), {**month, **sums})
    await reconcile(deployment.resources.foundation)  # no housekeeper: another test's, alive till the end, may be at it
    assert await months() == ["ten_kept"]
    async with store.registry(writes=True) as db:
        await db.execute(sa.delete(accounts).where(mine))
