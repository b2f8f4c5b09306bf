"""Answer one question from one tenant's documents: search, then quote or let the tenant's model write."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from retrieval.answer import (
    Answer,
    Chat,
    answer_extractively,
    answer_from_table,
    answer_with_model,
    refuse_blocked,
)
from retrieval.evidence import Meanings
from retrieval.passages.likeness import semantic
from retrieval.profile import Profile, profile_from
from retrieval.search import Findings, Search, search_for
from retrieval.tables.computation import compute_answer
from retrieval.tables.inquiry import read_inquiries
from retrieval.watch import Watch
from tenancy.compartment import Compartment
from tenancy.index.hits import Hit
from tenancy.index.tenant_index import Narrowing
from tenancy.limits.budgets import Planned
from tenancy.metering.catalogue import Kind
from tenancy.metering.money import MicroUsd
from tenancy.models.terms import question_weights
from tenancy.stores.profiles import DEFAULT_PROFILE
from tenancy.tripwires.alarms import Surface
from tenancy.values.units import Unit

_CHUNK_CHARACTERS: Final = 1_000  # of a chunk, about
_TABLE_HITS: Final = 50  # among whose documents the table is looked for that a question is asked of
_OPINION_CHARACTERS: Final = 8_000  # of claims and their quotes, about
_OPINION_TOKENS: Final = 256
_AROUND_CHARACTERS: Final = 4_000  # of the profile and the instructions around the passages, about


@dataclass(frozen=True, slots=True)
class Ask:
    """A checked question: `top_k` 1 to 100 chunks to answer from, in the words of one of the tenant's profiles."""

    question: str
    profile: str = DEFAULT_PROFILE
    top_k: int = 10
    narrow: Narrowing | None = None


async def ask(compartment: Compartment, asked: Ask) -> Answer:
    """Return an answer with verified citations, or a refusal; NotFound for a profile that the tenant does not have.

    Where a tripwire of another tenant's turns up in the hits or in the answer, the refusal is like that for evidence
    that is too weak.
    """
    watch = await Watch.over(compartment, asked.question)
    profile, writer = await _prepared(compartment, asked.profile)
    async with compartment.quota.spending(*planned(compartment, asked, profile, writer)):
        return await _answered(compartment, asked, watch, profile, writer)


def planned(
    compartment: Compartment, asked: Ask, profile: Profile, writer: tuple[Chat, str] | None
) -> tuple[Planned, ...]:
    """Return the calls to models that an answer may take: the question embedded, and the model asked that writes."""
    embedding = Planned(compartment.models.embedder, Kind.EMBEDDING, len(asked.question))
    if writer is None:
        return (embedding,)
    characters = len(asked.question) + asked.top_k * _CHUNK_CHARACTERS + _AROUND_CHARACTERS
    writing = Planned(writer[1], Kind.CHAT, characters, profile.max_tokens)
    if not profile.second_opinion:
        return embedding, writing
    return embedding, writing, Planned(writer[1], Kind.CHAT, _OPINION_CHARACTERS, _OPINION_TOKENS)


async def _answered(
    compartment: Compartment, asked: Ask, watch: Watch, profile: Profile, writer: tuple[Chat, str] | None
) -> Answer:
    before = len(compartment.models.meter.spent)
    inquiries = read_inquiries(asked.question)
    depth = max(asked.top_k, _TABLE_HITS) if inquiries else asked.top_k
    embedding = asyncio.ensure_future(compartment.models.embed_question(asked.question))
    try:  # the model's thread is busy for milliseconds: an index that was parked is woken meanwhile
        found = await search_for(compartment, Search(asked.question, depth, asked.narrow), embedding)
    finally:
        embedding.cancel()  # nothing to cancel unless something failed
    hits = found.hits[: asked.top_k]
    computed = await compute_answer(compartment, inquiries, hits, found.hits, refuses=writer is None)
    weights = await compartment.index.idf(list(question_weights(asked.question)))
    hits = [*hits, *(() if computed is None else computed.hits)]
    if not await watch.passes_hits(hits, Surface.CONTEXT):
        answer = refuse_blocked(profile, None if writer is None else writer[1])
    elif computed is not None:
        answer = answer_from_table(computed, profile)
    elif writer is None:
        meanings = await _meanings(compartment, found, hits)
        # In a thread: how long it takes is the question's length times the hits that were asked for.
        answer = await asyncio.to_thread(
            answer_extractively, asked.question, hits, profile, weights.__getitem__, meanings
        )
    else:
        chat, model = writer
        answer = await answer_with_model(asked.question, hits, profile, chat, model=model)
    if not await watch.passes_answer(answer, hits):
        answer = refuse_blocked(profile, None if writer is None else writer[1])
    embedded = [each for each in compartment.models.meter.spent[before:] if each.kind is Kind.EMBEDDING]
    cost = MicroUsd(answer.usage.cost + sum(each.cost for each in embedded))
    tokens = sum(each.tokens for each in embedded)
    return replace(answer, usage=replace(answer.usage, embedding_tokens=tokens, cost=cost))


async def _meanings(compartment: Compartment, found: Findings, hits: Sequence[Hit]) -> Meanings | None:
    """Return what vectors say of the units of `hits`; None where a hit has none, or they were not learnt from."""
    models = compartment.models
    if not hits or not models.weighs_parts or found.embedder != models.embedder:
        return None
    known = await compartment.index.parts(hits)
    parts = [known.get(hit.chunk_id) for hit in hits]
    if not all(parts):
        return None

    def meanings(rank: int, units: Sequence[Unit]) -> list[tuple[float, float]]:
        of_hit = parts[rank]
        alike = () if of_hit is None else semantic(units, of_hit, found.question)
        return [(0.0, 0.0) if each is None else (each.whole, each.tokens) for each in alike]

    return meanings


async def _prepared(compartment: Compartment, name: str) -> tuple[Profile, tuple[Chat, str] | None]:
    """Read the profile to answer in, and the model that writes if one does: which it is, is decided here."""
    async with compartment.snapshot() as records:
        version, fields = await records.profiles.get(name)
        provider = await compartment.models.provider(records.settings)
    profile, chat = profile_from({**fields, "name": name}, version=version), await compartment.models.chat(provider)
    if chat is None:
        return profile, None
    return replace(profile, model=None), (chat, chat.model_for(profile.model))
