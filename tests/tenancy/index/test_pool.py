"""Waking, catching up and parking, with many tenants and many readers at once."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tenancy.errors import Unavailable
from tenancy.ids import TenantId
from tenancy.index.collection import Choose, CollectionLost, Found, Query, Shape
from tenancy.index.embedded import EmbeddedCollection
from tenancy.index.pool import AwakePool
from tenancy.stores.chunks import Chunks
from tenancy.stores.databases.sqlite import SqliteStore
from tests.tenancy.index.shelf import Shelf, unit_vectors
from tests.tenancy.index.watched import Events, Watched

NewShelf = Callable[[], Awaitable[Shelf]]


ASKED = unit_vectors(5, 1)[0]


async def test_fifty_first_searches_at_once_wake_the_tenant_once(
    watched: Callable[..., Awaitable[Shelf]], events: Events
) -> None:
    shelf = await watched()
    await shelf.publish(["anchor"], unit_vectors(1, 1))
    answers = await asyncio.gather(*(shelf.search("anchor", ASKED) for _ in range(50)))
    assert events.made == 1
    assert len(answers[0]) == 1
    assert all(answer == answers[0] for answer in answers)


async def test_parking_while_a_search_runs_lets_it_finish_and_then_drops_the_collection(
    watched: Callable[..., Awaitable[Shelf]], events: Events
) -> None:
    shelf = await watched()
    await shelf.publish(["anchor"], unit_vectors(1, 1))
    before = await shelf.search("anchor", ASKED)
    reached, go_on = events.stop_at("search")
    searching = asyncio.create_task(shelf.search("anchor", ASKED))
    await reached.wait()
    assert await shelf.pool.park(shelf.tenant)
    assert events.closed == 0
    go_on.set()
    assert await searching == before
    assert events.closed == 1
    assert shelf.pool.tenants() == []


async def test_parking_while_a_wake_is_under_way_leaves_nothing_awake(
    watched: Callable[..., Awaitable[Shelf]], events: Events
) -> None:
    shelf = await watched()
    await shelf.publish(["anchor"], unit_vectors(1, 1))
    reached, go_on = events.stop_at("put")
    searching = asyncio.create_task(shelf.search("anchor", ASKED))
    await reached.wait()
    assert await shelf.pool.park(shelf.tenant)
    go_on.set()
    assert len(await searching) == 1
    assert shelf.pool.tenants() == []
    assert events.closed == events.made == 1


@pytest.mark.parametrize("call", ["put", "remove"])
async def test_a_failure_while_catching_up_drops_the_index_and_the_next_search_is_right(
    watched: Callable[..., Awaitable[Shelf]], events: Events, call: str
) -> None:
    shelf = await watched()
    document = await shelf.publish(["anchor"], unit_vectors(1, 1))
    await shelf.search("anchor", ASKED)
    await shelf.publish(["engine"], unit_vectors(2, 1), document)
    events.fail[call] = Unavailable("index", "gone for a moment")
    with pytest.raises(Unavailable):
        await shelf.search("engine", ASKED)
    assert shelf.pool.tenants() == []
    assert events.closed == 1
    assert [hit.text for hit in await shelf.search("engine", ASKED)] == ["engine"]


async def test_whoever_waited_for_a_catch_up_that_failed_gets_a_fresh_index(
    watched: Callable[..., Awaitable[Shelf]], events: Events
) -> None:
    shelf = await watched()
    document = await shelf.publish(["anchor"], unit_vectors(1, 1))
    await shelf.search("anchor", ASKED)
    await shelf.publish(["engine"], unit_vectors(2, 1), document)
    reached, go_on = events.stop_at("remove")
    events.fail["remove"] = Unavailable("index", "gone for a moment")
    first = asyncio.create_task(shelf.search("engine", ASKED))
    await reached.wait()
    second = asyncio.create_task(shelf.search("engine", ASKED))
    go_on.set()
    with pytest.raises(Unavailable):
        await first
    assert [hit.text for hit in await second] == ["engine"]
    assert events.made == 2


async def test_a_search_during_a_replacement_sees_the_old_version_or_the_new_one_never_neither(
    watched: Callable[..., Awaitable[Shelf]], events: Events
) -> None:
    shelf = await watched()
    document = await shelf.publish(["anchor"], unit_vectors(1, 1))
    await shelf.search("anchor", ASKED)
    slow_reached, slow_go_on = events.stop_at("search")
    slow = asyncio.create_task(shelf.search("anchor", ASKED))
    await slow_reached.wait()
    await shelf.publish(["engine"], unit_vectors(2, 1), document)
    assert [hit.text for hit in await shelf.search("engine", ASKED)] == ["engine"]
    slow_go_on.set()
    assert [hit.text for hit in await slow] == ["engine"]


async def test_a_collection_that_the_engine_lost_is_built_again_within_the_same_search(
    watched: Callable[..., Awaitable[Shelf]], events: Events
) -> None:
    shelf = await watched()
    await shelf.publish(["anchor"], unit_vectors(1, 1))
    before = await shelf.search("anchor", ASKED)
    events.fail["search"] = CollectionLost()
    assert await shelf.search("anchor", ASKED) == before
    assert events.made == 2
    assert events.closed == 1


async def test_an_engine_that_loses_everything_it_is_given_is_an_error_not_an_empty_answer(
    store: SqliteStore, memory: Path
) -> None:
    class Losing(Watched):
        async def search(self, query: Query, choose: Choose) -> list[Found]:
            del query, choose
            raise CollectionLost

    made: list[int] = []

    async def make(_tenant: TenantId, shape: Shape) -> Losing:
        made.append(1)
        return Losing(await EmbeddedCollection.create(memory / f"c{len(made)}", shape.dimension), Events())

    shelf = await Shelf.create(store, AwakePool(make, most_bytes=1 << 30, most_bytes_tenant=1 << 30))
    await shelf.publish(["anchor"], unit_vectors(1, 1))
    with pytest.raises(Unavailable):
        await shelf.search("anchor", ASKED)
    assert len(made) == 2


async def test_a_reader_with_a_change_number_does_not_look_for_newer_ones(shelf: Shelf) -> None:
    await shelf.publish(["anchor"], unit_vectors(1, 1))
    await shelf.search("anchor", ASKED)

    def forbidden() -> AbstractAsyncContextManager[Chunks]:
        raise AssertionError("the records were read again")

    async with shelf.pool.using(shelf.tenant, b"", 1, forbidden) as awake:
        assert awake.change == 1
