"""What a whole run amounts to, as one exit code.

A harness error outweighs a leak, a leak whatever was not shown, and that a loss of quality: what is reported first is
what has to be looked at first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from evals.verdicts.family import FamilyResult, Verdict
from evals.verdicts.quality import QualityTable
from evals.verdicts.trial import Cell


class ExitCode(IntEnum):
    """What `python -m evals` ends with."""

    PASSED = 0
    LEAKED = 1
    QUALITY_REGRESSED = 2
    NOT_SHOWN = 3
    """Inconclusive, or a route that no probe touched."""
    HARNESS_FAILED = 4
    WRONG_USE = 64


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the run reached of what the target serves."""

    routes_served: tuple[str, ...]
    """`POST /v1/search`, from the served OpenAPI."""
    routes_touched: tuple[str, ...]
    not_served: tuple[str, ...]
    """Operations the target file names and the served OpenAPI does not: shown, neither pass nor inconclusive."""
    declared_absent: Mapping[str, str]
    """Operations the target file declares not applicable, each with its reason."""
    cells: tuple[Cell, ...]

    @property
    def untouched(self) -> tuple[str, ...]:
        """Routes that are served and that no probe touched, in order."""
        return tuple(sorted(set(self.routes_served) - set(self.routes_touched)))


@dataclass(frozen=True, slots=True)
class Run:
    """Everything a report needs."""

    id: str
    kind: str
    """`leakage` or `quality`."""
    target: str
    reach: int
    seed: str
    manifest_sha256: str
    started_at: str
    seconds: float
    families: tuple[FamilyResult, ...]
    coverage: Coverage
    quality: QualityTable | None
    not_proven: tuple[str, ...]
    harness_errors: tuple[str, ...]
    stopped: str = ""
    """What the target did, as a sentence, before the first family could begin; empty where the stage was set."""


def exit_code(run: Run) -> ExitCode:
    """Return what the run ends with; the first that applies of harness error, leak, not shown, quality lost."""
    if run.harness_errors:
        return ExitCode.HARNESS_FAILED
    if any(family.verdict is Verdict.LEAK or family.findings for family in run.families):
        return ExitCode.LEAKED
    if not _shown(run):
        return ExitCode.NOT_SHOWN
    if run.quality is not None and run.quality.regressed:
        return ExitCode.QUALITY_REGRESSED
    return ExitCode.PASSED


def _shown(run: Run) -> bool:
    """Whether the run showed something, and left out nothing."""
    if run.kind == "quality":
        return run.quality is not None and bool(run.quality.measures)
    verdicts = {family.verdict for family in run.families}
    return Verdict.PASS in verdicts and Verdict.INCONCLUSIVE not in verdicts and not run.coverage.untouched
