"""JUnit XML: what counts as failed, broken, skipped and passed."""

from xml.etree import ElementTree as ET

from evals.reporting import junit
from evals.verdicts.gate import Run
from tests.evals.reporting import made


def suite(run: Run) -> ET.Element:
    found = ET.fromstring(junit.rendered(run)).find("testsuite")  # noqa: S314 - our own output
    assert found is not None
    return found


def outcomes(run: Run) -> dict[str, str]:
    """Of every case, by its class name: its outcome."""
    kinds = {"failure", "error", "skipped"}
    return {
        case.attrib["classname"]: next((one.tag for one in case if one.tag in kinds), "passed")
        for case in suite(run).iter("testcase")
    }


def test_a_pass_passes_and_what_is_declared_absent_is_skipped() -> None:
    found = outcomes(made.passing())
    assert found["evals.coverage"] == found["evals.family.A3"] == "passed"
    assert found["evals.family.A12"] == "skipped"


def test_a_leak_is_a_failure_with_the_line_that_reproduces_it() -> None:
    assert outcomes(made.leaking())["evals.family.A1"] == "failure"
    assert 'curl -sS -X GET "$TARGET' in str(suite(made.leaking()).findtext("testcase/failure"))


def test_an_inconclusive_family_and_a_route_not_covered_are_errors() -> None:
    found = outcomes(made.doubtful())
    assert found["evals.family.A3"] == found["evals.family.A9"] == found["evals.coverage"] == "error"


def test_coverage_is_the_first_case_and_the_counts_are_those_of_the_cases() -> None:
    found = suite(made.doubtful())
    assert next(case.attrib["classname"] for case in found.iter("testcase")) == "evals.coverage"
    assert (found.attrib["tests"], found.attrib["errors"], found.attrib["failures"]) == ("6", "3", "0")
    assert found.attrib["skipped"] == "0"


def test_hostile_texts_stay_texts() -> None:
    found = suite(made.hostile())
    assert outcomes(made.hostile())["evals.harness"] == "error"
    assert {one.tag for one in found.iter()} == {
        "testsuite", "properties", "property", "testcase", "failure", "error", "skipped", "system-out",
    }  # fmt: skip
    assert "\x1b" not in ET.tostring(found, encoding="unicode")
