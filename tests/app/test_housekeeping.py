"""A process that starts takes up what a crash left behind."""

import asyncio

import pytest
import sqlalchemy as sa

from app.housekeeping import Housekeeping
from tenancy.ids import TenantId
from tenancy.stores.schema import jobs
from tests.app.http.deployment import Deployment

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_L38_a_document_without_a_job_is_queued_again_when_a_process_starts(deployment: Deployment) -> None:
    await deployment.drain()
    member = await deployment.administrator()
    document = await member.upload("a.txt", b"The ferry leaves at nine.")
    foundation = deployment.resources.foundation
    (lane,) = await foundation.lanes.due()
    async with foundation.store.tenant(TenantId(member.tenant), writes=True) as db:
        await db.execute(sa.delete(jobs))
    with foundation.notices.listening(TenantId(member.tenant)) as committed:
        async with asyncio.timeout(30), asyncio.TaskGroup() as group:
            task = group.create_task(Housekeeping(deployment.resources).run())
            await committed.wait()
            task.cancel()
    assert await foundation.lanes.due() == [lane]
    await deployment.drain(member)
    assert (await member.http.get(f"/v1/documents/{document['id']}")).json()["status"] == "ready"
