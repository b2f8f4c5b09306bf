"""W3: what the database itself guarantees: the results of the probes that run in the tests, handed over as a file.

The probes open PostgreSQL as no outsider can, switch its walls off one by one and see that each loss is noticed. The
file says for each what it showed; `docs/evals.md` has the line that writes it.
"""

import json
from pathlib import Path
from typing import Any, Final

from evals.families.registry import AISVS, Family
from evals.stage.populate import NotPossible
from evals.stage.stage import Stage
from evals.verdicts.family import Evidence
from evals.verdicts.finding import Finding
from evals.verdicts.trial import Cell, ControlKind, Trial

FORMAT: Final = "wall-results/1"
_STANDARDS: Final = (AISVS, "L11", "L15")
_BROKEN: Final = "breach"
_SOUND: Final = "sound"


async def run(stage: Stage, evidence: Evidence) -> None:
    """Read the file; a probe that failed is a leak, one that was skipped leaves a doubt."""
    path = stage.spec.white_box.get("walls")
    if path is None:
        raise NotPossible("No results of the walls' probes were handed over.")
    results = _read(Path(path))
    for one in results:
        title, outcome = str(one["title"]), one["outcome"]
        cell = Cell("white box", str(one["probe"]), "records", "store bytes")
        if outcome == "skipped":
            evidence.doubt(f"A probe was skipped: {title}.")
            continue
        evidence.trial(Trial("", title, cell, "the application's role", "every tenant"))
        if outcome != "passed":
            evidence.leak(_finding(stage, title, cell))
    for kind, control, name in (
        (_BROKEN, ControlKind.POSITIVE, "Every wall that was switched off on purpose is missed."),
        (_SOUND, ControlKind.NEGATIVE, "Nothing is missed where every wall stands."),
    ):
        of_kind = [one["outcome"] for one in results if one["kind"] == kind]
        held = bool(of_kind) and set(of_kind) == {"passed"}
        evidence.control(control, name, held=held, detail=f"{len(of_kind)} probes")


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotPossible(f"{path}: {error}") from error
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise NotPossible(f"{path} is no file of the format {FORMAT}.")
    results: list[dict[str, Any]] = said["results"]
    return results


def _finding(stage: Stage, title: str, cell: Cell) -> Finding:
    says = "the probe failed"
    return Finding(
        stage.wire.phase,
        f"A wall of the database does not hold: {title}.",
        "the application's role",
        "every tenant",
        cell,
        says,
        "",
        "",
        _STANDARDS,
    )


FAMILY = Family("W3", "What the database itself guarantees", frozenset(), _STANDARDS, run, reach=4)
