"""The measurement as its command runs it: sets, baseline, judge, options and the printed table."""

import argparse
import json
from dataclasses import replace
from pathlib import Path

import pytest

from evals.quality.assess import assess
from evals.quality.command import WrongUse, add_options, corpus, lines, options
from evals.quality.compare import BASELINE, NothingCompared
from evals.quality.compare import read as read_baseline
from evals.quality.measure import Options, measured
from evals.verdicts.gate import ExitCode, exit_code
from evals.verdicts.quality import QualityMeasure, QualityTable
from tests.evals.quality.desk import Desk, desk_target
from tests.evals.quality.shelves import Library
from tests.evals.service import serving

_ASKED = {"question": "How many parcels left the harbour today?", "answer": ["412"], "sources": ["harbour.txt"]}
_SECRET = {"secret": "x", "question": "Which lantern hangs beside the chapel?", "source": "harbour.txt"}


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """Three tenants with plain documents, laid out as examples/ is."""
    for tenant in ("harrow-voss-law", "kelpstone-desk", "plumtide-media"):
        documents = tmp_path / "examples" / tenant / "documents"
        documents.mkdir(parents=True)
        (documents / "harbour.txt").write_text("Today 412 parcels left the harbour.", encoding="utf-8")
        (documents / "garden.txt").write_text("Roses grow beside the northern wall.", encoding="utf-8")
        (documents.parent / "questions.json").write_text(json.dumps([_ASKED]), encoding="utf-8")
        (documents.parent / "secrets.json").write_text(json.dumps([_SECRET]), encoding="utf-8")
    return tmp_path / "examples"


def parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_options(parser)
    return parser.parse_args(arguments)


def wanted(examples: Path, **more: object) -> Options:
    return replace(Options(corpus=None, examples=examples), **more)  # type: ignore[arg-type]  # fields by name


async def test_a_run_is_compared_with_the_baseline_that_an_earlier_one_wrote(examples: Path, tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    first = await measured(Library(), wanted(examples, baseline=baseline, write_baseline=True))
    assert not first.regressed
    assert not (await measured(Library(), wanted(examples, baseline=baseline))).regressed
    worse = await measured(Library(needed=99), wanted(examples, baseline=baseline))
    assert worse.regressed
    lost = {row.metric for row in worse.measures if row.regressed}
    assert {"holds the answer", "over-refusal"} <= lost
    assert "recall@1" not in lost


async def test_without_a_baseline_that_fits_the_measurement_fails(examples: Path, tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    with pytest.raises(FileNotFoundError):
        await measured(Library(), wanted(examples, baseline=baseline))
    baseline.write_text('{"sample": "", "sets": {}}', encoding="utf-8")
    with pytest.raises(NothingCompared):
        await measured(Library(), wanted(examples, baseline=baseline))


async def test_a_run_against_no_baseline_says_so_and_what_was_skipped(examples: Path) -> None:
    table = await measured(Library(), wanted(examples))
    assert not table.regressed
    said = " ".join(table.notes)
    assert "Nothing was compared" in said
    assert "XQuAD was skipped" in said
    assert "Seed 20260701" in said


def test_our_own_service_is_compared_with_the_committed_baseline_unasked_and_others_are_not() -> None:
    assert options(parsed(), {}, ours=True).baseline == BASELINE
    assert options(parsed(), {}, ours=False).baseline is None
    assert options(parsed("--baseline", "b.json", "--write-baseline"), {}, ours=False).write_baseline
    with pytest.raises(WrongUse, match="needs --baseline"):
        options(parsed("--write-baseline"), {}, ours=False)


def test_the_corpus_is_as_given_then_from_the_environment(tmp_path: Path) -> None:
    given, named = tmp_path / "given", tmp_path / "named"
    given.mkdir()
    named.mkdir()
    environment = {"BULKHEAD_TEST_CORPUS": str(named)}
    assert corpus(given, environment) == given
    assert corpus(None, environment) == named
    with pytest.raises(WrongUse, match="is no folder"):
        corpus(tmp_path / "absent", environment)


def test_a_judge_needs_both_its_models() -> None:
    with pytest.raises(WrongUse, match="--judge-model"):
        options(parsed("--judge-url", "http://127.0.0.1:9/v1"), {}, ours=True)
    assert options(parsed(), {}, ours=True).judge is None


def test_the_printed_table_marks_what_regressed_and_ends_with_its_notes() -> None:
    row = QualityMeasure("own", "F1", 0.25, 0.125, "Acme", 30, baseline=0.5, interval=(-0.3, -0.2), regressed=True)
    same = replace(row, metric="MRR", regressed=False, baseline=None)
    printed = list(lines(QualityTable((row, same), ("A note.",))))
    assert printed[0].startswith("own")
    assert "0.250" in printed[1]
    assert printed[1].endswith("Acme  REGRESSED")
    assert "REGRESSED" not in printed[2]
    assert printed[-1] == "A note."


def test_the_committed_baseline_holds_our_own_set_and_no_text_of_any_corpus() -> None:
    sets = read_baseline(BASELINE)
    assert len(sets["own"].units) == 80
    assert all(len(unit) < 80 for each in sets.values() for unit in each.units)


async def test_a_run_of_a_target_is_judged_by_its_table_and_stopped_by_its_failures(
    examples: Path, tmp_path: Path
) -> None:
    baseline, desk = tmp_path / "baseline.json", Desk()
    async with serving(desk.app) as url:
        wish = wanted(examples, baseline=baseline, write_baseline=True)
        good = await assess(desk_target(url), wish, run_id="one")
        assert (exit_code(good), good.kind, good.harness_errors) == (ExitCode.PASSED, "quality", ())
        desk.needed = 99
        worse = await assess(desk_target(url), wanted(examples, baseline=baseline), run_id="two")
        assert exit_code(worse) == ExitCode.QUALITY_REGRESSED
        desk.failing = "garden.txt"
        stopped = await assess(desk_target(url), wanted(examples, baseline=baseline), run_id="three")
        assert exit_code(stopped) == ExitCode.HARNESS_FAILED
        assert "garden.txt" in stopped.harness_errors[0]
    assert desk.shelves == {}
