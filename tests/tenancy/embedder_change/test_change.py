"""A tenant's documents are embedded anew while it works, and nobody notices before the new vectors answer."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypeVar

import pytest
import sqlalchemy as sa

from ingestion.parse import Extracted
from ingestion.work import Result, work
from retrieval.search import Search, search, search_for
from tenancy.embedder_change.model import ChangeState, EmbedderChange
from tenancy.embedder_change.service import UnknownEmbedder, find_change
from tenancy.embedder_change.tasks import advance
from tenancy.errors import Unavailable
from tenancy.ids import ClientId
from tenancy.index.collection import Ranking
from tenancy.lifecycle.reconciliation import take_over
from tenancy.limits.spending import sums
from tenancy.models.encoders.catalogue import EncoderMissing
from tenancy.models.terms import TERMS
from tenancy.stores import due, registry, schema
from tenancy.stores.documents.blocks import EmbedderChanged
from tenancy.stores.vectors import BLOCK_ROWS, pack
from tenancy.stores.views import Document
from tests.tenancy.building import House, PlainParser, Resident, house, upload
from tests.tenancy.embedder_change.anew import OTHER, LetterCounts, ask, change, having, searched, with_two
from tests.tenancy.rotation.turning import TEXTS, turn

_T = TypeVar("_T")


@pytest.fixture
def other() -> LetterCounts:
    """Return the second embedder."""
    return LetterCounts()


@pytest.fixture
async def two(home: House, other: LetterCounts) -> House:
    """Return a deployment with two embedders."""
    return with_two(home, other)


async def fill(home: House, one: Resident) -> None:
    for name, text in TEXTS.items():
        await upload(await home.enter(one), name, text)
    await home.drain()


async def blocks_by(home: House, one: Resident) -> set[str]:
    async with home.foundation.store.tenant(one.id, writes=False) as db:
        return set((await db.execute(sa.select(schema.blocks.c.embedder))).scalars())


async def parts_by(home: House, one: Resident) -> set[str]:
    async with home.foundation.store.tenant(one.id, writes=False) as db:
        return set((await db.execute(sa.select(schema.parts.c.embedder))).scalars())


async def test_searches_are_equal_until_the_switch_and_new_in_every_process_after_it(folder: Path) -> None:
    async with house(folder) as first, house(folder) as second:
        home, beside = with_two(first, LetterCounts()), with_two(second, LetterCounts())
        a = await home.settle("Alder")
        await fill(home, a)
        before = await searched(home, a)
        assert await searched(beside, a) == before
        await ask(home, a, OTHER)
        assert not await advance(home.foundation, a.id, seconds=0.0)
        assert await searched(home, a) == before
        await upload(await home.enter(a), "late.txt", "Herons wait by the lock.")
        await home.drain()
        before = await searched(home, a)
        assert not await advance(home.foundation, a.id)
        after = await searched(beside, a)
        assert after != before
        assert await searched(home, a) == after
        assert await blocks_by(home, a) == {"minilm", OTHER}
        await change(home, a)
        assert await blocks_by(home, a) == await parts_by(home, a) == {OTHER}
        await home.foundation.pool.park(a.id)
        assert await searched(home, a) == after
        assert await find_change(home.foundation, a.id) == (OTHER, None)
        async with home.foundation.store.registry(writes=False) as db:
            row = await registry.find_tenant(db, a.id)
        assert row is not None
        assert row.embedder == OTHER
        assert (await home.enter(a)).models.embedder == OTHER  # the row is genuine


async def test_a_change_that_was_broken_off_goes_on_where_it_was(two: House, other: LetterCounts, a: Resident) -> None:
    texts = [f"Berth {number} is free." for number in range(BLOCK_ROWS + 20)]
    await upload(await two.enter(a), "berths.txt", "\n\n".join(texts))
    await upload(await two.enter(a), "ferry.txt", "The ferry leaves at six.")
    await two.drain()
    await ask(two, a, OTHER)
    await advance(two.foundation, a.id, seconds=0.0)
    embed, other.fails = len(other.embedded), True
    assert BLOCK_ROWS <= embed <= BLOCK_ROWS + 1  # some blocks, not all
    with pytest.raises(Unavailable):
        await advance(two.foundation, a.id)
    count = len(texts) + 1
    known = await find_change(two.foundation, a.id)
    assert known == ("minilm", EmbedderChange(OTHER, ChangeState.EMBEDDING, count, count - embed))
    other.fails = False
    await change(two, a)
    assert len(other.embedded) == count


class _Meanwhile(PlainParser):
    """Reads a file while the tenant's embedder changes."""

    def __init__(self, home: House, one: Resident) -> None:
        super().__init__()
        self._home, self._one = home, one

    async def parse(self, content: AsyncIterator[bytes], *, name: str, size: int) -> Extracted:
        await ask(self._home, self._one, OTHER)
        await change(self._home, self._one)
        return await super().parse(content, name=name, size=size)


