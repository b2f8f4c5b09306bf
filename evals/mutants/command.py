"""Run the proof that the suite can fail: every mutant, every broken suite, the code as it is from many seeds."""

import argparse
import asyncio
import random
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from evals.families.registry import registered
from evals.mutants.catalogue import Mutant, WrongCatalogue, catalogue
from evals.mutants.copying import fitted
from evals.mutants.matrix import FILE, Matrix, matrix
from evals.mutants.mending import CannotMend, mended, read
from evals.mutants.places import CannotChange
from evals.mutants.running import SEEDS, TRIALS, Outcome, Task, attacks, clean_tasks, task_of, until_told
from evals.quality.progress import Bar, bar

AT_ONCE: Final = 2
_FAILED, _WRONG_USE = 1, 2
_CLEAN: Final = "clean"


def main(arguments: Sequence[str]) -> int:
    """Run what the arguments ask for; 0 if all is as it must be, 1 if not, 2 for wrong use."""
    given = _parsed(arguments)
    try:
        mutants = {one.id: one for one in catalogue()}
        for one in mutants.values():
            fitted(one)
        before = None if given.onto is None else read(given.onto)
        tasks = chosen(mutants, given.only, trials=given.trials, seed=given.seed, families=given.families)
        with bar("Attacking copies", len(tasks)) as shown:
            outcomes = asyncio.run(until_told(attacks(tasks, given.at_once, partial(_step, shown))))
        found = matrix(mutants, outcomes, trials=given.trials)
        found = found if before is None else mended(before, found)
    except (CannotChange, CannotMend, UnknownMutant, WrongCatalogue) as error:
        sys.stderr.write(f"{error}\n")
        return _WRONG_USE
    whole = not (given.only or given.families)
    if out := given.out or given.onto or (FILE if whole else None):
        out.write_text(found.rendered, encoding="utf-8")
    sys.stdout.write(found.rendered if given.json else "\n".join([*table(found), ""]))
    sys.stderr.write("".join(f"{fault}\n" for fault in found.faults))
    return _FAILED if found.faults else 0


def _step(shown: Bar, outcome: Outcome) -> None:
    """Move the bar; where there is none, say how a copy fared."""
    shown.step()
    if not sys.stderr.isatty():
        said = " ".join(f"{one} {','.join(sorted(set(outcome.verdicts(one))))}" for one in outcome.task.families)
        sys.stderr.write(f"{outcome.task.name}: {said}\n")
        sys.stderr.flush()


class UnknownMutant(Exception):
    """A mutant was asked for that there is not; the message says which."""


def chosen(
    mutants: dict[str, Mutant], only: str, *, trials: int = TRIALS, seed: str = "mutants", families: str = ""
) -> list[Task]:
    """Return the tasks that were asked for, with commas, all if none was. Raises UnknownMutant.

    Whole code is attacked by the `families` named, with commas, or by all.
    The longest come first, then what is timed: a machine has to be quiet until those are done, and no longer.
    """
    asked, by = _named(only), _named(families)
    known = [family.id for family in registered()]
    unknown = sorted(set(asked) - set(mutants) - {_CLEAN}) or sorted(set(by) - set(known))
    if unknown:
        raise UnknownMutant(f"There is no mutant or family {', '.join(unknown)}.")
    tasks: list[Task] = []
    if not asked or _CLEAN in asked:
        seeds = [f"{seed}-{number:02}" for number in range(SEEDS)]
        tasks += clean_tasks([one for one in known if one in (by or known)], seeds, 2 * AT_ONCE, trials)
    wanted = [one for one in mutants.values() if not asked or one.id in asked]
    timed = {family.id for family in registered() if family.timed}
    wanted.sort(key=lambda one: timed.isdisjoint(one.families))
    return tasks + [task_of(one, seed, trials) for one in wanted]


def _named(commas: str) -> list[str]:
    return [one.strip() for one in commas.split(",") if one.strip()]


def sample(mutants: Sequence[Mutant], count: int, seed: str) -> list[Mutant]:
    """Return some mutants of the service, others for another seed."""
    return random.Random(seed).sample([one for one in mutants if not one.of_the_suite], count)  # noqa: S311 - no secret


def table(found: Matrix) -> list[str]:
    """Return the matrix for a terminal."""
    lines = []
    for one in found.document["mutants"]:
        by = ", ".join(one["killed_by"]) or "nobody"
        lines.append(f"{one['id']}  noticed by {by:<16} of {', '.join(one['families']):<16} {one['title']}")
    for one in found.document["harness"]:
        said = ", ".join(f"{family} {verdict}" for family, verdict in one["verdicts"].items())
        lines.append(f"{one['id']}  {said}. {one['title']}")
    for family, counts in found.document["clean"]["verdicts"].items():
        said = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        lines.append(f"Whole code, {family:<4} {said}")
    return lines


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m evals.mutants", description=__doc__, allow_abbrev=False)
    parser.add_argument("--only", default="", help="only these, with commas: M07,H02,clean (default: all)")
    parser.add_argument("--json", action="store_true", help="print the matrix as JSON")
    parser.add_argument("--out", type=Path, help=f"write the matrix here (default: {FILE.name}, for a whole run)")
    parser.add_argument("--families", default="", help="attack whole code with these only, with commas (default: all)")
    parser.add_argument("--onto", type=Path, help="put what is run into this matrix of an earlier run")
    parser.add_argument("--trials", type=int, default=TRIALS, help="attempts a family should make")
    parser.add_argument("--seed", default="mutants", help="what all choices are drawn from")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="copies attacked at the same time")
    return parser.parse_args(arguments)
