"""What a tenant's collection can do, whichever engine holds it."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tenancy.ids import ChunkId
from tenancy.stores.chunks import IndexedVersion
from tenancy.stores.views import SealedChunk

Ranking = list[tuple[ChunkId, float]]
"""Chunks with raw scores, sorted by (score descending, chunk id)."""

Choose = Callable[[Ranking, Ranking], list[tuple[ChunkId, float]]]
"""A pure function from the dense and the sparse ranking to the chunks wanted, with published scores."""

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the engine takes it.

    `vector` is float32 (dimension,) of unit length; `ids` and `weights` are its terms, weighted by inverse document
    frequency; each of `conditions` is a non-empty set of opaque tokens of which a chunk must carry one; `depth` is how
    many chunks each ranking has.
    """

    vector: NDArray[np.float32]
    ids: list[int]
    weights: list[float]
    conditions: tuple[tuple[str, ...], ...]
    depth: int


@dataclass(frozen=True, slots=True)
class Found:
    """One chosen chunk, still sealed."""

    chunk: SealedChunk
    score: float
    similarity: float


class Collection(Protocol):
    """One tenant's points; every method is one call on the engine, off the event loop."""

    async def put(self, version: IndexedVersion) -> None:
        """Add a version's chunks."""

    async def remove(self, chunks: Sequence[ChunkId]) -> None:
        """Remove chunks; ids that are not there are no error."""

    async def search(self, query: Query, choose: Choose) -> list[Found]:
        """Rank dense and sparse apart, choose, and return the chosen chunks in order."""

    async def close(self) -> None:
        """Drop the collection with everything in it."""


def point_id(chunk: ChunkId) -> uuid.UUID:
    """Return the engine's id of a chunk: the same 120 bits, so that both sort alike everywhere."""
    number = 0
    for letter in chunk[4:]:
        number = number << 5 | _VALUES[letter]
    return uuid.UUID(int=number)


def chunk_id(point: uuid.UUID) -> ChunkId:
    """Return the chunk that a point id stands for."""
    number = point.int
    return ChunkId("chk_" + "".join(_ALPHABET[(number >> shift) & 31] for shift in range(115, -1, -5)))


def ranked(points: Sequence[tuple[uuid.UUID, float]]) -> Ranking:
    """Sort an engine's answer by (score descending, id), which the engine leaves open for equal scores."""
    ordered = sorted(points, key=lambda point: (-point[1], point[0].int))
    return [(chunk_id(point), score) for point, score in ordered]
