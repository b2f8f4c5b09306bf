"""Chunks: whatever a version was published with comes back whole, or not at all."""

import numpy as np
import pytest
import sqlalchemy as sa

from tenancy.ids import ChunkId, DocumentId, VersionId, new_id
from tenancy.keys.tenant_keys import Purpose
from tenancy.sealing import SealBroken
from tenancy.stores.chunks import IndexedVersion, open_chunk, seal_version
from tenancy.stores.documents.blocks import open_block, seal_block
from tenancy.stores.schema import blocks, chunks, versions
from tenancy.stores.vectors import Matrix, pack
from tenancy.stores.views import Chunk, Document
from tenancy.values.layout import Layout, Rows
from tests.tenancy.stores.rooms import Room, fresh_keys, upload

_BLOCK = Matrix.of(np.eye(2, 8, dtype=np.float32), [((7,), (1.0,))] * 2)


@pytest.fixture
async def document(a: Room) -> Document:
    """Return a published document of three chunks."""
    added = await a.add()
    await a.publish(added)
    return added


async def _load(room: Room) -> list[IndexedVersion]:
    async with room.snapshot() as records:
        return await records.chunks.load((await records.chunks.changes_since(0)).published, "minilm")


async def test_a_published_version_loads_with_its_chunks_vectors_and_frequencies(a: Room, document: Document) -> None:
    (loaded,) = await _load(a)
    assert [open_chunk(a.keys, sealed).text for sealed in loaded.chunks] == ["one", "two", "three"]
    assert (loaded.document, loaded.version, loaded.change) == (document.id, document.version, 1)
    assert loaded.matrix.vectors.shape == (3, 8)
    assert np.array_equal(loaded.matrix.terms(1)[0], [7, 9])
    assert (loaded.frequencies.ids.tolist(), loaded.frequencies.counts.tolist()) == ([7, 9], [3, 3])


async def test_chunks_page_by_ordinal(a: Room, document: Document) -> None:
    async with a.snapshot() as records:
        first = await records.chunks.page(document.version, 2, -1)
        rest = await records.chunks.page(document.version, 2, first[-1].ordinal)
    assert [chunk.text for chunk in first + rest] == ["one", "two", "three"]


async def test_a_version_answers_nothing_before_it_goes_live(a: Room) -> None:
    added = await a.add()
    async with a.begin() as records:
        await records.chunks.insert(a.sealed(added, ("early",)))
    async with a.snapshot() as records:
        assert (await records.chunks.changes_since(0)).published == ()


async def test_a_publication_that_fails_leaves_the_version_before_it(a: Room, document: Document) -> None:
    async def fail() -> None:
        async with a.begin() as records:
            await records.documents.go_live(document.id, document.version)
            await records.chunks.insert(a.sealed(document, ("again",)))  # the same chunk rows: refused

    with pytest.raises(sa.exc.IntegrityError):
        await fail()
    (loaded,) = await _load(a)
    assert loaded.change == 1


async def _rows(room: Room, document: Document) -> list[tuple[object, ...]]:
    mine = chunks.c.version_id == document.version
    return await room.tamper(sa.select(chunks).where(mine).order_by(chunks.c.ordinal))


def _at(table: sa.Table, ordinal: int) -> sa.ColumnElement[bool]:
    return table.c.ordinal == ordinal


@pytest.mark.parametrize("ordinal", [0, 1, 2])
async def test_a_chunk_removed_from_the_database_is_noticed(a: Room, document: Document, ordinal: int) -> None:
    del document
    await a.tamper(sa.delete(chunks).where(_at(chunks, ordinal)))
    with pytest.raises(SealBroken, match="manifest"):
        await _load(a)


async def test_a_chunk_added_to_the_database_is_noticed(a: Room, document: Document) -> None:
    tenant, version, _, _, body = (await _rows(a, document))[2]
    await a.tamper(chunks.insert().values(tenant_id=tenant, version_id=version, ordinal=3, id="chk_new", body=body))
    with pytest.raises(SealBroken, match="manifest"):
        await _load(a)


