"""One job ends its document once, or is given back; what changed meanwhile makes it void."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa

from ingestion.parse import Extracted, ParserPool, Piece
from ingestion.work import MOST_ATTEMPTS, Result, work
from tenancy.errors import Unavailable
from tenancy.identity.operators import Operator
from tenancy.ids import LaneRef, TenantId
from tenancy.sealing import SealBroken
from tenancy.stores.epoch import ScopeEnded
from tenancy.stores.schema import documents, jobs, versions
from tests.app.http.deployment import Deployment, Member

pytestmark = pytest.mark.asyncio(loop_scope="session")


class During:
    """A parser that lets something happen while it reads, and finds one sentence."""

    def __init__(self, happens: Callable[[], Awaitable[object]]) -> None:
        self._happens = happens

    async def parse(self, content: AsyncIterator[bytes], *, name: str, size: int) -> Extracted:
        del content, name, size
        await self._happens()
        text = "Something was read."
        return Extracted(text, None, None, (Piece(0, len(text), 4),))


async def _fails_for_want_of_a_dependency() -> None:
    raise Unavailable("models", "The model is away.")


async def _breaks() -> None:
    raise ZeroDivisionError("secret text of a document")


async def uploaded(deployment: Deployment) -> tuple[Member, str, LaneRef]:
    """Return a fresh tenant with one queued document, and its lane."""
    await deployment.drain()
    member = await deployment.administrator()
    document = await member.upload("one.txt", f"One sentence of {member.tenant}.".encode())
    lane = await deployment.resources.foundation.lanes.mark(TenantId(member.tenant))
    return member, document["id"], lane


async def state_of(member: Member, document: str) -> dict[str, Any]:
    """Return a document as the API shows it."""
    shown: dict[str, Any] = (await member.http.get(f"/v1/documents/{document}")).json()
    return shown


def parser(happens: Callable[[], Awaitable[object]]) -> ParserPool:
    """Return the simulator where a pool is asked for."""
    return cast("ParserPool", During(happens))


async def change_jobs(deployment: Deployment, member: Member, **values: object) -> None:
    """Change the open columns of the tenant's job rows, as time or an intruder would."""
    async with deployment.resources.foundation.store.tenant(TenantId(member.tenant), writes=True) as db:
        await db.execute(jobs.update().values(**values))


async def jobs_of(deployment: Deployment, member: Member) -> list[Any]:
    """Return the tenant's job rows."""
    async with deployment.resources.foundation.store.tenant(TenantId(member.tenant), writes=False) as db:
        return list(await db.execute(sa.select(jobs)))


async def test_a_lane_without_work_gives_none(deployment: Deployment) -> None:
    _, _, lane = await uploaded(deployment)
    await deployment.drain()
    assert await work(deployment.resources.mint, lane, deployment.parser) is None


async def test_L20_a_forged_lane_gives_none(deployment: Deployment) -> None:
    forged = LaneRef("lan_00000000000000000000000a")
    assert await work(deployment.resources.mint, forged, deployment.parser) is None


async def test_a_finished_job_names_its_owner_and_is_gone(deployment: Deployment) -> None:
    member, document, lane = await uploaded(deployment)
    done = await work(deployment.resources.mint, lane, deployment.parser)
    assert done is not None
    assert (done.owner, done.result) == (member.tenant, Result.READY)
    assert (await state_of(member, document))["status"] == "ready"
    assert await jobs_of(deployment, member) == []


async def test_a_missing_dependency_gives_the_job_back_later_without_counting_the_attempt(
    deployment: Deployment,
) -> None:
    member, document, lane = await uploaded(deployment)
    done = await work(deployment.resources.mint, lane, parser(_fails_for_want_of_a_dependency))
    (row,) = await jobs_of(deployment, member)
    assert done is not None
    assert (done.result, row.lease, row.attempts) == (Result.RETURNED, None, 0)
    assert await work(deployment.resources.mint, lane, deployment.parser) is None  # not due yet
    await change_jobs(deployment, member, due_at=0.0)
    await work(deployment.resources.mint, lane, deployment.parser)
    assert (await state_of(member, document))["status"] == "ready"


async def test_L38_a_job_whose_worker_died_is_done_by_another_when_its_lease_has_run_out(
    deployment: Deployment,
) -> None:
    member, document, lane = await uploaded(deployment)
    with pytest.raises(ZeroDivisionError):
        await work(deployment.resources.mint, lane, parser(_breaks))
    assert await work(deployment.resources.mint, lane, deployment.parser) is None  # still leased
    await change_jobs(deployment, member, lease_until=0.0)
    done = await work(deployment.resources.mint, lane, deployment.parser)
    assert done is not None
    assert done.result is Result.READY
    chunks = (await member.http.get(f"/v1/documents/{document}/chunks")).json()["items"]
    assert len(chunks) == 1


async def test_a_job_that_was_tried_too_often_ends_its_document_with_a_reason(deployment: Deployment) -> None:
    member, document, lane = await uploaded(deployment)
    await change_jobs(deployment, member, attempts=MOST_ATTEMPTS)
    done = await work(deployment.resources.mint, lane, parser(_breaks))
    shown = await state_of(member, document)
    assert done is not None
    assert (done.result, shown["status"]) == (Result.GIVEN_UP, "failed")
    assert (shown["error"]["code"], shown["error"]["retryable"]) == ("internal", True)
    assert "secret" not in str(shown)
    assert (await member.http.post(f"/v1/documents/{document}/retry")).status_code == 202
    await deployment.drain()
    assert (await state_of(member, document))["status"] == "ready"


