"""What a tenant's collection can do, whichever engine holds it."""

import asyncio
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from tenancy.ids import ChunkId
from tenancy.stores.chunks import IndexedVersion
from tenancy.stores.views import SealedChunk

Ranking = list[tuple[int, float]]
"""Chunks by their numbers with raw scores, sorted by (score descending, number)."""

Choose = Callable[[Ranking, Ranking], list[tuple[int, float]]]
"""A pure function from the dense and the sparse ranking to the chunks wanted, with published scores."""

ROUNDING: Final = 1e-5
"""Scores relatively closer than this count as equal: 32-bit sums of a few dozen terms agree to about 1e-6."""

BEYOND: Final = 14
"""How many chunks more than asked for an engine is asked at first, so that equal scores at the end seldom matter."""

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_DIGITS: Final = str.maketrans(_ALPHABET, "0123456789abcdefghijklmnopqrstuv")  # what `int(…, 32)` reads
_PAIRS: Final = tuple(first + second for first in _ALPHABET for second in _ALPHABET)  # ten bits at a time
_SHIFTS: Final = tuple(range(110, -1, -10))


class CollectionLost(Exception):
    """The engine no longer has the collection; it is built again from the sealed records."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What an engine must know to make a tenant's collection.

    `dimension` is that of its dense vectors; `rotation` is the tenant's 32-byte secret for an engine that others may
    look into.
    """

    dimension: int
    rotation: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the engine takes it.

    `vector` becomes float32 (dimension,) of unit length, and until it does an engine may rank by terms; `ids` and
    `weights` are its terms, weighted by inverse document frequency; each of `conditions` is a non-empty set of opaque
    tokens of which a chunk must carry one. Each ranking has the first `depth` chunks and all whose scores equal the
    last of them, up to rounding.
    """

    vector: asyncio.Future[NDArray[np.float32]]
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
    """One tenant's points. Nothing blocks the event loop; all but `close` raise CollectionLost when they are gone."""

    @property
    def size(self) -> int | None:
        """Return the bytes it took after the last `put`, as the system counts them; None where they are not ours."""

    async def put(self, versions: Sequence[IndexedVersion]) -> None:
        """Add the chunks of versions."""

    async def remove(self, chunks: Sequence[ChunkId]) -> None:
        """Remove chunks; ids that are not there are no error."""

    async def search(self, query: Query, choose: Choose) -> list[Found]:
        """Rank dense and sparse apart, choose, and return the chosen chunks in order."""

    async def close(self) -> None:
        """Drop the collection with everything in it; one that is gone already is no error."""


def point_id(chunk: ChunkId) -> uuid.UUID:
    """Return the engine's id of a chunk: the same 120 bits, so that both sort alike everywhere."""
    return uuid.UUID(int=int(chunk[4:].translate(_DIGITS), 32))


def chunk_id(number: int) -> ChunkId:
    """Return the chunk whose point id is this number."""
    return ChunkId("chk_" + "".join([_PAIRS[(number >> shift) & 1023] for shift in _SHIFTS]))


def ranked(points: Sequence[tuple[uuid.UUID, float]]) -> Ranking:
    """Sort an engine's answer by (score descending, id), which the engine leaves open for equal scores.

    Numbers sort as the ids do. A hundred are ranked for ten that are wanted, so only those get their names.
    """
    return sorted([(point.int, score) for point, score in points], key=lambda each: (-each[1], each[0]))


def settled(ranking: Ranking, depth: int, limit: int) -> bool:
    """Tell whether a ranking of at most `limit` chunks holds all that could be among the first `depth`.

    An engine that reached its limit within a run of equal scores left out some of them, and which ones changes with the
    order in which points were put in.
    """
    if len(ranking) < limit:
        return True
    scores = [score for _, score in ranking[depth - 1 :]]
    return any(high - low > ROUNDING * max(abs(high), abs(low)) for high, low in pairwise(scores))
