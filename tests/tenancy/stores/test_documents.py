"""Documents: added once, listed in pages, published and deleted in one step, over either database."""

import asyncio

import pytest
import sqlalchemy as sa

from tenancy.errors import NotFound
from tenancy.stores.databases.cursors import InvalidCursor
from tenancy.stores.documents import Criteria, DuplicateContent
from tenancy.stores.schema import blocks, chunks, documents, versions
from tenancy.stores.views import DocumentStatus, Failure, Outcome, Stage
from tests.tenancy.stores.rooms import Room, upload


async def test_a_document_reads_back_as_it_was_added(a: Room) -> None:
    sent = upload("Résumé.txt", external_id="ext-1", metadata={"year": 2024, "draft": False})
    async with a.begin() as records:
        added = await records.documents.add(sent)
    async with a.snapshot() as records:
        assert await records.documents.get(added.id) == added
        assert await records.documents.find_content(sent.sha256) == added
        assert await records.documents.find_external("ext-1") == added
        assert await records.documents.find_content("00" * 32) is None
        assert await records.documents.find_external("ext-2") is None
    assert added.upload == sent
    assert added.status is DocumentStatus.QUEUED


async def test_pages_follow_each_other_newest_first_and_end(a: Room) -> None:
    added = [(await a.add(f"{number}.txt")).id for number in range(5)]
    seen, cursor = [], None
    async with a.snapshot() as records:
        while True:
            page, cursor = await records.documents.page(2, cursor)
            seen += [document.id for document in page]
            if cursor is None:
                break
    assert seen == added[::-1]


async def test_a_page_may_be_of_one_status(a: Room) -> None:
    first, _ = await a.add(), await a.add()
    await a.publish(first)
    async with a.snapshot() as records:
        page, _ = await records.documents.page(10, None, Criteria(status=DocumentStatus.READY))
    assert [document.id for document in page] == [first.id]


@pytest.mark.parametrize("forged", ["", "zz", "00" * 24, "00" * 7])
async def test_a_cursor_that_was_not_given_out_is_refused(a: Room, forged: str) -> None:
    async with a.snapshot() as records:
        with pytest.raises(InvalidCursor):
            await records.documents.page(2, forged)


async def test_L17_another_tenants_cursor_is_refused(a: Room, b: Room) -> None:
    for _ in range(3):
        await b.add()
    async with b.snapshot() as records:
        _, cursor = await records.documents.page(1, None)
    async with a.snapshot() as records:
        with pytest.raises(InvalidCursor):
            await records.documents.page(1, cursor)


async def test_a_rolled_back_addition_leaves_nothing(a: Room) -> None:
    async def add_and_fail() -> None:
        async with a.begin() as records:
            await records.documents.add(upload())
            raise LookupError

    with pytest.raises(LookupError):
        await add_and_fail()
    async with a.snapshot() as records:
        assert await records.documents.page(10, None) == ([], None)
        assert (await records.documents.stored()).documents == 0


async def test_L36_twenty_additions_of_the_same_bytes_at_once_make_one_document(a: Room) -> None:
    same = upload()

    async def add() -> bool:
        try:
            async with a.begin() as records:
                if await records.documents.find_content(same.sha256) is None:
                    await records.documents.add(same)
                    return True
        except DuplicateContent:
            return False
        return False

    made = await asyncio.gather(*(add() for _ in range(20)))
    async with a.snapshot() as records:
        stored = await records.documents.stored()
    assert (sum(made), stored.documents, stored.bytes) == (1, 1, same.size)


async def test_a_second_document_with_the_same_external_id_is_a_duplicate(a: Room) -> None:
    await a.add(external_id="mine")
    with pytest.raises(DuplicateContent):
        await a.add(external_id="mine")


async def test_the_live_version_answers_until_the_newer_one_is_published(a: Room) -> None:
    first = await a.add()
    await a.publish(first)
    async with a.begin() as records:
        second, given_up = await records.documents.add_version(first.id, upload("b.txt"))
    assert given_up is None
    assert second.live_version == first.version
    assert await a.publish(second, ("new",)) == [first.upload.blob]
    async with a.snapshot() as records:
        now = await records.documents.get(first.id)
        assert now.live_version == second.version
        assert [c.text for c in await records.chunks.page(second.version, 10, -1)] == ["new"]
        assert await records.chunks.page(first.version, 10, -1) == []


async def test_a_version_that_was_never_published_is_given_up_for_the_next(a: Room) -> None:
    first = await a.add()
    async with a.begin() as records:
        _, given_up = await records.documents.add_version(first.id, upload("b.txt"))
        assert await records.documents.set_status(first.id, first.version, DocumentStatus.PARSING) is False
    assert given_up == first.upload.blob


async def test_an_outcome_is_kept_with_its_failure(a: Room) -> None:
    added = await a.add()
    why = Failure("parse", "encrypted", "Remove the password and upload it again.", retryable=False)
    outcome = Outcome((Stage("parse", 0.5),), None, 3, why)
    async with a.begin() as records:
        await records.documents.finish(added.id, added.version, outcome, DocumentStatus.FAILED)
    async with a.snapshot() as records:
        read = await records.documents.get(added.id)
    assert (read.status, read.outcome) == (DocumentStatus.FAILED, outcome)


async def test_L42_a_deleted_document_leaves_a_tombstone_and_no_row(a: Room) -> None:
    gone, kept = await a.add(), await a.add()
    await a.publish(gone)
    async with a.begin() as records:
        seen = await records.chunks.change()
        assert await records.documents.delete(gone.id) == [gone.upload.blob]
    async with a.snapshot() as records:
        assert (await records.chunks.changes_since(seen)).removed == (gone.id,)
        assert await records.documents.blobs() == [kept.upload.blob]
        assert (await records.documents.stored()).documents == 1
        with pytest.raises(NotFound):
            await records.documents.get(gone.id)
    for column in (documents.c.id, versions.c.document_id, chunks.c.version_id, blocks.c.version_id):
        assert await a.tamper(sa.select(column).where(column.in_([gone.id, gone.version]))) == []


@pytest.mark.parametrize("asked", ["", "doc_", "doc_' OR 1=1", "doc_" + "0" * 24, "ver_" + "0" * 24])
async def test_an_absent_or_malformed_id_is_not_found(a: Room, asked: str) -> None:
    async with a.snapshot() as records:
        with pytest.raises(NotFound):
            await records.documents.get(asked)


async def test_a_snapshot_sees_one_state_while_another_writes(a: Room) -> None:
    await a.add()
    async with a.snapshot() as records:
        before, _ = await records.documents.page(10, None)
        await a.add()
        again, _ = await records.documents.page(10, None)
    assert (len(before), len(again)) == (1, 1)
