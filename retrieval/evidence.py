"""How well every sentence of the hits answers a question, judged without a model."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import exp
from typing import Final

from retrieval.cues import fits
from retrieval.passages.identifiers import Match, match
from retrieval.passages.occurrences import lower, occurrences
from retrieval.passages.rows import units_of
from retrieval.question import Question
from tenancy.index.hits import Hit
from tenancy.values.units import Unit

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
_FEW_ROWS: Final = 3
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
    """One sentence of one hit: `rank` is the hit's place from 0, `covered` the idf share of terms it holds.

    Of a row `own` is the share without what its columns' names hold, and `has` how well it has what is named.
    """

    rank: int
    unit: Unit
    score: float
    covered: float
    own: float = 0.0
    has: Match = Match.NAMED


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
    scored = _named(scored)
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
        final.append((replace(candidate, score=candidate.score + _KIND) if has else candidate, has))
    final.sort(key=lambda pair: (-pair[0].score, pair[0].rank, pair[0].unit.start))
    return tuple(candidate for candidate, _ in final), final[0][1]


@dataclass(frozen=True, slots=True)
class _Page:
    """All hits as one lower-case text: per unit and per hit a bit mask of the question's terms that occur there."""

    question: Question
    share: Callable[[int], float]
    units: tuple[tuple[Unit, ...], ...]
    masks: tuple[int, ...]
    firsts: tuple[int, ...]  # where each hit's units begin in `masks`
    chunk_masks: tuple[int, ...]
    headings: Mapping[str, int]

    @classmethod
    def of(cls, question: Question, hits: Sequence[Hit]) -> "_Page":
        """Find every term once over the joined texts."""
        split = tuple(map(units_of, hits))
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
        headings = _heading_masks(question, hits)
        chunk_masks = []
        for (first, last), hit in zip(pairwise(firsts), hits, strict=True):
            mask = 0
            for part in masks[first:last]:
                mask |= part
            for rows in hit.layout.rows:
                mask |= headings[rows.heading()]
            chunk_masks.append(mask)
        return cls(question, _shares(question), split, tuple(masks), tuple(firsts), tuple(chunk_masks), headings)

    def candidates(self, rank: int, prior: float, hit: Hit) -> list[Candidate]:
        """Score the units of one hit but for the kind of answer, which is added where it matters."""
        first, last = self.firsts[rank], self.firsts[rank + 1]
        base = prior + _CHUNK * self.share(self.chunk_masks[rank])
        found: list[Candidate] = []
        for place, unit in enumerate(self.units[rank], start=first):
            if not unit.quotable:
                continue
            mask = self.masks[place]
            if unit.rows is not None:
                candidate = self._row(rank, base, hit, unit, mask)
                if candidate is not None:
                    found.append(candidate)
                continue
            before = self.masks[place - 1] & ~mask if place > first else 0
            after = self.masks[place + 1] & ~mask if place + 1 < last else 0
            covered = self.share(mask)
            score = base + _COVERED * covered + _BEFORE * self.share(before) + _AFTER * self.share(after)
            found.append(Candidate(rank, unit, score + _form(hit.text, unit), covered))
        return found

    def _row(self, rank: int, base: float, hit: Hit, unit: Unit, mask: int) -> Candidate | None:
        """Score a row of a table by itself and the names of its columns; None if it is not what the question names."""
        assert unit.rows is not None  # noqa: S101 - for the type checker; the caller has looked
        rows, heading = unit.rows, unit.rows.heading()
        if self.question.identifiers:
            cells = hit.text[unit.start : unit.end].lower().split(" | ")
            around = f"{rows.sheet}\n{rows.caption}\n{hit.document_name}".lower()
            has = match(self.question.identifiers, cells, [name.lower() for name in rows.header], around)
            if has is Match.NONE:
                return None
        else:
            has = Match.NAMED
        covered, own = self.share(mask | self.headings[heading]), self.share(mask & ~self.headings[heading])
        return Candidate(rank, unit, base + _COVERED * covered, covered, own, has)


def _heading_masks(question: Question, hits: Sequence[Hit]) -> dict[str, int]:
    """Return which terms of the question stand in the heading of each table of the hits."""
    headings = {rows.heading() for hit in hits for rows in hit.layout.rows}
    return {
        heading: sum(1 << bit for bit, term in enumerate(question.terms) if occurrences(lower(heading), term))
        for heading in headings
    }


def _named(found: list[Candidate]) -> list[Candidate]:
    """Leave out rows that another row of the same table outdoes in what the question says of the row wanted.

    Neighbouring rows differ in little but what tells them apart: one that has less of that is another row, however
    well its columns fit. Rows of a larger table that have nothing of it were not asked for at all.
    """
    best: dict[str, tuple[Match, float]] = {}
    count: Counter[str] = Counter()
    for each in found:
        if each.unit.rows is not None:
            heading = each.unit.rows.heading()
            best[heading] = max(best.get(heading, (each.has, each.own)), (each.has, each.own))
            count[heading] += 1
    kept: list[Candidate] = []
    for each in found:
        if each.unit.rows is not None:
            heading = each.unit.rows.heading()
            if (each.has, each.own) != best[heading] or (not each.own and count[heading] > _FEW_ROWS):
                continue
        kept.append(each)
    return kept


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
    return _FRAGMENT if short and last not in _STOPS else 0.0
