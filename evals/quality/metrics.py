"""Plain measures of one outcome and of many, without a model to judge.

Rules this module enforces:

- what a measure is averaged over is decided by the case alone, before the service has answered: a refusal of an
  answerable question scores 0 in everything about its answer, it never leaves the mean;
- there is no NaN: a share of nothing is 0, a measure that no case defines is absent;
- over-refusal is measured wherever refusal is rewarded.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from evals.quality.cases import Kind, Outcome
from evals.quality.normalise import numbers, tokens, without_markers

DEPTHS: Final = (1, 5, 10)
NDCG: Final = "nDCG@10"
MRR: Final = "MRR"
EXACT: Final = "exact match"
F1: Final = "F1"
HOLDS: Final = "holds the answer"
CITATION_PRECISION: Final = "citation precision"
CITATION_RECALL: Final = "citation recall"
NUMBERS: Final = "numbers cited"
REFUSAL_PRECISION: Final = "refusal precision"
REFUSAL_RECALL: Final = "refusal recall"
OVER_REFUSAL: Final = "over-refusal"
LOWER_IS_BETTER: Final = frozenset({OVER_REFUSAL})


def scores(outcome: Outcome) -> dict[str, float]:
    """Return every measure that the case defines."""
    if outcome.case.kind is not Kind.ANSWERABLE:
        return {REFUSAL_RECALL: float(outcome.refused)}
    ranked, right = outcome.ranked, outcome.case.sources
    return {
        **{f"recall@{depth}": recall(ranked, right, depth) for depth in DEPTHS},
        NDCG: ndcg(ranked, right),
        MRR: reciprocal_rank(ranked, right),
        **_of_answer(outcome),
        OVER_REFUSAL: float(outcome.refused),
    }


def _of_answer(outcome: Outcome) -> dict[str, float]:
    if outcome.refused:
        return dict.fromkeys((EXACT, F1, HOLDS, CITATION_PRECISION, CITATION_RECALL, NUMBERS), 0.0)
    case, answer = outcome.case, outcome.answer
    cited = [each.document for each in outcome.citations]
    return {
        EXACT: exact_match(answer, case.golds, case.language),
        F1: best_f1(answer, case.golds, case.language),
        HOLDS: holds(answer, case.golds, case.language),
        CITATION_PRECISION: share(each in case.sources for each in cited),
        CITATION_RECALL: share(each in cited for each in case.sources),
        NUMBERS: float(not uncited_numbers(outcome)),
    }


def recall(ranked: Sequence[str], right: frozenset[str], depth: int) -> float:
    """Return the share of right documents among the first `depth`."""
    return share(each in ranked[:depth] for each in right)


def ndcg(ranked: Sequence[str], right: frozenset[str], depth: int = 10) -> float:
    """Return normalised discounted cumulative gain with binary relevance (Järvelin and Kekäläinen, 2002)."""
    gain = sum(1 / math.log2(place + 2) for place, each in enumerate(ranked[:depth]) if each in right)
    best = sum(1 / math.log2(place + 2) for place in range(min(depth, len(right))))
    return gain / best if best else 0.0


def reciprocal_rank(ranked: Sequence[str], right: frozenset[str]) -> float:
    """Return 1 over the place of the first right document, 0 when there is none."""
    return next((1 / place for place, each in enumerate(ranked, start=1) if each in right), 0.0)


def exact_match(answer: str, golds: Iterable[str], language: str = "en") -> float:
    """Return 1 if the normalised answer is one of the normalised golds."""
    given = tokens(answer, language)
    return float(any(given == tokens(gold, language) for gold in golds))


def best_f1(answer: str, golds: Iterable[str], language: str = "en") -> float:
    """Return the best harmonic mean of word precision and recall over the golds."""
    given = tokens(answer, language)
    return max((_f1(given, tokens(gold, language)) for gold in golds), default=0.0)


def _f1(given: Sequence[str], gold: Sequence[str]) -> float:
    if not given or not gold:
        return float(given == gold)
    common = sum((Counter(given) & Counter(gold)).values())
    return 2 * common / (len(given) + len(gold))


def holds(answer: str, golds: Iterable[str], language: str = "en") -> float:
    """Return 1 if the words of a gold stand in the answer one after another: fair to answers in whole sentences."""
    given = _joined(tokens(answer, language))
    return float(any(words in given for gold in golds if (words := _joined(tokens(gold, language))).strip()))


def _joined(words: Sequence[str]) -> str:
    return f" {' '.join(words)} "


def uncited_numbers(outcome: Outcome) -> frozenset[str]:
    """Return the numbers of an answer that stand in none of its citations; a refusal states none."""
    if outcome.refused:
        return frozenset()
    cited = frozenset[str]().union(*(numbers(each.quote) for each in outcome.citations))
    return numbers(without_markers(outcome.answer)) - cited


def refusal_precision(outcomes: Sequence[Outcome]) -> float | None:
    """Return the share of refusals that were right; 0 when nothing was refused, None when nothing should have been."""
    if all(each.case.kind is Kind.ANSWERABLE for each in outcomes):
        return None
    return share(each.case.kind is not Kind.ANSWERABLE for each in outcomes if each.refused)


def means(scored: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Return the mean of every measure over the cases that define it."""
    collected: dict[str, list[float]] = {}
    for each in scored:
        for name, value in each.items():
            collected.setdefault(name, []).append(value)
    return {name: sum(values) / len(values) for name, values in collected.items()}


def share(held: Iterable[bool]) -> float:
    """Return the share of true values, 0 for none at all."""
    values = list(held)
    return sum(values) / len(values) if values else 0.0


def percentile(values: Sequence[float], part: float) -> float:
    """Return the value below or at which `part` of `values` lie (nearest rank); 0 for no values."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)] if ordered else 0.0
