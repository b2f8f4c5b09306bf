"""The offline embedder shares its threads out: no text waits for all of another document's."""

import asyncio
import threading
from collections.abc import Sequence
from typing import cast

import numpy as np

from tenancy.models.embedder import Vectors
from tenancy.models.local import LocalEmbedder
from tenancy.models.minilm import MiniLM


class Held:
    """Stands for a model that does nothing until it is let go, and notes what it was given."""

    def __init__(self) -> None:
        self.given: list[str] = []
        self.go = threading.Event()
        self.busy = threading.Semaphore(0)

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.given.append(texts[0])
        self.busy.release()
        assert self.go.wait(60)
        return np.ones((len(texts), 384), np.float32)


async def test_L37_a_short_document_is_embedded_between_the_slices_of_long_ones() -> None:
    model = Held()
    embedder = LocalEmbedder(cast("MiniLM", model))
    try:
        long = [asyncio.create_task(embedder.embed(["long"] * 500)) for _ in range(2)]
        for _ in long:
            await asyncio.to_thread(model.busy.acquire)
        short = asyncio.create_task(embedder.embed(["short"]))
        await asyncio.sleep(0)  # until it has been handed over
        model.go.set()
        assert (await short).shape == (1, 384)
        assert [(await one).shape for one in long] == [(500, 384)] * 2
    finally:
        embedder.close()
    assert model.given[:3] == ["long", "long", "short"]
    assert model.given.count("long") > 2
