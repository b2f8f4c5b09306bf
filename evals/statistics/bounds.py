"""How high a rate may be that was not, or hardly, seen."""

from math import exp, expm1, lgamma, log, log1p
from typing import Final

CONFIDENCE: Final = 0.95
_HALVINGS: Final = 60  # below 1e-18 wide


def zero_leaks_bound(trials: int, *, confidence: float = CONFIDENCE) -> float:
    """Return the highest rate at which no leak in `trials` independent trials is still to be expected.

    1 - (1 - confidence)**(1/n): 300 trials bound it at 1 %, 3,000 at 0.1 %. ValueError without a trial.
    """
    return upper_bound(0, trials, confidence=confidence)


def upper_bound(seen: int, trials: int, *, confidence: float = CONFIDENCE) -> float:
    """Return the exact one-sided upper bound of a rate (Clopper and Pearson, Biometrika 26, 1934).

    It is the rate at which as few as `seen` in `trials` come about with probability 1 - confidence. ValueError unless
    0 <= seen <= trials and there is a trial.
    """
    if trials < 1 or not 0 <= seen <= trials:
        raise ValueError(f"{seen} of {trials} trials bound nothing")
    if seen == trials:
        return 1.0
    if seen == 0:
        return -expm1(log1p(-confidence) / trials)
    low, high = seen / trials, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if at_most(seen, trials, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def lower_bound(seen: int, trials: int, *, confidence: float = CONFIDENCE) -> float:
    """Return the exact one-sided lower bound of a rate. ValueError as for the upper one."""
    return 1 - upper_bound(trials - seen, trials, confidence=confidence)


def at_most(seen: int, trials: int, rate: float) -> float:
    """Return the probability of at most `seen` successes in `trials` at `rate` (strictly between 0 and 1)."""
    whole = lgamma(trials + 1)
    terms = (
        exp(whole - lgamma(k + 1) - lgamma(trials - k + 1) + k * log(rate) + (trials - k) * log1p(-rate))
        for k in range(seen + 1)
    )
    return min(1.0, sum(terms))
