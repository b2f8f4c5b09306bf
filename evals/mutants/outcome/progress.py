"""Show on standard error how the attacks go: which mutant is under attack by which family, and how many are left."""

import shutil
import sys
from collections.abc import Mapping
from typing import Any, Final, TextIO, final

from evals.mutants.tasks import Outcome, Task
from evals.verdicts.family import Verdict

_CLEAR: Final = "\r\033[K"


@final
class Board:
    """One line that changes where there is a terminal, else a line for each family and each mutant that is over."""

    def __init__(self, tasks: int, stream: TextIO | None = None) -> None:
        """Take how many there are, and where to write."""
        self._stream = stream or sys.stderr
        self._left, self._live = tasks, self._stream.isatty()
        self._at: dict[tuple[str, ...], str] = {}

    def begin(self, task: Task) -> None:
        """Show a task whose copy is being made."""
        self._at[_key(task)] = f"{task.name} is copied"
        self._draw()

    def hear(self, task: Task, said: Mapping[str, Any]) -> None:
        """Show the family that attacks now, or what one has found."""
        if "step" in said:
            self._at[_key(task)] = f"{task.name} {said['step']}"
            self._draw()
        elif "begun" in said:
            at = task.families.index(said["begun"]) + 1
            seed = task.seeds.index(said["seed"]) + 1
            of_seeds = f", seed {seed} of {len(task.seeds)}" if len(task.seeds) > 1 else ""
            self._at[_key(task)] = f"{task.name} by {said['begun']} ({at} of {len(task.families)}{of_seeds})"
            self._draw()
        elif "family" in said and not self._live:
            found = said["found"]
            self._line(f"{task.name} {said['family']} {found['verdict']} {found['trials']} trials {found['seconds']} s")

    def end(self, outcome: Outcome) -> None:
        """Say how a task ended, and how many are left."""
        self._at.pop(_key(outcome.task), None)
        self._left -= 1
        self._line(f"{outcome.task.name}: {summary(outcome)} ({self._left} left)")
        self._draw()

    def close(self) -> None:
        """Take the changing line away."""
        if self._live:
            self._stream.write(_CLEAR)
            self._stream.flush()

    def _line(self, text: str) -> None:
        self._stream.write(f"{_CLEAR if self._live else ''}{text}\n")
        self._stream.flush()

    def _draw(self) -> None:
        if self._live:
            shown = f"{self._left} left | " + " | ".join(self._at.values())
            self._stream.write(_CLEAR + shown[: shutil.get_terminal_size().columns - 1])
            self._stream.flush()


def _key(task: Task) -> tuple[str, ...]:
    return (task.name, *task.seeds)


def summary(outcome: Outcome) -> str:
    """Return how a task ended: who noticed, else the verdicts and why there is no more."""
    verdicts = {family: set(outcome.verdicts(family)) for family in outcome.task.families}
    noticed = [family for family, said in verdicts.items() if Verdict.LEAK in said]
    if noticed:
        return f"a leak found by {', '.join(noticed)}"
    counted = {said: [one for one, all_said in verdicts.items() if said in all_said] for said in sorted(_all(verdicts))}
    told = "; ".join(f"{said} {', '.join(families)}" for said, families in counted.items())
    return f"{told}. {outcome.faults[0].partition(chr(10))[0]}" if outcome.faults else told


def _all(verdicts: Mapping[str, set[str]]) -> set[str]:
    return {str(one) for said in verdicts.values() for one in said}
