"""Run attacks on copies, some at a time, each in a process of its own."""

import asyncio
import json
import signal
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeVar

from evals.launch.service import Launched, launched
from evals.mutants.catalogue import Change, Mutant
from evals.mutants.copying import copied, python_of
from evals.mutants.places import CannotChange

Done = TypeVar("Done")

TRIALS: Final = 30
SEEDS: Final = 20
SETTINGS: Final = {"BULKHEAD_SENTINEL_INTERVAL_SECONDS": "0"}
"""No tenants but those of the stage."""
_PROGRAMS: Final = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
_LONGEST_SECONDS: Final = 900
_LAST_WORDS: Final = 1_500


@dataclass(frozen=True, slots=True)
class Task:
    """One copy to attack: under which name, changed how, with which families, from which seeds."""

    name: str
    changes: tuple[Change, ...]
    families: tuple[str, ...]
    seeds: tuple[str, ...]
    trials: int = TRIALS
    service: Launched | None = None
    """A service that runs already; None where the copy starts its own."""
    turns: Path = Path()
    """The folder by which those who attack at the same time take turns."""

    @property
    def of_the_suite(self) -> bool:
        """Whether it is a suite that is broken, and the service that it attacks is whole."""
        return any(change.of_the_suite for change in self.changes)

    @property
    def order(self) -> bytes:
        """What the attacking process is told; not on its command line, where a token could be read."""
        service = None if self.service is None else asdict(self.service)
        told = {"families": self.families, "seeds": self.seeds, "trials": self.trials}
        told |= {"service": service, "turns": self.turns}
        return json.dumps(told, default=str).encode()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task: for each seed what every family found, or why there is nothing."""

    task: Task
    runs: tuple[dict[str, Any], ...] = ()
    error: str = field(default="")

    def verdicts(self, family: str) -> list[str]:
        """Return a family's verdict for each seed; where it did not come to one, `error`."""
        return [run["families"].get(family, {}).get("verdict", "error") for run in self.runs] or ["error"]

    def reason(self, family: str) -> str:
        """Return why a family came to its first verdict, or what went wrong."""
        if self.error or not self.runs:
            return self.error
        first = self.runs[0]
        said = first["families"].get(family)
        return str(said["reason"]) if said else " ".join(first["harness_errors"])[-_LAST_WORDS:]

    @property
    def harness_errors(self) -> list[str]:
        """Everything that went wrong in the suite itself."""
        return [self.error] * bool(self.error) + [one for run in self.runs for one in run["harness_errors"]]


def task_of(mutant: Mutant, seed: str, trials: int = TRIALS) -> Task:
    """Return the attack on one mutant by the families that have to notice it."""
    return Task(mutant.id, mutant.changes, mutant.families, (f"{seed}-{mutant.id}",), trials)


def clean_tasks(families: Sequence[str], seeds: Sequence[str], parts: int, trials: int = TRIALS) -> list[Task]:
    """Return attacks on the code as it is, by all families, from seeds that are dealt out to as many services."""
    dealt = [tuple(seeds[part::parts]) for part in range(parts)]
    return [Task("clean", (), tuple(families), mine, trials) for mine in dealt if mine]


async def attacks(
    tasks: Sequence[Task], at_once: int, step: Callable[[Outcome], None] = lambda _: None
) -> list[Outcome]:
    """Attack every copy, so many at a time; `step` is told of each. Broken suites share one whole service."""
    places = asyncio.Semaphore(at_once)

    async def one(task: Task) -> Outcome:
        async with places:
            outcome = await attack_copy(replace(task, turns=Path(turns)))
            step(outcome)
            return outcome

    async def all_of(some: Sequence[Task]) -> list[Outcome]:
        return list(await asyncio.gather(*map(one, some)))

    of_suite = [task for task in tasks if task.of_the_suite]
    with TemporaryDirectory(prefix="bulkhead-mutant-turns-") as turns:
        found = await all_of([task for task in tasks if not task.of_the_suite])
        if of_suite:
            with TemporaryDirectory(prefix="bulkhead-mutant-data-") as folder:
                async with launched(Path(folder), SETTINGS) as service:
                    found += await all_of([replace(task, service=service) for task in of_suite])
    return found


async def attack_copy(task: Task) -> Outcome:
    """Make a copy, attack it, remove it; a change that does not fit is an error of the outcome."""
    try:
        return await _attacked(task)
    except CannotChange as error:
        return Outcome(task, (), str(error))


async def _attacked(task: Task) -> Outcome:
    entered = copied(task.changes)
    copy = await asyncio.to_thread(entered.__enter__)
    try:
        process = await asyncio.create_subprocess_exec(
            str(python_of(copy)),
            "-P",
            "-m",
            "evals.mutants.attacking",
            cwd=copy,
            env={"PATH": _PROGRAMS},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        return await _heard(task, process)
    finally:
        await asyncio.to_thread(entered.__exit__, None, None, None)


async def _heard(task: Task, process: asyncio.subprocess.Process) -> Outcome:
    longest = _LONGEST_SECONDS * len(task.seeds)
    try:
        async with asyncio.timeout(longest):
            said, errors = await process.communicate(task.order)
    except TimeoutError:
        return Outcome(task, (), f"It took longer than {longest} s.")
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    runs = tuple(json.loads(line) for line in said.splitlines())
    if process.returncode or len(runs) != len(task.seeds):
        return Outcome(task, runs, errors.decode(errors="replace").strip()[-_LAST_WORDS:] or "It said nothing.")
    return Outcome(task, runs)


async def until_told(work: Coroutine[object, object, Done]) -> Done:
    """Do work until it is done; a SIGTERM cancels it, so that nothing it has started is left running."""
    task = asyncio.create_task(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task
