"""Answers: written by the tenant's model or quoted from its documents, refused when the evidence is weak."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Protocol

from retrieval.cite import Citation, Numbering, verify
from retrieval.extract import Extraction, extract, support
from retrieval.guard import Blocked, guarded
from retrieval.passages.rows import names
from retrieval.profile import Citations, Profile
from retrieval.prompt import NO_ANSWER, Prompt, build_prompt
from retrieval.tables.computation import TableAnswer
from tenancy.ids import new_id
from tenancy.index.hits import Hit
from tenancy.metering.money import NOTHING, MicroUsd
from tenancy.models.openai import Completion

EXTRACTIVE: Final = "extractive"  # the model's name in answers that no model wrote

# Support in [0, 1] below which no answer is given. Refused, of questions with an answer: XQuAD in its own tenant .04,
# pooled .02, CLAPNQ .01; of questions without: asked of a stranger 1.0, of the right tenant without the one paragraph
# .74, CLAPNQ against XQuAD .88, CLAPNQ's unanswerable with their near miss retrieved .22.
_ENOUGH_TO_QUOTE: Final = 0.5
# A model can tell a near miss itself, so it is asked earlier: .01 of answerable questions stay below, .99 of a
# stranger's, .55 of those whose paragraph is missing.
_ENOUGH_TO_ASK: Final = 0.25


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


def answer_extractively(question: str, hits: Sequence[Hit], profile: Profile, idf: Callable[[str], float]) -> Answer:
    """Quote the sentences of `hits` (best first) that answer `question`; refuse when they hardly do.

    `idf` gives a stem's inverse document frequency in the tenant. Quotes stand word for word in the documents; in the
    answer their white space is one space, and what the guard neutralises is neutralised.
    """
    extraction = extract(question, hits, idf)
    if not extraction.quotes or extraction.support < _ENOUGH_TO_QUOTE:
        return _refusal(profile, Reason.WEAK_EVIDENCE if hits else Reason.NO_HITS, EXTRACTIVE, Usage())
    text, citations = _quoted(extraction)
    safe = guarded(text, evidence=_evidence(hits))
    return _answer(profile, safe, citations, EXTRACTIVE, Usage())


async def answer_with_model(
    question: str, hits: Sequence[Hit], profile: Profile, chat: Chat, idf: Callable[[str], float], *, model: str
) -> Answer:
    """Let the tenant's model answer from `hits` and verify every citation; with too little evidence call no model.

    `model` is the tenant's, for a profile that names none. Raises what `chat` raises. Tokens are counted also for an
    answer that is refused after the call.
    """
    model = profile.model or model
    if not hits or support(question, hits, idf) < _ENOUGH_TO_ASK:
        return _refusal(profile, Reason.WEAK_EVIDENCE if hits else Reason.NO_HITS, model, Usage())
    canary = secrets.token_hex(12)
    prompt = build_prompt(question, hits, profile, nonce=secrets.token_hex(12), canary=canary)
    completion = await chat.complete(
        prompt.messages, model=model, temperature=profile.temperature, max_tokens=profile.max_tokens
    )
    usage = Usage(completion.prompt_tokens, completion.completion_tokens, cost=completion.cost)
    text, citations, reason = _checked(completion.text, prompt, question, profile, canary)
    if reason is not None:
        return _refusal(profile, reason, completion.model, usage)
    return _answer(profile, text, citations, completion.model, usage)


def answer_from_table(computed: TableAnswer, profile: Profile) -> Answer:
    """Give what was computed from a table, or say that it is not computed: no model writes either."""
    text = guarded(computed.text, evidence=_evidence(computed.hits))
    if not computed.citations:
        return replace(_refusal(profile, Reason.UNSUPPORTED, EXTRACTIVE, Usage()), answer=text)
    return _answer(profile, text, computed.citations, EXTRACTIVE, Usage())


def refuse_weak_evidence(profile: Profile, model: str | None) -> Answer:
    """Return the refusal that is given where the evidence is too weak; `model` is the tenant's, None without one.

    It tells of no call to a model, also where one was made: a blocked answer must look like any other refusal.
    """
    return _refusal(profile, Reason.WEAK_EVIDENCE, EXTRACTIVE if model is None else profile.model or model, Usage())


def _checked(
    text: str, prompt: Prompt, question: str, profile: Profile, canary: str
) -> tuple[str, tuple[Citation, ...], Reason | None]:
    """Return a model's text as it may be shown, its citations, and the reason if it may not be shown.

    The guard looks twice: before the citations, so that they are judged on what a reader sees, and after them,
    because a marker taken out can join what stood on both sides of it.
    """
    evidence = _evidence(prompt.hits)
    try:
        safe = guarded(text, evidence=evidence, canary=canary)
        if NO_ANSWER in safe or safe.strip() == profile.refusal.strip():
            return "", (), Reason.NOT_IN_DOCUMENTS
        required = profile.citations is Citations.REQUIRED
        cited = verify(safe, prompt.hits, question=question, required=required)
        shown = guarded(cited.text, evidence=evidence, canary=canary)
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
