"""The folder of reports: five files, and no secret in any of them."""

import base64
import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from evals.reporting.write import write
from evals.verdicts.gate import Run
from evals.verdicts.trial import Measurement
from tests.evals.reporting import made

CANARY = "K7QZ-94MX-TT0B+1"
TOKEN = "ey.J0b2tlbg.c2lnbmF0dXJl"
FILES = {"report.json", "junit.xml", "report.sarif", "summary.md", "report.html"}


def careless() -> Run:
    """A run whose probe forgot to redact, in every field it has."""
    evidence = made.evidence("A3", f"Search for {CANARY}", [made.SEARCH])
    said = f"{CANARY} {CANARY.lower()} {quote(CANARY, safe='')} {base64.b64encode(CANARY.encode()).decode()}"
    cell = replace(made.SEARCH, slot=f"query:{CANARY}")
    finding = made.found("A3", said, cell, path=f"$['{CANARY}']")
    evidence.leak(replace(finding, excerpt=said, curl=f"curl -H 'Authorization: Bearer {TOKEN}' /{CANARY}"))
    evidence.measured(Measurement(CANARY, {CANARY: [1.0, 2.0]}, None))
    evidence.doubt(f"{TOKEN} was refused.")
    run = made.with_families(made.leaking(), evidence)
    return replace(run, harness_errors=(said,), not_proven=(said,), target=f"target {TOKEN}")


def texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


@pytest.mark.parametrize("run", [made.passing(), made.leaking(), made.doubtful(), made.hostile()])
def test_five_files_are_written_and_the_pages_path_returned(run: Run, tmp_path: Path) -> None:
    assert write(run, tmp_path / "new" / "folder") == tmp_path / "new" / "folder" / "report.html"
    assert set(texts(tmp_path / "new" / "folder")) == FILES


def test_no_canary_and_no_credential_of_the_run_stands_in_any_file(tmp_path: Path) -> None:
    write(careless(), tmp_path, secrets=[CANARY, TOKEN])
    forms = {CANARY, quote(CANARY, safe=""), base64.b64encode(CANARY.encode()).decode().rstrip("="), TOKEN}
    for name, text in texts(tmp_path).items():
        assert [form for form in forms if form.lower() in text.lower()] == [], name
        assert "K7QZ" in text, name


def test_without_being_told_the_secrets_they_would_stand_there(tmp_path: Path) -> None:
    write(careless(), tmp_path)
    assert all(CANARY in text for text in texts(tmp_path).values())


def test_a_secret_as_short_as_a_word_is_not_searched_for(tmp_path: Path) -> None:
    write(made.leaking(), tmp_path, secrets=["leak", ""])
    assert json.loads(texts(tmp_path)["report.json"])["verdict"]["outcome"] == "leak"


def test_a_kill_matrix_that_is_there_is_shown(tmp_path: Path) -> None:
    matrix = tmp_path / "kill-matrix.json"
    mutant = {"id": "M01", "title": "The filter is dropped", "families": ["A3"], "killed_by": ["A3"]}
    matrix.write_text(json.dumps({"mutants": [mutant]}), encoding="utf-8")
    page = write(made.passing(), tmp_path / "out", kill_matrix=matrix)
    assert "1 of 1 deliberately broken builds" in page.read_text(encoding="utf-8")


def test_a_broken_build_that_is_equivalent_is_named_and_not_counted(tmp_path: Path) -> None:
    matrix = tmp_path / "kill-matrix.json"
    noticed = {"id": "M01", "title": "The filter is dropped", "families": ["A3"], "killed_by": ["A3"]}
    same = {**noticed, "id": "M02", "killed_by": [], "column": "equivalent"}
    matrix.write_text(json.dumps({"mutants": [noticed, same]}), encoding="utf-8")
    text = write(made.passing(), tmp_path / "out", kill_matrix=matrix).read_text(encoding="utf-8")
    assert "1 of 1 deliberately broken builds" in text
    assert "No run can tell M02 from whole code" in text
