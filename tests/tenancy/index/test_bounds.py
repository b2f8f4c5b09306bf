"""Awake bytes are bounded, in all and for each tenant."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tenancy.errors import Unavailable
from tests.tenancy.index.shelf import Shelf, unit_vectors
from tests.tenancy.index.watched import Events

NewShelf = Callable[[], Awaitable[Shelf]]


ASKED = unit_vectors(5, 1)[0]


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
    await second.publish(["anchor"] * 80, unit_vectors(2, 80))
    await second.search("anchor", ASKED)
    assert second.pool.tenants() == [second.tenant]


async def test_a_tenant_in_use_is_not_parked_to_make_room(
    watched: Callable[..., Awaitable[Shelf]], events: Events
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
    watched: Callable[..., Awaitable[Shelf]], events: Events
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
    watched: Callable[..., Awaitable[Shelf]], events: Events
) -> None:
    shelf = await watched(most_tenant=1000)
    await shelf.publish(["anchor"] * 8, unit_vectors(1, 8))
    with pytest.raises(Unavailable):
        await shelf.search("anchor", ASKED)
    assert shelf.pool.tenants() == []
    assert events.closed == events.made


async def test_a_tenant_whose_documents_changed_often_is_rebuilt_without_the_dead_points(
    watched: Callable[..., Awaitable[Shelf]], events: Events
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
