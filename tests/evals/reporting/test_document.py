"""The JSON report: its schema, its order, and what it says of each finding."""

import copy
import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from evals.reporting import document
from evals.verdicts.gate import Run
from tests.evals.reporting import made

RUNS = pytest.mark.parametrize("run", [made.passing(), made.leaking(), made.doubtful()], ids=lambda run: run.id)


def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(document.SCHEMA_FILE.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@RUNS
def test_a_report_has_the_shape_of_its_schema(run: Run) -> None:
    assert list(validator().iter_errors(json.loads(document.rendered(run)))) == []


def test_a_report_of_hostile_texts_has_the_shape_of_its_schema_all_the_same() -> None:
    assert list(validator().iter_errors(json.loads(document.rendered(made.hostile())))) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda report: report.pop("coverage"),
        lambda report: report.update(secret="x"),
        lambda report: report["findings"][0].pop("curl"),
        lambda report: report["findings"][0].pop("controls"),
        lambda report: report["families"][0].update(verdict="fine"),
        lambda report: report.update(not_proven=[]),
        lambda report: report["run"].update(manifest_sha256="unknown"),
    ],
)
def test_the_schema_refuses_a_report_that_leaves_out_or_adds_something(spoil: Any) -> None:  # noqa: ANN401 - a lambda
    report = copy.deepcopy(document.build(made.leaking()))
    validator().validate(report)
    spoil(report)
    with pytest.raises(jsonschema.ValidationError):
        validator().validate(report)


@RUNS
def test_coverage_comes_first_and_the_bound_with_its_population_beneath(run: Run) -> None:
    report = document.build(run)
    assert list(report)[:4] == ["schema", "coverage", "statistics", "verdict"]
    assert report["statistics"]["population"]


def test_a_pass_is_bounded_over_all_its_trials_and_over_its_weakest_family() -> None:
    numbers = document.build(made.passing())["statistics"]
    assert numbers["distinct_trials"] == 4 * 300 + 60
    assert numbers["bound"] == pytest.approx(1 - 0.05 ** (1 / 1260))
    assert (numbers["weakest_family"], numbers["weakest_trials"]) == ("A11", 60)
    assert numbers["weakest_bound"] == pytest.approx(1 - 0.05 ** (1 / 60))


def test_a_leak_leaves_no_bound() -> None:
    assert document.build(made.leaking())["statistics"]["bound"] is None


def test_a_doubtful_familys_trials_are_not_part_of_the_bound() -> None:
    assert document.build(made.doubtful())["statistics"]["distinct_trials"] == 300


def test_a_route_that_no_probe_touched_is_named() -> None:
    coverage = document.build(made.doubtful())["coverage"]
    assert coverage["routes_untouched"] == ["GET /v1/jobs/{job_id}", "POST /v1/feedback"]
    assert coverage["sentence"].startswith("5 of 7 served routes touched")


def test_a_finding_says_everything_that_is_needed_to_believe_and_repeat_it() -> None:
    finding = document.build(made.leaking())["findings"][0]
    assert finding["attacker"] == "acme"
    assert finding["victim"] == "globex"
    assert finding["cell"]["slot"] == "path:document_id"
    assert finding["curl"].startswith("curl ")
    assert finding["n"] == 300
    assert finding["bound"] == pytest.approx(1 - 0.05 ** (1 / 300))
    assert {control["kind"] for control in finding["controls"]} == {"positive", "negative"}
    assert {"OWASP-AISVS-8.5.4", "OWASP-LLM09:2026", "L11"} <= set(finding["standards"])


def test_the_same_leak_has_the_same_id_in_every_run_and_another_leak_another() -> None:
    one = made.found("A1", "t", made.READ)
    again = replace(one, excerpt="another canary", curl="curl another id")
    other = replace(one, victim="initech")
    assert document.finding_id(one) == document.finding_id(again) != document.finding_id(other)


def test_numbers_that_are_not_finite_are_null_and_texts_are_ascii() -> None:
    text = document.rendered(made.hostile())
    report = json.loads(text)
    assert text.isascii()
    assert report["families"][0]["measurements"][0]["values"] == {made.HOSTILE: [1.0, None, 2.0], "low": None}
    assert report["findings"][0]["excerpt"] == made.HOSTILE
