"""Mutants, tasks and runs that tests judge, show and keep."""

from collections.abc import Sequence
from typing import Any, Final

from evals.mutants.catalogue import Change, Mutant
from evals.mutants.outcome.results import Results
from evals.mutants.tasks import Task

CHANGES: Final = (Change("one", "two", "app.a:one"),)
M01: Final = Mutant("M01", "A wall is missing.", "L01", ("A1", "A3"), CHANGES)
H01: Final = Mutant("H01", "The suite is blind.", "", ("A1", "A3"), (Change("one", "two", "evals.a:one"),))
LEAK: Final = {"title": "A secret is shown.", "excerpt": "sk-v…"}


def task(name: str = "M01", families: tuple[str, ...] = ("A1", "A3"), seeds: tuple[str, ...] = ("s",)) -> Task:
    return Task(name, CHANGES, families, seeds)


def found(verdict: str, findings: int = 0) -> dict[str, Any]:
    return {
        "verdict": verdict,
        "reason": "Because.",
        "trials": 3,
        "seconds": 0.5,
        "findings": [{**LEAK, "title": f"Secret {number} is shown."} for number in range(findings)],
    }


def tell(results: Results, of: Task, verdicts: dict[str, str], seed: str = "s", findings: int = 0) -> None:
    """Let an attacking process say what these families found."""
    for family, verdict in verdicts.items():
        results.hear(of, {"seed": seed, "begun": family})
        results.hear(of, {"seed": seed, "family": family, "found": found(verdict, findings)})


def finish(results: Results, of: Task, seed: str = "s", *, errors: Sequence[str] = (), stopped: str = "") -> None:
    """Let an attacking process say that a seed is over."""
    ended = {"seconds": 2.0, "harness_errors": list(errors), "stopped": stopped}
    results.hear(of, {"seed": seed, "ended": ended})
