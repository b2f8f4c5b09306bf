"""What counts as noticing, and what does not."""

from dataclasses import replace

import pytest

from evals.mutants.outcome.matrix import Column, Matrix, column_of, counts, matrix
from evals.mutants.outcome.results import Results
from tests.evals.mutants.made import H01, M01, finish, task, tell

SAME = replace(M01, equivalent="It is not run.")


def judged(
    name: str,
    verdicts: dict[str, str],
    *,
    errors: tuple[str, ...] = (),
    error: str = "",
    stopped: str = "",
    mutant: object = M01,
) -> Matrix:
    one = task(name)
    results = Results([one])
    tell(results, one, verdicts)
    if not error:
        finish(results, one, errors=errors, stopped=stopped)
    results.end(one, error)
    assert isinstance(mutant, type(M01))
    return matrix({"M01": mutant, "H01": H01}, results.outcomes, trials=30)


def test_a_mutant_is_noticed_when_one_family_finds_a_leak() -> None:
    found = judged("M01", {"A1": "pass", "A3": "leak"})
    assert found.faults == ()
    assert found.document["counts"] == {"noticed": 1, "stopped": 0, "equivalent": 0, "unnoticed": 0}
    assert found.document["mutants"] == [
        {
            "id": "M01",
            "title": M01.title,
            "leak": "L01",
            "families": ["A1", "A3"],
            "killed_by": ["A3"],
            "column": "noticed",
        }
    ]


def test_a_mutant_that_every_family_passes_is_unnoticed() -> None:
    found = judged("M01", {"A1": "pass", "A3": "absent"})
    assert [fault[:19] for fault in found.faults] == ["M01 was not noticed"]
    assert column_of(found.document["mutants"][0]) is Column.UNNOTICED
    assert found.document["mutants"][0]["killed_by"] == []


@pytest.mark.parametrize(
    ("verdicts", "errors", "error", "stopped"),
    [
        ({"A1": "pass", "A3": "inconclusive"}, (), "", ""),
        ({"A1": "absent", "A3": "absent"}, (), "", ""),
        ({"A1": "pass"}, ("Family A3: ZeroDivisionError",), "", ""),
        ({"A1": "pass"}, (), "It took longer than 900 s.", ""),
        ({}, (), "It does not fit the code.", ""),
        ({}, (), "", "The service did not start."),
    ],
)
def test_what_comes_to_no_verdict_is_stopped(
    verdicts: dict[str, str], errors: tuple[str, ...], error: str, stopped: str
) -> None:
    found = judged("M01", verdicts, errors=errors, error=error, stopped=stopped)
    (row,), (fault,) = found.document["mutants"], found.faults
    assert column_of(row) is Column.STOPPED
    assert fault.startswith("M01 was stopped.")
    assert (error or stopped) in row["stopped"]


def test_a_leak_found_before_the_end_came_is_noticed_all_the_same() -> None:
    found = judged("M01", {"A1": "leak"}, error="It took longer than 900 s.")
    assert (found.faults, found.document["counts"]["noticed"]) == ((), 1)


def test_an_equivalent_mutant_is_no_fault_unless_it_is_noticed() -> None:
    passed = judged("M01", {"A1": "pass", "A3": "pass"}, mutant=SAME)
    assert (passed.faults, passed.document["mutants"][0]["equivalent"]) == ((), "It is not run.")
    assert passed.document["counts"]["equivalent"] == 1
    noticed = judged("M01", {"A1": "leak", "A3": "pass"}, mutant=SAME)
    assert noticed.document["counts"] == {"noticed": 1, "stopped": 0, "equivalent": 0, "unnoticed": 0}
    assert "M01 is not equivalent, as the catalogue says: A1 noticed it." in noticed.faults[0]


def test_an_equivalent_mutant_that_was_stopped_is_not_known_to_be_one() -> None:
    found = judged("M01", {"A1": "pass", "A3": "inconclusive"}, mutant=SAME)
    assert column_of(found.document["mutants"][0]) is Column.STOPPED
    assert len(found.faults) == 1


def test_a_matrix_from_before_there_were_columns_is_counted() -> None:
    rows = [{"families": ["A1"], "killed_by": ["A1"]}, {"families": ["A1"], "killed_by": []}]
    assert counts(rows) == {"noticed": 1, "stopped": 0, "equivalent": 0, "unnoticed": 1}


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
