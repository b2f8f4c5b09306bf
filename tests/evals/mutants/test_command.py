"""What is run for what was asked, and what the whole ends with."""

import asyncio
import os
import signal
from dataclasses import replace

import pytest

from evals.families.registry import registered
from evals.mutants.attack.running import until_told
from evals.mutants.catalogue import catalogue
from evals.mutants.command import UnknownMutant, chosen, main
from evals.mutants.tasks import SEEDS

MUTANTS = {one.id: one for one in catalogue()}


def test_unasked_everything_is_run_and_whole_code_by_every_family_from_every_seed() -> None:
    tasks = chosen(MUTANTS, "")
    clean = [task for task in tasks if task.name == "clean"]
    (sentinels,) = [task for task in tasks if task.name == "clean with sentinels"]
    assert {task.name for task in tasks} == {"clean", "clean with sentinels", *MUTANTS}
    assert len({seed for task in clean for seed in task.seeds}) == sum(len(task.seeds) for task in clean) == SEEDS
    assert len(sentinels.seeds) == SEEDS
    assert all((*task.families, *sentinels.families) == tuple(one.id for one in registered()) for task in clean)


def test_what_was_asked_is_run_and_nothing_else() -> None:
    assert [task.name for task in chosen(MUTANTS, "M07, H02")] == ["H02", "M07"]


def test_whole_code_is_attacked_by_the_families_that_were_asked_for() -> None:
    assert {task.families for task in chosen(MUTANTS, "clean", families="A21,A3")} == {("A3", "A21")}
    with pytest.raises(UnknownMutant, match="A99"):
        chosen(MUTANTS, "clean", families="A99")


def test_families_that_were_asked_for_attack_in_place_of_those_that_must() -> None:
    service, suite = chosen(MUTANTS, "M07,H01", families="A21,A3")
    assert (service.name, service.families) == ("H01", MUTANTS["H01"].families)
    assert (suite.name, suite.families) == ("M07", ("A3", "A21"))


def test_every_family_attacks_a_mutant_that_names_none() -> None:
    foreign = {"theirs": replace(MUTANTS["M07"], id="theirs", families=())}
    (task,) = chosen(foreign, "", clean=False)
    assert task.families == tuple(family.id for family in registered())


def test_what_is_timed_comes_before_the_other_mutants() -> None:
    assert [task.name for task in chosen(MUTANTS, "M20,M21,M22")] == ["M21", "M20", "M22"]


def test_a_mutant_that_there_is_not_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UnknownMutant, match="M00"):
        chosen(MUTANTS, "M00")
    assert main(["--only", "M00"]) == 2
    assert "M00" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_who_is_told_to_end_ends_what_it_has_begun(number: signal.Signals) -> None:
    ended: list[bool] = []

    async def work() -> None:
        try:
            os.kill(os.getpid(), number)
            await asyncio.Event().wait()
        finally:
            os.kill(os.getpid(), number)  # once more: clearing up is not disturbed
            await asyncio.sleep(0)
            ended.append(True)

    with pytest.raises(asyncio.CancelledError):
        await until_told(work())
    assert ended == [True]
