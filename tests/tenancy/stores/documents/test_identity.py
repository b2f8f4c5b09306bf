"""Several documents may hold the same bytes, and each can be described anew, over either database."""

from dataclasses import replace

import numpy as np
import pytest

from tenancy.stores.chunks import filter_token, seal_version
from tenancy.stores.documents import Criteria, ExternalIdTaken
from tenancy.stores.views import DocumentStatus, Failure, Outcome
from tests.tenancy.stores.rooms import Room, upload

_SAME = "ab" * 32


async def test_bytes_mean_the_document_without_an_external_id_else_the_newest(a: Room) -> None:
    first = await a.add(sha256=_SAME, external_id="one")
    second = await a.add(sha256=_SAME, external_id="two")
    async with a.snapshot() as records:
        assert await records.documents.find_content(_SAME) == second
    plain = await a.add(sha256=_SAME)
    third = await a.add(sha256=_SAME, external_id="three")
    async with a.begin() as records:
        assert await records.documents.find_content(_SAME) == plain
        await records.documents.delete(plain.id)
        assert await records.documents.find_content(_SAME) == third
        assert (await records.documents.stored()).documents == 3
        assert await records.documents.get(first.id) == first


async def test_bytes_of_an_older_version_mean_no_document(a: Room) -> None:
    document = await a.add(sha256=_SAME, external_id="one")
    await a.publish(document)
    async with a.begin() as records:
        await records.documents.add_version(document.id, upload("newer.txt", external_id="one"))
        assert await records.documents.find_content(_SAME) is None
        (live,) = await records.documents.find_published(_SAME)
    assert (live.document, live.version, live.outcome.chunks) == (document.id, document.version, 3)


async def test_only_versions_that_answer_are_found_as_published(a: Room) -> None:
    ready = await a.add(sha256=_SAME, external_id="one")
    await a.add(sha256=_SAME, external_id="waits")
    await a.publish(ready)
    async with a.snapshot() as records:
        assert [each.document for each in await records.documents.find_published(_SAME)] == [ready.id]
        assert await records.documents.find_published("cd" * 32) == []


async def test_a_document_shows_the_version_that_answers_beside_a_failed_one(a: Room) -> None:
    first = await a.add(size=10)
    await a.publish(first)
    why = Failure("parsing", "damaged", "Save it anew.", retryable=False)
    async with a.begin() as records:
        newer, _ = await records.documents.add_version(first.id, upload("newer.txt", size=30))
        await records.documents.finish(first.id, newer.version, Outcome(failure=why), DocumentStatus.FAILED)
        shown = await records.documents.get(first.id)
        assert await records.documents.size(first.id) == 40
    assert (shown.status, shown.outcome.failure, shown.upload.name) == (DocumentStatus.FAILED, why, "newer.txt")
    assert shown.live is not None
    assert (shown.live.version, shown.live.upload, shown.live.outcome.chunks) == (first.version, first.upload, 3)


async def test_a_described_version_keeps_its_bytes_and_its_outcome(a: Room) -> None:
    document = await a.add()
    await a.publish(document)
    said = replace(document.upload, name="renamed.txt", metadata={"year": 2024})
    async with a.begin() as records:
        await records.documents.describe(document.version, said, ["bhk-foreign"])
        shown = await records.documents.get(document.id)
    assert (shown.upload, shown.status, shown.outcome.chunks) == (said, DocumentStatus.READY, 3)
    assert shown.outcome.tripwires == ("bhk-foreign",)


async def test_an_external_id_is_given_taken_away_and_never_shared(a: Room) -> None:
    one, other = await a.add(external_id="one"), await a.add()
    async with a.begin() as records:
        with pytest.raises(ExternalIdTaken):
            await records.documents.set_external(other.id, "one")
        await records.documents.set_external(one.id, "one")
        await records.documents.set_external(one.id, None)
        await records.documents.set_external(other.id, "one")
        found = await records.documents.find_external("one")
    assert found is not None
    assert found.id == other.id


async def test_a_published_version_is_found_by_its_new_filters(a: Room) -> None:
    document = await a.add()
    await a.publish(document)
    token = filter_token(a.keys, "year", 2024)
    async with a.begin() as records:
        seen = await records.chunks.change()
        await records.published.refilter(document.version, [token])
        await records.documents.mark_changed(document.id)
    async with a.snapshot() as records:
        (loaded,) = await records.chunks.load((await records.chunks.changes_since(seen)).published, "minilm")
    assert (loaded.version, loaded.filters) == (document.version, (token,))


async def test_a_published_version_is_replaced_by_what_was_sealed_anew(a: Room) -> None:
    document = await a.add()
    texts = tuple(f"text {number}" for number in range(1_200))
    await a.publish(document, texts)
    async with a.begin() as records:
        before, matrix = await records.published.open(document.id, document.version, "minilm")
        renamed = [replace(chunk, document_name="renamed.txt") for chunk in before]
        halved = replace(matrix, weights=matrix.weights * np.float32(0.5))
        await records.published.replace(seal_version(a.keys, document.version, renamed, halved, (), embedder="minilm"))
    async with a.snapshot() as records:
        opened, now = await records.published.open(document.id, document.version, "minilm")
    assert list(opened) == renamed
    assert (now.weights == halved.weights).all()
    assert (now.vectors == matrix.vectors).all()


async def test_a_list_is_narrowed_by_what_is_sealed(a: Room) -> None:
    old = await a.add("Résumé.txt", created_at=1_000.0, metadata={"year": 2024, "open": True})
    new = await a.add("notes.txt", created_at=2_000.0, metadata={"year": 2025}, external_id="two")
    for criteria, expected in (
        (Criteria(name="Re\u0301sume\u0301.txt"), [old]),
        (Criteria(name="notes"), []),
        (Criteria(metadata={"year": (2024.0,)}), [old]),
        (Criteria(metadata={"year": (2024, 2025)}), [new, old]),
        (Criteria(metadata={"open": (1,)}), []),
        (Criteria(metadata={"open": (True,), "year": (2025,)}), []),
        (Criteria(since=1_000.0, until=2_000.0), [old]),
        (Criteria(since=2_000.0), [new]),
        (Criteria(external_id="two"), [new]),
        (Criteria(external_id="two", name="Résumé.txt"), []),
        (Criteria(status=DocumentStatus.READY, since=0.0), []),
    ):
        async with a.snapshot() as records:
            assert await records.documents.page(10, None, criteria) == (expected, None), criteria


async def test_a_list_opens_a_bounded_number_of_rows_and_goes_on(a: Room) -> None:
    made = [await a.add("wanted.txt" if number % 5 == 0 else "other.txt") for number in range(11)]
    pages, cursor = [], None
    async with a.snapshot() as records:
        while True:
            page, cursor = await records.documents.page(1, cursor, Criteria(name="wanted.txt"), most_opened=3)
            pages.append([document.id for document in page])
            if cursor is None:
                break
    assert [each for page in pages for each in page] == [made[number].id for number in (10, 5, 0)]
    assert [] in pages
