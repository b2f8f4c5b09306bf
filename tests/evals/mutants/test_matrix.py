"""What counts as noticing, and what does not."""

from typing import Any

import pytest

from evals.mutants.catalogue import Change, Mutant
from evals.mutants.matrix import Matrix, matrix
from evals.mutants.running import Outcome, Task

CHANGES = (Change("one", "two", "app.a:one"),)
M01 = Mutant("M01", "A wall is missing.", "L01", ("A1", "A3"), CHANGES)
H01 = Mutant("H01", "The suite is blind.", "", ("A1", "A3"), (Change("one", "two", "evals.a:one"),))


def judged(name: str, verdicts: dict[str, str], *, errors: tuple[str, ...] = (), error: str = "") -> Matrix:
    families = {
        family: {"verdict": verdict, "reason": "Because.", "findings": []} for family, verdict in verdicts.items()
    }
    run: dict[str, Any] = {"seed": "s", "harness_errors": list(errors), "families": families}
    task = Task(name, CHANGES, ("A1", "A3"), ("s",))
    outcome = Outcome(task, () if error else (run,), error)
    return matrix({"M01": M01, "H01": H01}, [outcome], trials=30)


def test_a_mutant_is_noticed_when_one_designated_family_finds_a_leak() -> None:
    found = judged("M01", {"A1": "pass", "A3": "leak"})
    assert found.faults == ()
    assert found.document["mutants"] == [
        {"id": "M01", "title": M01.title, "leak": "L01", "families": ["A1", "A3"], "killed_by": ["A3"]}
    ]


@pytest.mark.parametrize("verdict", ["pass", "inconclusive", "absent"])
def test_nothing_but_a_leak_counts_as_noticing(verdict: str) -> None:
    found = judged("M01", {"A1": verdict, "A3": verdict})
    assert [fault[:19] for fault in found.faults] == ["M01 was not noticed"]
    assert found.document["mutants"][0]["killed_by"] == []


def test_a_mutant_whose_service_does_not_start_is_not_noticed() -> None:
    (fault,) = judged("M01", {}, error="The service did not start.").faults
    assert "M01 was not noticed" in fault
    assert "did not start" in fault


def test_a_broken_suite_is_found_out_when_every_designated_family_is_inconclusive() -> None:
    found = judged("H01", {"A1": "inconclusive", "A3": "inconclusive"})
    assert found.faults == ()
    assert found.document["harness"][0]["verdicts"] == {"A1": "inconclusive", "A3": "inconclusive"}


@pytest.mark.parametrize("verdict", ["pass", "leak", "absent"])
def test_a_broken_suite_that_comes_to_a_verdict_is_a_fault(verdict: str) -> None:
    (fault,) = judged("H01", {"A1": "inconclusive", "A3": verdict}).faults
    assert f"A3 came to {verdict}" in fault


def test_whole_code_passes_from_every_seed() -> None:
    found = judged("clean", {"A1": "pass", "A3": "absent"})
    assert found.faults == ()
    assert found.document["clean"] == {
        "seeds": ["s"],
        "errors": 0,
        "verdicts": {"A1": {"pass": 1}, "A3": {"absent": 1}},
    }


@pytest.mark.parametrize("verdict", ["leak", "inconclusive"])
def test_an_alarm_or_a_doubt_about_whole_code_is_a_fault(verdict: str) -> None:
    (fault,) = judged("clean", {"A1": "pass", "A3": verdict}).faults
    assert f"A3 {verdict} on whole code" in fault


def test_a_suite_that_fails_on_whole_code_is_a_fault() -> None:
    assert judged("clean", {"A1": "pass", "A3": "pass"}, errors=("It broke.",)).faults
    assert judged("clean", {}, error="It said nothing.").faults
