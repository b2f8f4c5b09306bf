"""Recovery takes up what a crash left: files of nobody's go, documents without a job get one."""

import os
from pathlib import Path

import pytest
import sqlalchemy as sa

from tenancy.erasure import request_erasure
from tenancy.ids import new_id
from tenancy.keys.keyring import holder_of
from tenancy.keys.tenant_keys import Family
from tenancy.stores.registry import LEFT_SECONDS
from tenancy.stores.schema import documents, jobs, tenants, versions
from tenancy.stores.views import DocumentStatus
from tests.tenancy.building import OPERATOR, House, Resident, upload
from tests.tenancy.lifecycle.rounds import recovered


def _aged(path: Path) -> Path:
    """Let a file look as old as one that no upload can still be writing."""
    then = path.stat().st_mtime - LEFT_SECONDS - 60
    os.utime(path, (then, then))
    return path


def _left(home: House, one: Resident, name: str) -> Path:
    path = home.foundation.blobs.list(one.id)[0].with_name(name)
    path.write_bytes(b"left behind")
    return path


async def _status(home: House, one: Resident, document: str) -> DocumentStatus:
    async with (await home.enter(one)).snapshot() as records:
        return (await records.documents.get(document)).status


async def test_old_files_that_no_document_names_are_removed_and_all_others_stay(
    home: House, a: Resident, b: Resident
) -> None:
    for one in (a, b):
        await upload(await home.enter(one), "a.txt", f"text of {one.id}")
    await home.drain()
    (named,) = home.foundation.blobs.list(a.id)
    young = _left(home, a, new_id("blb"))
    writing = _left(home, a, f"{new_id('blb')}.part")
    for name in (new_id("blb"), f"{new_id('blb')}.part", "noise"):
        _aged(_left(home, a, name))
    _aged(named)
    assert await recovered(home.foundation) == (3, 0)
    assert home.foundation.blobs.list(a.id) == sorted([named, young, writing])
    assert len(home.foundation.blobs.list(b.id)) == 1
    assert await recovered(home.foundation) == (0, 0)


@pytest.mark.parametrize("stood", ["queued", "parsing", "embedding"])
async def test_L38_a_document_under_way_without_a_job_gets_one_and_becomes_ready(
    home: House, a: Resident, b: Resident, stood: str
) -> None:
    stranded = await upload(await home.enter(a), "a.txt", "the ferry leaves at nine")
    waiting = await upload(await home.enter(b), "b.txt", "the ferry leaves at ten")
    await home.execute(a.id, sa.delete(jobs))
    await home.execute(a.id, documents.update().values(status=stood))
    assert await home.drain() == 1
    assert await _status(home, b, waiting.id) is DocumentStatus.READY
    assert await recovered(home.foundation) == (0, 1)
    assert await home.drain() == 1
    assert await _status(home, a, stranded.id) is DocumentStatus.READY
    async with (await home.enter(a)).snapshot() as records:
        told = [(entry.actor, entry.action, entry.resource) for entry in (await records.audit.page(2))[0]]
        assert (await records.audit.verify()).intact
    assert told[1] == ("service:mending", "document.requeued", stranded.id)
    assert await recovered(home.foundation) == (0, 0)


async def test_a_document_whose_job_waits_or_is_at_work_gets_no_second_one(home: House, a: Resident) -> None:
    await upload(await home.enter(a), "a.txt", "text")
    await upload(await home.enter(a), "b.txt", "more text")
    (lane,) = await home.foundation.lanes.due()
    assert await home.mint.from_lane(lane) is not None
    assert await recovered(home.foundation) == (0, 0)


async def test_L20_a_job_that_was_forged_in_the_database_does_not_count_as_one(home: House, a: Resident) -> None:
    document = await upload(await home.enter(a), "a.txt", "text")
    await home.execute(a.id, jobs.update().values(body=b"\1" * 200))
    assert await recovered(home.foundation) == (0, 1)
    assert await home.drain() == 1
    assert await _status(home, a, document.id) is DocumentStatus.READY


async def test_what_ended_well_or_badly_is_left_alone(home: House, a: Resident) -> None:
    document = await upload(await home.enter(a), "a.txt", "text")
    await home.execute(a.id, sa.delete(jobs))
    await home.execute(a.id, documents.update().values(status="failed"))
    assert await recovered(home.foundation) == (0, 0)
    assert await _status(home, a, document.id) is DocumentStatus.FAILED


@pytest.mark.parametrize("state", ["suspended", "erasing", "forged", "keyless"])
async def test_L07_nothing_is_queued_for_a_tenant_that_may_not_act_and_the_others_are_mended(
    home: House, a: Resident, b: Resident, state: str
) -> None:
    for one in (a, b):
        await upload(await home.enter(one), "a.txt", f"text of {one.id}")
        await home.execute(one.id, sa.delete(jobs))
    if state == "suspended":
        await (await home.custody(a.id)).suspend()
    elif state == "erasing":
        await request_erasure(home.mint, home.foundation, OPERATOR, a.id, "a test")
    elif state == "forged":
        await home.execute(None, tenants.update().where(tenants.c.id == a.id).values(plan="dedicated"))
    else:
        home.foundation.provider.destroy(holder_of(a.id, Family.DATA))
        home.foundation.keyring.evict(a.id)
    assert await recovered(home.foundation) == (0, 1)
    async with home.foundation.store.tenant(a.id, writes=False) as db:
        assert (await db.execute(sa.select(jobs))).all() == []


async def test_no_content_is_opened_to_mend(home: House, a: Resident) -> None:
    await upload(await home.enter(a), "a.txt", "text")
    await home.execute(a.id, sa.delete(jobs))
    await home.execute(a.id, versions.update().values(body=b"\1" * 200))
    (blob,) = home.foundation.blobs.list(a.id)
    blob.write_bytes(b"nothing that opens")
    assert await recovered(home.foundation) == (0, 1)
    _aged(blob)
    assert await recovered(home.foundation) == (0, 0)
    assert home.foundation.blobs.list(a.id) == [blob]
