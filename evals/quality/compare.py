"""Tell a loss of quality from chance: a paired bootstrap by tenant against a baseline that was kept.

Rules this module enforces:

- the unit that is drawn is the tenant; a set with fewer than five is drawn by case instead, because three tenants
  cannot bound anything;
- a measure has regressed when the whole 95 % interval of its mean difference lies beyond the margin on the bad side,
  or when its worst tenant fell by more than a tenth;
- only the same cases are compared: another sample is said to be not compared, and when nothing at all could be
  compared that is an error, not a pass.
"""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from evals.quality.cases import Outcome, by_tenant
from evals.quality.metrics import LOWER_IS_BETTER, scores
from evals.quality.summary import ORDER, tenant_scores
from evals.statistics.bootstrap import paired_bootstrap
from evals.verdicts.quality import QualityMeasure

BASELINE: Final = Path(__file__).with_name("baseline.json")
MARGIN: Final = 0.01
WORST_MARGIN: Final = 0.1
_FEWEST_TENANTS: Final = 5
_ROUNDS: Final = 2_000
_DIGITS: Final = 6
_SLACK: Final = 10.0**-_DIGITS  # what rounding in the file may add


class NothingCompared(Exception):
    """The baseline holds none of the cases that were asked."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One set as a baseline keeps it: its rows' means and worst tenants, and the scores of what is drawn."""

    means: Mapping[str, float]
    worst: Mapping[str, float]
    units: Mapping[str, Mapping[str, float]]


def kept(outcomes: Sequence[Outcome], rows: Sequence[QualityMeasure]) -> Kept:
    """Return what a baseline keeps of one set."""
    gated = [row for row in rows if row.metric in ORDER]
    return Kept(
        {row.metric: round(row.mean, _DIGITS) for row in gated},
        {row.metric: round(row.worst, _DIGITS) for row in gated},
        {
            unit: {name: round(value, _DIGITS) for name, value in each.items()}
            for unit, each in _units(outcomes).items()
        },
    )


def _units(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    if len(by_tenant(outcomes)) >= _FEWEST_TENANTS:
        return tenant_scores(outcomes)
    return {each.case.id: scores(each) for each in outcomes}


def write(path: Path, sets: Mapping[str, Kept], sample: str) -> None:
    """Keep these sets as the baseline."""
    content = {
        "sample": sample,
        "sets": {name: {"mean": each.means, "worst": each.worst, "units": each.units} for name, each in sets.items()},
    }
    path.write_text(json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


def read(path: Path) -> dict[str, Kept]:
    """Return a baseline by set."""
    content: Any = json.loads(path.read_text(encoding="utf-8"))
    return {name: Kept(each["mean"], each["worst"], each["units"]) for name, each in content["sets"].items()}


def compared(
    rows: Mapping[str, Sequence[QualityMeasure]], now: Mapping[str, Kept], baseline: Mapping[str, Kept], seed: int
) -> tuple[tuple[QualityMeasure, ...], tuple[str, ...]]:
    """Return all rows, those of compared sets beside their baseline, and a sentence for each set that was not."""
    found: list[QualityMeasure] = []
    notes = []
    for name, theirs in rows.items():
        before = baseline.get(name)
        if before is None or not _same_cases(before, now[name]):
            found += theirs
            notes.append(
                f"{name} was not compared: the baseline holds {'none' if before is None else 'others'} of its cases."
            )
        else:
            found += [_beside(row, before, now[name], seed) for row in theirs]
    if len(notes) == len(rows):
        raise NothingCompared(" ".join(notes) or "Nothing was asked.")
    return tuple(found), tuple(notes)


def _same_cases(before: Kept, now: Kept) -> bool:
    return {(unit, frozenset(each)) for unit, each in before.units.items()} == {
        (unit, frozenset(each)) for unit, each in now.units.items()
    }


def _beside(row: QualityMeasure, before: Kept, now: Kept, seed: int) -> QualityMeasure:
    if row.metric not in before.means:
        return row
    sign = -1 if row.metric in LOWER_IS_BETTER else 1
    fallen = sign * (row.worst - before.worst[row.metric]) < -WORST_MARGIN - _SLACK
    differences = {unit: [now.units[unit][row.metric] - value] for unit, value in _values(before, row.metric)}
    if not differences:
        return replace(row, baseline=before.means[row.metric], regressed=fallen)
    rng = random.Random(seed)  # noqa: S311  # a resampling that must repeat, not a secret
    drawn = paired_bootstrap(differences, rng=rng, rounds=_ROUNDS)
    lost = max(sign * drawn.low, sign * drawn.high) < -MARGIN
    return replace(row, baseline=before.means[row.metric], interval=(drawn.low, drawn.high), regressed=lost or fallen)


def _values(before: Kept, metric: str) -> Iterator[tuple[str, float]]:
    for unit, each in before.units.items():
        if metric in each:
            yield unit, each[metric]
