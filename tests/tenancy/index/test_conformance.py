"""What every engine's collection does alike: embedded, and the server's adapter on local mode, stand-in and server."""

import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from qdrant_client import AsyncQdrantClient, models

from tenancy.ids import TenantId, new_id
from tenancy.index.collection import Query
from tenancy.index.engines import embedded_engine
from tenancy.index.hits import Hit
from tenancy.index.pool import AwakePool, MakeCollection
from tenancy.index.qdrant_calls import connecting
from tenancy.index.qdrant_jwt import ServerKey
from tenancy.index.server import Names, QdrantServer
from tenancy.index.tenant_index import narrowing
from tenancy.stores.databases.sqlite import SqliteStore
from tests.standins.qdrant_server import running
from tests.tenancy.index.shelf import Shelf, choose, ready, unit_vectors

pytestmark = [
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant:UserWarning"),
    pytest.mark.filterwarnings("ignore:Local mode performs exact:UserWarning"),
]

_KEY = "k" * 32
_ASKED = unit_vectors(50, 1)[0]
_WORDS = ("anchor", "bilge", "capstan", "deck", "engine", "funnel")


async def _on(server: QdrantServer) -> AsyncIterator[MakeCollection]:
    yield server.make
    await server.close()


async def _embedded(memory: Path) -> AsyncIterator[MakeCollection]:
    async with embedded_engine(memory, accept_disk=True) as engine:
        yield engine.make


async def _local(_memory: Path) -> AsyncIterator[MakeCollection]:
    held, names = AsyncQdrantClient(":memory:"), Names(b"n" * 32)
    # Local mode has no status codes to tell an absent register by, so here it is there from the first.
    nothing = models.VectorParams(size=1, distance=models.Distance.DOT)
    await held.create_collection(names.register, vectors_config=nothing)
    async for make in _on(QdrantServer(lambda _tokens: _Kept(held), ServerKey(_KEY), names)):
        yield make
    await held.close()


async def _stand_in(_memory: Path) -> AsyncIterator[MakeCollection]:
    with running(_KEY) as stand_in:
        async for make in _on(QdrantServer(connecting(stand_in.url), ServerKey(_KEY), Names(b"n" * 32))):
            yield make
        assert stand_in.names() == [f"{Names(b'n' * 32).prefix}register"]


async def _real(_memory: Path) -> AsyncIterator[MakeCollection]:
    url, key = os.environ.get("BULKHEAD_TEST_QDRANT_URL"), os.environ.get("BULKHEAD_TEST_QDRANT_API_KEY")
    if not url or not key:
        pytest.skip("no Qdrant server: set BULKHEAD_TEST_QDRANT_URL and BULKHEAD_TEST_QDRANT_API_KEY (jwt_rbac on)")
    server = QdrantServer(connecting(url), ServerKey(key), Names(secrets.token_bytes(32)))
    async for make in _on(server):
        yield make


class _Kept(AsyncQdrantClient):
    """A client of one local-mode store that others use too: closing it leaves the store."""

    def __init__(self, held: AsyncQdrantClient) -> None:
        self.__dict__ = held.__dict__

    async def close(self, grpc_grace: float | None = None, **kwargs: object) -> None:
        """Leave it to whoever made the store."""


_ENGINES = {"embedded": _embedded, "local mode": _local, "stand-in": _stand_in, "server": _real}


@pytest.fixture(params=_ENGINES)
async def make(request: pytest.FixtureRequest, memory: Path) -> AsyncIterator[MakeCollection]:
    """Give what makes collections on each engine in turn."""
    async for made in _ENGINES[request.param](memory):
        yield made


@pytest.fixture
async def new_shelf(make: MakeCollection, store: SqliteStore) -> AsyncIterator[Callable[[], Awaitable[Shelf]]]:
    """Make fresh tenants on one pool of that engine."""
    pool = AwakePool(make, most_bytes=1 << 30, most_bytes_tenant=1 << 30)
    yield lambda: Shelf.create(store, pool)
    await pool.close()


def _published(hits: list[Hit]) -> list[Hit]:
    """Leave out the cosine: local mode's arithmetic gives its last bit by where a vector stands among the others."""
    return [replace(hit, similarity=0.0) for hit in hits]


async def test_hits_come_back_opened_ordered_and_with_their_cosine(shelf: Shelf) -> None:
    vectors = unit_vectors(1, 6)
    await shelf.publish([f"{word} tide" for word in _WORDS], vectors)
    hits = await shelf.search("capstan", vectors[2])
    assert hits[0].text == "capstan tide"
    assert hits[0].score == 1.0
    assert hits[0].similarity == pytest.approx(1.0, abs=1e-3)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    cosines = {text: float(vectors[2] @ vectors[row]) for row, text in enumerate(f"{word} tide" for word in _WORDS)}
    assert {hit.text: pytest.approx(hit.similarity, abs=1e-3) for hit in hits} == cosines


