"""What every family has found so far: kept line by line as the attacks go on, and taken up again by a later run."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, final

from evals.mutants.outcome.progress import Board
from evals.mutants.tasks import Outcome, Task, rest

Runs = Mapping[str, Sequence[Mapping[str, Any]]]
"""By a task's name a run for each seed: what its families found, and how it ended."""


@final
class Results:
    """The tasks of a run, and what became of each."""

    def __init__(
        self,
        plan: Sequence[Task],
        before: Runs | None = None,
        *,
        board: Board | None = None,
        keep: Callable[["Results"], None] = lambda _: None,
    ) -> None:
        """Begin with what a run `before` has found. `board` shows what comes; `keep` is called after each change."""
        self._plan, self._board, self._keep = tuple(plan), board, keep
        self._runs = {
            (name, str(run["seed"])): {**run, "families": dict(run["families"])}
            for name, runs in (before or {}).items()
            for run in runs
        }

    @property
    def todo(self) -> list[Task]:
        """What is not done: whole tasks, and of those that were begun what is missing."""
        return [left for task in self._plan for left in rest(task, self._of(task))]

    @property
    def unfinished(self) -> list[str]:
        """The names of the tasks that are not done."""
        return list(dict.fromkeys(task.name for task in self.todo))

    @property
    def outcomes(self) -> list[Outcome]:
        """The tasks that are done, each with its runs."""
        return [self._outcome(task) for task in self._plan if not rest(task, self._of(task))]

    @property
    def runs(self) -> Runs:
        """Everything, by name, also of tasks that are not done."""
        names = dict.fromkeys(name for name, _ in self._runs)
        return {name: [run for (owner, _), run in self._runs.items() if owner == name] for name in names}

    def begin(self, task: Task) -> None:
        """Take note that a task is begun."""
        if self._board is not None:
            self._board.begin(task)

    def hear(self, task: Task, said: Mapping[str, Any]) -> None:
        """Take note of a line that an attacking process says: see `evals.mutants.attack.attacking`."""
        run = self._run(task, str(said["seed"]))
        if "family" in said:
            run["families"][said["family"]] = said["found"]
        if "ended" in said:
            run["seconds"] += said["ended"]["seconds"]
            run["harness_errors"] = [*run["harness_errors"], *said["ended"]["harness_errors"]]
            run["stopped"], run["ended"] = said["ended"]["stopped"], True
        if self._board is not None:
            self._board.hear(task, said)
        if "family" in said or "ended" in said:
            self._keep(self)

    def end(self, task: Task, error: str = "") -> None:
        """Take note that a task is over; `error` says why it was before it was done, if it was."""
        for seed in task.seeds:
            run = self._run(task, seed)
            if run["ended"]:
                continue
            left = [family for family in task.families if family not in run["families"]]
            said, _, more = (error or "It ended early.").partition("\n")
            unfinished = f" Not finished: {', '.join(left)}." if left and run["families"] else ""
            run["error"] = f"{said}{unfinished}" + f"\n{more}" * bool(more)
            run["ended"] = True
        if self._board is not None:
            self._board.end(self._outcome(task))
        self._keep(self)

    def _of(self, task: Task) -> tuple[dict[str, Any], ...]:
        keys = [(task.name, seed) for seed in task.seeds]
        return tuple(self._runs[key] for key in keys if key in self._runs)

    def _outcome(self, task: Task) -> Outcome:
        runs = self._of(task)
        return Outcome(task, runs, " ".join(dict.fromkeys(run["error"] for run in runs if run["error"])))

    def _run(self, task: Task, seed: str) -> dict[str, Any]:
        fresh: dict[str, Any] = {"seed": seed, "seconds": 0.0, "harness_errors": [], "stopped": "", "error": ""}
        return self._runs.setdefault((task.name, seed), {**fresh, "ended": False, "families": {}})