async def test_two_chunks_that_change_places_are_noticed(a: Room, document: Document) -> None:
    del document
    for before, after in ((0, 10), (1, 0), (10, 1)):
        await a.tamper(chunks.update().where(_at(chunks, before)).values(ordinal=after))
    with pytest.raises(SealBroken, match="manifest"):
        await _load(a)


async def test_a_chunk_of_the_older_version_put_back_does_not_open(a: Room, document: Document) -> None:
    old = (await _rows(a, document))[1][4]
    async with a.begin() as records:
        newer, _ = await records.documents.add_version(document.id, upload("newer.txt"))
    await a.publish(newer)
    await a.tamper(chunks.update().where(_at(chunks, 1)).values(body=old))
    (loaded,) = await _load(a)
    with pytest.raises(SealBroken):
        open_chunk(a.keys, loaded.chunks[1])


async def test_an_older_manifest_put_back_with_its_rows_gone_is_noticed(a: Room, document: Document) -> None:
    await a.tamper(sa.delete(chunks).where(chunks.c.version_id == document.version))
    with pytest.raises(SealBroken, match="manifest"):
        await _load(a)


async def test_a_block_of_vectors_removed_from_the_database_is_noticed(a: Room, document: Document) -> None:
    del document
    await a.tamper(sa.delete(blocks))
    with pytest.raises(SealBroken, match="manifest"):
        await _load(a)


@pytest.mark.parametrize("column", ["manifest", "terms"])
async def test_a_manifest_of_another_document_does_not_open(a: Room, document: Document, column: str) -> None:
    other = await a.add()
    await a.publish(other)
    ((body,),) = await a.tamper(sa.select(versions.c[column]).where(versions.c.id == other.version))
    await a.tamper(versions.update().where(versions.c.id == document.version).values({column: body}))
    with pytest.raises(SealBroken):
        await _load(a)


@pytest.mark.parametrize(
    "layout",
    [
        Layout(),
        Layout(((0, 3),)),
        Layout(((0, 3), (2, 4))),
        Layout(((0, 3),), (Rows(0, 1, ("A", "B"), "Sheet"), Rows(1, 2, ("A", "B"), "Sheet"), Rows(2, 3, (), "", "B"))),
    ],
    ids=["none", "a page", "pages", "tables"],
)
def test_a_chunk_comes_back_with_its_pages_and_tables(layout: Layout) -> None:
    keys, version, matrix = fresh_keys(), VersionId(new_id("ver")), Matrix.of(np.ones((1, 8), np.float32), [((), ())])
    chunk = Chunk(ChunkId(new_id("chk")), DocumentId(new_id("doc")), "a.txt", 0, "one", 0, 3, layout)
    assert open_chunk(keys, seal_version(keys, version, [chunk], matrix, (), embedder="minilm").chunks[0]) == chunk


@pytest.mark.parametrize("embedder", ["minilm", "another", "a.1"])
def test_a_block_opens_among_no_other_embedders(embedder: str) -> None:
    keys, version = fresh_keys(), VersionId(new_id("ver"))
    sealed = seal_block(keys, version, embedder, 1, _BLOCK)
    assert pack(open_block(keys, version, embedder, 1, sealed)) == pack(_BLOCK)
    for place in ({"minilm", "another", "a.1", "a"} - {embedder}, {1}), ({embedder}, {0, 11}):
        for other, ordinal in ((name, number) for name in place[0] for number in place[1]):
            with pytest.raises(SealBroken):
                open_block(keys, version, other, ordinal, sealed)


def test_blocks_from_before_embedders_were_named_open_as_the_first_ones() -> None:
    keys, version = fresh_keys(), VersionId(new_id("ver"))
    sealed = keys.seal(Purpose.RECORDS, "blocks", f"{version}.0", "body", pack(_BLOCK))
    assert pack(open_block(keys, version, "minilm", 0, sealed)) == pack(_BLOCK)


def test_vectors_are_as_many_as_the_rows_they_belong_to() -> None:
    assert len(_BLOCK.revectored(np.ones((2, 4), np.float32))) == len(_BLOCK)
    with pytest.raises(SealBroken):
        _BLOCK.revectored(np.ones((3, 4), np.float32))
