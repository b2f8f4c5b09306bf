"""The suite notices a broken service, and a broken suite is not believed: other mutants are drawn for each commit.

All of them are run by `make mutants`. A broken service is drawn from those that its last whole run, in
`evals/kill-matrix.json`, saw noticed, and not from those that only a timing can notice: a test has no quiet machine.
"""

import json
import random
import subprocess

import pytest

from evals.families.registry import registered
from evals.mutants.attack.running import attacks
from evals.mutants.catalogue import Mutant, catalogue
from evals.mutants.copying import CHECKOUT
from evals.mutants.outcome.matrix import FILE, matrix
from evals.mutants.outcome.results import Results
from evals.mutants.tasks import task_of

pytestmark = [pytest.mark.proof, pytest.mark.timeout(900)]


def _newest_commit() -> str:
    asked = subprocess.run(["git", "rev-parse", "HEAD"], cwd=CHECKOUT, check=False, capture_output=True, text=True)
    return asked.stdout.strip() or "no commit"


MUTANTS = catalogue()


def _noticed() -> list[Mutant]:
    if not FILE.exists():
        return []
    rows = json.loads(FILE.read_text(encoding="utf-8"))["mutants"]
    killed = {row["id"] for row in rows if row["killed_by"]}
    timed = {family.id for family in registered() if family.timed}
    return [one for one in MUTANTS if one.id in killed and not one.of_the_suite and not timed & set(one.families)]


_DRAW = random.Random(_newest_commit())  # noqa: S311 - no secret
DRAWN = _DRAW.sample(_noticed(), 1) if _noticed() else []
BROKEN = _DRAW.sample([one for one in MUTANTS if one.of_the_suite], 1)


async def _faults(mutants: list[Mutant]) -> tuple[str, ...]:
    tasks = [task_of(one, "proof") for one in mutants]
    results = Results(tasks)
    await attacks(tasks, 1, results)
    assert results.unfinished == []
    return matrix({one.id: one for one in mutants}, results.outcomes, trials=tasks[0].trials).faults


@pytest.mark.parametrize("mutant", DRAWN, ids=[one.id for one in DRAWN])
async def test_a_broken_service_is_noticed_by_a_family_that_has_to(mutant: Mutant) -> None:
    assert await _faults([mutant]) == ()


async def test_a_broken_suite_is_inconclusive() -> None:
    assert await _faults(BROKEN) == ()