async def test_a_parked_tenant_answers_as_before_and_an_emptied_one_nothing(shelf: Shelf) -> None:
    for seed in range(6):
        await shelf.publish([f"{_WORDS[seed]} {word}" for word in _WORDS], unit_vectors(seed, 6))
    replaced, deleted = shelf.documents[:2]
    await shelf.search("anchor deck", _ASKED)
    await shelf.publish(["anchor anchor deck"], unit_vectors(77, 1), replaced)
    await shelf.delete(deleted)
    before = _published(await shelf.search("anchor deck", _ASKED))
    assert deleted not in {hit.document_id for hit in before}
    await shelf.pool.park(shelf.tenant)
    assert _published(await shelf.search("anchor deck", _ASKED)) == before
    for document in list(shelf.documents):
        await shelf.delete(document)
    assert await shelf.search("anchor deck", _ASKED) == []


async def test_tenants_on_one_engine_see_their_own_chunks_only(new_shelf: Callable[[], Awaitable[Shelf]]) -> None:
    first, second = await new_shelf(), await new_shelf()
    await first.publish(["anchor first"], unit_vectors(1, 1))
    await second.publish(["anchor second"], unit_vectors(1, 1))
    asked = unit_vectors(1, 1)[0]
    assert [hit.text for hit in await first.search("anchor second", asked)] == ["anchor first"]
    assert [hit.text for hit in await second.search("anchor first", asked)] == ["anchor second"]


async def test_filters_narrow_and_never_widen(shelf: Shelf) -> None:
    await shelf.publish(["anchor one"], unit_vectors(1, 1), tags={"year": 2024, "kind": "log"})
    await shelf.publish(["anchor two"], unit_vectors(2, 1), tags={"year": 2025, "kind": "log"})
    for asked_for, expected in (
        ({"kind": "log"}, {"anchor one", "anchor two"}),
        ({"kind": "log", "year": [2025, 1999]}, {"anchor two"}),
        ({"kind": "chart"}, set()),
    ):
        hits = await shelf.search("anchor", _ASKED, narrow=narrowing(asked_for))
        assert {hit.text for hit in hits} == expected


async def test_what_is_described_anew_is_found_by_it_under_the_same_ids(shelf: Shelf) -> None:
    document = await shelf.publish(["anchor one", "anchor two"], unit_vectors(1, 2), tags={"kind": "log"}, name="a")
    other = await shelf.publish(["anchor three"], unit_vectors(2, 1), tags={"kind": "log"})
    before = await shelf.search("anchor", _ASKED, narrow=narrowing({"kind": "log"}))
    await shelf.describe(document, {"kind": "chart"}, "b")
    (left,) = await shelf.search("anchor", _ASKED, narrow=narrowing({"kind": "log"}))
    assert left.document_id == other
    after = await shelf.search("anchor", _ASKED, narrow=narrowing({"kind": "chart"}))
    assert {hit.document_name for hit in after} == {"b"}
    assert {hit.chunk_id for hit in after} == {hit.chunk_id for hit in before if hit.document_id == document}
    assert len(after) == 2


async def test_more_equal_scores_than_a_ranking_holds_do_not_change_the_answer(shelf: Shelf) -> None:
    vectors = np.repeat(unit_vectors(1, 1), 130, axis=0)
    first = await shelf.publish(["anchor"] * 130, vectors)
    await shelf.publish(["anchor"] * 130, vectors)
    await shelf.search("anchor", _ASKED)
    await shelf.publish(["anchor"] * 130, vectors, first)
    before = _published(await shelf.search("anchor", _ASKED))
    await shelf.pool.park(shelf.tenant)
    assert _published(await shelf.search("anchor", _ASKED)) == before


async def test_a_condition_without_alternatives_is_refused_and_removing_what_is_not_there_is_not(
    make: MakeCollection, shelf: Shelf
) -> None:
    collection = await make(TenantId(new_id("ten")), shelf.shape_of(shelf.index().rotation))
    with pytest.raises(ValueError, match="without alternatives"):
        await collection.search(Query(ready(_ASKED), [], [], ((),), 10), choose(10))
    await collection.remove([])
    assert await collection.search(Query(ready(_ASKED), [], [], (), 10), choose(10)) == []
    await collection.close()


async def test_a_question_without_known_terms_is_answered_by_the_dense_ranking(shelf: Shelf) -> None:
    await shelf.publish(["anchor", "deck"], unit_vectors(1, 2))
    hits = await shelf.search("unheard", unit_vectors(1, 2)[1])
    assert [hit.text for hit in hits] == ["deck", "anchor"]
