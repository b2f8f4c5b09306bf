"""From outcomes to the rows of the quality table."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from evals.quality.cases import Kind, Outcome, by_tenant
from evals.quality.metrics import (
    CITATION_PRECISION,
    CITATION_RECALL,
    DEPTHS,
    EXACT,
    F1,
    HOLDS,
    LOWER_IS_BETTER,
    MRR,
    NDCG,
    NUMBERS,
    OVER_REFUSAL,
    REFUSAL_PRECISION,
    REFUSAL_RECALL,
    means,
    percentile,
    refusal_precision,
    scores,
)
from evals.verdicts.quality import QualityMeasure

ORDER: Final = (
    *(f"recall@{depth}" for depth in DEPTHS),
    NDCG,
    MRR,
    EXACT,
    F1,
    HOLDS,
    CITATION_PRECISION,
    CITATION_RECALL,
    NUMBERS,
    REFUSAL_PRECISION,
    REFUSAL_RECALL,
    OVER_REFUSAL,
)
_REFUSED: Final = {Kind.MISSING: "refused where nobody knows", Kind.FOREIGN: "refused where a stranger knows"}


def tenant_scores(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    """Return every measure of every tenant: the mean over its cases, and its share of right refusals."""
    found = {}
    for tenant, theirs in by_tenant(outcomes).items():
        precision = refusal_precision(theirs)
        alone = {} if precision is None else {REFUSAL_PRECISION: precision}
        found[tenant] = {**means(map(scores, theirs)), **alone}
    return found


def measures(dataset: str, outcomes: Sequence[Outcome]) -> tuple[QualityMeasure, ...]:
    """Return the rows of one set: means over tenants with the worst tenant, then kinds of refusal, then latency."""
    by_name = tenant_scores(outcomes)
    known = [name for name in ORDER if any(name in each for each in by_name.values())]
    return (
        *(_over_tenants(dataset, name, by_name, outcomes) for name in known),
        *_by_kind(dataset, outcomes),
        *_latencies(dataset, outcomes),
    )


def worst(name: str, values: Mapping[str, float]) -> str:
    """Return the tenant that a measure is worst for, the first of equals."""
    return (max if name in LOWER_IS_BETTER else min)(values, key=values.__getitem__)


def _over_tenants(
    dataset: str, name: str, by_name: Mapping[str, Mapping[str, float]], outcomes: Sequence[Outcome]
) -> QualityMeasure:
    values = {tenant: each[name] for tenant, each in by_name.items() if name in each}
    unhappy = worst(name, values)
    cases = len(outcomes) if name == REFUSAL_PRECISION else sum(name in scores(each) for each in outcomes)
    return QualityMeasure(dataset, name, sum(values.values()) / len(values), values[unhappy], unhappy, cases)


def _by_kind(dataset: str, outcomes: Sequence[Outcome]) -> Iterator[QualityMeasure]:
    for kind, title in _REFUSED.items():
        theirs = by_tenant([each for each in outcomes if each.case.kind is kind])
        if theirs:
            values = {tenant: means(map(scores, each))[REFUSAL_RECALL] for tenant, each in theirs.items()}
            unhappy = worst(title, values)
            cases = sum(map(len, theirs.values()))
            yield QualityMeasure(dataset, title, sum(values.values()) / len(values), values[unhappy], unhappy, cases)


def _latencies(dataset: str, outcomes: Sequence[Outcome]) -> Iterator[QualityMeasure]:
    """Percentiles over all cases, with the tenant that has the largest; they are shown and never gated."""
    found = (
        (
            "search",
            {tenant: [each.search_seconds for each in theirs] for tenant, theirs in by_tenant(outcomes).items()},
        ),
        ("ask", {tenant: [each.ask_seconds for each in theirs] for tenant, theirs in by_tenant(outcomes).items()}),
    )
    for what, seconds in found:
        everything = [each for theirs in seconds.values() for each in theirs]
        for title, part in (("p50", 0.5), ("p95", 0.95)):
            values = {tenant: percentile(theirs, part) * 1e3 for tenant, theirs in seconds.items()}
            slowest = max(values, key=values.__getitem__)
            overall = percentile(everything, part) * 1e3
            yield QualityMeasure(dataset, f"{what} {title} ms", overall, values[slowest], slowest, len(everything))
