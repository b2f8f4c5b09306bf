"""The head of the page: the verdict with its bound, and before every number what was reached."""

from typing import Final
from xml.etree import ElementTree as ET

from evals.reporting import outcome
from evals.reporting.page.elements import Child, code, listed, section, table, tag, words
from evals.reporting.standards import ALWAYS, STANDARDS
from evals.verdicts.gate import ExitCode, Run, exit_code
from evals.verdicts.trial import Cell

_SIGNS: Final = {
    ExitCode.PASSED: ("✓", "pass"),
    ExitCode.LEAKED: ("✗", "leak"),
    ExitCode.QUALITY_REGRESSED: ("▼", "unsure"),
    ExitCode.NOT_SHOWN: ("?", "unsure"),
    ExitCode.HARNESS_FAILED: ("!", "leak"),
}


def banner(run: Run) -> ET.Element:
    """Return the title and the verdict: a sign, a word, a sentence; coverage first, then the bound."""
    sign, tone = _SIGNS[exit_code(run)]
    return tag(
        "header",
        words(f"Tenant isolation, {run.kind}", class_="kicker"),
        tag("h1", run.target),
        tag(
            "div",
            words(tag("span", sign, class_="sign", aria_hidden="true"), tag("strong", outcome.outcome(run))),
            words(outcome.sentence(run), class_="sentence"),
            class_=f"verdict {tone}",
        ),
        tag(
            "dl",
            *_fact("Coverage", outcome.covered(run)),
            *_fact("Bound", outcome.bounded(run)),
            *_fact("Reach", outcome.reach(run)),
            class_="facts",
        ),
        _errors(run),
    )


def coverage(run: Run) -> ET.Element:
    """Return what was reached and what was not: routes, places, stores, surfaces."""
    reached = run.coverage
    parts: list[Child] = []
    if reached.untouched:
        parts += [
            words(tag("strong", "✗ No probe touched these served routes. The gate fails for them.")),
            listed(code(route) for route in reached.untouched),
        ]
    if reached.cells:
        parts.append(tag("details", tag("summary", "What was attacked, route by route"), _cells(reached.cells)))
    if reached.declared_absent:
        rows = [(name, why) for name, why in sorted(reached.declared_absent.items())]
        parts.append(table("Declared not applicable by the target file; never a pass", ("Operation", "Reason"), rows))
    if reached.not_served:
        parts += [
            words("Named by the target file, not served (neither pass nor doubt):"),
            listed(code(one) for one in reached.not_served),
        ]
    return section("Coverage", "coverage", words(outcome.covered(run)), *parts)


def provenance(run: Run) -> ET.Element:
    """Return what is needed to run it again, and the requirements it is evidence for."""
    return section(
        "This run",
        "run",
        tag(
            "dl",
            *_fact("Run", code(run.id)),
            *_fact("Seed", code(run.seed)),
            *_fact("Manifest of canaries (SHA-256)", code(run.manifest_sha256 or "none planted")),
            *_fact("Started", run.started_at),
            *_fact("Took", f"{run.seconds:.1f} s"),
            class_="facts",
        ),
        words("Evidence for or against:"),
        listed(STANDARDS[one] for one in ALWAYS),
    )


def unproven(run: Run) -> ET.Element:
    """Return what the run does not prove."""
    return section("What this does not prove", "unproven", listed(outcome.unproven(run)))


def _cells(cells: tuple[Cell, ...]) -> ET.Element:
    by_route: dict[str, list[Cell]] = {}
    for cell in sorted(cells):
        by_route.setdefault(cell.route, []).append(cell)
    rows = [
        (
            code(route),
            _joined({one.slot for one in found}),
            _joined({one.store for one in found}),
            _joined({one.surface for one in found}),
            tag("td", str(len(found)), class_="number"),
        )
        for route, found in by_route.items()
    ]
    heads = ("Route", "Id slots and places", "Stores", "Surfaces", "Cells")
    return table("Attacked, by route", heads, rows, class_="coverage")


def _joined(values: set[str]) -> str:
    return ", ".join(sorted(one for one in values if one)) or "—"


def _errors(run: Run) -> ET.Element | None:
    if not run.harness_errors:
        return None
    return tag("div", words(tag("strong", "Harness errors")), listed(run.harness_errors), class_="errors")


def _fact(name: str, value: Child) -> tuple[ET.Element, ET.Element]:
    return tag("dt", name), tag("dd", value)
