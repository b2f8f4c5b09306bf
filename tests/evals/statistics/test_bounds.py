"""Bounds of a rate agree with published values and keep their promise."""

import random

import pytest
import scipy  # its parts load with their first use: the statistics take two seconds
from hypothesis import given
from hypothesis import strategies as st

from evals.statistics.bounds import at_most, lower_bound, upper_bound, zero_leaks_bound


@pytest.mark.parametrize(("trials", "percent"), [(1, 95.0), (59, 4.95), (300, 0.9936), (3_000, 0.0998)])
def test_no_leak_in_n_trials_bounds_the_rate(trials: int, percent: float) -> None:
    assert zero_leaks_bound(trials) * 100 == pytest.approx(percent, abs=0.005)
    assert zero_leaks_bound(trials) == pytest.approx(1 - 0.05 ** (1 / trials), rel=1e-9)


@given(st.integers(1, 400), st.data(), st.sampled_from([0.9, 0.95, 0.99]))
def test_the_exact_bounds_are_clopper_s_and_pearson_s(trials: int, data: st.DataObject, confidence: float) -> None:
    seen = data.draw(st.integers(0, trials))
    upper = scipy.stats.binomtest(seen, trials, alternative="less").proportion_ci(confidence, "exact").high
    lower = scipy.stats.binomtest(seen, trials, alternative="greater").proportion_ci(confidence, "exact").low
    assert upper_bound(seen, trials, confidence=confidence) == pytest.approx(upper, abs=1e-9)
    assert lower_bound(seen, trials, confidence=confidence) == pytest.approx(lower, abs=1e-9)


@given(st.integers(1, 3000), st.floats(0.0001, 0.9999), st.data())
def test_the_binomial_tail_is_exact(trials: int, rate: float, data: st.DataObject) -> None:
    seen = data.draw(st.integers(0, min(trials, 40)))
    assert at_most(seen, trials, rate) == pytest.approx(scipy.stats.binom.cdf(seen, trials, rate), rel=1e-5, abs=1e-200)


def test_the_bound_lies_below_the_true_rate_in_no_more_than_one_run_of_twenty() -> None:
    rng = random.Random(5)  # noqa: S311 - a simulation
    runs, trials, rate = 2_000, 200, 0.02
    bounds = [upper_bound(seen, trials) for seen in range(trials)]
    missed = sum(bounds[sum(rng.random() < rate for _ in range(trials))] < rate for _ in range(runs))
    assert 0 < missed <= 0.05 * runs


@pytest.mark.parametrize(("seen", "trials"), [(0, 0), (-1, 5), (6, 5)])
def test_what_bounds_nothing_is_refused(seen: int, trials: int) -> None:
    with pytest.raises(ValueError, match="bound nothing"):
        upper_bound(seen, trials)
