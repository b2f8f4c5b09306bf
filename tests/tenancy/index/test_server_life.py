"""The life of collections on a Qdrant server: lost, left behind, deleted late, expelled, named."""

import json
from dataclasses import replace

import pytest

from tenancy.errors import Unavailable
from tenancy.ids import TenantId, new_id
from tenancy.index.collection import CollectionLost, Query
from tenancy.index.hits import Hit
from tenancy.index.qdrant_calls import connecting
from tenancy.index.qdrant_jwt import POINTS_SECONDS, ServerKey
from tenancy.index.server import LAPSE_SECONDS, Names, QdrantServer
from tests.standins.qdrant_server import StandIn
from tests.tenancy.index.on_server import API_KEY, Start, new_shelf, qdrant, start
from tests.tenancy.index.shelf import Shelf, choose, ready, unit_vectors

__all__ = ["new_shelf", "qdrant", "start"]  # fixtures, found by name
_ASKED = unit_vectors(9, 1)[0]


def _same(found: list[Hit], before: list[Hit]) -> None:
    """Demand the same hits, up to rounding: a server may sum a product in another order each time."""
    assert [replace(hit, similarity=0.0) for hit in found] == [replace(hit, similarity=0.0) for hit in before]
    assert [hit.similarity for hit in found] == pytest.approx([hit.similarity for hit in before])


def _of(names: list[str]) -> list[str]:
    return [name for name in names if not name.endswith("register")]


async def test_a_server_that_lost_everything_is_filled_again_within_the_same_search(
    qdrant: StandIn, shelf: Shelf
) -> None:
    await shelf.publish(["anchor", "deck"], unit_vectors(1, 2))
    before = await shelf.search("anchor", _ASKED)
    qdrant.restart()
    _same(await shelf.search("anchor", _ASKED), before)
    qdrant.restart()
    await shelf.publish(["engine"], unit_vectors(2, 1))
    assert {hit.text for hit in await shelf.search("anchor", _ASKED)} == {"anchor", "deck", "engine"}


async def test_a_server_that_does_not_answer_is_an_outage_and_never_an_empty_answer(
    qdrant: StandIn, shelf: Shelf
) -> None:
    await shelf.publish(["anchor"], unit_vectors(1, 1))
    qdrant.down = True
    with pytest.raises(Unavailable) as first:
        await shelf.search("anchor", _ASKED)
    assert first.value.dependency == "index"
    qdrant.down = False
    before = await shelf.search("anchor", _ASKED)
    qdrant.down = True
    with pytest.raises(Unavailable):
        await shelf.search("anchor", _ASKED)
    qdrant.down = False
    _same(await shelf.search("anchor", _ASKED), before)


@pytest.mark.shows("qdrant.parked")
async def test_parking_deletes_the_collection_and_waking_uses_a_new_name(qdrant: StandIn, shelf: Shelf) -> None:
    await shelf.publish(["anchor"], unit_vectors(1, 1))
    await shelf.search("anchor", _ASKED)
    (first,) = _of(qdrant.names())
    await shelf.pool.park(shelf.tenant)
    assert _of(qdrant.names()) == []
    await shelf.search("anchor", _ASKED)
    assert _of(qdrant.names()) != [first]


async def test_a_deletion_that_the_server_did_not_take_is_made_up_for(qdrant: StandIn, start: Start) -> None:
    server = start()
    made = await server.make(TenantId(new_id("ten")), Shelf.shape_of(b"a" * 32))
    qdrant.down = True
    await made.close()
    qdrant.down = False
    assert len(_of(qdrant.names())) == 1
    await server.tidy()
    assert _of(qdrant.names()) == []


