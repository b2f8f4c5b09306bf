"""How well every sentence of the hits answers a question, judged without a model."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp
from typing import Final

from retrieval.cues import fits
from retrieval.question import Question, lower, occurrences
from retrieval.sentences import Unit, units
from tenancy.index.hits import Hit

# Listwise logistic regression of "this sentence holds the gold answer" on half of the articles of XQuAD-en (asked
# within the tenant and pooled) and half of CLAPNQ; tested on the other halves. Gold answer inside the first sentence,
# the first three: XQuAD within the tenant .80, .94; pooled .78, .93; CLAPNQ .64, .89.
_COVERED: Final = 9.3  # idf share of the question's terms in the sentence
_BEFORE: Final = 3.4  # further idf share in the sentence before it, in the same chunk
_AFTER: Final = 1.7
_CHUNK: Final = 3.3  # idf share in the whole chunk
_KIND: Final = 1.9  # holds the kind of thing asked for
_RANK_SCORE: Final = 2.4  # fused score, as a share of the best
_SIMILARITY: Final = 4.6  # cosine of question and chunk
_RANK: Final = 2.0  # 1 / rank
_FRAGMENT: Final = -2.1  # under six words without a stop: a heading more often than an answer
_QUESTION: Final = -9.0  # a question is not an answer
_QUESTION_MARKS: Final = "?\u061f\uff1f"  # Latin, Arabic, full-width
_STOPS: Final = ".!\"'\u2026\u201d\u3002\uff01"
_FRAGMENT_WORDS: Final = 6
# The kind of answer is looked for only where it can still decide, within this much of the best.
_IN_REACH: Final = 4.0

# Logistic regression of "the answer is in the hits" on the same halves. Negatives: questions asked of a stranger
# tenant, of their own tenant without the paragraph that answers, CLAPNQ's unanswerable ones with their near miss.
_SUPPORT_SIMILARITY: Final = 9.85
_SUPPORT_COVERED: Final = 5.5
_SUPPORT_COUNT: Final = 2.6
_SUPPORT_KIND: Final = 0.65
_SUPPORT_BIAS: Final = -7.25  # puts the threshold of the extractive generator at one half


@dataclass(frozen=True, slots=True)
class Candidate:
    """One sentence of one hit: `rank` is the hit's place from 0, `covered` the idf share of terms it holds."""

    rank: int
    unit: Unit
    score: float
    covered: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """The candidates best first, and `support` in (0, 1): how likely it is that the hits answer the question."""

    candidates: tuple[Candidate, ...]
    support: float


def weigh(question: Question, hits: Sequence[Hit]) -> Evidence:
    """Score every sentence of `hits` (best hit first) against `question`. Without hits the support is 0."""
    if not hits:
        return Evidence((), 0.0)
    page = _Page.of(question, hits)
    best_score = max(hit.score for hit in hits) or 1.0
    scored = [
        candidate
        for rank, hit in enumerate(hits)
        for candidate in page.candidates(rank, _prior(rank, hit, best_score), hit)
    ]
    if not scored:
        return Evidence((), 0.0)
    ordered, kind = _with_kind(question, hits, scored)
    best = ordered[0]
    present = page.chunk_masks[best.rank].bit_count() / max(1, len(question.terms))
    similarity = max(hit.similarity for hit in hits)
    logit = _SUPPORT_SIMILARITY * similarity + _SUPPORT_COVERED * best.covered + _SUPPORT_COUNT * present
    logit += _SUPPORT_KIND * kind + _SUPPORT_BIAS
    return Evidence(ordered, 1.0 / (1.0 + exp(-logit)))


def _prior(rank: int, hit: Hit, best_score: float) -> float:
    """Return what a sentence of this hit starts from."""
    return _RANK_SCORE * hit.score / best_score + _SIMILARITY * hit.similarity + _RANK / (rank + 1)