async def test_what_began_before_the_switch_is_compared_with_no_other_vectors(two: House, a: Resident) -> None:
    await fill(two, a)
    await upload(await two.enter(a), "late.txt", "Herons wait by the lock.")
    began = await two.enter(a)
    question = await began.models.embed_question("harbour")
    (lane,) = await two.foundation.lanes.due()
    worked = await work(two.mint, lane, _Meanwhile(two, a))
    assert worked is not None
    assert worked.result is Result.RETURNED

    def nothing(_dense: Ranking, _sparse: Ranking) -> list[tuple[int, float]]:
        return []

    with pytest.raises(EmbedderChanged):
        await began.index.search(_given(question.vector), {}, nothing, depth=4)
    found = (await search_for(began, Search("harbour", top_k=4), _given(question))).hits
    assert [(hit.text, hit.similarity) for hit in found] == [(each[1], each[3]) for each in (await searched(two, a))[0]]
    assert await two.drain() == 1
    assert "Herons wait by the lock." in {each[1] for found in await searched(two, a) for each in found}


async def _given(value: _T) -> _T:
    return value


async def test_a_new_name_during_a_change_is_found_after_it(two: House, a: Resident) -> None:
    document = await upload(await two.enter(a), "plain.txt", "The ferry leaves at six.", external="one")
    await two.drain()
    await ask(two, a, OTHER)
    assert not await advance(two.foundation, a.id, seconds=0.0)
    assert await blocks_by(two, a) == {"minilm", OTHER}
    await upload(await two.enter(a), "zanzibar.txt", "The ferry leaves at six.", external="one")
    assert await blocks_by(two, a) == {"minilm"}
    await two.drain()
    await change(two, a)
    hits = await search(await two.enter(a), Search("zanzibar", top_k=4))
    assert hits[0].document_id == document.id
    assert await two.drain() == 0


async def test_the_embedder_in_force_calls_off_a_change(two: House, a: Resident) -> None:
    await fill(two, a)
    before = await searched(two, a)
    await ask(two, a, OTHER)
    await ask(two, a, OTHER)
    assert not await advance(two.foundation, a.id, seconds=0.0)
    await ask(two, a, "minilm")
    await change(two, a)
    assert await find_change(two.foundation, a.id) == ("minilm", None)
    assert await blocks_by(two, a) == await parts_by(two, a) == {"minilm"}
    assert await searched(two, a) == before
    with pytest.raises(UnknownEmbedder):
        await ask(two, a, "none such")
    async with (await two.enter(a)).snapshot() as records:
        entries, _ = await records.audit.page(50, None)
    actions = [entry.action for entry in entries]
    assert actions.count("embedder.change_requested") == 1
    assert actions.count("embedder.change_cancelled") == 1


