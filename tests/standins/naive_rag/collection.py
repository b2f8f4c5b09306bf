"""The one collection of the naive server: hashed bags of words and BM25 over every tenant's chunks."""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

DIMENSION: Final = 64
_K1: Final = 1.5
_B: Final = 0.75
_WORD: Final = re.compile(r"\w+")
_COMMON: Final = frozenset(
    _WORD.findall("a an and are as at be by for from in is it of on or that the this to was what which who")
)


@dataclass(slots=True, eq=False)
class Chunk:
    """A piece of a document with its payload, as such a store keeps it."""

    id: int
    document: str
    tenant: str
    name: str
    text: str
    words: Counter[str] = field(repr=False)
    vector: list[float] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that was found, with its score."""

    chunk: Chunk
    score: float


Where = Callable[[Chunk], bool]


@dataclass(slots=True)
class Collection:
    """Every chunk of every tenant."""

    chunks: list[Chunk] = field(default_factory=list)
    _next: int = 0

    def add(self, document: str, tenant: str, name: str, texts: Iterable[str]) -> None:
        """Put the chunks of a document in."""
        for text in texts:
            self._next += 1
            found = words(text)
            self.chunks.append(Chunk(self._next, document, tenant, name, text, found, embed(found)))

    def remove(self, where: Where) -> None:
        """Take chunks out."""
        self.chunks = [chunk for chunk in self.chunks if not where(chunk)]

    def query(self, text: str, limit: int, where: Where, counted: Where) -> list[Hit]:
        """Return the best chunks, best first; `counted` says which chunks make the statistics of terms."""
        asked = words(text)
        vector = embed(asked)
        statistics = _Statistics([chunk for chunk in self.chunks if counted(chunk)])
        hits = [
            Hit(chunk, _cosine(vector, chunk.vector) + statistics.bm25(asked, chunk))
            for chunk in self.chunks
            if where(chunk) and asked & chunk.words
        ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.chunk.id))[:limit]


class _Statistics:
    """How often terms stand in some chunks."""

    def __init__(self, chunks: list[Chunk]) -> None:
        self._count = len(chunks)
        self._frequencies = Counter(word for chunk in chunks for word in chunk.words)
        self._length = sum(chunk.words.total() for chunk in chunks) / max(1, self._count)

    def bm25(self, asked: Counter[str], chunk: Chunk) -> float:
        """Return the score of a chunk for what was asked."""
        length = 1 - _B + _B * chunk.words.total() / max(1.0, self._length)
        return sum(
            self._rarity(word) * chunk.words[word] * (_K1 + 1) / (chunk.words[word] + _K1 * length) for word in asked
        )

    def _rarity(self, word: str) -> float:
        seen = self._frequencies[word]
        return math.log(1 + (self._count - seen + 0.5) / (seen + 0.5))


def words(text: str) -> Counter[str]:
    """Return the words of a text that say something, in lower case."""
    return Counter(word for word in _WORD.findall(text.lower()) if word not in _COMMON)


def embed(found: Counter[str]) -> list[float]:
    """Return a unit vector made of hashed words: no model has to be fetched."""
    vector = [0.0] * DIMENSION
    for word, count in found.items():
        digest = hashlib.blake2b(word.encode(), digest_size=3).digest()
        vector[digest[0] % DIMENSION] += count if digest[1] % 2 else -count
    norm = math.sqrt(sum(value * value for value in vector)) or 1.0
    return [value / norm for value in vector]


def _cosine(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))
