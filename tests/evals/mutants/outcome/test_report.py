"""A report holds the whole run as it goes, and is gone on with only by a run that was asked for the same."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from evals.mutants.outcome.report import Asked, CannotResume, Report, brief, digest
from evals.mutants.outcome.results import Results
from tests.evals.mutants.made import M01, finish, task, tell

ASKED = Asked(30, "mutants", code="c0de")


def written(path: Path, *, whole: bool) -> Report:
    report, one = Report(path, ASKED, {"M01": M01}), task()
    results = Results([one], keep=report.write)
    tell(results, one, {"A1": "leak"}, findings=40)
    if whole:
        tell(results, one, {"A3": "pass"})
        finish(results, one)
        results.end(one)
    return report


def test_a_report_is_there_after_the_first_family_and_says_what_is_left(tmp_path: Path) -> None:
    written(tmp_path / "deep" / "report.json", whole=False)
    said = json.loads((tmp_path / "deep" / "report.json").read_text(encoding="utf-8"))
    assert (said["unfinished"], said["mutants"]) == (["M01"], [])
    assert len(said["runs"]["M01"][0]["families"]["A1"]["findings"]) == 40
    assert [one.name for one in (tmp_path / "deep").iterdir()] == ["report.json"]


def test_a_matrix_is_a_report_without_its_runs(tmp_path: Path) -> None:
    written(tmp_path / "report.json", whole=True)
    said = brief(json.loads((tmp_path / "report.json").read_text(encoding="utf-8")))
    assert set(said) == {"trials", "counts", "mutants", "harness", "clean"}
    assert said["mutants"][0]["killed_by"] == ["A1"]


def test_a_run_that_was_ended_early_is_not_written_over(tmp_path: Path) -> None:
    report = written(tmp_path / "report.json", whole=False)
    with pytest.raises(CannotResume, match=r"1 are left.*--resume"):
        report.before(resume=False)
    assert list(report.before(resume=True)) == ["M01"]
    assert written(tmp_path / "report.json", whole=True).before(resume=False) == {}


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (replace(ASKED, trials=20), "--trials 30"),
        (replace(ASKED, only="M01"), "--only ''"),
        (replace(ASKED, code="other"), "has changed since"),
    ],
)
def test_a_run_goes_on_only_with_what_was_asked_for_the_same(tmp_path: Path, asked: Asked, says: str) -> None:
    report = written(tmp_path / "report.json", whole=False)
    with pytest.raises(CannotResume, match=says):
        replace(report, asked=asked).before(resume=True)


def test_nothing_can_be_resumed_where_there_is_no_report(tmp_path: Path) -> None:
    with pytest.raises(CannotResume, match="nothing to resume"):
        Report(tmp_path / "none.json", ASKED, {}).before(resume=True)


def test_a_changed_catalogue_is_told_from_the_one_before(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("mutants: []", encoding="utf-8")
    before = digest(tmp_path)
    assert digest(tmp_path) == before
    (tmp_path / "a.yaml").write_text("mutants: [1]", encoding="utf-8")
    assert digest(tmp_path) != before
