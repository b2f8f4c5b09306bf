"""W5 believes a drill only where the operators see what rang, and nothing else did."""

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse

from evals.families.whitebox.alarm import FAMILY
from evals.leakage import probe
from evals.verdicts.family import FamilyResult, Verdict
from tests.evals.conftest import staged
from tests.evals.service import OPERATIONS, tiny_service

_LIST = {
    "as": "operator",
    "method": "GET",
    "path": "/tripwires",
    "steady": False,
    "gives": {
        "probes": "$.status",
        **{name: f"$.alarms[*].{name}" for name in ("surface", "blocked", "drilled", "count")},
    },
}
_STEPS = [{"says": "its owner finds it", "held": True}, {"says": "it is blocked", "held": True}]
_SEARCH = {"surface": "search", "blocked": True, "drilled": True, "count": 1}
_CONTEXT = {**_SEARCH, "surface": "context"}
_PROBE = {"surface": "probe", "blocked": False, "drilled": False, "count": 1}


async def _drilled(folder: Path, steps: object, *rung: dict[str, Any], code: int = 0) -> FamilyResult:
    """Run W5 on a service whose drill tells these steps and lets these alarms ring."""
    alarms, program, app = folder / "alarms.json", folder / "drill", tiny_service()
    alarms.write_text("[]", encoding="utf-8")
    (folder / "rung.json").write_text(json.dumps(rung), encoding="utf-8")
    (folder / "steps.json").write_text(json.dumps(steps) if steps else "", encoding="utf-8")
    program.write_text(f"#!/bin/sh\ncp rung.json alarms.json\ncat steps.json\nexit {code}\n", encoding="utf-8")
    program.chmod(0o700)

    @app.get("/tripwires")
    async def show() -> JSONResponse:
        return JSONResponse({"status": "ok", "alarms": json.loads(alarms.read_text(encoding="utf-8"))})

    operations = {**OPERATIONS, "tripwires": _LIST}
    async with staged(app, operations=operations, reach=4, white_box={"drill": str(program)}) as stage:
        return await probe(stage, FAMILY)


async def test_an_alarm_that_rings_and_is_seen_passes(tmp_path: Path) -> None:
    result = await _drilled(tmp_path, _STEPS, _SEARCH, _CONTEXT)
    assert (result.verdict, result.distinct) == (Verdict.PASS, 4), result.reason


async def test_a_step_that_did_not_hold_is_a_leak(tmp_path: Path) -> None:
    steps = [_STEPS[0], {**_STEPS[1], "held": False}]
    result = await _drilled(tmp_path, steps, _SEARCH, _CONTEXT, code=1)
    assert [one.title for one in result.findings] == ["In a drill this did not hold: it is blocked."]


@pytest.mark.parametrize("rung", [(), (_SEARCH,), ({**_SEARCH, "blocked": False}, _CONTEXT)])
async def test_a_drill_is_not_believed_where_operators_see_no_alarm(
    tmp_path: Path, rung: tuple[dict[str, Any], ...]
) -> None:
    assert (await _drilled(tmp_path, _STEPS, *rung)).verdict is Verdict.LEAK


async def test_another_alarm_meanwhile_leaves_a_doubt(tmp_path: Path) -> None:
    result = await _drilled(tmp_path, _STEPS, _SEARCH, _CONTEXT, _PROBE)
    assert (result.verdict, "negative control fired" in result.reason) == (Verdict.INCONCLUSIVE, True)


@pytest.mark.parametrize(("steps", "code"), [(None, 1), ([], 0), (_STEPS, 1)])
async def test_a_drill_that_could_not_be_done_shows_nothing(tmp_path: Path, steps: object, code: int) -> None:
    assert (await _drilled(tmp_path, steps, _SEARCH, _CONTEXT, code=code)).verdict is Verdict.INCONCLUSIVE