async def test_collections_of_a_dead_process_are_removed_and_those_of_a_living_one_kept(
    qdrant: StandIn, start: Start
) -> None:
    now = [1_000_000.0]
    dead, living = start(clock=lambda: now[0]), start(clock=lambda: now[0])
    tenant = TenantId(new_id("ten"))
    left = await dead.make(tenant, Shelf.shape_of(b"a" * 32))
    kept = await living.make(tenant, Shelf.shape_of(b"a" * 32))
    assert await living.tidy() == 0
    now[0] += LAPSE_SECONDS - 1
    assert await living.tidy() == 0
    now[0] += 2
    assert await living.tidy() == 1
    assert _of(qdrant.names()) == [kept._name]  # noqa: SLF001 - which of the two it is
    with pytest.raises(CollectionLost):
        await left.search(Query(ready(_ASKED), [], [], (), 10), choose(10))
    await left.close()
    await kept.close()


async def test_two_deployments_on_one_server_leave_each_others_collections_alone(qdrant: StandIn, start: Start) -> None:
    now = [1_000_000.0]
    ours = start(names=b"o" * 32, clock=lambda: now[0])
    theirs = start(names=b"t" * 32, clock=lambda: now[0])
    tenant = TenantId(new_id("ten"))
    made = await theirs.make(tenant, Shelf.shape_of(b"a" * 32))
    now[0] += 10 * LAPSE_SECONDS
    assert await ours.tidy() == 0
    await ours.expel(tenant)
    assert len(_of(qdrant.names())) == 1
    await made.close()


async def test_expelling_a_tenant_ends_its_collections_of_every_process_and_nobody_elses(
    qdrant: StandIn, start: Start
) -> None:
    first, second = start(), start()
    tenant, other = TenantId(new_id("ten")), TenantId(new_id("ten"))
    made = [await server.make(tenant, Shelf.shape_of(b"a" * 32)) for server in (first, second)]
    others = await first.make(other, Shelf.shape_of(b"b" * 32))
    await first.expel(tenant)
    assert _of(qdrant.names()) == [others._name]  # noqa: SLF001 - which of them is left
    with pytest.raises(CollectionLost):
        await made[1].search(Query(ready(_ASKED), [], [], (), 10), choose(10))
    qdrant.down = True
    with pytest.raises(Unavailable):
        await first.expel(other)
    qdrant.down = False
    for each in (*made, others):
        await each.close()


async def test_a_process_that_ends_leaves_nothing_behind(qdrant: StandIn) -> None:
    server = QdrantServer(connecting(qdrant.url), ServerKey(API_KEY), Names(b"n" * 32))
    made = await server.make(TenantId(new_id("ten")), Shelf.shape_of(b"a" * 32))
    await server.close()
    assert _of(qdrant.names()) == []
    assert qdrant.held.count(Names(b"n" * 32).register).count == 0
    await made._client.close()  # noqa: SLF001 - its collection is gone already


async def test_the_register_holds_random_names_and_times_only(qdrant: StandIn, start: Start) -> None:
    await start().sign()
    (asked,) = [asked for asked in qdrant.asked if asked.method == "PUT" and asked.body and asked.status == 200][-1:]
    (point,) = json.loads(asked.body)["points"]
    assert set(point["payload"]) == {"run", "at"}


def test_names_tell_nothing_and_differ_by_tenant_deployment_and_wake() -> None:
    tenant = TenantId(new_id("ten"))
    ours, theirs = Names(b"o" * 32), Names(b"t" * 32)
    assert ours.fresh(tenant, "r" * 32) != ours.fresh(tenant, "r" * 32)
    assert ours.of_tenant(tenant) == ours.of_tenant(tenant)
    assert ours.of_tenant(tenant) != ours.of_tenant(TenantId(new_id("ten")))
    assert theirs.of_tenant(tenant).split("-")[1:3] != ours.of_tenant(tenant).split("-")[1:3]
    assert ours.run_of(ours.fresh(tenant, "r" * 32)) == "r" * 32
    assert theirs.run_of(ours.fresh(tenant, "r" * 32)) is None
    assert ours.run_of(ours.register) is None
    assert tenant[4:] not in ours.fresh(tenant, "r" * 32)
    assert POINTS_SECONDS < LAPSE_SECONDS
