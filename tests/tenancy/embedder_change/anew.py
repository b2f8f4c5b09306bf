"""A deployment with a second embedder, and a tenant's searches while it changes to that."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from retrieval.search import Search, search
from tenancy.errors import Unavailable
from tenancy.lifecycle.upkeep import Observer, perform
from tenancy.mint import Mint
from tenancy.models.embedder import Embedder, PassageVectors, QuestionVectors, Vectors
from tenancy.models.encoders.catalogue import Encoders
from tenancy.models.encoders.traits import Traits
from tenancy.stores.due import Due, Kind
from tenancy.values.embedded_text import EmbeddedText
from tenancy.values.part_vectors import pooled
from tests.tenancy.building import House, Resident, WordHashes

OTHER: Final = "letters"
QUERIES: Final = ("harbour", "ferry timetable", "vault", "nothing of the kind")
Found = list[list[tuple[str, str, float, float]]]


class LetterCounts:
    """An embedder of another dimension: how often each letter occurs; it may be told to fail at a call."""

    traits = Traits(OTHER, 26, 256)

    def __init__(self) -> None:
        self.embedded: list[str] = []
        self.fails = False

    def _vector(self, text: str) -> Vectors:
        counts = np.array([1 + text.lower().count(chr(letter)) for letter in range(97, 123)], np.float32)
        return np.asarray(counts / np.linalg.norm(counts), np.float32)

    def count_tokens(self, text: str) -> int:
        return len(text)

    async def embed_question(self, text: str) -> QuestionVectors:
        return QuestionVectors(self._vector(text), self._vector(text)[np.newaxis])

    async def embed(self, texts: Sequence[EmbeddedText], *, apart: bool = False) -> PassageVectors:  # noqa: ARG002 - as an Embedder
        if self.fails:
            raise Unavailable("models", "The embedding process ended.")
        self.embedded += [each.text for each in texts]
        vectors = np.stack([self._vector(each.text) for each in texts])
        parts = [pooled(vectors[[at]], np.array([[0, 1]]), each.units) for at, each in enumerate(texts)]
        return PassageVectors(vectors, tuple(parts))


def with_two(home: House, other: LetterCounts) -> House:
    """Return the deployment with a second embedder."""
    return having(home, WordHashes(), other)


def having(home: House, *embedders: Embedder) -> House:
    """Return the deployment with these embedders."""
    foundation = replace(home.foundation, embedders=Encoders.holding(*embedders))
    return replace(home, foundation=foundation, mint=Mint(foundation))


async def ask(home: House, one: Resident, embedder: str) -> None:
    """Ask for an embedder as the tenant's administrator does."""
    compartment = await home.enter(one)
    await compartment.embedder.admit(embedder)
    async with compartment.begin() as records:
        await compartment.embedder.ask(records, embedder)


async def change(home: House, one: Resident) -> None:
    """Do what is due until nothing is left."""
    due = Due(Kind.EMBEDDER, "", one.id, 0.0, 0, 0)
    while await perform(home.foundation, due, one.id, Observer()) is not None:
        pass


async def searched(home: House, one: Resident) -> Found:
    """Return everything that some questions find: ids, texts and scores."""
    found: Found = []
    for query in QUERIES:
        hits = await search(await home.enter(one), Search(query, top_k=4))
        found.append([(hit.chunk_id, hit.text, hit.score, hit.similarity) for hit in hits])
    assert any(found)
    return found
