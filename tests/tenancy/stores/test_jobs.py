"""Jobs: leased to one worker at a time, never lost, and only by their sealed part."""

import pytest
import sqlalchemy as sa

from tenancy.stores.jobs import LEASE_SECONDS
from tenancy.stores.schema import jobs
from tenancy.stores.views import Document, Job
from tests.tenancy.stores.rooms import CALLER, Room, from_now


@pytest.fixture
async def document(a: Room) -> Document:
    """Return a document of A's."""
    return await a.add()


async def _queue(room: Room, document: Document) -> str:
    async with room.begin() as records:
        return await records.jobs.add(document, CALLER)


async def _claim(room: Room, now: float | None = None) -> Job | None:
    async with room.begin() as records:
        return await records.jobs.claim(from_now(0) if now is None else now)


async def test_a_claimed_job_names_the_version_and_who_asked(a: Room, document: Document) -> None:
    queued = await _queue(a, document)
    job = await _claim(a)
    assert job is not None
    assert (job.id, job.document, job.version) == (queued, document.id, document.version)
    assert (job.actor, job.client, job.purpose, job.attempts) == (CALLER.actor, CALLER.client, CALLER.purpose, 1)


async def test_jobs_are_claimed_oldest_first_and_each_by_one_worker(a: Room, document: Document) -> None:
    queued = [await _queue(a, document) for _ in range(3)]
    claimed = [await _claim(a) for _ in range(4)]
    assert [job and job.id for job in claimed] == [*queued, None]


async def test_a_lease_that_ran_out_passes_the_job_to_the_next_worker(a: Room, document: Document) -> None:
    await _queue(a, document)
    first = await _claim(a)
    later = from_now(LEASE_SECONDS + 1)
    second = await _claim(a, later)
    assert first is not None
    assert second is not None
    assert (second.id, second.attempts) == (first.id, 2)
    async with a.begin() as records:
        assert await records.jobs.renew(first) is False
        assert await records.jobs.remove(first) is False
        assert await records.jobs.release(first, 0) is False
        assert await records.jobs.remove(second) is True
    assert await _claim(a, later + LEASE_SECONDS + 1) is None


async def test_a_renewed_lease_is_not_taken_over(a: Room, document: Document) -> None:
    await _queue(a, document)
    job = await _claim(a)
    assert job is not None
    await a.tamper(jobs.update().values(lease_until=from_now(1)))  # as if most of the lease were gone
    async with a.begin() as records:
        assert await records.jobs.renew(job) is True
    assert await _claim(a, from_now(LEASE_SECONDS / 2)) is None


async def test_a_released_job_is_due_again_after_its_delay(a: Room, document: Document) -> None:
    await _queue(a, document)
    job = await _claim(a)
    assert job is not None
    async with a.begin() as records:
        assert await records.jobs.release(job, 60) is True
        due = await records.jobs.next_due()
    assert due is not None
    assert await _claim(a, due - 1) is None
    assert await _claim(a, due + 1) is not None


async def test_without_jobs_nothing_falls_due(a: Room) -> None:
    async with a.snapshot() as records:
        assert await records.jobs.next_due() is None


async def test_L20_an_edited_job_opens_nothing_and_is_removed(a: Room, document: Document) -> None:
    await _queue(a, document)
    ((body,),) = await a.tamper(sa.select(jobs.c.body))
    assert isinstance(body, bytes)
    await a.tamper(jobs.update().values(body=body[:-1] + bytes([body[-1] ^ 1])))
    assert await _claim(a) is None
    assert await a.tamper(sa.select(jobs)) == []


async def test_L20_a_job_moved_to_another_tenant_opens_nothing_there(a: Room, b: Room, document: Document) -> None:
    await _queue(a, document)
    (row,) = await a.tamper(sa.select(jobs))
    moved = dict(zip(jobs.c.keys(), row, strict=True)) | {"tenant_id": b.tenant}
    await b.tamper(jobs.insert().values(moved))
    assert await _claim(b) is None
    assert await _claim(a) is not None
