"""Find a tenant's chunks for a question: embed, rank dense and sparse, fuse, open."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, replace

from retrieval.fuse import DEPTH, fuse, score_of
from retrieval.watch import Watch
from tenancy.compartment import Compartment
from tenancy.index.collection import Choose, Ranking
from tenancy.index.hits import Hit
from tenancy.index.tenant_index import Narrowing
from tenancy.limits.budgets import Planned
from tenancy.metering.catalogue import Kind
from tenancy.models.embedder import QuestionVectors, Vectors
from tenancy.models.terms import question_weights
from tenancy.stores.documents.blocks import EmbedderChanged
from tenancy.tripwires.alarms import Surface


@dataclass(frozen=True, slots=True)
class Search:
    """A checked search: `top_k` 1 to 100."""

    query: str
    top_k: int = 10
    narrow: Narrowing | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """What a search found, best first, the vectors of the question that it was compared with, and whose they are."""

    hits: list[Hit]
    question: QuestionVectors
    embedder: str


def fused(limit: int) -> Choose:
    """Return the choice of the best `limit`, each with the total of its scores."""

    def choose(dense: Ranking, sparse: Ranking) -> list[tuple[int, float]]:
        return [(each.point, each.total) for each in fuse(dense, sparse, limit=limit)]

    return choose


async def search(compartment: Compartment, asked: Search) -> list[Hit]:
    """Return up to `top_k` opened hits, best first; an empty collection gives none.

    Where a hit brings a tripwire that is another tenant's, nothing of the result is given: it looks like no result.
    """
    watch = await Watch.over(compartment, asked.query)
    async with compartment.quota.spending(Planned(compartment.models.embedder, Kind.EMBEDDING, len(asked.query))):
        found = await search_for(compartment, asked, compartment.models.embed_question(asked.query))
    hits = found.hits
    return hits if await watch.passes_hits(hits, Surface.SEARCH) else []


async def search_for(compartment: Compartment, asked: Search, question: Awaitable[QuestionVectors]) -> Findings:
    """Return the hits of a question that is being embedded. What is given on of them must pass a `Watch`."""
    try:
        return await _found(compartment, asked, question)
    except EmbedderChanged:  # since the question came: what it is compared with is another embedder's now
        turned = await compartment.turned()
        return await _found(turned, asked, turned.models.embed_question(asked.query))


async def _found(compartment: Compartment, asked: Search, question: Awaitable[QuestionVectors]) -> Findings:
    embedding = asyncio.ensure_future(question)
    depth = max(DEPTH, asked.top_k)
    hits = await compartment.index.search(
        _vector(embedding), question_weights(asked.query), fused(asked.top_k), depth=depth, narrow=asked.narrow
    )
    return Findings(
        [replace(hit, score=score_of(place)) for place, hit in enumerate(hits)],
        await embedding,
        compartment.models.embedder,
    )


async def _vector(question: Awaitable[QuestionVectors]) -> Vectors:
    return (await question).vector
