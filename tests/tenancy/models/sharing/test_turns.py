"""Tenants share the embedder by what they have had of late: nobody's few texts wait for all of another's many."""

import asyncio
from collections.abc import Sequence
from typing import cast

import numpy as np
import pytest

from tenancy.ids import TenantId
from tenancy.models.embedder import Embedder, PassageVectors
from tenancy.models.sharing.turns import LIGHT_TEXTS, EmbeddingTurns
from tenancy.values.embedded_text import EmbeddedText
from tests.tenancy.models.plain import plain

_LONG, _FEW = TenantId("ten_long"), TenantId("ten_few")


class Stepped:
    """An embedder that does one slice at a time, when it is let, and notes whose it was and where."""

    def __init__(self) -> None:
        self.done: list[tuple[str, bool]] = []
        self.begun = asyncio.Semaphore(0)
        self.step = asyncio.Semaphore(0)

    def count_tokens(self, text: str) -> int:
        return len(text)

    async def embed(self, texts: Sequence[EmbeddedText], *, apart: bool = False) -> PassageVectors:
        self.begun.release()
        async with self.step:
            self.done.append((texts[0].text if texts else "", apart))
        self.step.release()
        return PassageVectors(np.ones((len(texts), 2), np.float32), (None,) * len(texts))

    def __call__(self) -> Embedder:
        return cast("Embedder", self)


async def test_L63_few_texts_are_embedded_between_slices_of_many() -> None:
    turns, embedder = EmbeddingTurns(), Stepped()
    many = [asyncio.create_task(turns.embed(embedder(), _LONG, plain([_LONG] * 40))) for _ in range(5)]
    for _ in range(2):
        await embedder.begun.acquire()
    few = asyncio.create_task(turns.embed(embedder(), _FEW, plain([_FEW])))
    await asyncio.sleep(0)  # until it waits
    embedder.step.release()
    assert (await few).vectors.shape == (1, 2)
    assert [whose for whose, _ in embedder.done].index(_FEW) == 2, "only what was at work when it came goes before it"
    assert [(await one).vectors.shape for one in many] == [(40, 2)] * 5


async def test_many_texts_go_apart_and_few_never_do() -> None:
    turns, embedder = EmbeddingTurns(), Stepped()
    embedder.step.release()
    assert (await turns.embed(embedder(), _FEW, plain([_FEW] * 20))).vectors.shape == (20, 2)
    assert (await turns.embed(embedder(), _LONG, plain([_LONG] * (2 * LIGHT_TEXTS)))).vectors.shape == (
        2 * LIGHT_TEXTS,
        2,
    )
    assert {apart for whose, apart in embedder.done if whose == _LONG} == {True}
    assert {apart for whose, apart in embedder.done if whose == _FEW} == {False}


async def test_whoever_stops_waiting_leaves_the_place_to_the_next() -> None:
    turns, embedder = EmbeddingTurns(), Stepped()
    tasks = [asyncio.create_task(turns.embed(embedder(), _LONG, plain([_LONG]))) for _ in range(4)]
    for _ in range(2):
        await embedder.begun.acquire()
    tasks[2].cancel()
    with pytest.raises(asyncio.CancelledError):
        await tasks[2]
    embedder.step.release()
    for task in (tasks[0], tasks[1], tasks[3]):
        assert (await task).vectors.shape == (1, 2)


async def test_no_texts_give_an_empty_table_and_tokens_are_counted_over_all() -> None:
    turns, embedder = EmbeddingTurns(), Stepped()
    embedder.step.release()
    assert (await turns.embed(embedder(), _FEW, [])).vectors.shape == (0, 2)
    assert await turns.count(embedder(), _FEW, plain(["four"] * 600)) == 2400
