"""Compares two runs over the same cases by resampling whole tenants.

Cases of one tenant are not independent of each other, so tenants are drawn, and with each all of its cases.
"""

from collections.abc import Mapping, Sequence
from random import Random

from evals.statistics.wilcoxon import Interval


def paired_bootstrap(
    differences: Mapping[str, Sequence[float]], *, rng: Random, rounds: int = 10_000, confidence: float = 0.95
) -> Interval:
    """Return the mean over tenants of each one's mean difference (now minus before), with its percentile interval.

    `differences` holds the cases of each tenant, already paired. Every tenant counts the same however many cases it
    has. With fewer than some ten tenants the interval is too narrow; with one it is a point. ValueError without a
    tenant or for a tenant without a case.
    """
    if not differences or not all(differences.values()):
        raise ValueError("every tenant needs a case, and there must be a tenant")
    means = [sum(cases) / len(cases) for _, cases in sorted(differences.items())]
    drawn = sorted(sum(rng.choices(means, k=len(means))) / len(means) for _ in range(rounds))
    outside = int((1 - confidence) / 2 * rounds)
    return Interval(sum(means) / len(means), drawn[outside], drawn[-1 - outside])
