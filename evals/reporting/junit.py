"""The report as JUnit XML: one case for coverage, one for each family, one for each measure of quality."""

from typing import Final
from xml.etree import ElementTree as ET

from evals.reporting import outcome
from evals.reporting.visible import visible
from evals.verdicts.family import FamilyResult, Verdict
from evals.verdicts.finding import Finding
from evals.verdicts.gate import Run
from evals.verdicts.quality import QualityMeasure

_FAILURE: Final = "failure"
_ERROR: Final = "error"
_SKIPPED: Final = "skipped"


def rendered(run: Run) -> str:
    """Return the XML. A leak is a failure, what was not shown an error, what the target declares absent skipped."""
    suite = ET.Element("testsuite", name=f"evals.{run.kind}", timestamp=visible(run.started_at))
    properties = ET.SubElement(suite, "properties")
    for name, value in _facts(run).items():
        ET.SubElement(properties, "property", name=name, value=visible(value))
    if run.kind == "leakage":
        _coverage(suite, run)
    for family in run.families:
        _family(suite, family)
    for measure in run.quality.measures if run.quality else ():
        _measure(suite, measure)
    for error in run.harness_errors:
        _outcome(_case(suite, "harness", error), _ERROR, "harness error", error)
    counts = {kind + ("" if kind == _SKIPPED else "s"): len(suite.findall(f"*/{kind}")) for kind in _OUTCOMES}
    counts["tests"] = len(suite.findall("testcase"))
    suite.set("time", f"{run.seconds:.3f}")
    suites = ET.Element("testsuites", name="evals")
    suites.append(suite)
    for name, count in counts.items():
        suite.set(name, str(count))
        suites.set(name, str(count))
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


_OUTCOMES: Final = (_FAILURE, _ERROR, _SKIPPED)


def _facts(run: Run) -> dict[str, str]:
    return {
        "coverage": outcome.covered(run),
        "bound": outcome.bounded(run),
        "verdict": outcome.sentence(run),
        "target": run.target,
        "reach": outcome.reach(run),
        "run": run.id,
        "seed": run.seed,
        "manifest_sha256": run.manifest_sha256,
    }


def _coverage(suite: ET.Element, run: Run) -> None:
    case = _case(suite, "coverage", "every served route was touched by a probe")
    if run.coverage.untouched:
        _outcome(case, _ERROR, "not covered", "\n".join(run.coverage.untouched))


def _family(suite: ET.Element, result: FamilyResult) -> None:
    case = _case(suite, f"family.{result.family}", f"{result.family} {result.title}", result.seconds)
    match result.verdict:
        case Verdict.LEAK:
            _outcome(case, _FAILURE, result.reason, "\n\n".join(map(_found, result.findings)))
        case Verdict.INCONCLUSIVE:
            _outcome(case, _ERROR, "inconclusive", result.reason)
        case Verdict.ABSENT:
            _outcome(case, _SKIPPED, f"declared absent: {result.reason}", "")
        case Verdict.PASS:
            bound = "" if result.bound is None else f" Bound: {outcome.percent(result.bound)}."
            ET.SubElement(case, "system-out").text = visible(result.reason + bound)


def _measure(suite: ET.Element, measure: QualityMeasure) -> None:
    case = _case(suite, f"quality.{measure.dataset}", measure.metric)
    says = f"mean {measure.mean:.4g}, worst {measure.worst:.4g} ({measure.worst_tenant}), baseline {measure.baseline}"
    if measure.regressed:
        _outcome(case, _FAILURE, "below the baseline", says)
    else:
        ET.SubElement(case, "system-out").text = visible(says)


def _found(finding: Finding) -> str:
    return "\n".join(
        (
            f"{finding.title}: {finding.attacker} saw what belongs to {finding.victim}",
            f"at {finding.cell.route} {finding.cell.slot} {finding.json_path}".rstrip(),
            f"saw: {finding.excerpt}",
            f"reproduce: {finding.curl}",
            f"standards: {', '.join(finding.standards)}",
        )
    )


def _case(suite: ET.Element, classname: str, name: str, seconds: float = 0.0) -> ET.Element:
    attributes = {"classname": f"evals.{visible(classname)}", "name": visible(name), "time": f"{seconds:.3f}"}
    return ET.SubElement(suite, "testcase", attributes)


def _outcome(case: ET.Element, kind: str, message: str, text: str) -> None:
    ET.SubElement(case, kind, message=visible(message)).text = visible(text, lines=True)
