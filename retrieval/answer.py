"""Answers: written by the tenant's model or quoted from its documents, refused when the evidence is weak."""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Protocol

from retrieval.citations.citation import Citation, Numbering
from retrieval.citations.opinion import MOST_PAIRS, Pair, opinions, questions, reply_tokens
from retrieval.citations.verification import Judged, amended, cite, doubted, judge
from retrieval.evidence import Meanings
from retrieval.extract import Extraction, extract
from retrieval.guard import Blocked, guarded
from retrieval.passages.rows import names
from retrieval.profile import Citations, Profile
from retrieval.prompt import NO_ANSWER, Prompt, build_prompt
from retrieval.tables.computation import TableAnswer
from tenancy.errors import ServiceError
from tenancy.ids import new_id
from tenancy.index.hits import Hit
from tenancy.metering.money import NOTHING, MicroUsd
from tenancy.models.openai import Completion

EXTRACTIVE: Final = "extractive"  # the model's name in answers that no model wrote

# Support below which no answer is quoted; see `weights` for what it costs and saves.
_ENOUGH_TO_QUOTE: Final = 0.5

_OPINION_SECONDS: Final = 20.0  # a second opinion that takes longer is none


class Reason(StrEnum):
    """Why an answer was refused."""

    NO_HITS = "no_hits"
    WEAK_EVIDENCE = "weak_evidence"
    NOT_IN_DOCUMENTS = "not_in_documents"
    UNSUPPORTED = "unsupported"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens one answer took, and what they cost in micro-dollars."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    embedding_tokens: int = 0
    cost: MicroUsd = NOTHING


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as the contract shows it; a refusal has a reason and no citations."""

    id: str
    answer: str
    refused: bool
    reason: Reason | None
    citations: tuple[Citation, ...]
    profile_name: str
    profile_version: int
    model: str
    usage: Usage
    conversation_id: str | None = None


class Chat(Protocol):
    """A tenant's own chat model, already bound to its key and host."""

    async def complete(
        self, messages: Sequence[Mapping[str, str]], *, model: str, temperature: float, max_tokens: int
    ) -> Completion:
        """Complete the conversation; errors of the provider are ServiceErrors."""


def answer_extractively(
    question: str,
    hits: Sequence[Hit],
    profile: Profile,
    idf: Callable[[str], float],
    meanings: Meanings | None = None,
) -> Answer:
    """Quote the sentences of `hits` (best first) that answer `question`; refuse when they hardly do.

    `idf` gives a stem's inverse document frequency in the tenant. Quotes stand word for word in the documents; in the
    answer their white space is one space, and what the guard neutralises is neutralised.
    """
    extraction = extract(question, hits, idf, meanings)
    if not extraction.quotes or extraction.support < _ENOUGH_TO_QUOTE:
        return _refusal(profile, Reason.WEAK_EVIDENCE if hits else Reason.NO_HITS, EXTRACTIVE, Usage())
    text, citations = _quoted(extraction)
    safe = guarded(text, evidence=_evidence(hits))
    return _answer(profile, safe, citations, EXTRACTIVE, Usage())


async def answer_with_model(question: str, hits: Sequence[Hit], profile: Profile, chat: Chat, *, model: str) -> Answer:
    """Let the tenant's model answer from `hits` and verify every citation; without hits call no model.

    Whether the hits answer the question is the model's to say: words in another language, or other words for the same,
    look like too little evidence to anything simpler.

    `model` is the tenant's, for a profile that names none. Raises what `chat` raises. Tokens are counted also for an
    answer that is refused after the call.
    """
    model = profile.model or model
    if not hits:
        return _refusal(profile, Reason.NO_HITS, model, Usage())
    canary = secrets.token_hex(12)
    prompt = build_prompt(question, hits, profile, nonce=secrets.token_hex(12), canary=canary)
    completion = await chat.complete(
        prompt.messages, model=model, temperature=profile.temperature, max_tokens=profile.max_tokens
    )
    usage = Usage(completion.prompt_tokens, completion.completion_tokens, cost=completion.cost)
    judged, reason = _judged(completion.text, prompt, question, profile, canary)
    if profile.second_opinion and reason is None:
        judged, spent = await _reconsidered(judged, chat, model)
        usage = replace(
            usage,
            prompt_tokens=usage.prompt_tokens + spent.prompt_tokens,
            completion_tokens=usage.completion_tokens + spent.completion_tokens,
            cost=MicroUsd(usage.cost + spent.cost),
        )
    text, citations, reason = _checked(judged, prompt, canary) if reason is None else ("", (), reason)
    if reason is not None:
        return _refusal(profile, reason, completion.model, usage)
    return _answer(profile, text, citations, completion.model, usage)