def _with_kind(question: Question, hits: Sequence[Hit], scored: list[Candidate]) -> tuple[tuple[Candidate, ...], bool]:
    """Add what the kind of answer is worth, sort best first, and tell whether the best one has that kind."""
    floor = max(candidate.score for candidate in scored) - _IN_REACH
    final: list[tuple[Candidate, bool]] = []
    for candidate in scored:
        unit = candidate.unit
        has = candidate.score >= floor and fits(question, hits[candidate.rank].text[unit.start : unit.end])
        score = candidate.score + _KIND if has else candidate.score
        final.append((Candidate(candidate.rank, unit, score, candidate.covered), has))
    final.sort(key=lambda pair: (-pair[0].score, pair[0].rank, pair[0].unit.start))
    return tuple(candidate for candidate, _ in final), final[0][1]


@dataclass(frozen=True, slots=True)
class _Page:
    """All hits as one lower-case text: per unit and per hit a bit mask of the question's terms that occur there."""

    share: Callable[[int], float]
    units: tuple[tuple[Unit, ...], ...]
    masks: tuple[int, ...]
    firsts: tuple[int, ...]  # where each hit's units begin in `masks`
    chunk_masks: tuple[int, ...]

    @classmethod
    def of(cls, question: Question, hits: Sequence[Hit]) -> "_Page":
        """Find every term once over the joined texts."""
        split = tuple(units(hit.text) for hit in hits)
        offsets, starts, firsts = [0], list[int](), [0]
        for hit, parts in zip(hits, split, strict=True):
            starts.extend(offsets[-1] + unit.start for unit in parts)
            firsts.append(len(starts))
            offsets.append(offsets[-1] + len(hit.text) + 1)
        masks = [0] * len(starts)
        joined = lower("\n".join(hit.text for hit in hits))
        for bit, term in enumerate(question.terms):
            for position in occurrences(joined, term):
                masks[bisect_right(starts, position) - 1] |= 1 << bit
        chunk_masks = []
        for first, last in pairwise(firsts):
            mask = 0
            for part in masks[first:last]:
                mask |= part
            chunk_masks.append(mask)
        return cls(_shares(question), split, tuple(masks), tuple(firsts), tuple(chunk_masks))

    def candidates(self, rank: int, prior: float, hit: Hit) -> list[Candidate]:
        """Score the units of one hit but for the kind of answer, which is added where it matters."""
        first, last = self.firsts[rank], self.firsts[rank + 1]
        base = prior + _CHUNK * self.share(self.chunk_masks[rank])
        parts = self.units[rank]
        by_start = {unit.start: first + place for place, unit in enumerate(parts)} if " | " in hit.text else {}
        found: list[Candidate] = []
        for place, unit in enumerate(parts, start=first):
            mask = self.masks[place]
            if unit.header is not None:
                mask |= self.masks[by_start[unit.header[0]]]
            before = self.masks[place - 1] & ~mask if place > first else 0
            after = self.masks[place + 1] & ~mask if place + 1 < last else 0
            covered = self.share(mask)
            score = base + _COVERED * covered + _BEFORE * self.share(before) + _AFTER * self.share(after)
            found.append(Candidate(rank, unit, score + _form(hit.text, unit), covered))
        return found


def _shares(question: Question) -> Callable[[int], float]:
    """Return a function from a mask of terms to their idf share in [0, 1]; sentences share masks, so it remembers."""
    known = {0: 0.0}

    def share(mask: int) -> float:
        value = known.get(mask)
        if value is None:
            held = sum(term.weight for bit, term in enumerate(question.terms) if mask >> bit & 1)
            value = known[mask] = held / question.total if question.total else 0.0
        return value

    return share


def _form(text: str, unit: Unit) -> float:
    """Return what the mere form of a unit is worth: headings and questions seldom answer."""
    last = text[unit.end - 1]
    if last in _QUESTION_MARKS:
        return _QUESTION
    short = text.count(" ", unit.start, unit.end) < _FRAGMENT_WORDS - 1
    return _FRAGMENT if short and last not in _STOPS and unit.header is None else 0.0
