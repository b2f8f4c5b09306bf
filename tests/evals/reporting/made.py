"""Runs made up for the tests of reports: one that passes, one that leaks, one in doubt, one from a hostile target."""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from evals.verdicts.family import Evidence, FamilyResult, absent, inconclusive
from evals.verdicts.finding import Finding
from evals.verdicts.gate import Coverage, Run
from evals.verdicts.quality import QualityMeasure, QualityTable
from evals.verdicts.trial import Cell, ControlKind, Measurement, Trial

TENANTS: Final = ("acme", "globex", "initech", "umbrella")
SEARCH: Final = Cell("POST /v1/search", "", "chunks", "http")
ASK: Final = Cell("POST /v1/ask", "", "chunks", "openai")
READ: Final = Cell("GET /v1/documents/{document_id}", "path:document_id", "documents", "http")
DELETE: Final = Cell("DELETE /v1/documents/{document_id}", "path:document_id", "blobs", "http")
SPOOFED: Final = Cell("GET /v1/documents", "header:X-Tenant", "documents", "http")
TIMED: Final = Cell("GET /v1/documents/{document_id}", "path:document_id", "documents", "timing")
HOSTILE: Final = (
    "<script>alert(1)</script><img src=http://evil.example/x onerror=alert(1)> ]]> &amp; \x00\x1b[31mred\x07 "
    "\u202egnp.exe\u2028\ud800 "
    '=HYPERLINK("http://evil.example","x") | **bold** [link](http://evil.example) `tick` ``` --> "q" \'s\''
)

_PROSE: Final = (
    ("A1", "Object access by foreign ids", (READ, DELETE)),
    ("A2", "Tenant spoofing in every place", (SPOOFED,)),
    ("A3", "Canaries through search", (SEARCH,)),
    ("A4", "Canaries through answers", (ASK,)),
    ("A11", "Timing of foreign and absent ids", (TIMED,)),
)


def evidence(family: str, title: str, cells: Sequence[Cell], trials: int = 300) -> Evidence:
    """Evidence of a sound family with `trials` distinct attempts spread over all pairs of tenants."""
    made = Evidence(family, title)
    pairs = [(a, b) for a in TENANTS for b in TENANTS if a != b]
    for number in range(trials):
        attacker, victim = pairs[number % len(pairs)]
        made.trial(Trial(f"c{number}", "verbatim", cells[number % len(cells)], attacker, victim))
    made.control(ControlKind.POSITIVE, "The victim finds its own canary the same way.", held=True)
    made.control(ControlKind.NEGATIVE, "A canary that was never planted is not found.", held=True)
    return made


def timing(shift: float, seed: int = 7) -> Measurement:
    """Differences of 800 pairs of requests around `shift` milliseconds."""
    rng = random.Random(seed)  # noqa: S311 - made-up numbers, the same in every run
    differences = [rng.gauss(shift, 0.35) for _ in range(800)]
    values: dict[str, float | list[float]] = {
        "difference (ms)": differences,
        "low": shift - 0.03,
        "median": shift,
        "high": shift + 0.03,
        "p": 0.41,
    }
    return Measurement("Foreign id against an id that never existed", values, (-1.0, 1.0))


def found(
    family: str, title: str, cell: Cell, attacker: str = "acme", victim: str = "globex", path: str = "$.text"
) -> Finding:
    """A leak with everything a report shows."""
    curl = (
        f'curl -sS -X {cell.route.split()[0]} "$TARGET{cell.route.split()[1]}" -H "Authorization: Bearer $ACME_TOKEN"'
    )
    standards = ("OWASP-AISVS-8.5.4", "OWASP-LLM09:2026", "L11")
    return Finding(family, title, attacker, victim, cell, "K7QZ… in “the code is K7QZ…”", path, curl, standards)


def quality(*, regressed: bool = False) -> QualityTable:
    """Two measures, of which the second may have regressed."""
    return QualityTable(
        (
            QualityMeasure("XQuAD, six languages", "recall@5", 0.912, 0.861, "umbrella", 240, 0.905, (-0.004, 0.018)),
            QualityMeasure(
                "own set", "over-refusal", 0.021, 0.05, "acme", 120, 0.02, (-0.002, 0.004), regressed=regressed
            ),
        ),
        ("Refusals count as wrong answers on answerable questions.",),
    )


