"""The report as a Markdown summary, for a pull request or a terminal."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from evals.reporting import outcome
from evals.reporting.document import finding_id
from evals.reporting.visible import visible
from evals.verdicts.family import FamilyResult, Verdict
from evals.verdicts.finding import Finding
from evals.verdicts.gate import Run
from evals.verdicts.quality import QualityTable

_MEANING: Final = re.compile(r"[\\`*_\[\]|~@#$]|:(?=//)|(?<=www)\.|^[-+=>]", re.IGNORECASE)
"""What Markdown and its dialects give a meaning to: emphasis, links, tables, mentions, mathematics, addresses."""
_NUMBERED: Final = re.compile(r"^(\d{1,9})(?=[.)])")
"""What begins a numbered list."""
_MARKS: Final = {Verdict.PASS: "✓", Verdict.LEAK: "✗", Verdict.INCONCLUSIVE: "?", Verdict.ABSENT: "—"}


def rendered(run: Run) -> str:
    """Return the summary: coverage, bound, verdict; then families, leaks, quality, what is not proven."""
    parts = [
        f"# {escaped(run.kind.capitalize())} of {escaped(run.target)}: {outcome.outcome(run)}",
        "\n".join(
            (
                f"- **Coverage:** {escaped(outcome.covered(run))}",
                f"- **Bound:** {escaped(outcome.bounded(run))}",
                f"- **Verdict:** {escaped(outcome.sentence(run))}",
            )
        ),
        _listed("Routes that no probe touched", run.coverage.untouched),
        _listed("Harness errors", run.harness_errors),
        _families(run.families),
        _leaks([one for family in run.families for one in family.findings]),
        _quality(run.quality),
        _listed("Declared absent", (f"{name}: {why}" for name, why in run.coverage.declared_absent.items())),
        _listed("Not served", run.coverage.not_served),
        _listed("What this does not prove", outcome.unproven(run)),
        _origin(run),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def escaped(text: str) -> str:
    """Return text that Markdown shows as it is, on one line, in a table too."""
    plain = visible(text.replace("\n", " ")).strip()
    inert = _NUMBERED.sub(r"\1\\", _MEANING.sub(r"\\\g<0>", plain))
    return inert.replace("&", "&amp;").replace("<", "&lt;")


def fenced(code: str) -> str:
    """Return code in a fence longer than any run of backticks in it."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", code)), default=0))
    return f"{fence}sh\n{visible(code, lines=True)}\n{fence}"


def _families(families: Sequence[FamilyResult]) -> str:
    rows = [
        (
            one.family,
            one.title,
            f"{_MARKS[one.verdict]} {one.verdict}",
            f"{one.distinct:,}",
            "" if one.bound is None else outcome.percent(one.bound),
            f"{sum(control.held for control in one.controls)}/{len(one.controls)}",
            one.reason,
        )
        for one in families
    ]
    heads = ("Family", "What", "Verdict", "Distinct trials", "Bound (95 %)", "Controls held", "Why")
    return f"## Families\n\n{_table(heads, rows)}" if rows else ""


def _leaks(findings: Sequence[Finding]) -> str:
    parts = ["## Leaks"] if findings else []
    for one in findings:
        parts += [f"### {escaped(one.title)}", _place(one), fenced(one.curl)]
    return "\n\n".join(parts)


def _place(finding: Finding) -> str:
    return (
        f"{escaped(finding.attacker)} saw what belongs to {escaped(finding.victim)} at {escaped(finding.cell.route)} "
        f"{escaped(finding.cell.slot)} {escaped(finding.json_path)} ({escaped(', '.join(finding.standards))}; "
        f"{escaped(finding_id(finding))}). Seen: {escaped(finding.excerpt)}"
    )


def _origin(run: Run) -> str:
    return (
        f"Run {escaped(run.id)} at reach {escaped(outcome.reach(run))}; seed {escaped(run.seed)}; canaries "
        f"{escaped(run.manifest_sha256)}; started {escaped(run.started_at)}, took {run.seconds:.0f} s."
    )


def _quality(table: QualityTable | None) -> str:
    if table is None:
        return ""
    rows = [
        (
            one.dataset,
            one.metric,
            f"{one.mean:.3f}",
            f"{one.worst:.3f} ({one.worst_tenant})",
            "" if one.baseline is None else f"{one.baseline:.3f}",
            "✗ regressed" if one.regressed else "",
            str(one.cases),
        )
        for one in table.measures
    ]
    heads = ("Data", "Measure", "Mean over tenants", "Worst tenant", "Baseline", "", "Cases")
    return "\n\n".join(("## Quality", _table(heads, rows), *(escaped(note) for note in table.notes)))


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [[escaped(cell) for cell in row] for row in (heads, *rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _listed(title: str, items: Iterable[str]) -> str:
    lines = "\n".join(f"- {escaped(one)}" for one in items)
    return f"## {title}\n\n{lines}" if lines else ""
