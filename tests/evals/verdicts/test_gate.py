"""What a run ends with."""

from dataclasses import replace

from evals.verdicts.family import FamilyResult, absent, inconclusive
from evals.verdicts.gate import ExitCode, exit_code
from evals.verdicts.quality import QualityMeasure, QualityTable
from tests.evals.verdicts.made import finding, passed, run, sound, with_coverage

_GONE_DOWN = QualityTable(
    (QualityMeasure("own", "recall@5", 0.5, 0.4, "alpha", 40, 0.9, (-0.5, -0.3), regressed=True),)
)
_AS_BEFORE = QualityTable((QualityMeasure("own", "recall@5", 0.9, 0.8, "alpha", 40, 0.9, (-0.1, 0.1)),))


def _leaked() -> FamilyResult:
    evidence = sound()
    evidence.leak(finding())
    return evidence.result(seconds=0.0)


def test_all_that_passed_is_zero() -> None:
    assert exit_code(run(passed())) is ExitCode.PASSED


def test_a_leak_is_one() -> None:
    assert exit_code(run(passed(), _leaked())) is ExitCode.LEAKED


def test_lost_quality_is_two() -> None:
    assert exit_code(replace(run(passed()), quality=_GONE_DOWN)) is ExitCode.QUALITY_REGRESSED
    assert exit_code(replace(run(passed()), quality=_AS_BEFORE)) == ExitCode.PASSED


def test_one_inconclusive_family_is_three() -> None:
    assert exit_code(run(passed(), inconclusive("A4", "t", "No ask."))) is ExitCode.NOT_SHOWN


def test_a_served_route_that_no_probe_touched_is_three_and_named() -> None:
    one = with_coverage(run(passed()), ("POST /v1/ask", "POST /v1/search"), ("POST /v1/search",))
    assert exit_code(one) == ExitCode.NOT_SHOWN
    assert one.coverage.untouched == ("POST /v1/ask",)


def test_no_family_or_only_absent_ones_show_nothing() -> None:
    assert exit_code(run()) == ExitCode.NOT_SHOWN
    assert exit_code(run(absent("A12", "t", "None."))) == ExitCode.NOT_SHOWN


def test_an_absent_family_beside_a_pass_is_no_obstacle() -> None:
    assert exit_code(run(passed(), absent("A12", "t", "None."))) == ExitCode.PASSED


def test_what_weighs_more_is_reported_first() -> None:
    all_at_once = replace(
        run(_leaked(), inconclusive("A4", "t", "r")), quality=_GONE_DOWN, harness_errors=("It broke.",)
    )
    assert exit_code(all_at_once) is ExitCode.HARNESS_FAILED
    assert exit_code(replace(all_at_once, harness_errors=())) == ExitCode.LEAKED
    without_leak = replace(all_at_once, harness_errors=(), families=(passed(), inconclusive("A4", "t", "r")))
    assert exit_code(without_leak) == ExitCode.NOT_SHOWN


def test_a_quality_run_without_a_measure_shows_nothing() -> None:
    assert exit_code(run(kind="quality")) == ExitCode.NOT_SHOWN
    assert exit_code(replace(run(kind="quality"), quality=QualityTable(()))) == ExitCode.NOT_SHOWN
    assert exit_code(replace(run(kind="quality"), quality=_AS_BEFORE)) == ExitCode.PASSED


def test_the_codes_are_the_published_numbers() -> None:
    assert [int(code) for code in ExitCode] == [0, 1, 2, 3, 4, 64]
