"""What evidence amounts to."""

from dataclasses import replace

import pytest

from evals.verdicts.family import Evidence, Verdict, absent, inconclusive, rate_bound
from evals.verdicts.finding import shortened
from evals.verdicts.trial import Cell, ControlKind, Trial
from tests.evals.verdicts.made import CELL, finding, passed, sound, trial


def test_trials_with_both_controls_held_and_no_finding_are_a_pass() -> None:
    result = passed()
    assert result.verdict is Verdict.PASS
    assert result.cells == {CELL}


def test_nothing_written_down_is_inconclusive_and_says_each_thing_that_is_missing() -> None:
    result = Evidence("A3", "Canaries through search").result(seconds=0.0)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.bound is None
    for missing in ("No trial", "No positive control", "No negative control"):
        assert missing in result.reason


def test_without_a_trial_controls_alone_do_not_pass() -> None:
    evidence = Evidence("A3", "t")
    evidence.control(ControlKind.POSITIVE, "p", held=True)
    evidence.control(ControlKind.NEGATIVE, "n", held=True)
    assert evidence.result(seconds=0.0).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("kind", list(ControlKind))
def test_a_control_of_either_kind_is_needed(kind: ControlKind) -> None:
    evidence = Evidence("A3", "t")
    evidence.trial(trial())
    evidence.control(kind, "the only one", held=True)
    assert evidence.result(seconds=0.0).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("kind", list(ControlKind))
def test_one_control_that_did_not_hold_spoils_the_pass_and_is_named(kind: ControlKind) -> None:
    evidence = sound()
    evidence.control(kind, "The one that did not.", held=False)
    result = evidence.result(seconds=0.0)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "The one that did not." in result.reason


def test_a_doubt_spoils_a_pass() -> None:
    evidence = sound()
    evidence.doubt("Half of the requests timed out.")
    result = evidence.result(seconds=0.0)
    assert (result.verdict, result.reason) == (Verdict.INCONCLUSIVE, "Half of the requests timed out.")


def test_a_finding_is_a_leak_whatever_else_is_missing() -> None:
    evidence = Evidence("A3", "t")
    evidence.doubt("The target was slow.")
    evidence.leak(finding())
    result = evidence.result(seconds=0.0)
    assert (result.verdict, result.bound) == (Verdict.LEAK, None)


def test_the_same_leak_again_is_one_finding() -> None:
    evidence = sound()
    for title in ("one", "one", "two"):
        evidence.leak(finding(title))
    assert [one.title for one in evidence.result(seconds=0.0).findings] == ["one", "two"]


def test_equal_trials_count_once_towards_the_bound() -> None:
    evidence = sound()
    for number in (0, 0, 1):
        evidence.trial(trial(number))
    result = evidence.result(seconds=0.0)
    assert (result.trials, result.distinct) == (4, 2)
    assert result.bound == rate_bound(2)


def test_a_trial_of_another_attacker_or_cell_is_another_trial() -> None:
    other_cell = Trial("c", "t", Cell("GET /v1/documents"), "alpha", "beta")
    other_attacker = Trial("c", "t", CELL, "gamma", "beta")
    assert len({other_cell, other_attacker, Trial("c", "t", CELL, "alpha", "beta")}) == 3


@pytest.mark.parametrize(("trials", "bound"), [(1, 0.95), (300, 0.009936), (3000, 0.000998)])
def test_the_bound_is_the_exact_binomial_one(trials: int, bound: float) -> None:
    assert rate_bound(trials) == pytest.approx(bound, rel=1e-3)


def test_what_could_not_be_run_is_never_a_pass() -> None:
    assert absent("A12", "t", "It has no conversations.").verdict is Verdict.ABSENT
    assert inconclusive("A12", "t", "No search.").verdict is Verdict.INCONCLUSIVE


def test_a_secret_is_shown_by_its_first_four_characters() -> None:
    assert shortened("K7QZ2M4NAB") == "K7QZ…"


def test_the_distinct_trials_of_each_attacker_and_victim_are_counted() -> None:
    evidence = sound()
    evidence.trial(trial())
    evidence.trial(trial(1))
    evidence.trial(replace(trial(), attacker="gamma"))
    assert evidence.result(seconds=0.0).pairs == {("alpha", "beta"): 2, ("gamma", "beta"): 1}
