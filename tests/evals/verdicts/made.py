"""Evidence and runs made for tests."""

from dataclasses import replace

from evals.verdicts.family import Evidence, FamilyResult
from evals.verdicts.finding import Finding
from evals.verdicts.gate import Coverage, Run
from evals.verdicts.trial import Cell, ControlKind, Trial

CELL = Cell("POST /v1/search", "", "chunks", "http")


def trial(number: int = 0) -> Trial:
    return Trial(f"canary-{number}", "verbatim", CELL, "alpha", "beta")


def finding(title: str = "a canary of beta in a hit") -> Finding:
    return Finding("A3", title, "alpha", "beta", CELL, "K7QZ…", "$.hits[0].text", "curl …", ("L11",))


def sound() -> Evidence:
    """Evidence with all that a pass needs."""
    evidence = Evidence("A3", "Canaries through search")
    evidence.trial(trial())
    evidence.control(ControlKind.POSITIVE, "The victim finds its own canary.", held=True)
    evidence.control(ControlKind.NEGATIVE, "A canary that was never planted is not found.", held=True)
    return evidence


def passed() -> FamilyResult:
    return sound().result(seconds=1.0)


def run(*families: FamilyResult, kind: str = "leakage") -> Run:
    coverage = Coverage(("POST /v1/search",), ("POST /v1/search",), (), {}, (CELL,))
    return Run(
        "run-1", kind, "made", 2, "seed", "0" * 64, "2026-01-01T00:00:00Z", 1.0, families, coverage, None, (), ()
    )


def with_coverage(one: Run, served: tuple[str, ...], touched: tuple[str, ...]) -> Run:
    return replace(one, coverage=replace(one.coverage, routes_served=served, routes_touched=touched))
