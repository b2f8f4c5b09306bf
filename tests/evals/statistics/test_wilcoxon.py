"""Signed ranks and their interval agree with scipy, with textbooks, and with plain enumeration."""

import random
from itertools import combinations_with_replacement, product
from statistics import median

import pytest
import scipy  # its parts load with their first use: the statistics take two seconds
from hypothesis import given
from hypothesis import strategies as st

from evals.statistics.wilcoxon import EXACT, median_difference, signed_rank_p, signed_ranks

DARWIN = (49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48)
"""Heights of crossed less self-fertilised maize, in eighths of an inch (Fisher, The Design of Experiments, 1935)."""

_integers = st.integers(-6, 6)


def _noise(seed: int, count: int, shift: float = 0.0) -> list[float]:
    rng = random.Random(seed)  # noqa: S311 - a simulation
    return [rng.lognormvariate(0, 1) - rng.lognormvariate(0, 1) + shift for _ in range(count)]


def test_darwin_s_maize_gives_the_published_values() -> None:
    ranks, positive = signed_ranks(DARWIN)
    assert (sum(ranks), positive) == (120, 96)
    assert signed_rank_p(DARWIN) == pytest.approx(0.0413, abs=5e-5)


def test_the_smallest_samples_can_not_be_significant() -> None:
    assert [signed_rank_p(range(1, n + 1)) for n in range(1, 7)] == [1, 0.5, 0.25, 0.125, 0.0625, 0.03125]


@given(st.lists(_integers, min_size=1, max_size=9))
def test_with_ties_and_zeros_every_sign_is_counted(differences: list[int]) -> None:
    ranks, positive = signed_ranks(differences)
    middle = sum(ranks) / 2
    sums = [
        sum(rank for rank, sign in zip(ranks, signs, strict=True) if sign)
        for signs in product((0, 1), repeat=len(ranks))
    ]
    as_far = sum(abs(one - middle) >= abs(positive - middle) for one in sums)
    assert signed_rank_p(differences) == pytest.approx(as_far / len(sums))


@given(st.integers(0, 10_000), st.integers(2, EXACT), st.floats(-2, 2))
def test_up_to_fifty_pairs_it_is_scipy_s_exact_value(seed: int, count: int, shift: float) -> None:
    differences = _noise(seed, count, shift)
    assert signed_rank_p(differences) == pytest.approx(
        scipy.stats.wilcoxon(differences, method="exact").pvalue, rel=1e-9
    )


@given(st.lists(_integers, min_size=EXACT + 1, max_size=300).filter(any))
def test_beyond_fifty_it_is_scipy_s_normal_value_with_pratt_s_zeros(differences: list[int]) -> None:
    theirs = scipy.stats.wilcoxon(differences, zero_method="pratt", correction=True, method="asymptotic").pvalue
    assert signed_rank_p(differences) == pytest.approx(min(1.0, theirs), rel=1e-9, abs=1e-12)


def test_no_difference_at_all_is_no_evidence() -> None:
    assert signed_rank_p([]) == signed_rank_p([0.0] * 10) == signed_rank_p([0.0] * 1000) == 1.0


@given(st.lists(st.one_of(_integers.map(float), st.floats(-1e3, 1e3)), min_size=1, max_size=40))
def test_the_estimate_and_its_interval_are_order_statistics_of_all_means(differences: list[float]) -> None:
    means = sorted((one + other) / 2 for one, other in combinations_with_replacement(differences, 2))
    found = median_difference(differences)
    assert found.estimate == pytest.approx(median(means), rel=1e-12, abs=1e-12)
    if len(differences) > 5:
        low, high = means.index(_nearest(means, found.low)), len(means) - means[::-1].index(_nearest(means, found.high))
        assert found.low == pytest.approx(means[low], rel=1e-12, abs=1e-12)
        assert means[low] - found.low == pytest.approx(means[high - 1] - found.high, abs=1e-9)
    else:
        assert (found.low, found.high) == (float("-inf"), float("inf"))


def _nearest(means: list[float], value: float) -> float:
    return min(means, key=lambda one: abs(one - value))


def test_darwin_s_interval_is_the_one_that_r_gives() -> None:
    found = median_difference(DARWIN)
    means = sorted((one + other) / 2 for one, other in combinations_with_replacement(DARWIN, 2))
    assert (found.low, found.high) == (means[25], means[-26])  # qsignrank(0.025, 15) is 26
    assert found.estimate == median(means)


@pytest.mark.parametrize("count", [20, 49, 50, 51, 250])
def test_the_interval_excludes_zero_just_when_the_test_is_significant(count: int) -> None:
    verdicts = []
    for seed in range(40):
        differences = _noise(seed, count, shift=0.4)
        interval = median_difference(differences)
        verdicts.append((not interval.low <= 0 <= interval.high, signed_rank_p(differences) < 0.05))
    assert sum(one != other for one, other in verdicts) <= 1
    assert {one for one, _ in verdicts} == {True, False} or count > 51


@pytest.mark.parametrize("count", [30, 120])
def test_the_interval_covers_the_true_median_as_often_as_it_says(count: int) -> None:
    runs = 400
    found = [median_difference(_noise(seed, count, shift=3.0)) for seed in range(runs)]
    covered = sum(one.low <= 3.0 <= one.high for one in found)
    assert 0.925 * runs <= covered <= 0.98 * runs


def test_nothing_is_estimated_from_nothing() -> None:
    with pytest.raises(ValueError, match="no difference"):
        median_difference([])
