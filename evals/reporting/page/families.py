"""The table of families: what each one amounts to, and why."""

from typing import Final
from xml.etree import ElementTree as ET

from evals.reporting import outcome
from evals.reporting.page.elements import Child, section, table, tag, words
from evals.verdicts.family import FamilyResult, Verdict
from evals.verdicts.gate import Run

SIGNS: Final = {Verdict.PASS: "✓", Verdict.LEAK: "✗", Verdict.INCONCLUSIVE: "?", Verdict.ABSENT: "—"}
_TONES: Final = {
    Verdict.PASS: "pass",
    Verdict.LEAK: "leak",
    Verdict.INCONCLUSIVE: "unsure",
    Verdict.ABSENT: "absent",
}
_HEADS: Final = ("Family", "Verdict", "Distinct trials", "Bound (95 %)", "Controls held", "Why", "Took")


def families(run: Run) -> ET.Element | None:
    """Return the table, leaks first in the reader's eye by their sign, in the order they ran."""
    if not run.families:
        return None
    return section(
        "Families of probes",
        "families",
        words("A pass needs trials, a positive control that fired and a negative control that stayed silent."),
        table("Verdict of each family", _HEADS, [_row(one) for one in run.families], class_="families"),
    )


def _row(result: FamilyResult) -> tuple[Child, ...]:
    held = sum(one.held for one in result.controls)
    return (
        tag("span", tag("span", f"{result.family} ", class_="family"), result.title),
        tag("td", tag("span", f"{SIGNS[result.verdict]} {result.verdict}", class_=f"chip {_TONES[result.verdict]}")),
        _number(f"{result.distinct:,}"),
        _number("—" if result.bound is None else outcome.percent(result.bound)),
        _number(f"{held} of {len(result.controls)}"),
        tag("td", result.reason, class_="why"),
        _number(f"{result.seconds:.1f} s"),
    )


def _number(text: str) -> ET.Element:
    return tag("td", text, class_="number")
