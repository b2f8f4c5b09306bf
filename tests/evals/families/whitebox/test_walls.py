"""W3 reads what the probes showed: all held, one failed, one was skipped, none was there to prove the others."""

import json
from pathlib import Path

import pytest

from evals.families.whitebox.walls import FAMILY, FORMAT
from evals.verdicts.family import FamilyResult, Verdict
from tests.evals.families.attacking import opened_naive
from tests.wall_results import FORMAT as WRITTEN

_HELD = (("breach", "passed"), ("sound", "passed"), ("probe", "passed"))


async def _read(path: Path, *outcomes: tuple[str, str]) -> FamilyResult:
    results = [
        {"probe": "walls", "kind": kind, "title": f"{kind} {number}", "outcome": outcome}
        for number, (kind, outcome) in enumerate(outcomes)
    ]
    path.write_text(json.dumps({"format": FORMAT, "results": results}))
    return await opened_naive(FAMILY, {"walls": str(path)})


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [
        (_HELD, Verdict.PASS),
        ((*_HELD, ("probe", "failed")), Verdict.LEAK),
        ((*_HELD, ("probe", "skipped")), Verdict.INCONCLUSIVE),
        (_HELD[1:], Verdict.INCONCLUSIVE),
        ((_HELD[0], _HELD[2]), Verdict.INCONCLUSIVE),
    ],
)
async def test_the_verdict_is_what_the_probes_showed(
    tmp_path: Path, outcomes: tuple[tuple[str, str], ...], verdict: Verdict
) -> None:
    assert (await _read(tmp_path / "walls.json", *outcomes)).verdict is verdict


async def test_without_a_file_nothing_is_shown(tmp_path: Path) -> None:
    result = await opened_naive(FAMILY, {"walls": str(tmp_path / "missing.json")})
    assert result.verdict is Verdict.INCONCLUSIVE


def test_the_file_is_read_in_the_format_in_which_the_tests_write_it() -> None:
    assert FORMAT == WRITTEN
