"""The bootstrap draws tenants, not cases, and its interval keeps its promise."""

import random
from collections.abc import Mapping, Sequence

import pytest
import scipy  # its parts load with their first use: the statistics take two seconds

from evals.statistics.bootstrap import paired_bootstrap


def _rng(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - a simulation


def _tenants(seed: int, *, count: int, shift: float) -> Mapping[str, Sequence[float]]:
    rng = _rng(seed)
    found = {}
    for number in range(count):
        own = rng.gauss(shift, 0.1)
        found[f"tenant {number}"] = [rng.gauss(own, 0.05) for _ in range(rng.randint(3, 60))]
    return found


def test_every_tenant_counts_the_same_however_many_cases_it_has() -> None:
    found = paired_bootstrap({"large": [0.0] * 1_000, "small": [1.0]}, rng=_rng(1), rounds=500)
    assert (found.estimate, found.low, found.high) == (0.5, 0.0, 1.0)


def test_the_interval_is_scipy_s_percentile_interval_of_the_tenants_means() -> None:
    tenants = _tenants(1, count=30, shift=0.2)
    means = [sum(cases) / len(cases) for cases in tenants.values()]
    theirs = scipy.stats.bootstrap(
        (means,), lambda x, axis: x.mean(axis), method="percentile", n_resamples=20_000, rng=2
    )
    found = paired_bootstrap(tenants, rng=_rng(2), rounds=20_000)
    assert found.low == pytest.approx(theirs.confidence_interval.low, abs=0.003)
    assert found.high == pytest.approx(theirs.confidence_interval.high, abs=0.003)


def test_it_repeats_with_its_seed_whatever_the_order_of_the_tenants() -> None:
    tenants = _tenants(1, count=8, shift=0.0)
    again = dict(reversed(list(tenants.items())))
    assert paired_bootstrap(tenants, rng=_rng(7), rounds=300) == paired_bootstrap(again, rng=_rng(7), rounds=300)


def test_it_rarely_sees_a_change_where_there_is_none_and_sees_one_of_a_tenth() -> None:
    runs = 200
    false = caught = 0
    for seed in range(runs):
        same = paired_bootstrap(_tenants(seed, count=25, shift=0.0), rng=_rng(seed), rounds=400)
        worse = paired_bootstrap(_tenants(seed, count=25, shift=-0.1), rng=_rng(seed), rounds=400)
        false += not same.low <= 0 <= same.high
        caught += worse.high < 0
    assert 0 < false <= 0.1 * runs
    assert caught >= 0.98 * runs


def test_what_can_not_be_compared_is_refused() -> None:
    for differences in ({}, {"north": [0.1], "south": []}):
        with pytest.raises(ValueError, match="tenant"):
            paired_bootstrap(differences, rng=_rng(1))