def passing() -> Run:
    """A run in which every family passed but one that the target declares absent."""
    results = [_result(evidence(*one)) for one in _PROSE[:-1]]
    timed = evidence(*_PROSE[-1], trials=60)
    timed.measured(timing(0.04))
    return _run(*results, _result(timed), absent("A12", "Conversations, streams, jobs", "No conversations yet."))


def leaking() -> Run:
    """A run with several leaks between several tenants."""
    reads, spoofs, timed = evidence(*_PROSE[0]), evidence(*_PROSE[1]), evidence(*_PROSE[-1], trials=60)
    for victim in TENANTS[1:]:
        reads.leak(found("A1", "A document of another tenant is returned by its id", READ, "acme", victim))
    for number in range(11):
        place = replace(SPOOFED, slot=f"header:X-Tenant-{number}")
        spoofs.leak(found("A2", "The header names the tenant", place, "initech", "globex", f"$.items[{number}].name"))
    timed.measured(timing(1.8))
    timed.leak(found("A11", "A foreign id is answered later than an absent one", TIMED, "umbrella", "acme", ""))
    results = (_result(reads), _result(spoofs), _result(evidence(*_PROSE[2])), _result(timed))
    return replace(_run(*results), id="run-leak")


def doubtful() -> Run:
    """A run without a leak that shows nothing: a control failed, a route was missed, a family could not run."""
    doubted = evidence(*_PROSE[2])
    doubted.control(ControlKind.POSITIVE, "The victim finds its own canary in an answer.", held=False, detail="404")
    run = _run(
        _result(evidence(*_PROSE[0])), _result(doubted), inconclusive("A9", "Volume", "`list` is not in the file.")
    )
    served = (*run.coverage.routes_served, "GET /v1/jobs/{job_id}", "POST /v1/feedback")
    return replace(run, id="run-doubt", coverage=replace(run.coverage, routes_served=served))


def hostile() -> Run:
    """A run whose every text comes from a target that wants to be read as something else."""
    cell = Cell(f"GET /{HOSTILE}", HOSTILE, HOSTILE, HOSTILE)
    made = Evidence("A3", HOSTILE)
    made.trial(Trial(HOSTILE, HOSTILE, cell, HOSTILE, "victim"))
    made.control(ControlKind.POSITIVE, HOSTILE, held=True, detail=HOSTILE)
    made.leak(Finding("A3", HOSTILE, HOSTILE, HOSTILE, cell, HOSTILE, HOSTILE, HOSTILE, (HOSTILE,)))
    made.measured(Measurement(HOSTILE, {HOSTILE: [1.0, float("nan"), 2.0], "low": float("inf")}, None))
    measure = QualityMeasure(HOSTILE, HOSTILE, float("nan"), 0.0, HOSTILE, 1)
    return replace(
        _run(_result(made), inconclusive("A4", HOSTILE, HOSTILE), absent("A5", HOSTILE, HOSTILE)),
        target=HOSTILE,
        id=HOSTILE,
        started_at=HOSTILE,
        coverage=Coverage((HOSTILE, "GET /x"), ("GET /x",), (HOSTILE,), {HOSTILE: HOSTILE}, (cell,)),
        quality=QualityTable((measure,), (HOSTILE,)),
        not_proven=(HOSTILE,),
        harness_errors=(HOSTILE,),
    )


def _result(made: Evidence) -> FamilyResult:
    return made.result(seconds=2.5)


def _run(*families: FamilyResult) -> Run:
    cells = tuple(sorted({cell for family in families for cell in family.cells}))
    served = ("DELETE /v1/documents/{document_id}", "GET /v1/documents", "GET /v1/documents/{document_id}")
    routes = (*served, "POST /v1/ask", "POST /v1/search")
    coverage = Coverage(routes, routes, ("stream",), {"conversation": "The service keeps no conversations."}, cells)
    proof = "Nothing was looked at from inside: a leak that no reply shows was not searched for."
    return Run(
        "run-pass", "leakage", "bulkhead 0.1 (embedded)", 3, "2f6c1d", "9f" * 32, "2026-10-12T09:30:00Z", 312.4,
        families, coverage, quality(), (proof,), (),
    )  # fmt: skip


def with_families(run: Run, *made: Evidence) -> Run:
    """Return a run with other families."""
    return replace(run, families=tuple(_result(one) for one in made))
