"""The report as a document: everything a run found, in the shape of `report.schema.json`."""

import hashlib
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from evals.reporting import outcome
from evals.reporting.standards import ALWAYS, STANDARDS
from evals.verdicts.family import FamilyResult, rate_bound
from evals.verdicts.finding import Finding
from evals.verdicts.gate import Coverage, Run, exit_code
from evals.verdicts.quality import QualityTable
from evals.verdicts.trial import Cell, Control

SCHEMA_FILE: Final = Path(__file__).with_name("report.schema.json")
SCHEMA_ID: Final = "urn:bulkhead:evals:report:1"
"""Raised when a reader of the document would have to change."""

Document = dict[str, Any]


def build(run: Run) -> Document:
    """Return the report. Its order is part of what it says: coverage, then what the numbers mean, then the verdict."""
    return {
        "schema": SCHEMA_ID,
        "coverage": _coverage(run.coverage, outcome.covered(run)),
        "statistics": _statistics(run),
        "verdict": {
            "outcome": outcome.outcome(run),
            "exit_code": int(exit_code(run)),
            "sentence": outcome.sentence(run),
        },
        "run": {
            "id": run.id,
            "kind": run.kind,
            "target": run.target,
            "reach": run.reach,
            "reach_means": outcome.REACH.get(run.reach, "unknown"),
            "seed": run.seed,
            "manifest_sha256": run.manifest_sha256,
            "started_at": run.started_at,
            "seconds": _number(run.seconds),
            "standards": {one: STANDARDS[one] for one in ALWAYS},
        },
        "families": [_family(one) for one in run.families],
        "findings": [_finding(finding, family) for family in run.families for finding in family.findings],
        "quality": _quality(run.quality),
        "not_proven": list(outcome.unproven(run)),
        "harness_errors": list(run.harness_errors),
    }


def rendered(run: Run) -> str:
    """Return the report as JSON: ASCII only, so that no character of a target's text reaches a terminal as it is."""
    return json.dumps(build(run), indent=2, allow_nan=False) + "\n"


def finding_id(finding: Finding) -> str:
    """Return an id that the same leak has in every run."""
    key = [finding.family, finding.title, finding.attacker, finding.victim, *_cell(finding.cell).values()]
    digest = hashlib.sha256(json.dumps([*key, finding.json_path]).encode())
    return f"{finding.family}-{digest.hexdigest()[:12]}"


def _coverage(coverage: Coverage, sentence: str) -> Document:
    return {
        "sentence": sentence,
        "routes_served": sorted(coverage.routes_served),
        "routes_touched": sorted(coverage.routes_touched),
        "routes_untouched": list(coverage.untouched),
        "operations_not_served": sorted(coverage.not_served),
        "declared_absent": dict(coverage.declared_absent),
        "cells": [_cell(one) for one in sorted(coverage.cells)],
    }


def _statistics(run: Run) -> Document:
    numbers = outcome.statistics(run)
    return {
        "sentence": outcome.bounded(run),
        "distinct_trials": numbers.distinct_trials,
        "bound": numbers.bound,
        "confidence": 0.95,
        "population": numbers.population,
        "weakest_family": numbers.weakest_family,
        "weakest_trials": numbers.weakest_trials,
        "weakest_bound": numbers.weakest_bound,
    }


def _family(result: FamilyResult) -> Document:
    return {
        "id": result.family,
        "title": result.title,
        "verdict": result.verdict.value,
        "reason": result.reason,
        "trials": result.trials,
        "distinct": result.distinct,
        "bound": result.bound,
        "controls": _controls(result.controls),
        "findings": [finding_id(one) for one in result.findings],
        "cells": [_cell(one) for one in sorted(result.cells)],
        "pairs": [
            {"attacker": attacker, "victim": victim, "distinct": count}
            for (attacker, victim), count in sorted(result.pairs.items())
        ],
        "measurements": [
            {
                "name": one.name,
                "values": {name: _numbers(value) for name, value in one.values.items()},
                "band": None if one.band is None else [_number(edge) for edge in one.band],
            }
            for one in result.measurements
        ],
        "seconds": _number(result.seconds),
    }


def _finding(finding: Finding, family: FamilyResult) -> Document:
    return {
        "id": finding_id(finding),
        "family": finding.family,
        "title": finding.title,
        "level": finding.level,
        "attacker": finding.attacker,
        "victim": finding.victim,
        "cell": _cell(finding.cell),
        "json_path": finding.json_path,
        "excerpt": finding.excerpt,
        "curl": finding.curl,
        "standards": list(finding.standards),
        "controls": _controls(family.controls),
        "n": family.distinct,
        "bound": rate_bound(family.distinct) if family.distinct else None,
    }


def _cell(cell: Cell) -> dict[str, str]:
    return {"route": cell.route, "slot": cell.slot, "store": cell.store, "surface": cell.surface}


def _controls(controls: Sequence[Control]) -> list[Document]:
    return [{"kind": one.kind.value, "name": one.name, "held": one.held, "detail": one.detail} for one in controls]


def _quality(table: QualityTable | None) -> Document | None:
    if table is None:
        return None
    return {
        "regressed": table.regressed,
        "measures": [
            {
                "dataset": one.dataset,
                "metric": one.metric,
                "mean": _number(one.mean),
                "worst": _number(one.worst),
                "worst_tenant": one.worst_tenant,
                "cases": one.cases,
                "baseline": None if one.baseline is None else _number(one.baseline),
                "interval": None if one.interval is None else [_number(edge) for edge in one.interval],
                "regressed": one.regressed,
            }
            for one in table.measures
        ],
        "notes": list(table.notes),
    }


def _numbers(value: float | Sequence[float]) -> float | list[float | None] | None:
    return _number(value) if isinstance(value, int | float) else [_number(one) for one in value]


def _number(value: float) -> float | None:
    """Return a number that JSON can hold; what is not finite was not measured."""
    return value if math.isfinite(value) else None
