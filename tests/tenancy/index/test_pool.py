"""Waking, catching up and parking, with many tenants and many readers at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tenancy.errors import Unavailable
from tenancy.ids import ChunkId, TenantId
from tenancy.index.collection import Choose, CollectionLost, Found, Query, Shape
from tenancy.index.embedded import EmbeddedCollection
from tenancy.index.pool import AwakePool
from tenancy.stores.chunks import Chunks, IndexedVersion
from tenancy.stores.databases.sqlite import SqliteStore
from tests.tenancy.index.shelf import DIMENSION, Shelf, unit_vectors

NewShelf = Callable[[], Awaitable[Shelf]]


class _Watched:
    """A real collection whose next call can be held up or made to fail."""

    def __init__(self, inner: EmbeddedCollection, events: "_Events") -> None:
        self._inner = inner
        self._events = events

    async def put(self, versions: Sequence[IndexedVersion]) -> None:
        await self._events.meet("put")
        await self._inner.put(versions)

    async def remove(self, chunks: Sequence[ChunkId]) -> None:
        await self._events.meet("remove")
        await self._inner.remove(chunks)

    async def search(self, query: Query, choose: Choose) -> list[Found]:
        await self._events.meet("search")
        return await self._inner.search(query, choose)

    async def close(self) -> None:
        self._events.closed += 1
        await self._inner.close()


class _Events:
    """What happened to watched collections, and what shall happen next."""

    def __init__(self) -> None:
        self.made = 0
        self.closed = 0
        self.fail: dict[str, Exception] = {}
        self.hold: dict[str, asyncio.Event] = {}
        self.reached: dict[str, asyncio.Event] = {}

    def stop_at(self, call: str) -> tuple[asyncio.Event, asyncio.Event]:
        """Hold up the next such call: wait for the first event, set the second to let it go on."""
        self.reached[call], self.hold[call] = asyncio.Event(), asyncio.Event()
        return self.reached[call], self.hold[call]

    async def meet(self, call: str) -> None:
        held = self.hold.pop(call, None)
        if held is not None:
            self.reached.pop(call).set()
            await held.wait()
        error = self.fail.pop(call, None)
        if error is not None:
            raise error


@pytest.fixture
def events() -> _Events:
    """Give the watch over the collections of this test."""
    return _Events()


@pytest.fixture
def watched(store: SqliteStore, memory: Path, events: _Events) -> Callable[..., Awaitable[Shelf]]:
    """Make tenants on one pool of watched collections with the given bounds."""
    pools: list[AwakePool] = []

    async def make(_tenant: TenantId, shape: Shape) -> _Watched:
        events.made += 1
        return _Watched(await EmbeddedCollection.create(memory / f"c{events.made}", shape.dimension), events)

    async def new(most: int = 1 << 30, most_tenant: int = 1 << 30) -> Shelf:
        if not pools:
            pools.append(AwakePool(make, most_bytes=most, most_bytes_tenant=most_tenant))
        return await Shelf.create(store, pools[0])

    return new


ASKED = unit_vectors(5, 1)[0]


async def test_fifty_first_searches_at_once_wake_the_tenant_once(
    watched: Callable[..., Awaitable[Shelf]], events: _Events
) -> None:
    shelf = await watched()
    await shelf.publish(["anchor"], unit_vectors(1, 1))
    answers = await asyncio.gather(*(shelf.search("anchor", ASKED) for _ in range(50)))
    assert events.made == 1
    assert len(answers[0]) == 1
    assert all(answer == answers[0] for answer in answers)


async def test_parking_while_a_search_runs_lets_it_finish_and_then_drops_the_collection(
    watched: Callable[..., Awaitable[Shelf]], events: _Events
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
    watched: Callable[..., Awaitable[Shelf]], events: _Events
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
    watched: Callable[..., Awaitable[Shelf]], events: _Events, call: str
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
    watched: Callable[..., Awaitable[Shelf]], events: _Events
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
    watched: Callable[..., Awaitable[Shelf]], events: _Events
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
    watched: Callable[..., Awaitable[Shelf]], events: _Events
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
    class Losing(_Watched):
        async def search(self, query: Query, choose: Choose) -> list[Found]:
            del query, choose
            raise CollectionLost

    made: list[int] = []

    async def make(_tenant: TenantId, shape: Shape) -> Losing:
        made.append(1)
        return Losing(await EmbeddedCollection.create(memory / f"c{len(made)}", shape.dimension), _Events())

    shelf = await Shelf.create(store, AwakePool(make, most_bytes=1 << 30, most_bytes_tenant=1 << 30))
    await shelf.publish(["anchor"], unit_vectors(1, 1))
    with pytest.raises(Unavailable):
        await shelf.search("anchor", ASKED)
    assert len(made) == 2


async def _awake_size(shelf: Shelf) -> int:
    await shelf.search("anchor", ASKED)
    size = shelf.pool.bytes()
    await shelf.pool.park(shelf.tenant)
    return size


async def test_awake_bytes_are_bounded_and_the_least_recently_used_tenant_is_parked_first(
    watched: Callable[..., Awaitable[Shelf]], new_shelf: NewShelf
) -> None:
    probe = await new_shelf()
    await probe.publish(["anchor"] * 8, unit_vectors(1, 8))
    size = await _awake_size(probe)
    first, second, third = [await watched(most=int(size * 2.5)) for _ in range(3)]
    for shelf in (first, second, third):
        await shelf.publish(["anchor"] * 8, unit_vectors(1, 8))
    pool = first.pool
    await first.search("anchor", ASKED)
    await second.search("anchor", ASKED)
    await first.search("anchor", ASKED)
    await third.search("anchor", ASKED)
    assert pool.tenants() == [first.tenant, third.tenant]
    assert pool.bytes() <= size * 2.5


async def test_what_is_added_to_an_awake_tenant_also_makes_others_leave(
    watched: Callable[..., Awaitable[Shelf]], new_shelf: NewShelf
) -> None:
    probe = await new_shelf()
    await probe.publish(["anchor"] * 8, unit_vectors(1, 8))
    size = await _awake_size(probe)
    first, second = [await watched(most=int(size * 2.5)) for _ in range(2)]
    for shelf in (first, second):
        await shelf.publish(["anchor"] * 8, unit_vectors(1, 8))
        await shelf.search("anchor", ASKED)
    await second.publish(["anchor"] * 8, unit_vectors(2, 8))
    await second.search("anchor", ASKED)
    assert second.pool.tenants() == [second.tenant]


async def test_a_tenant_in_use_is_not_parked_to_make_room(
    watched: Callable[..., Awaitable[Shelf]], events: _Events
) -> None:
    first, second = [await watched(most=1) for _ in range(2)]
    for shelf in (first, second):
        await shelf.publish(["anchor"], unit_vectors(1, 1))
    reached, go_on = events.stop_at("search")
    searching = asyncio.create_task(first.search("anchor", ASKED))
    await reached.wait()
    assert len(await second.search("anchor", ASKED)) == 1
    assert first.tenant in first.pool.tenants()
    go_on.set()
    assert len(await searching) == 1


async def test_many_tenants_under_a_bound_that_fits_one_all_get_their_own_answers(
    watched: Callable[..., Awaitable[Shelf]], events: _Events
) -> None:
    shelves = [await watched(most=1) for _ in range(6)]
    for number, shelf in enumerate(shelves):
        await shelf.publish([f"anchor {number}"], unit_vectors(1, 1))
    answers = await asyncio.gather(*(shelf.search("anchor", ASKED) for _ in range(5) for shelf in shelves))
    texts = [[hit.text for hit in answer] for answer in answers]
    assert texts == [[f"anchor {number}"] for _ in range(5) for number in range(6)]
    await shelves[0].pool.close()
    assert events.closed == events.made


async def test_a_tenant_beyond_its_own_bound_is_refused_with_nothing_left_awake(
    watched: Callable[..., Awaitable[Shelf]], events: _Events
) -> None:
    shelf = await watched(most_tenant=1000)
    await shelf.publish(["anchor"] * 8, unit_vectors(1, 8))
    with pytest.raises(Unavailable):
        await shelf.search("anchor", ASKED)
    assert shelf.pool.tenants() == []
    assert events.closed == events.made


async def test_a_tenant_whose_documents_changed_often_is_rebuilt_without_the_dead_points(
    watched: Callable[..., Awaitable[Shelf]], events: _Events
) -> None:
    shelf = await watched()
    document = await shelf.publish(["anchor"] * 600, unit_vectors(1, 600))
    for seed in (2, 3):
        await shelf.search("anchor", ASKED)
        await shelf.publish(["anchor"] * 600, unit_vectors(seed, 600), document)
    assert len(await shelf.search("anchor", ASKED)) == 10
    assert shelf.pool.tenants() == []
    assert len(await shelf.search("anchor", ASKED)) == 10
    assert events.made == 2


async def test_a_reader_with_a_change_number_does_not_look_for_newer_ones(shelf: Shelf) -> None:
    await shelf.publish(["anchor"], unit_vectors(1, 1))
    await shelf.search("anchor", ASKED)

    def forbidden() -> AbstractAsyncContextManager[Chunks]:
        raise AssertionError("the records were read again")

    async with shelf.pool.using(shelf.tenant, Shape(DIMENSION, b""), 1, forbidden) as awake:
        assert awake.change == 1
