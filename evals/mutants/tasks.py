"""What is run, and what became of it: a copy to attack, by which families, from which seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from evals.mutants.catalogue import Change, Mutant

TRIALS: Final = 30
SEEDS: Final = 20
CLEAN: Final = "clean"
"""The name of the code as it is."""
_CLEAN_WITH_SENTINELS: Final = "clean with sentinels"
CLEAN_NAMES: Final = frozenset({CLEAN, _CLEAN_WITH_SENTINELS})
SENTINELS: Final = {"BULKHEAD_SENTINEL_INTERVAL_SECONDS": "5"}
"""Settings of a service that has tenants of its own, which probe it."""
_BY_SENTINELS: Final = frozenset({"W5"})
"""Families that need them."""
ERROR: Final = "error"
"""What stands for a verdict where a family did not come to one."""


@dataclass(frozen=True, slots=True)
class Task:
    """One copy to attack: under which name, changed how, with which families, from which seeds."""

    name: str
    changes: tuple[Change, ...]
    families: tuple[str, ...]
    seeds: tuple[str, ...]
    trials: int = TRIALS
    of_the_suite: bool = False
    """Whether it is a suite that is broken, and the service that it attacks is whole."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Settings of its service beside the usual ones."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task: for each seed what every family found, and why there is no more."""

    task: Task
    runs: tuple[Mapping[str, Any], ...] = ()
    error: str = ""
    """Why it was ended before it was done, or could not begin."""

    def verdicts(self, family: str) -> list[str]:
        """Return a family's verdict for each seed; where it did not come to one, `error`."""
        by_seed = {run["seed"]: run["families"] for run in self.runs}
        return [str(by_seed.get(seed, {}).get(family, {}).get("verdict", ERROR)) for seed in self.task.seeds]

    def reason(self, family: str) -> str:
        """Return why a family came to its first verdict, or what went wrong."""
        for run in self.runs:
            if family in run["families"]:
                return str(run["families"][family]["reason"])
        return " ".join(fault.partition("\n")[0] for fault in self.faults)

    @property
    def faults(self) -> list[str]:
        """Whatever kept it from coming to verdicts: its own end, the stage's, errors of the suite itself."""
        stopped = [run["stopped"] for run in self.runs if run["stopped"]]
        return [self.error] * bool(self.error) + stopped + self.harness_errors

    @property
    def harness_errors(self) -> list[str]:
        """Everything that went wrong in the suite itself."""
        return [one for run in self.runs for one in run["harness_errors"]]


def task_of(mutant: Mutant, seed: str, trials: int = TRIALS, families: Sequence[str] = ()) -> Task:
    """Return the attack on one mutant: by `families` if there are any, else by those that have to notice it.

    A mutant of the suite keeps its own: another family may rightly come to a verdict without the part that is broken.
    """
    chosen = mutant.families if mutant.of_the_suite or not families else tuple(families)
    seeds = (f"{seed}-{mutant.id}",)
    return Task(mutant.id, mutant.changes, chosen, seeds, trials, mutant.of_the_suite, mutant.settings)


def clean_tasks(families: Sequence[str], seeds: Sequence[str], parts: int, trials: int = TRIALS) -> list[Task]:
    """Return attacks on the code as it is, by all families, from seeds that are dealt out to as many services.

    Families that need a service with sentinels have another one.
    """
    dealt = [tuple(seeds[part::parts]) for part in range(parts)]
    usual = tuple(one for one in families if one not in _BY_SENTINELS)
    tasks = [Task(CLEAN, (), usual, mine, trials) for mine in dealt if mine and usual]
    by_sentinels = tuple(one for one in families if one in _BY_SENTINELS)
    if by_sentinels:
        tasks.append(Task(_CLEAN_WITH_SENTINELS, (), by_sentinels, tuple(seeds), trials, settings=SENTINELS))
    return tasks


def rest(task: Task, runs: Sequence[Mapping[str, Any]]) -> list[Task]:
    """Return what of a task is not done after these runs: for each seed the families without a result."""
    by_seed = {run["seed"]: run for run in runs}
    missing: dict[tuple[str, ...], list[str]] = {}
    for seed in task.seeds:
        run = by_seed.get(seed, {"ended": False, "families": {}})
        left = tuple(family for family in task.families if family not in run["families"])
        if left and not run["ended"]:
            missing.setdefault(left, []).append(seed)
    return [replace(task, families=families, seeds=tuple(seeds)) for families, seeds in missing.items()]
