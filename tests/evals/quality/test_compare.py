"""A loss of quality is told from chance, and what could not be compared is never a pass."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from evals.quality.cases import Outcome
from evals.quality.compare import Kept, NothingCompared, compared, kept, read, write
from evals.quality.metrics import HOLDS, OVER_REFUSAL
from evals.quality.summary import measures
from evals.verdicts.quality import QualityMeasure
from tests.evals.quality.outcomes import CASE, REFUSED, RIGHT

SEED = 7
MANY = tuple(f"tenant {number}" for number in range(8))


def answered(tenants: Sequence[str], wrong: Sequence[str] = (), each: int = 4) -> list[Outcome]:
    """Make outcomes in which the `wrong` tenants are refused every second question."""
    return [
        replace(
            REFUSED if tenant in wrong and number % 2 else RIGHT,
            case=replace(CASE, id=f"{tenant}/{number}", tenant=tenant),
        )
        for tenant in tenants
        for number in range(each)
    ]


def against(now: list[Outcome], before: list[Outcome]) -> dict[str, QualityMeasure]:
    rows = measures("set", now)
    baseline = {"set": kept(before, measures("set", before))}
    found, notes = compared({"set": rows}, {"set": kept(now, rows)}, baseline, SEED)
    assert notes == ()
    return {row.metric: row for row in found}


def test_the_same_answers_are_no_change() -> None:
    rows = against(answered(MANY), answered(MANY))
    assert not any(row.regressed for row in rows.values())
    assert (rows[HOLDS].baseline, rows[HOLDS].interval) == (1, (0, 0))
    assert rows["ask p50 ms"].baseline is None


def test_a_loss_in_most_tenants_is_a_regression_also_where_lower_is_better() -> None:
    rows = against(answered(MANY, wrong=MANY[:6]), answered(MANY))
    assert rows[HOLDS].regressed
    assert rows[HOLDS].interval is not None
    assert rows[HOLDS].interval[1] < 0
    assert rows[OVER_REFUSAL].regressed
    assert rows[OVER_REFUSAL].interval is not None
    assert rows[OVER_REFUSAL].interval[0] > 0
    assert not rows["nDCG@10"].regressed


def test_a_gain_is_no_regression() -> None:
    rows = against(answered(MANY), answered(MANY, wrong=MANY))
    assert not any(row.regressed for row in rows.values())
    assert rows[HOLDS].interval == (0.5, 0.5)


def test_one_tenant_that_loses_much_is_a_regression_though_the_mean_could_be_chance() -> None:
    rows = against(answered(MANY, wrong=MANY[:1]), answered(MANY))
    assert rows[HOLDS].interval is not None
    assert rows[HOLDS].interval[1] == 0
    assert rows[HOLDS].regressed
    assert rows[HOLDS].worst_tenant == MANY[0]


def test_one_question_of_many_is_chance() -> None:
    before = answered(MANY, each=20)
    now = [replace(REFUSED, case=before[0].case), *before[1:]]
    assert not any(row.regressed for row in against(now, before).values())


def test_few_tenants_are_drawn_by_case() -> None:
    found = kept(answered(MANY[:2]), measures("set", answered(MANY[:2])))
    assert len(found.units) == 8
    assert len(kept(answered(MANY), measures("set", answered(MANY))).units) == 8
    rows = against(answered(MANY[:2], wrong=MANY[:2], each=20), answered(MANY[:2], each=20))
    assert rows[HOLDS].regressed
    assert rows[HOLDS].interval is not None
    assert rows[HOLDS].interval[0] > -0.7


def test_other_cases_are_not_compared_and_alone_they_are_an_error() -> None:
    one, other = answered(MANY[:2]), answered(MANY[2:4])
    rows = {"set": measures("set", one), "more": measures("more", one)}
    now = {name: kept(one, each) for name, each in rows.items()}
    known = {"set": kept(one, rows["set"]), "more": kept(other, measures("more", other))}
    found, notes = compared(rows, now, known, SEED)
    assert notes == ("more was not compared: the baseline holds others of its cases.",)
    assert [row.baseline for row in found if row.dataset == "more"] == [None] * len(rows["more"])
    with pytest.raises(NothingCompared, match="holds none of its cases"):
        compared(rows, now, {}, SEED)
    with pytest.raises(NothingCompared):
        compared({}, {}, known, SEED)


def test_a_baseline_reads_back_as_it_was_written(tmp_path: Path) -> None:
    outcomes = answered(MANY, wrong=MANY[:3])
    sets: dict[str, Kept] = {"set": kept(outcomes, measures("set", outcomes))}
    write(tmp_path / "baseline.json", sets, "All of it.")
    assert read(tmp_path / "baseline.json") == sets


def test_the_comparison_repeats_with_its_seed() -> None:
    before, now = answered(MANY, wrong=MANY[:2]), answered(MANY, wrong=MANY[1:4])
    assert against(now, before)[HOLDS] == against(now, before)[HOLDS]
    assert against(now, before)[HOLDS].interval != (0, 0)
