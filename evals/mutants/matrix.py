"""Write down which family noticed which mutant, and judge whether that is as it must be.

Rules this module enforces:

* Of a mutant of the service, one designated family at least has found a leak. Nothing else counts as noticing.
* Of a mutant of the suite, every designated family was inconclusive: neither a pass nor a leak.
* Of the code as it is, no family found a leak from any seed, none was inconclusive, and the suite itself did not fail.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from evals.families.registry import in_order
from evals.mutants.catalogue import Mutant
from evals.mutants.running import Outcome
from evals.verdicts.family import Verdict

FILE: Final = Path(__file__).parents[1] / "kill-matrix.json"


@dataclass(frozen=True, slots=True)
class Matrix:
    """What `evals/kill-matrix.json` holds, and each way in which it is not as it must be, as a sentence."""

    document: Mapping[str, Any]
    faults: tuple[str, ...]

    @property
    def rendered(self) -> str:
        """The document as it is written."""
        return json.dumps(self.document, indent=1, ensure_ascii=False) + "\n"


def matrix(mutants: Mapping[str, Mutant], outcomes: Iterable[Outcome], *, trials: int) -> Matrix:
    """Return the matrix of a whole run, or of a part of one."""
    by_mutant = [(mutants[one.task.name], one) for one in outcomes if one.task.name in mutants]
    of_service = [(mutant, one) for mutant, one in by_mutant if not mutant.of_the_suite]
    of_suite = [(mutant, one) for mutant, one in by_mutant if mutant.of_the_suite]
    clean = [one for one in outcomes if one.task.name == "clean"]
    document = {
        "trials": trials,
        "mutants": [_killed(mutant, one) for mutant, one in of_service],
        "harness": [_doubted(mutant, one) for mutant, one in of_suite],
        "clean": _clean(clean),
    }
    faults = [
        *(_survived(mutant, one) for mutant, one in of_service if not set(mutant.families) & set(killers(one))),
        *(fault for mutant, one in of_suite for fault in _believed(mutant, one)),
        *(fault for one in clean for fault in _alarms(one)),
    ]
    return Matrix(document, tuple(faults))


def killers(outcome: Outcome) -> list[str]:
    """Return the families that found a leak."""
    return [family for family in outcome.task.families if Verdict.LEAK in outcome.verdicts(family)]


def _killed(mutant: Mutant, outcome: Outcome) -> dict[str, Any]:
    return {
        "id": mutant.id,
        "title": mutant.title,
        "leak": mutant.leak,
        "families": list(mutant.families),
        "killed_by": killers(outcome),
    }


def _doubted(mutant: Mutant, outcome: Outcome) -> dict[str, Any]:
    verdicts = {family: outcome.verdicts(family)[0] for family in mutant.families}
    return {"id": mutant.id, "title": mutant.title, "families": list(mutant.families), "verdicts": verdicts}


def _clean(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    seeds = sorted(seed for one in outcomes for seed in one.task.seeds)
    families = sorted({family for one in outcomes for family in one.task.families}, key=in_order)
    counted = {family: Counter(verdict for one in outcomes for verdict in one.verdicts(family)) for family in families}
    return {
        "seeds": seeds,
        "errors": sum(len(one.harness_errors) for one in outcomes),
        "verdicts": {family: dict(sorted(counts.items())) for family, counts in counted.items()},
    }


def _survived(mutant: Mutant, outcome: Outcome) -> str:
    said = [f"{family} {outcome.verdicts(family)[0]}: {outcome.reason(family)}" for family in mutant.families]
    return f"{mutant.id} was not noticed. {mutant.title} " + " ".join(said)


def _believed(mutant: Mutant, outcome: Outcome) -> list[str]:
    wrong = [family for family in mutant.families if outcome.verdicts(family) != [Verdict.INCONCLUSIVE]]
    return [
        f"{mutant.id}: {family} came to {outcome.verdicts(family)[0]} with a broken suite. {outcome.reason(family)}"
        for family in wrong
    ]


def _alarms(outcome: Outcome) -> list[str]:
    found = [f"The code as it is: {error}" for error in outcome.harness_errors]
    for run in outcome.runs:
        for family, said in run["families"].items():
            if said["verdict"] in {Verdict.LEAK, Verdict.INCONCLUSIVE}:
                titles = " ".join(said["findings"])
                found.append(f"Seed {run['seed']}: {family} {said['verdict']} on whole code. {said['reason']} {titles}")
    return found
