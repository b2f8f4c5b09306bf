"""The verdict on timing: pass only inside the band, leak only beyond it, otherwise sample on and then say so."""

import random

import pytest

from evals.statistics.equivalence import Decision, Look, Sequential, band

_DELTA = 1.0


def _sampled(seed: int, shift: float, plan: Sequential, *, noise: float = 2.0) -> Look:
    """Sample as a caller does: on from look to look while it is open. Noise is of latencies, with a long tail."""
    rng = random.Random(f"{shift} {seed}")  # noqa: S311 - a simulation
    pairs: list[float] = []
    while due := plan.due(len(pairs)):
        pairs += [
            shift + noise * (rng.lognormvariate(0, 0.7) - rng.lognormvariate(0, 0.7)) for _ in range(due - len(pairs))
        ]
        look = plan.look(pairs)
        if look.decision is not Decision.OPEN:
            break
    return look


def _counts(shift: float, runs: int, *, noise: float = 2.0) -> dict[Decision, int]:
    plan = Sequential(_DELTA)
    found = [_sampled(seed, shift, plan, noise=noise).decision for seed in range(runs)]
    return {decision: found.count(decision) for decision in Decision}


def test_without_a_difference_it_passes_and_never_alarms() -> None:
    counts = _counts(0.0, 200)
    assert counts[Decision.DIFFERENT] == 0
    assert counts[Decision.EQUIVALENT] >= 198


@pytest.mark.parametrize("shift", [2.0, -2.0])
def test_twice_the_band_is_found_and_never_passed(shift: float) -> None:
    counts = _counts(shift, 100)
    assert counts[Decision.EQUIVALENT] == 0
    assert counts[Decision.DIFFERENT] >= 98


def test_a_difference_as_large_as_the_band_hardly_ever_passes() -> None:
    counts = _counts(1.0, 100)
    assert counts[Decision.EQUIVALENT] <= 5  # with undivided looks 12 of these runs pass


def test_too_much_noise_is_neither_a_pass_nor_a_leak() -> None:
    counts = _counts(0.0, 10, noise=60.0)
    assert counts[Decision.OPEN] == 10


def test_a_difference_within_the_band_is_no_leak_however_significant() -> None:
    look = Sequential(_DELTA).look([0.3 + one / 1000 for one in range(250)])
    assert (look.p < 1e-20, look.decision) == (True, Decision.EQUIVALENT)


def test_a_sure_difference_that_may_lie_in_the_band_or_beyond_is_neither() -> None:
    look = Sequential(_DELTA).look([0.9 + (one - 124.5) / 100 for one in range(250)])
    assert look.p < 1e-20
    assert look.difference.low < _DELTA < look.difference.high
    assert look.decision is Decision.OPEN


def test_a_large_difference_that_may_be_chance_is_no_leak_yet() -> None:
    look = Sequential(_DELTA).look([one - 124.5 + 5 for one in range(250)])
    assert (look.difference.estimate, look.decision) == (5.0, Decision.OPEN)
    assert look.p > 0.1


def test_fewer_pairs_than_the_first_look_decide_nothing() -> None:
    plan = Sequential(_DELTA)
    assert plan.look([0.0] * 249).decision is Decision.OPEN
    assert plan.look([0.0] * 250).decision is Decision.EQUIVALENT
    assert plan.look([9.0] * 249).decision is Decision.OPEN
    assert plan.look([9.0] * 250).decision is Decision.DIFFERENT


def test_looks_double_up_to_the_last() -> None:
    assert Sequential(1.0).sizes == (250, 500, 1_000, 2_000)
    assert Sequential(1.0, first=30, last=100).sizes == (30, 60, 100)
    plan = Sequential(1.0)
    assert [plan.due(pairs) for pairs in (0, 249, 250, 600, 1_999, 2_000, 5_000)] == [250, 250, 500, 1_000, 2_000, 0, 0]


def test_the_band_is_the_wider_of_the_two() -> None:
    assert band(8.0, absolute=1.0, relative=0.05) == 1.0
    assert band(100.0, absolute=1.0, relative=0.05) == 5.0


@pytest.mark.parametrize(("delta", "first", "last"), [(0.0, 10, 20), (1.0, 1, 20), (1.0, 30, 20)])
def test_a_plan_without_a_band_or_looks_is_refused(delta: float, first: int, last: int) -> None:
    with pytest.raises(ValueError, match="band"):
        Sequential(delta, first=first, last=last)
