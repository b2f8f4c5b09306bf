"""Run the proof that the suite can fail: every mutant, every broken suite, the code as it is from many seeds."""

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing

from evals.families.registry import registered
from evals.mutants.arguments import AT_ONCE, named, parsed
from evals.mutants.attack.running import attacks, until_told
from evals.mutants.catalogue import FOLDER, Mutant, WrongCatalogue, catalogue
from evals.mutants.copying import fitted
from evals.mutants.outcome import matrix as kill_matrix
from evals.mutants.outcome.matrix import Matrix
from evals.mutants.outcome.mending import CannotMend, mended, read
from evals.mutants.outcome.progress import Board
from evals.mutants.outcome.report import Asked, CannotResume, Report, brief, digest, write
from evals.mutants.outcome.results import Results, Runs
from evals.mutants.outcome.table import table
from evals.mutants.places import CannotChange
from evals.mutants.tasks import CLEAN, SEEDS, TRIALS, Task, clean_tasks, task_of

_FAILED, _WRONG_USE = 1, 2


class UnknownMutant(Exception):
    """A mutant was asked for that there is not; the message says which."""


def main(arguments: Sequence[str]) -> int:
    """Run what the arguments ask for; 0 if all is as it must be, 1 if not, 2 for wrong use."""
    given = parsed(arguments)
    try:
        mutants = {one.id: one for one in catalogue(given.catalogue or FOLDER, foreign=given.catalogue is not None)}
        plan = planned(mutants, given)
        onto = None if given.onto is None else read(given.onto)
        report = Report(given.out, _asked(given), mutants)
        before = report.before(resume=given.resume)
        if onto is not None:
            mended(onto, report.matrix(Results(())))  # whether they belong together is better known before
        found = _run(plan, report, before, given)
        whole = found if onto is None else mended(onto, found)
    except (CannotMend, CannotResume, UnknownMutant, WrongCatalogue) as error:
        sys.stderr.write(f"{error}\n")
        return _WRONG_USE
    _keep(whole, found, given)
    sys.stdout.write(whole.rendered if given.json else "\n".join([*table(whole), ""]))
    sys.stderr.write("".join(f"{fault}\n" for fault in whole.faults) + f"Report: {given.out}\n")
    return _FAILED if whole.faults else 0


def _asked(given: argparse.Namespace) -> Asked:
    where = "" if given.catalogue is None else str(given.catalogue.resolve())
    return Asked(given.trials, given.seed, given.only, given.families, where, digest(given.catalogue or FOLDER))


def _run(plan: Sequence[Task], report: Report, before: Runs, given: argparse.Namespace) -> Matrix:
    """Attack what is not done yet; return the matrix of all that is, also if that was ended early."""
    count = len(Results(plan, before).todo)
    with closing(Board(count)) as board:
        results = Results(plan, before, board=board, keep=report.write)
        todo = [task for task in results.todo if _fits(task, report.mutants, results)]
        if given.resume:
            sys.stderr.write(f"{len(plan) - len(results.unfinished)} of {len(plan)} were done before.\n")
        report.write(results)
        try:
            asyncio.run(until_told(attacks(todo, given.at_once, results, given.limit)))
        except asyncio.CancelledError:
            sys.stderr.write("Ended early. What was found is in the report; --resume does the rest.\n")
    report.write(results)
    return report.matrix(results)


def _fits(task: Task, mutants: Mapping[str, Mutant], results: Results) -> bool:
    """Tell whether a mutant fits the code as it is; one that does not is over."""
    if task.name not in mutants:
        return True
    try:
        fitted(mutants[task.name])
    except CannotChange as error:
        results.end(task, f"It does not fit the code. {error}")
        return False
    return True


def _keep(whole: Matrix, found: Matrix, given: argparse.Namespace) -> None:
    """Write the matrix where it belongs, unless the run was ended early: then the report alone says what there is."""
    if found.document["unfinished"]:
        return
    if given.onto is not None:
        write(given.onto, whole.rendered if "runs" in whole.document else _brief(whole))
    elif not (given.only or given.families or given.catalogue):
        write(kill_matrix.FILE, _brief(whole))


def _brief(whole: Matrix) -> str:
    return Matrix(brief(whole.document), ()).rendered


def planned(mutants: Mapping[str, Mutant], given: argparse.Namespace) -> list[Task]:
    """Return the tasks that were asked for; raises UnknownMutant."""
    own = given.catalogue is None
    return chosen(mutants, given.only, trials=given.trials, seed=given.seed, families=given.families, clean=own)


def chosen(
    mutants: Mapping[str, Mutant],
    only: str,
    *,
    trials: int = TRIALS,
    seed: str = "mutants",
    families: str = "",
    clean: bool = True,
) -> list[Task]:
    """Return the tasks that were asked for, with commas, all if none was; raises UnknownMutant.

    `families` attack, with commas, in place of those that a mutant names; all of them where neither says any. `clean`
    is whether the code as it is belongs to all. The longest come first, then what is timed: a machine has to be quiet
    until those are done, and no longer.
    """
    asked, by = named(only), named(families)
    known = [family.id for family in registered()]
    unknown = sorted(set(asked) - set(mutants) - {CLEAN}) or sorted(set(by) - set(known))
    if unknown:
        raise UnknownMutant(f"There is no mutant or family {', '.join(unknown)}.")
    attackers = [one for one in known if one in (by or known)]
    tasks: list[Task] = []
    if CLEAN in asked or (clean and not asked):
        seeds = [f"{seed}-{number:02}" for number in range(SEEDS)]
        tasks += clean_tasks(attackers, seeds, 2 * AT_ONCE, trials)
    wanted = [one for one in mutants.values() if not asked or one.id in asked]
    attacked = [task_of(one, seed, trials, attackers if by or not one.families else ()) for one in wanted]
    timed = {family.id for family in registered() if family.timed}
    return tasks + sorted(attacked, key=lambda one: timed.isdisjoint(one.families))
