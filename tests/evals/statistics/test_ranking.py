"""Separation by rank agrees with scipy, with the published exposure, and with chance where there is only chance."""

import random

import pytest
import scipy  # its parts load with their first use: the statistics take two seconds
from hypothesis import given
from hypothesis import strategies as st

from evals.statistics.ranking import auc, exposure, separation

_scores = st.lists(st.integers(-4, 4), min_size=1, max_size=30)


def _rng(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - a simulation


@given(_scores, _scores)
def test_the_auc_is_mann_s_and_whitney_s_count_of_pairs(secrets: list[int], decoys: list[int]) -> None:
    pairs = [(one > other) + (one == other) / 2 for one in secrets for other in decoys]
    assert auc(secrets, decoys) == pytest.approx(sum(pairs) / len(pairs))
    assert auc(secrets, decoys) == pytest.approx(scipy.stats.mannwhitneyu(secrets, decoys).statistic / len(pairs))
    assert auc(decoys, secrets) == pytest.approx(1 - auc(secrets, decoys))


def test_scores_that_tell_all_apart_have_the_smallest_p_value() -> None:
    found = separation(range(100, 120), range(20), rng=_rng(1), rounds=2_000)
    assert (found.auc, found.p) == (1.0, 1 / 2_001)
    assert separation(range(20), range(100, 120), rng=_rng(1), rounds=2_000).auc == 0.0


def test_equal_scores_are_no_evidence() -> None:
    assert separation([1.0] * 20, [1.0] * 20, rng=_rng(1), rounds=200) == separation([0], [0], rng=_rng(2), rounds=9)
    assert separation([1.0] * 20, [1.0] * 20, rng=_rng(1), rounds=200).p == 1.0


def test_the_p_value_is_close_to_the_exact_one_and_repeats_with_its_seed() -> None:
    rng = _rng(3)
    secrets, decoys = [rng.gauss(0.9, 1) for _ in range(9)], [rng.gauss(0, 1) for _ in range(9)]
    found = separation(secrets, decoys, rng=_rng(4), rounds=20_000)
    assert found.p == pytest.approx(scipy.stats.mannwhitneyu(secrets, decoys, method="exact").pvalue, abs=0.01)
    assert separation(secrets, decoys, rng=_rng(4), rounds=20_000) == found


def test_without_a_leak_it_alarms_as_often_as_the_level_says_and_with_one_it_alarms() -> None:
    false = caught = 0
    runs = 250
    for seed in range(runs):
        rng = _rng(seed)
        noise = [[rng.gauss(0, 1) for _ in range(40)] for _ in range(2)]
        false += separation(*noise, rng=rng, rounds=199).p <= 0.05
        caught += separation([one + 1 for one in noise[0]], noise[1], rng=rng, rounds=199).p <= 0.05
    assert 0.02 * runs <= false <= 0.08 * runs
    assert caught >= 0.97 * runs


def test_exposure_is_the_published_one() -> None:
    assert exposure(9.0, [float(n) for n in range(7)]) == 3.0  # the first of eight
    assert exposure(-1.0, [float(n) for n in range(7)]) == 0.0  # the last of eight
    assert exposure(0.5, [0.5] * 6) == pytest.approx(0.807, abs=1e-3)  # in the middle of seven
    ranks = [exposure(float(n), [float(m) for m in range(1023) if m != n]) for n in range(1023)]
    assert sorted(ranks)[511] == pytest.approx(1.0, abs=0.01)


def test_an_empty_group_is_refused() -> None:
    for secrets, decoys in ((0, 1), (1, 0)):
        with pytest.raises(ValueError, match="empty"):
            auc([1.0] * secrets, [1.0] * decoys)
