"""Write down which family noticed which mutant, and judge whether that is as it must be.

Rules this module enforces:

* Each mutant of the service stands in one of four columns. Noticed: one of its families has found a leak; nothing else
  counts. Stopped: none has, and one was inconclusive, failed, or did not get to run. Equivalent: the catalogue says why
  no run can tell it from whole code, and every family passed. Unnoticed: every family passed.
* All have to be noticed or equivalent. One that is called equivalent and is noticed is a fault of the catalogue.
* Of a mutant of the suite, every designated family was inconclusive: neither a pass nor a leak.
* Of the code as it is, no family found a leak from any seed, none was inconclusive, and the suite itself did not fail.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from evals.families.registry import in_order
from evals.mutants.catalogue import Mutant
from evals.mutants.tasks import CLEAN_NAMES, ERROR, Outcome
from evals.verdicts.family import Verdict

FILE: Final = Path(__file__).parents[2] / "kill-matrix.json"
_DOUBTED: Final = frozenset({Verdict.LEAK, Verdict.INCONCLUSIVE})


class Column(StrEnum):
    """What became of a mutant of the service; see the module."""

    NOTICED = "noticed"
    STOPPED = "stopped"
    EQUIVALENT = "equivalent"
    UNNOTICED = "unnoticed"


@dataclass(frozen=True, slots=True)
class Matrix:
    """What `evals/kill-matrix.json` holds, and each way in which it is not as it must be, as a sentence."""

    document: Mapping[str, Any]
    faults: tuple[str, ...]

    @property
    def rendered(self) -> str:
        """The document as it is written."""
        return json.dumps(self.document, indent=1, ensure_ascii=False) + "\n"


def matrix(mutants: Mapping[str, Mutant], outcomes: Sequence[Outcome], *, trials: int) -> Matrix:
    """Return the matrix of a whole run, or of a part of one."""
    by_mutant = [(mutants[one.task.name], one) for one in outcomes if one.task.name in mutants]
    of_service = [(mutant, one) for mutant, one in by_mutant if not mutant.of_the_suite]
    of_suite = [(mutant, one) for mutant, one in by_mutant if mutant.of_the_suite]
    clean = [one for one in outcomes if one.task.name in CLEAN_NAMES]
    rows = [_row(mutant, one) for mutant, one in of_service]
    document = {
        "trials": trials,
        "counts": counts(rows),
        "mutants": sorted(rows, key=lambda row: str(row["id"])),
        "harness": sorted((_doubted(mutant, one) for mutant, one in of_suite), key=lambda row: str(row["id"])),
        "clean": _clean(clean),
    }
    faults = [
        *(fault for mutant, one in of_service for fault in _missed(mutant, one)),
        *(fault for mutant, one in of_suite for fault in _believed(mutant, one)),
        *(fault for one in clean for fault in _alarms(one)),
    ]
    return Matrix(document, tuple(faults))


def counts(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return how many mutants stand in each column."""
    counted = Counter(column_of(row) for row in rows)
    return {str(column): counted[column] for column in Column}


def column_of(row: Mapping[str, Any]) -> Column:
    """Return the column of a mutant in a matrix; one that was written before there were columns has it all the same."""
    noticed = set(row["families"]) & set(row["killed_by"])
    return Column(row.get("column", Column.NOTICED if noticed else Column.UNNOTICED))


def killers(outcome: Outcome) -> list[str]:
    """Return the families that found a leak."""
    return [family for family in outcome.task.families if Verdict.LEAK in outcome.verdicts(family)]


def column(mutant: Mutant, outcome: Outcome) -> Column:
    """Judge a mutant of the service."""
    if killers(outcome):
        return Column.NOTICED
    verdicts = {said for family in outcome.task.families for said in outcome.verdicts(family)}
    if outcome.faults or verdicts & {Verdict.INCONCLUSIVE, ERROR} or Verdict.PASS not in verdicts:
        return Column.STOPPED
    return Column.EQUIVALENT if mutant.equivalent else Column.UNNOTICED


def _row(mutant: Mutant, outcome: Outcome) -> dict[str, Any]:
    row = {
        "id": mutant.id,
        "title": mutant.title,
        "leak": mutant.leak,
        "families": list(outcome.task.families),
        "killed_by": killers(outcome),
        "column": str(column(mutant, outcome)),
    }
    if mutant.equivalent:
        row["equivalent"] = mutant.equivalent
    if row["column"] == Column.STOPPED:
        row["stopped"] = _reasons(outcome)
    return row


def _reasons(outcome: Outcome) -> str:
    """Return why families did not come to a verdict, each reason once."""
    stopped = [one for one in outcome.task.families if set(outcome.verdicts(one)) & {Verdict.INCONCLUSIVE, ERROR}]
    said: dict[str, list[str]] = {}
    for family in stopped:
        said.setdefault(outcome.reason(family), []).append(family)
    return " ".join(f"{', '.join(families)}: {reason}" for reason, families in said.items()) or "No family passed."


def _doubted(mutant: Mutant, outcome: Outcome) -> dict[str, Any]:
    verdicts = {family: outcome.verdicts(family)[0] for family in outcome.task.families}
    return {"id": mutant.id, "title": mutant.title, "families": list(outcome.task.families), "verdicts": verdicts}


def _clean(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    seeds = sorted({seed for one in outcomes for seed in one.task.seeds})
    families = sorted({family for one in outcomes for family in one.task.families}, key=in_order)
    counted = {
        family: Counter(said for one in outcomes if family in one.task.families for said in one.verdicts(family))
        for family in families
    }
    return {
        "seeds": seeds,
        "errors": sum(bool(one.error) + len(one.harness_errors) for one in outcomes),
        "verdicts": {family: dict(sorted(counts.items())) for family, counts in counted.items()},
    }


def _missed(mutant: Mutant, outcome: Outcome) -> Iterator[str]:
    match column(mutant, outcome):
        case Column.NOTICED if mutant.equivalent:
            by = ", ".join(killers(outcome))
            yield f"{mutant.id} is not equivalent, as the catalogue says: {by} noticed it. {mutant.title}"
        case Column.STOPPED:
            yield f"{mutant.id} was stopped. {mutant.title} {_reasons(outcome)}"
        case Column.UNNOTICED:
            said = [f"{one} {outcome.verdicts(one)[0]}: {outcome.reason(one)}" for one in outcome.task.families]
            yield f"{mutant.id} was not noticed. {mutant.title} {' '.join(said)}"
        case _:
            return


def _believed(mutant: Mutant, outcome: Outcome) -> Iterator[str]:
    for family in outcome.task.families:
        if outcome.verdicts(family) != [Verdict.INCONCLUSIVE]:
            said = f"{family} came to {outcome.verdicts(family)[0]} with a broken suite. {outcome.reason(family)}"
            yield f"{mutant.id}: {said}"


def _alarms(outcome: Outcome) -> Iterator[str]:
    yield from (f"The code as it is: {fault}" for fault in outcome.faults)
    for run in outcome.runs:
        for family, said in run["families"].items():
            if said["verdict"] in _DOUBTED:
                titles = " ".join(dict.fromkeys(one["title"] for one in said["findings"]))
                yield f"Seed {run['seed']}: {family} {said['verdict']} on whole code. {said['reason']} {titles}".strip()
