"""A part that was run again stands in a whole run's matrix, and the whole is judged."""

import json
from pathlib import Path
from typing import Any

import pytest

from evals.mutants.command import main
from evals.mutants.outcome.matrix import Matrix, counts
from evals.mutants.outcome.mending import CannotMend, mended, read

_NOTHING: dict[str, Any] = {"seeds": [], "errors": 0, "verdicts": {}}


def _mutant(name: str, *killed_by: str) -> dict[str, Any]:
    return {"id": name, "title": "A wall is missing.", "leak": "", "families": ["A1"], "killed_by": list(killed_by)}


def _broken(name: str, verdict: str) -> dict[str, Any]:
    return {"id": name, "title": "The suite is blind.", "families": ["A1"], "verdicts": {"A1": verdict}}


def _clean(errors: int = 0, seeds: tuple[str, ...] = ("s",), **verdicts: str) -> dict[str, Any]:
    return {
        "seeds": list(seeds),
        "errors": errors,
        "verdicts": {family: {verdict: 1} for family, verdict in verdicts.items()},
    }


def _document(*mutants: dict[str, Any], clean: dict[str, Any] = _NOTHING, trials: int = 30) -> dict[str, Any]:
    return {
        "trials": trials,
        "counts": counts([one for one in mutants if "killed_by" in one]),
        "mutants": [one for one in mutants if "killed_by" in one],
        "harness": [one for one in mutants if "verdicts" in one],
        "clean": clean,
    }


def _part(*mutants: dict[str, Any], clean: dict[str, Any] = _NOTHING, faults: tuple[str, ...] = ()) -> Matrix:
    return Matrix(_document(*mutants, clean=clean), faults)


def test_what_was_run_again_stands_in_place_of_what_stood_there() -> None:
    before = _document(_mutant("M01"), _mutant("M02", "A1"), _broken("H01", "pass"), clean=_clean(A1="pass", A3="leak"))
    again = _part(_mutant("M01", "A1"), _broken("H01", "inconclusive"), clean=_clean(A3="pass"))
    found = mended(before, again)
    assert found.faults == ()
    assert found.document == _document(
        _mutant("M01", "A1"), _mutant("M02", "A1"), _broken("H01", "inconclusive"), clean=_clean(A1="pass", A3="pass")
    )


def test_what_was_wrong_and_was_not_run_again_still_is() -> None:
    before = _document(_mutant("M01"), _broken("H01", "pass"), clean=_clean(1, A1="inconclusive", A3="pass"))
    found = mended(before, _part(_mutant("M02", "A1"), clean=_clean(A3="pass")))
    told = ["M01 was not noticed", "H01 was believed", "A1 had its doubts", "The suite itself failed"]
    assert [fault[: len(said)] for fault, said in zip(found.faults, told, strict=True)] == told


def test_a_report_stays_a_report_and_what_was_not_run_is_a_fault_until_it_is() -> None:
    report = _document(_mutant("M01", "A1")) | {"asked": {}, "unfinished": ["M02", "M03"], "runs": {"M01": [1]}}
    part = _part(_mutant("M02", "A1"))
    found = mended(report, Matrix({**part.document, "runs": {"M02": [2]}}, ()))
    assert found.document["unfinished"] == ["M03"]
    assert found.document["runs"] == {"M01": [1], "M02": [2]}
    assert found.faults == ("M03 was not run to its end before.",)


def test_the_faults_of_the_part_are_faults_of_the_whole() -> None:
    assert mended(_document(), _part(faults=("It broke.",))).faults == ("It broke.",)


def test_all_families_again_take_the_errors_of_before_away() -> None:
    assert mended(_document(clean=_clean(1, A1="pass")), _part(clean=_clean(A1="pass"))).faults == ()


def test_parts_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(CannotMend, match="20 trials"):
        mended(_document(trials=20), _part())
    with pytest.raises(CannotMend, match="other seeds"):
        mended(_document(clean=_clean(A1="pass")), _part(clean=_clean(seeds=("t",), A1="pass")))


def test_a_file_that_holds_no_matrix_is_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("", "[]", "{}"):
        path = tmp_path / "matrix.json"
        path.write_text(text, encoding="utf-8")
        assert main(["--only", "M01", "--onto", str(path)]) == 2
        assert "holds no matrix" in capsys.readouterr().err
    path.write_text(json.dumps(_document()), encoding="utf-8")
    assert read(path) == _document()
