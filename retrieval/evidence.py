"""How well every sentence of the hits answers a question, judged without a model."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import exp, log
from typing import Final

from retrieval.cues import fits
from retrieval.passages.identifiers import Match, match
from retrieval.passages.language import in_another_language
from retrieval.passages.occurrences import lower, occurrences
from retrieval.passages.rows import units_of
from retrieval.question import Question
from retrieval.weights import ACROSS_LANGUAGES, BY_WORDS, NO_LEAD, WITH_PARTS, SentenceTraits, Signals, Weights, weighed
from tenancy.index.hits import Hit
from tenancy.values.units import Unit

_QUESTION_MARKS: Final = "?\u061f\uff1f"  # Latin, Arabic, full-width
_STOPS: Final = ".!\"'\u2026\u201d\u3002\uff01"
_FRAGMENT_WORDS: Final = 6
_ORDINAL: Final = re.compile(r"^(?:\(?\d+(?:\.\d+)*[.)]?|§+ ?\d+\w?)\s+(?=\S)")
_SAYS: Final = re.compile(r"[\d:=|@]|^[-*\u2022\u25e6\u25aa]")  # figures, `name: value`, list items
_FEW_ROWS: Final = 3
_FIFTH: Final = 4
_MOST_TERMS: Final = 12
# The kind of answer is looked for only where it can still decide, within this much of the best.
_IN_REACH: Final = 4.0


Meanings = Callable[[int, Sequence[Unit]], Sequence[tuple[float, float]]]
"""From a hit's rank and its units to the `cosine` and the `words` of each; see `SentenceTraits`."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One sentence of one hit: `rank` is the hit's place from 0, `traits` what speaks for it, weighed in `score`.

    Of a row `own` is the share without what its columns' names hold, and `has` how well it has what is named.
    """

    rank: int
    unit: Unit
    score: float
    traits: SentenceTraits
    own: float = 0.0
    has: Match = Match.NAMED


@dataclass(frozen=True, slots=True)
class Evidence:
    """The candidates best first, and `support` in (0, 1): how likely it is that the hits answer the question."""

    candidates: tuple[Candidate, ...]
    support: float


def weigh(question: Question, hits: Sequence[Hit], meanings: Meanings | None = None) -> Evidence:
    """Score every sentence of `hits` (best hit first) against `question`. Without hits the support is 0."""
    if not hits:
        return Evidence((), 0.0)
    page, weights = _Page.of(question, hits), _weights(question, hits, meanings)
    scored = [
        candidate
        for rank, hit in enumerate(hits)
        for candidate in page.candidates(rank, hit, weights.sentence, meanings)
    ]
    scored = _named(scored)
    if not scored:
        return Evidence((), 0.0)
    ordered = _with_kind(question, hits, scored, weights.sentence)
    logit = weighed(_signals(page, hits, ordered), weights.support)
    return Evidence(ordered, 1.0 / (1.0 + exp(-logit)))


def _weights(question: Question, hits: Sequence[Hit], meanings: Meanings | None) -> Weights:
    if meanings is None:
        return BY_WORDS
    return ACROSS_LANGUAGES if in_another_language(question.lowered, hits[0].text) else WITH_PARTS


def _with_kind(
    question: Question, hits: Sequence[Hit], scored: list[Candidate], weights: SentenceTraits
) -> tuple[Candidate, ...]:
    """Add what the kind of answer is worth and sort best first."""
    floor = max(candidate.score for candidate in scored) - _IN_REACH
    final: list[Candidate] = []
    for candidate in scored:
        unit = candidate.unit
        if candidate.score >= floor and fits(question, hits[candidate.rank].text[unit.start : unit.end]):
            traits = candidate.traits._replace(kind=1.0)
            final.append(replace(candidate, score=candidate.score + weights.kind, traits=traits))
        else:
            final.append(candidate)
    return tuple(sorted(final, key=lambda each: (-each.score, each.rank, each.unit.start)))


def _signals(page: "_Page", hits: Sequence[Hit], ordered: Sequence[Candidate]) -> Signals:
    best = ordered[0]
    similarities = sorted((hit.similarity for hit in hits), reverse=True)
    others = similarities[1:]
    words = sorted((each.traits.words for each in ordered), reverse=True)
    return Signals(
        similarity=hits[best.rank].similarity,
        lead=similarities[0] - sum(others) / len(others) if others else NO_LEAD,
        rivals=log(sum(exp(each.score - best.score) for each in ordered)),
        present=page.chunk_masks[best.rank].bit_count() / max(1, len(page.question.terms)),
        covered=best.traits.covered,
        cosine=best.traits.cosine,
        words=best.traits.words,
        words_lead=words[0] - words[min(_FIFTH, len(words) - 1)],
        terms=min(_MOST_TERMS, len(page.question.terms)) / 10,
        bias=1.0,
    )


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

    def candidates(self, rank: int, hit: Hit, weights: SentenceTraits, meanings: Meanings | None) -> list[Candidate]:
        """Score the units of one hit but for the kind of answer, which is added where it matters."""
        first, last = self.firsts[rank], self.firsts[rank + 1]
        known = SentenceTraits(chunk=self.share(self.chunk_masks[rank]), similarity=hit.similarity, place=hit.score)
        meant = [(0.0, 0.0)] * (last - first) if meanings is None else meanings(rank, self.units[rank])
        found: list[Candidate] = []
        for place, (unit, (cosine, words)) in enumerate(zip(self.units[rank], meant, strict=True), start=first):
            following = self.units[rank][place - first + 1] if place + 1 < last else None
            if not unit.quotable or _is_heading(hit.text, unit, following):
                continue
            mask = self.masks[place]
            own = known._replace(cosine=cosine, words=words)
            if unit.rows is not None:
                candidate = self._row(rank, hit, unit, mask, own, weights)
                if candidate is not None:
                    found.append(candidate)
                continue
            before = self.masks[place - 1] & ~mask if place > first else 0
            after = self.masks[place + 1] & ~mask if place + 1 < last else 0
            traits = _form(hit.text, unit, own)._replace(
                covered=self.share(mask), before=self.share(before), after=self.share(after)
            )
            found.append(Candidate(rank, unit, weighed(traits, weights), traits))
        return found

    def _row(
        self, rank: int, hit: Hit, unit: Unit, mask: int, known: SentenceTraits, weights: SentenceTraits
    ) -> Candidate | None:
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
        traits = known._replace(covered=self.share(mask | self.headings[heading]))
        own = self.share(mask & ~self.headings[heading])
        return Candidate(rank, unit, weighed(traits, weights), traits, own, has)


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


def _is_heading(text: str, unit: Unit, following: Unit | None) -> bool:
    """Tell whether a unit is the title of what follows: short, without stop or figures, on a line before a sentence.

    It is no answer by itself; its words count for the sentence after it.
    """
    if following is None or unit.rows is not None or "\n" not in text[unit.end : following.start]:
        return False
    words = _ORDINAL.sub("", text[unit.start : unit.end])
    if _form(words, Unit(0, len(words)), SentenceTraits()).fragment == 0.0 or _SAYS.search(words):
        return False
    return _form(text, following, SentenceTraits()).fragment == 0.0 and following.rows is None


def _form(text: str, unit: Unit, known: SentenceTraits) -> SentenceTraits:
    """Add what the mere form of a unit tells: headings and questions seldom answer."""
    last = text[unit.end - 1]
    if last in _QUESTION_MARKS:
        return known._replace(question=1.0)
    short = text.count(" ", unit.start, unit.end) < _FRAGMENT_WORDS - 1
    return known._replace(fragment=1.0) if short and last not in _STOPS else known
