"""What a family of probes found, judged.

The rules, in order:
1. a finding is a leak;
2. a doubt, no trial, no positive control, a positive control that failed, no negative control or one that fired:
   inconclusive, never a pass;
3. what is left is a pass, and its trials bound the rate of leaks.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import final

from evals.statistics.bounds import zero_leaks_bound
from evals.verdicts.finding import Finding
from evals.verdicts.trial import Cell, Control, ControlKind, Measurement, Trial


class Verdict(StrEnum):
    """What a family's evidence amounts to."""

    PASS = "pass"  # noqa: S105 - a verdict, no secret
    LEAK = "leak"
    INCONCLUSIVE = "inconclusive"
    ABSENT = "absent"
    """Declared not applicable, with a reason. Never a pass."""


@dataclass(frozen=True, slots=True)
class FamilyResult:
    """A family's verdict with everything it rests on."""

    family: str
    title: str
    verdict: Verdict
    reason: str
    trials: int
    distinct: int
    bound: float | None
    """The highest rate of leaks that the distinct trials leave possible (95 %); None without trials or with a leak."""
    controls: tuple[Control, ...]
    findings: tuple[Finding, ...]
    cells: frozenset[Cell]
    measurements: tuple[Measurement, ...]
    seconds: float
    pairs: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """How many distinct trials each (attacker, victim) made: what a map of leaks without a leak rests on."""


@final
class Evidence:
    """What a family writes down while it runs. It records; `result` judges."""

    def __init__(self, family: str, title: str) -> None:
        """Begin with nothing, which is inconclusive."""
        self.family = family
        self.title = title
        self._trials: list[Trial] = []
        self._controls: list[Control] = []
        self._findings: dict[object, Finding] = {}
        self._measurements: list[Measurement] = []
        self._doubts: list[str] = []

    @property
    def leaks(self) -> int:
        """How many different leaks were found so far."""
        return len(self._findings)

    def trial(self, trial: Trial) -> None:
        """Write down an attempt that was really made and whose reply was really looked at."""
        self._trials.append(trial)

    def control(self, kind: ControlKind, name: str, *, held: bool, detail: str = "") -> None:
        """Write down a check of the probe itself. A negative control holds when it stays silent."""
        self._controls.append(Control(kind, name, held, detail))

    def leak(self, finding: Finding) -> None:
        """Write down a leak; the same one again (see `Finding.key`) is not another."""
        self._findings.setdefault(finding.key, finding)

    def measured(self, measurement: Measurement) -> None:
        """Write down numbers to plot."""
        self._measurements.append(measurement)

    def doubt(self, reason: str) -> None:
        """Make the family inconclusive whatever else it shows, unless it shows a leak."""
        self._doubts.append(reason)

    def result(self, *, seconds: float) -> FamilyResult:
        """Judge what was written down."""
        trials = set(self._trials)
        distinct = len(trials)
        verdict, reason = self._judged(distinct)
        return FamilyResult(
            family=self.family,
            title=self.title,
            verdict=verdict,
            reason=reason,
            trials=len(self._trials),
            distinct=distinct,
            bound=rate_bound(distinct) if distinct and verdict is not Verdict.LEAK else None,
            controls=tuple(self._controls),
            findings=tuple(self._findings.values()),
            cells=frozenset(trial.cell for trial in trials),
            measurements=tuple(self._measurements),
            seconds=seconds,
            pairs=Counter((trial.attacker, trial.victim) for trial in trials),
        )

    def _judged(self, distinct: int) -> tuple[Verdict, str]:
        if self._findings:
            count = len(self._findings)
            return Verdict.LEAK, f"{count} leak{'s' if count > 1 else ''} found in {distinct} distinct trials."
        doubts = [*self._doubts, *self._weaknesses(distinct)]
        if doubts:
            return Verdict.INCONCLUSIVE, " ".join(dict.fromkeys(doubts))
        return Verdict.PASS, f"No leak in {distinct} distinct trials; every control held."

    def _weaknesses(self, distinct: int) -> list[str]:
        found = [] if distinct else ["No trial was made."]
        for kind in ControlKind:
            of_kind = [control for control in self._controls if control.kind is kind]
            if not of_kind:
                found.append(f"No {kind} control was made.")
            failed = "failed" if kind is ControlKind.POSITIVE else "fired"
            found += [f"The {kind} control {failed}: {one.name}" for one in of_kind if not one.held]
        return found


def absent(family: str, title: str, reason: str) -> FamilyResult:
    """Return the result of a family whose surface the target declares it does not have."""
    return _unrun(family, title, Verdict.ABSENT, reason)


def inconclusive(family: str, title: str, reason: str) -> FamilyResult:
    """Return the result of a family that could not be run."""
    return _unrun(family, title, Verdict.INCONCLUSIVE, reason)


def _unrun(family: str, title: str, verdict: Verdict, reason: str) -> FamilyResult:
    return FamilyResult(family, title, verdict, reason, 0, 0, None, (), (), frozenset(), (), 0.0)


def rate_bound(trials: int) -> float:
    """Return the rate of leaks above which `trials` independent trials would have shown one with 95 % confidence."""
    return zero_leaks_bound(trials)


def family_counts(results: tuple[FamilyResult, ...]) -> Mapping[Verdict, int]:
    """Return how many families ended with each verdict."""
    return {verdict: sum(result.verdict is verdict for result in results) for verdict in Verdict}
