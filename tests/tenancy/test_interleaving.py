"""One long-lived process serves two tenants by turns, and never takes one for the other."""

import asyncio
import random

import pytest
import sqlalchemy as sa

from ingestion.publish import ingest
from retrieval.search import Search, search
from tenancy.ids import LaneRef
from tenancy.mint import TenantSuspended
from tenancy.sealing import SealBroken
from tenancy.stores.schema import lanes, versions
from tests.tenancy.building import House, PlainParser, Resident, upload

_ROUNDS = 1000


async def _lanes(home: House) -> dict[str, LaneRef]:
    async with home.foundation.store.registry(writes=False) as db:
        return {row.tenant_id: LaneRef(row.ref) for row in await db.execute(sa.select(lanes))}


async def test_L19_a_thousand_jobs_of_two_tenants_by_turns_each_open_their_own(
    home: House, a: Resident, b: Resident
) -> None:
    """Jobs are claimed from one mint, worked on or dropped by an error, and claimed again."""
    entered = {one.id: await home.enter(one) for one in (a, b)}
    documents = {
        one.id: {(await upload(entered[one.id], f"{number}.txt", f"{one.id} {number}")).id for number in range(5)}
        for one in (a, b)
    }
    refs, order = await _lanes(home), random.Random(19)  # noqa: S311 - the same turns in every run
    for turn in range(_ROUNDS):
        one = order.choice((a, b))
        claimed = await home.mint.from_lane(refs[one.id])
        assert claimed is not None
        compartment, job = claimed
        assert compartment.card().id == one.id
        assert job.document in documents[one.id]
        assert job.client == one.client
        assert compartment.caller.actor.startswith(f"client:{one.client} ")
        assert compartment.caller.roles == frozenset()
        if turn % 3 == 0:
            with pytest.raises(RuntimeError):
                async with compartment.begin():
                    raise RuntimeError("the work failed")
        async with compartment.begin() as records:
            assert await records.jobs.release(job, -1.0)


async def test_L19_after_an_error_nothing_falls_back_to_who_came_before(home: House, a: Resident, b: Resident) -> None:
    await upload(await home.enter(a), "a.txt", "text")
    await upload(await home.enter(b), "b.txt", "text")
    refs = await _lanes(home)
    claimed = await home.mint.from_lane(refs[a.id])
    assert claimed is not None
    compartment, job = claimed
    await home.execute(a.id, versions.update().values(body=b"damaged" * 50))
    with pytest.raises(SealBroken):
        await ingest(compartment, job, PlainParser())
    await (await home.custody(b.id)).suspend()
    assert await home.mint.from_lane(refs[b.id]) is None
    with pytest.raises(TenantSuspended):
        await home.enter(b)
    assert await home.mint.from_lane(LaneRef("lan_unknown")) is None
    assert (await home.enter(a)).card().id == a.id


async def test_L18_the_same_question_asked_at_once_by_both_is_answered_from_each_ones_own_text(
    home: House, a: Resident, b: Resident
) -> None:
    for one in (a, b):
        await upload(await home.enter(one), "same.txt", f"the vault code is {one.id}\n\nsomething else")
    assert await home.drain() == 2
    asked = Search("the vault code is")

    async def ask(one: Resident) -> set[str]:
        return {hit.text for hit in await search(await home.enter(one), asked)}

    for one, texts in zip((a, b) * 20, await asyncio.gather(*[ask(one) for one in (a, b) * 20]), strict=True):
        other = b if one is a else a
        assert any(one.id in text for text in texts)
        assert not any(other.id in text for text in texts)