def answer_from_table(computed: TableAnswer, profile: Profile) -> Answer:
    """Give what was computed from a table, or say that it is not computed: no model writes either."""
    text = guarded(computed.text, evidence=_evidence(computed.hits))
    if not computed.citations:
        return replace(_refusal(profile, Reason.UNSUPPORTED, EXTRACTIVE, Usage()), answer=text)
    return _answer(profile, text, computed.citations, EXTRACTIVE, Usage())


def refuse_blocked(profile: Profile, model: str | None) -> Answer:
    """Return the refusal in place of an answer that may not be given; `model` is the tenant's, None without one.

    It looks like another refusal that calls no model: without one like that for evidence that is too weak, with one
    like that for a question that nothing was found for. It tells of no call to a model, also where one was made.
    """
    if model is None:
        return _refusal(profile, Reason.WEAK_EVIDENCE, EXTRACTIVE, Usage())
    return _refusal(profile, Reason.NO_HITS, profile.model or model, Usage())


def _judged(
    text: str, prompt: Prompt, question: str, profile: Profile, canary: str
) -> tuple[tuple[Judged, ...], Reason | None]:
    """Return the claims of a model's text with what proves them, or the reason why it may not be shown.

    The guard looks twice: here, so that the citations are judged on what a reader sees, and after they were written,
    because a marker taken out can join what stood on both sides of it.
    """
    try:
        safe = guarded(text, evidence=_evidence(prompt.hits), canary=canary)
    except Blocked:
        return (), Reason.BLOCKED
    if NO_ANSWER in safe or safe.strip() == profile.refusal.strip():
        return (), Reason.NOT_IN_DOCUMENTS
    required = profile.citations is Citations.REQUIRED
    return judge(safe, prompt.hits, question=question, required=required), None


async def _reconsidered(judged: tuple[Judged, ...], chat: Chat, model: str) -> tuple[tuple[Judged, ...], Usage]:
    """Ask the tenant's model once more, about claims and their quotes alone; without an opinion all stays as it is."""
    doubts = doubted(judged)[:MOST_PAIRS]
    if not doubts:
        return judged, Usage()
    pairs = [
        Pair(judged[place].claim.plain, "\n".join((*([quote.rows.heading()] if quote.rows else []), quote.text)))
        for place, quote in doubts
    ]
    messages = questions(pairs, secrets.token_hex(12))
    try:
        async with asyncio.timeout(_OPINION_SECONDS):
            said = await chat.complete(messages, model=model, temperature=0.0, max_tokens=reply_tokens(pairs))
    except (ServiceError, TimeoutError):
        return judged, Usage()
    usage = Usage(said.prompt_tokens, said.completion_tokens, cost=said.cost)
    found = opinions(said.text, len(pairs))
    if found is None:
        return judged, usage
    return amended(judged, {place: yes for (place, _), yes in zip(doubts, found, strict=True)}), usage


def _checked(judged: Sequence[Judged], prompt: Prompt, canary: str) -> tuple[str, tuple[Citation, ...], Reason | None]:
    """Return judged claims as they may be shown, their citations, and the reason if they may not be shown."""
    cited = cite(judged)
    try:
        shown = guarded(cited.text, evidence=_evidence(prompt.hits), canary=canary)
    except Blocked:
        return "", (), Reason.BLOCKED
    return shown, cited.citations, None if cited.citations else Reason.UNSUPPORTED


def _evidence(hits: Sequence[Hit]) -> list[str]:
    return [text for hit in hits for text in (hit.text, *names(hit))]


def _quoted(extraction: Extraction) -> tuple[str, tuple[Citation, ...]]:
    """Write the quotes one after another, each with its marker; rows of a table as lines below what names them."""
    numbering = Numbering()
    lines: list[str] = []
    table, after_row = "", True
    for quote in extraction.quotes:
        words = f"{' '.join(quote.text.split())} {numbering.mark(quote)}"
        heading = "" if quote.rows is None else quote.rows.heading()
        if heading and heading != table:
            lines.append(heading)
        row = quote.rows is not None or " | " in words
        if row or after_row:
            lines.append(words)
        else:
            lines[-1] += f" {words}"
        table, after_row = heading, row
    return "\n".join(lines), numbering.citations


def _answer(profile: Profile, text: str, citations: tuple[Citation, ...], model: str, usage: Usage) -> Answer:
    return Answer(
        id=new_id("ans"),
        answer=text,
        refused=False,
        reason=None,
        citations=citations,
        profile_name=profile.name,
        profile_version=profile.version,
        model=model,
        usage=usage,
    )


def _refusal(profile: Profile, reason: Reason, model: str, usage: Usage) -> Answer:
    return Answer(
        id=new_id("ans"),
        answer=profile.refusal,
        refused=True,
        reason=reason,
        citations=(),
        profile_name=profile.name,
        profile_version=profile.version,
        model=model,
        usage=usage,
    )
