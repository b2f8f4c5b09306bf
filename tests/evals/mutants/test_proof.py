"""The suite notices broken services, and a broken suite is not believed: some mutants, other ones after each commit.

All of them are run by `make mutants`.
"""

import subprocess

import pytest

from evals.mutants.catalogue import Mutant, catalogue
from evals.mutants.command import sample
from evals.mutants.copying import CHECKOUT
from evals.mutants.matrix import matrix
from evals.mutants.running import attacks, task_of

pytestmark = [pytest.mark.proof, pytest.mark.timeout(900)]


def _newest_commit() -> str:
    asked = subprocess.run(["git", "rev-parse", "HEAD"], cwd=CHECKOUT, check=False, capture_output=True, text=True)
    return asked.stdout.strip() or "no commit"


MUTANTS = catalogue()
DRAWN = sample(MUTANTS, 2, _newest_commit())


async def _faults(mutants: list[Mutant], at_once: int) -> tuple[str, ...]:
    tasks = [task_of(one, "proof") for one in mutants]
    return matrix({one.id: one for one in mutants}, await attacks(tasks, at_once), trials=tasks[0].trials).faults


@pytest.mark.parametrize("mutant", DRAWN, ids=[one.id for one in DRAWN])
async def test_a_broken_service_is_noticed_by_a_family_that_has_to(mutant: Mutant) -> None:
    assert await _faults([mutant], 1) == ()


async def test_a_broken_suite_is_inconclusive() -> None:
    assert await _faults([one for one in MUTANTS if one.of_the_suite], 2) == ()
