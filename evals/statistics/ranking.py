"""Tells from ranks whether secrets stand out among decoys."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2
from random import Random


@dataclass(frozen=True, slots=True)
class Separation:
    """How well scores tell two groups apart: 0.5 is not at all, 1.0 (or 0.0) is perfectly."""

    auc: float
    p: float


def auc(secrets: Sequence[float], decoys: Sequence[float]) -> float:
    """Return how likely a secret scores above a decoy, a tie counting half. ValueError if either group is empty."""
    if not secrets or not decoys:
        raise ValueError("two groups are compared, and one is empty")
    return _auc(sum(_ranks([*secrets, *decoys])[: len(secrets)]), len(secrets), len(decoys))


def separation(secrets: Sequence[float], decoys: Sequence[float], *, rng: Random, rounds: int = 10_000) -> Separation:
    """Return the AUC with the two-sided p-value of "the two groups are exchangeable".

    The p-value comes from relabelling at random `rounds` times, with the relabelling that was seen counted in (Phipson
    and Smyth, SAGMB 9, 2010): it is never zero, and never below 1 / (rounds + 1).
    """
    seen = auc(secrets, decoys)
    if len({*secrets, *decoys}) == 1:
        return Separation(seen, 1.0)  # whatever the labels
    ranks, size = _ranks([*secrets, *decoys]), len(secrets)
    far = abs(seen - 0.5) - 1e-12
    as_far = sum(abs(_auc(sum(rng.sample(ranks, size)), size, len(decoys)) - 0.5) >= far for _ in range(rounds))
    return Separation(seen, (as_far + 1) / (rounds + 1))


def exposure(secret: float, decoys: Sequence[float]) -> float:
    """Return the exposure in bits of a secret whose score (more is likelier) stands among those of its decoys.

    log2 of how many candidates there are, minus log2 of the secret's rank among them (Carlini et al., The Secret
    Sharer, 2019); ties rank it in the middle. An unexposed secret has 1 bit in the median, the first of n has log2 n.
    """
    ahead = sum(one > secret for one in decoys)
    level = sum(one == secret for one in decoys)
    return log2(len(decoys) + 1) - log2(ahead + level / 2 + 1)


def _auc(rank_sum: float, size: int, others: int) -> float:
    return (rank_sum - size * (size + 1) / 2) / (size * others)


def _ranks(values: Sequence[float]) -> list[float]:
    """Return the rank of every value from 1, equal ones sharing the mean of theirs."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    at = 0
    while at < len(order):
        end = at
        while end < len(order) and values[order[end]] == values[order[at]]:
            end += 1
        for place in order[at:end]:
            ranks[place] = (at + 1 + end) / 2
        at = end
    return ranks