async def test_a_change_does_not_need_the_embedder_before(two: House, other: LetterCounts, a: Resident) -> None:
    await fill(two, a)
    without = having(two, other)
    with pytest.raises(EncoderMissing):
        await searched(without, a)
    await ask(without, a, OTHER)
    await change(without, a)
    assert await searched(without, a) == await searched(two, a)


async def test_keys_are_replaced_during_a_change_that_an_operator_asked_for(two: House, a: Resident) -> None:
    await fill(two, a)
    await (await two.custody(a.id)).change_embedder(OTHER)
    assert not await advance(two.foundation, a.id, seconds=0.0)
    before = await searched(two, a)
    await (await two.custody(a.id)).rotate()
    await turn(two, a.id)
    assert await searched(two, a) == before
    await change(two, a)
    assert await blocks_by(two, a) == await parts_by(two, a) == {OTHER}
    assert await searched(two, a) != before


async def test_it_is_booked_for_who_asked_and_waits_for_a_suspended_tenant(two: House, a: Resident) -> None:
    await fill(two, a)
    await ask(two, a, OTHER)
    custody = await two.custody(a.id)
    await custody.suspend()
    assert await advance(two.foundation, a.id)
    await two.execute(None, schema.due.update().values(due_at=None))
    await (await two.custody(a.id)).resume()
    async with two.foundation.store.registry(writes=False) as db:
        assert due.Kind.EMBEDDER in await due.next_of_each(db)
    before = await _tokens(two, a)
    await change(two, a)
    assert await _tokens(two, a) - before == len("".join("\n\n".join(TEXTS.values()).split("\n\n")))


async def _tokens(home: House, one: Resident) -> int:
    """Return what the ledger holds for the tenant's client."""
    keys = await home.foundation.keyring.open(one.id)
    async with home.foundation.store.tenant(one.id, writes=False) as db:
        return (await sums(db, keys, ClientId(one.client), 0))[0]


async def test_terms_of_an_earlier_generation_are_made_anew(two: House, a: Resident) -> None:
    await fill(two, a)
    document = await upload(
        await two.enter(a), "Hafenordnung.txt", "Die Hafenverwaltung vergibt Liegeplätze am 4.5.2027."
    )
    await two.drain()
    before, kept = await searched(two, a), await _packed(two, a, document)
    for of_earlier in ({"terms_generation": TERMS - 1}, {"terms_generation": TERMS}):
        await two.execute(a.id, schema.versions.update().values(**of_earlier))
        changed = await _change_number(two, a)
        await change(two, a)
        assert (await _change_number(two, a) - changed > 0) == (of_earlier["terms_generation"] < TERMS)
        assert await searched(two, a) == before
        assert await _packed(two, a, document) == kept
    async with two.foundation.store.tenant(a.id, writes=False) as db:
        assert set((await db.execute(sa.select(schema.versions.c.terms_generation))).scalars()) == {TERMS}


async def _packed(home: House, one: Resident, document: Document) -> bytes:
    """Return a document's vectors and terms as they are stored."""
    async with (await home.enter(one)).snapshot() as records:
        _, matrix = await records.published.open(document.id, document.version, await records.blocks.live())
    return pack(matrix)


async def _change_number(home: House, one: Resident) -> int:
    async with home.foundation.store.tenant(one.id, writes=False) as db:
        return int((await db.execute(sa.select(schema.state.c.change))).scalar_one())


async def test_all_tenants_are_looked_at_once_when_terms_are_made_otherwise(two: House, a: Resident) -> None:
    await take_over(two.foundation, 1)
    row = schema.deployment.c.key == "terms"
    for value, looked in ((b"0", True), (str(TERMS).encode(), False)):
        await two.execute(None, schema.due.update().values(due_at=None))
        await two.execute(None, schema.deployment.update().where(row).values(value=value))
        await take_over(two.foundation, 2)
        async with two.foundation.store.registry(writes=False) as db:
            assert (due.Kind.EMBEDDER in await due.next_of_each(db)) == looked, a.id
