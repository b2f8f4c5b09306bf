"""Plain ranking measures over documents."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Judged:
    """One question's ranked documents, best first, and the documents that are right."""

    ranked: tuple[str, ...]
    right: frozenset[str]


def by_document(hits: Sequence[dict[str, object]]) -> tuple[str, ...]:
    """Return the documents of chunk hits in the order of their best chunk."""
    return tuple(dict.fromkeys(str(hit["document_id"]) for hit in hits))


def ndcg(judged: Judged, depth: int = 10) -> float:
    """Return normalised discounted cumulative gain at `depth` with binary relevance."""
    gain = sum(1 / math.log2(place + 2) for place, each in enumerate(judged.ranked[:depth]) if each in judged.right)
    best = sum(1 / math.log2(place + 2) for place in range(min(depth, len(judged.right))))
    return gain / best if best else 0.0


def recall(judged: Judged, depth: int) -> float:
    """Return the share of right documents among the first `depth`."""
    return len(judged.right & set(judged.ranked[:depth])) / len(judged.right)


def mean(values: Sequence[float]) -> float:
    """Return the arithmetic mean, 0 for nothing."""
    return sum(values) / len(values) if values else 0.0
