"""SARIF 2.1.0: its structure, where results point, and what is not a result."""

import json
from typing import Any, Final

import jsonschema
import pytest

from evals.reporting import document, sarif
from evals.verdicts.gate import Run
from tests.evals.reporting import made

_TEXT: Final = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
_NOTICE: Final = {
    "type": "object",
    "required": ["message"],
    "properties": {"message": _TEXT, "level": {"enum": ["none", "note", "warning", "error"]}},
}
_PLACE: Final = {
    "type": "object",
    "required": ["physicalLocation", "logicalLocations"],
    "properties": {
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation", "region"],
            "properties": {
                "artifactLocation": {"type": "object", "required": ["uri"]},
                "region": {"type": "object", "properties": {"startLine": {"type": "integer", "minimum": 1}}},
            },
        },
        "logicalLocations": {"type": "array", "minItems": 1},
    },
}
_RESULT: Final = {
    "type": "object",
    "required": ["message", "ruleId", "ruleIndex"],
    "properties": {
        "message": _TEXT,
        "level": {"enum": ["none", "note", "warning", "error"]},
        "kind": {"enum": ["notApplicable", "pass", "fail", "review", "open", "informational"]},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "locations": {"type": "array", "items": _PLACE},
        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
_RULE: Final = {"type": "object", "required": ["id"], "properties": {"shortDescription": _TEXT}}
_INVOCATION: Final = {
    "type": "object",
    "required": ["executionSuccessful"],
    "properties": {
        "executionSuccessful": {"type": "boolean"},
        "toolExecutionNotifications": {"type": "array", "items": _NOTICE, "uniqueItems": True},
    },
}
_DRIVER: Final = {
    "type": "object",
    "required": ["name", "rules"],
    "properties": {"rules": {"type": "array", "items": _RULE, "uniqueItems": True}},
}
_RUN: Final = {
    "type": "object",
    "required": ["tool", "results"],
    "properties": {
        "tool": {"type": "object", "required": ["driver"], "properties": {"driver": _DRIVER}},
        "invocations": {"type": "array", "items": _INVOCATION},
        "results": {"type": "array", "items": _RESULT},
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    },
}
_LOG: Final = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {"version": {"const": "2.1.0"}, "runs": {"type": "array", "items": _RUN}},
}
"""What the standard demands of the properties that are used here (OASIS SARIF 2.1.0, errata 01)."""

RUNS = pytest.mark.parametrize(
    "run", [made.passing(), made.leaking(), made.doubtful(), made.hostile()], ids=["pass", "leak", "doubt", "hostile"]
)


def log(run: Run) -> Any:  # noqa: ANN401 - JSON
    return json.loads(sarif.rendered(run, document.rendered(run), "report.json"))


@RUNS
def test_a_log_has_the_structure_of_the_standard(run: Run) -> None:
    assert list(jsonschema.Draft202012Validator(_LOG).iter_errors(log(run))) == []


@RUNS
def test_every_result_points_to_its_rule_and_to_its_line_of_the_report(run: Run) -> None:
    lines = document.rendered(run).splitlines()
    body = log(run)["runs"][0]
    rules = body["tool"]["driver"]["rules"]
    assert len(body["results"]) == sum(len(family.findings) for family in run.families)
    for result in body["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        line = lines[result["locations"][0]["physicalLocation"]["region"]["startLine"] - 1]
        assert result["partialFingerprints"]["finding/v1"] in line


def test_what_was_not_shown_is_a_notification_and_not_a_result() -> None:
    body = log(made.doubtful())["runs"][0]
    said = " ".join(one["message"]["text"] for one in body["invocations"][0]["toolExecutionNotifications"])
    assert body["results"] == []
    assert "A3 is inconclusive" in said
    assert "No probe touched POST /v1/feedback" in said


def test_a_harness_error_is_an_execution_that_failed() -> None:
    assert log(made.hostile())["runs"][0]["invocations"][0]["executionSuccessful"] is False
    assert log(made.passing())["runs"][0]["invocations"][0]["executionSuccessful"] is True
