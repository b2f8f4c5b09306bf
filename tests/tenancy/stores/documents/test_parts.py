"""Vectors of parts open in their place only, and a chunk may have none."""

from dataclasses import replace

import pytest

from tenancy.ids import VersionId
from tenancy.keys.tenant_keys import TenantKeys
from tenancy.sealing import SealBroken
from tenancy.stores.documents.parts import SealedParts, open_parts
from tenancy.stores.schema import parts
from tests.tenancy.stores.rooms import Room, fresh_keys


async def _sealed(room: Room) -> SealedParts:
    document = await room.add()
    await room.publish(document)
    async with room.snapshot() as records:
        return (await records.parts.of_version(document.version, "minilm"))[1]


async def test_they_open_in_their_place_and_nowhere_else(a: Room) -> None:
    sealed = await _sealed(a)
    assert open_parts(a.keys, sealed).codes.tolist() == [[2] * 8]
    places: list[tuple[TenantKeys, SealedParts]] = [
        (a.keys, replace(sealed, version=VersionId("ver_other"))),
        (a.keys, replace(sealed, embedder="e5-small")),
        (a.keys, replace(sealed, ordinal=0)),
        (fresh_keys(), sealed),
    ]
    for keys, moved in places:
        with pytest.raises(SealBroken):
            open_parts(keys, moved)


async def test_those_of_some_chunks_are_read_and_missing_ones_left_out(a: Room) -> None:
    await _sealed(a)
    async with a.snapshot() as records:
        (published,) = (await records.chunks.changes_since(0)).published
        (loaded,) = await records.chunks.load([published], "minilm")
    ids = [chunk.id for chunk in loaded.chunks]
    await a.tamper(parts.delete().where(parts.c.ordinal == 2))
    async with a.snapshot() as records:
        found = await records.parts.read(ids[1:], "minilm")
        assert await records.parts.read(ids, "e5-small") == {}
    assert {chunk: each.ordinal for chunk, each in found.items()} == {ids[1]: 1}


async def test_deleting_a_document_deletes_them(a: Room) -> None:
    sealed = await _sealed(a)
    async with a.begin() as records:
        (document, _, _), *_ = (await records.chunks.changes_since(0)).published
        await records.documents.delete(document)
    async with a.snapshot() as records:
        assert await records.parts.of_version(sealed.version, "minilm") == {}
