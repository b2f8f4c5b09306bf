"""The report as SARIF 2.1.0: a rule for each family, a result for each leak, a notification for what was not shown."""

import json
from collections.abc import Sequence
from typing import Any, Final

from evals.reporting import outcome
from evals.reporting.document import finding_id
from evals.reporting.visible import visible
from evals.verdicts.family import FamilyResult, Verdict
from evals.verdicts.finding import Finding
from evals.verdicts.gate import Run

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = frozenset({"error", "warning", "note"})


def rendered(run: Run, report: str, report_uri: str) -> str:
    """Return the SARIF log; a result's place in a file is its line in `report`, the JSON document at `report_uri`."""
    lines = {line.strip(): number for number, line in reversed(list(enumerate(report.splitlines(), 1)))}
    index = {family.family: position for position, family in enumerate(run.families)}
    results = [
        _result(one, index[family.family], lines[f'"id": {json.dumps(finding_id(one))},'], report_uri)
        for family in run.families
        for one in family.findings
    ]
    driver = {
        "name": "bulkhead-evals",
        "semanticVersion": "1.0.0",
        "rules": [_rule(family) for family in run.families],
    }
    body = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"evals/{run.kind}/{visible(run.id)}"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(run)],
        "results": results,
        "properties": {
            "coverage": outcome.covered(run),
            "bound": outcome.bounded(run),
            "verdict": outcome.sentence(run),
            "target": visible(run.target),
            "reach": run.reach,
            "seed": visible(run.seed),
            "manifestSha256": visible(run.manifest_sha256),
        },
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [body]}, indent=2, allow_nan=False) + "\n"


def _rule(family: FamilyResult) -> dict[str, Any]:
    tags = sorted({"security", *(visible(standard) for one in family.findings for standard in one.standards)})
    return {
        "id": visible(family.family),
        "name": visible(family.title),
        "shortDescription": {"text": visible(family.title)},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": tags, "verdict": family.verdict.value},
    }


def _result(finding: Finding, rule: int, line: int, report_uri: str) -> dict[str, Any]:
    place = f"{finding.cell.route} {finding.cell.slot}".strip()
    text = (
        f"{finding.title}: {finding.attacker} saw what belongs to {finding.victim} at {place}. Seen: {finding.excerpt}"
    )
    return {
        "ruleId": visible(finding.family),
        "ruleIndex": rule,
        "kind": "fail",
        "level": finding.level if finding.level in _LEVELS else "error",
        "message": {"text": visible(text)},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": report_uri}, "region": {"startLine": line}},
                "logicalLocations": [{"fullyQualifiedName": visible(place), "kind": "resource"}],
            }
        ],
        "partialFingerprints": {"finding/v1": finding_id(finding)},
        "properties": {
            "attacker": visible(finding.attacker),
            "victim": visible(finding.victim),
            "store": visible(finding.cell.store),
            "surface": visible(finding.cell.surface),
            "jsonPath": visible(finding.json_path),
            "curl": visible(finding.curl),
            "tags": list(dict.fromkeys(map(visible, finding.standards))),
        },
    }


def _invocation(run: Run) -> dict[str, Any]:
    doubtful = [one for one in run.families if one.verdict is Verdict.INCONCLUSIVE]
    notes = [_notification("error", one) for one in run.harness_errors]
    notes += [_notification("warning", f"{one.family} is inconclusive: {one.reason}") for one in doubtful]
    notes += [_notification("warning", f"No probe touched {route}.") for route in run.coverage.untouched]
    return {"executionSuccessful": not run.harness_errors, "toolExecutionNotifications": _unique(notes)}


def _notification(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": visible(text)}}


def _unique(notes: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """SARIF wants the items of this array to differ."""
    return list({json.dumps(one): one for one in notes}.values())