@pytest.mark.parametrize("harm", ["missing", "emptied", "cut", "flipped at the start", "flipped at the end"])
async def test_L39_a_document_whose_original_is_damaged_fails_for_good_with_a_reason(
    deployment: Deployment, harm: str
) -> None:
    member, document, lane = await uploaded(deployment)
    (blob,) = deployment.resources.foundation.blobs.list(TenantId(member.tenant))
    _harm(blob, harm)
    done = await work(deployment.resources.mint, lane, deployment.parser)
    shown = await state_of(member, document)
    assert done is not None
    assert (done.result, shown["status"]) == (Result.FAILED, "failed")
    assert (shown["error"]["stage"], shown["error"]["code"]) == ("parsing", "original_damaged")
    assert shown["error"]["retryable"] is False
    assert await jobs_of(deployment, member) == []
    assert (await member.http.delete(f"/v1/documents/{document}")).status_code == 204
    again = await member.upload("one.txt", f"One sentence of {member.tenant}.".encode())
    await deployment.drain(member)
    assert (await state_of(member, again["id"]))["status"] == "ready"


def _harm(blob: Path, harm: str) -> None:
    whole = blob.read_bytes()
    if harm == "missing":
        blob.unlink()
        return
    at = 0 if harm.endswith("start") else len(whole) - 1
    flipped = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
    blob.write_bytes({"emptied": b"", "cut": whole[:-20]}.get(harm, flipped))


async def test_L39_a_document_whose_own_record_does_not_open_ends_after_bounded_attempts(
    deployment: Deployment,
) -> None:
    member, document, lane = await uploaded(deployment)
    async with deployment.resources.foundation.store.tenant(TenantId(member.tenant), writes=True) as db:
        await db.execute(versions.update().values(body=b"\1" * 200))
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(SealBroken):
            await work(deployment.resources.mint, lane, deployment.parser)
        await change_jobs(deployment, member, lease_until=0.0)
    done = await work(deployment.resources.mint, lane, deployment.parser)
    assert done is not None
    assert done.result is Result.GIVEN_UP
    assert await jobs_of(deployment, member) == []
    async with deployment.resources.foundation.store.tenant(TenantId(member.tenant), writes=False) as db:
        found = (await db.execute(sa.select(documents.c.id, documents.c.status))).one()
    assert tuple(found) == (document, "failed")


async def test_L07_a_job_of_a_tenant_suspended_meanwhile_publishes_nothing(deployment: Deployment) -> None:
    member, document, lane = await uploaded(deployment)
    mint = deployment.resources.mint
    operator = Operator("tests")

    async def suspend() -> None:
        await (await mint.custody(operator, member.tenant, "while it is read")).suspend()

    with pytest.raises(ScopeEnded):
        await work(mint, lane, parser(suspend))
    assert await work(mint, lane, deployment.parser) is None  # nor does it run while suspended
    await (await mint.custody(operator, member.tenant, "again")).resume()
    shown = await state_of(member, document)
    assert shown["status"] != "ready"
    assert await member.search("something was read") == []


async def test_L38_a_document_deleted_while_it_is_read_stays_deleted(deployment: Deployment) -> None:
    member, document, lane = await uploaded(deployment)

    async def delete() -> None:
        assert (await member.http.delete(f"/v1/documents/{document}")).status_code == 204

    done = await work(deployment.resources.mint, lane, parser(delete))
    assert done is not None
    assert done.result is Result.VOID
    assert await member.search("something was read") == []
    assert await jobs_of(deployment, member) == []


async def test_L38_a_worker_that_lost_its_lease_publishes_nothing(deployment: Deployment) -> None:
    member, document, lane = await uploaded(deployment)

    async def another_takes_over() -> None:
        await change_jobs(deployment, member, lease_until=0.0)
        await work(deployment.resources.mint, lane, deployment.parser)

    done = await work(deployment.resources.mint, lane, parser(another_takes_over))
    assert done is not None
    assert done.result is Result.VOID
    (chunk,) = (await member.http.get(f"/v1/documents/{document}/chunks")).json()["items"]
    assert member.tenant in chunk["text"]


@pytest.mark.parametrize("owner", ["self", "other"])
async def test_L20_a_job_row_that_was_edited_or_moved_to_another_tenant_names_nobody(
    deployment: Deployment, owner: str
) -> None:
    member, document, lane = await uploaded(deployment)
    (row,) = await jobs_of(deployment, member)
    if owner == "self":
        await change_jobs(deployment, member, body=row.body[:-1] + bytes([row.body[-1] ^ 1]))
        assert await work(deployment.resources.mint, lane, deployment.parser) is None
        assert (await state_of(member, document))["status"] == "queued"
        return
    other = await deployment.administrator()
    moved = {column.name: getattr(row, column.name) for column in jobs.columns} | {"tenant_id": other.tenant}
    foundation = deployment.resources.foundation
    async with foundation.store.tenant(TenantId(other.tenant), writes=True) as db:
        await db.execute(jobs.insert().values(**moved))
    theirs = await foundation.lanes.mark(TenantId(other.tenant))
    assert await work(deployment.resources.mint, theirs, deployment.parser) is None
    assert (await other.http.get("/v1/documents")).json()["items"] == []
