"""An index can be lost at any moment: what is built again from the sealed records answers the same, bit for bit."""

import asyncio
import secrets
import shutil
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tenancy.index.folder import default_root
from tenancy.index.hits import Hit
from tenancy.stores.databases.sqlite import SqliteStore
from tests.tenancy.index.shelf import Shelf, choose, embedded_pool, unit_vectors

_WORDS = ("anchor", "bilge", "capstan", "deck", "engine", "funnel")
_TEXTS = st.lists(st.lists(st.sampled_from(_WORDS), min_size=1, max_size=5).map(" ".join), min_size=1, max_size=4)
_SEEDS = st.integers(0, 3)  # few, so that equal vectors and equal scores occur


class _Life(RuleBasedStateMachine):
    """Publish, replace, describe, delete and park in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(mkdtemp(prefix="bulkhead-test-"))
        self.memory = default_root().with_name(f"bulkhead-test-{secrets.token_hex(6)}")
        self.memory.mkdir(mode=0o700)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - whatever the step returns
        return self.loop.run_until_complete(work)

    @initialize()
    def begin(self) -> None:
        self.store = SqliteStore(self.folder / "data")
        self.run(self.store.start())
        self.shelf: Shelf = self.run(Shelf.create(self.store, embedded_pool(self.memory)))

    def teardown(self) -> None:
        self.run(self.shelf.pool.close())
        self.run(self.store.close())
        self.loop.close()
        shutil.rmtree(self.folder)
        shutil.rmtree(self.memory)

    @rule(texts=_TEXTS, seed=_SEEDS)
    def publish(self, texts: list[str], seed: int) -> None:
        self.run(self.shelf.publish(texts, unit_vectors(seed, len(texts))))

    @precondition(lambda self: self.shelf.documents)
    @rule(data=st.data(), texts=_TEXTS, seed=_SEEDS)
    def replace(self, data: st.DataObject, texts: list[str], seed: int) -> None:
        document = data.draw(st.sampled_from(self.shelf.documents))
        self.run(self.shelf.publish(texts, unit_vectors(seed, len(texts)), document))

    @precondition(lambda self: self.shelf.documents)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        self.run(self.shelf.delete(data.draw(st.sampled_from(self.shelf.documents))))

    @precondition(lambda self: self.shelf.documents)
    @rule(data=st.data(), name=st.sampled_from(_WORDS))
    def describe(self, data: st.DataObject, name: str) -> None:
        document = data.draw(st.sampled_from(self.shelf.documents))
        self.run(self.shelf.describe(document, {"kind": name}, name))

    @rule()
    def park(self) -> None:
        self.run(self.shelf.pool.park(self.shelf.tenant))

    @invariant()
    def a_rebuilt_index_answers_the_same(self) -> None:
        assert self.run(self._answers(self.shelf)) == self.run(self._rebuilt())

    async def _rebuilt(self) -> list[list[Hit]]:
        pool = embedded_pool(self.memory)
        try:
            return await self._answers(Shelf(self.shelf.keys, self.store, pool, self.shelf.documents))
        finally:
            await pool.close()

    async def _answers(self, shelf: Shelf) -> list[list[Hit]]:
        found = []
        for seed, words in enumerate(("anchor deck", "engine", "funnel bilge capstan", "nothing")):
            found.append(await shelf.search(words, unit_vectors(seed, 1)[0]))
        assert {hit.document_id for hits in found for hit in hits} <= set(self.shelf.documents)
        return found


def test_whatever_happened_before_an_index_built_afresh_gives_the_same_hits_and_the_same_bits() -> None:
    quick = settings(max_examples=12, stateful_step_count=12, suppress_health_check=list(HealthCheck), database=None)
    run_state_machine_as_test(_Life, settings=quick)


async def test_a_dropped_index_answers_as_before_it_was_dropped(shelf: Shelf) -> None:
    for seed in range(30):
        texts = [f"{_WORDS[seed % 6]} {_WORDS[(seed + row) % 6]}" for row in range(5)]
        await shelf.publish(texts, unit_vectors(seed, 5))
    asked = unit_vectors(99, 1)[0]
    before = await shelf.search("anchor engine", asked)
    assert await shelf.pool.park(shelf.tenant)
    assert shelf.pool.tenants() == []
    assert before
    assert await shelf.search("anchor engine", asked) == before


async def test_a_deleted_document_is_in_no_hit_and_changes_the_weights_of_terms(shelf: Shelf) -> None:
    kept = await shelf.publish(["anchor deck", "deck"], unit_vectors(1, 2))
    gone = await shelf.publish(["anchor anchor"], unit_vectors(2, 1))
    assert {hit.document_id for hit in await shelf.search("anchor", unit_vectors(2, 1)[0])} == {kept, gone}
    weight = await shelf.index().idf(["anchor"])
    await shelf.delete(gone)
    assert {hit.document_id for hit in await shelf.search("anchor", unit_vectors(2, 1)[0])} == {kept}
    assert await shelf.index().idf(["anchor"]) != weight


@pytest.mark.shows("storage.scores")
@pytest.mark.parametrize("raw", [False, True], ids=["published scores", "the engine's own scores"])
async def test_L26_ten_thousand_chunks_of_another_tenant_leave_hits_and_scores_bit_identical(
    new_shelf: Callable[[], Awaitable[Shelf]], *, raw: bool
) -> None:
    ours, others = await new_shelf(), await new_shelf()
    for seed in range(20):
        await ours.publish([f"{word} tide" for word in _WORDS], unit_vectors(seed, 6))

    def engine_scores(limit: int) -> object:
        return lambda dense, sparse: (dense + sparse)[:limit]

    choice: Any = engine_scores if raw else choose
    asked = unit_vectors(7, 1)[0]
    before = await ours.search("anchor tide", asked, choice=choice)
    assert before
    for part in range(10):
        texts = [f"anchor tide {_WORDS[row % 6]}" for row in range(1000)]
        await others.publish(texts, unit_vectors(1000 + part, 1000))
    assert await others.search("anchor tide", asked)
    assert await ours.search("anchor tide", asked, choice=choice) == before
    await ours.pool.park(ours.tenant)
    again = await ours.search("anchor tide", asked, choice=choice)
    assert again == before
