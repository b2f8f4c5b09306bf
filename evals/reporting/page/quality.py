"""Quality beside leakage, and the proof that the suite can fail."""

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from evals.reporting.page.elements import Child, listed, section, table, tag, words
from evals.verdicts.family import Verdict, family_counts
from evals.verdicts.gate import Run
from evals.verdicts.quality import QualityMeasure


def quality(run: Run) -> ET.Element | None:
    """Return how good the answers were; isolation bought with empty answers would show here."""
    if run.quality is None:
        return None
    heads = ("Measure", "Data", "Mean over tenants", "Worst tenant", "Baseline", "Change (95 %)", "Cases")
    counts = family_counts(run.families)
    beside = f"Leakage in the same run: {counts[Verdict.LEAK]} families leaked, {counts[Verdict.PASS]} passed."
    return section(
        "Quality beside leakage",
        "quality",
        words(beside if run.families else "No leakage family ran beside it."),
        table("Quality of search and answers", heads, [_measure(one) for one in run.quality.measures]),
        listed(run.quality.notes) if run.quality.notes else None,
    )


def kill_matrix(matrix: Mapping[str, Any] | None) -> ET.Element | None:
    """Return which family noticed which deliberately broken build.

    Of `evals/kill-matrix.json` it reads `mutants`: for each its `id`, its `title`, the `families` that have to notice
    it, and those it was `killed_by`.
    """
    if matrix is None:
        return None
    mutants: list[Mapping[str, Any]] = list(matrix.get("mutants", ()))
    families = sorted(
        {str(one) for mutant in mutants for one in (*mutant["families"], *mutant["killed_by"])}, key=_order
    )
    rows: list[tuple[Child, ...]] = [
        (f"{one['id']} {one['title']}", *(_mark(one, family) for family in families)) for one in mutants
    ]
    killed = sum(bool(set(one["families"]) & set(one["killed_by"])) for one in mutants)
    same = [str(one["id"]) for one in mutants if one.get("column") == "equivalent"]
    return section(
        "Proof that it can fail",
        "mutants",
        words(
            f"{killed} of {len(mutants) - len(same)} deliberately broken builds were noticed by a family that must "
            "notice them."
        ),
        words(f"No run can tell {', '.join(same)} from whole code; the catalogue says why.") if same else None,
        tag(
            "details",
            tag("summary", "The matrix: ✓ noticed by a family that must, + noticed besides, ✗ missed by one that must"),
            table("Broken builds by family", ("Broken build", *families), rows, class_="kills"),
        ),
    )


def _measure(one: QualityMeasure) -> tuple[Child, ...]:
    change = "—" if one.interval is None else f"{one.interval[0]:+.3f} to {one.interval[1]:+.3f}"
    verdict = tag("span", "✗ regressed ", class_="chip leak") if one.regressed else None
    return (
        one.metric,
        one.dataset,
        tag("td", f"{one.mean:.3f}", class_="number"),
        tag("td", f"{one.worst:.3f} ", tag("small", one.worst_tenant), class_="number"),
        tag("td", "—" if one.baseline is None else f"{one.baseline:.3f}", class_="number"),
        tag("td", verdict, change, class_="number"),
        tag("td", f"{one.cases:,}", class_="number"),
    )


def _mark(mutant: Mapping[str, Any], family: str) -> ET.Element:
    must, did = family in mutant["families"], family in mutant["killed_by"]
    must = must and mutant.get("column") != "equivalent"
    if must:
        return tag("td", "✓" if did else "✗", class_="hit" if did else "miss")
    return tag("td", "+" if did else "", class_="extra")


def _order(family: str) -> tuple[str, int, str]:
    digits = "".join(one for one in family if one.isdigit())
    return family.rstrip("0123456789"), int(digits or 0), family
