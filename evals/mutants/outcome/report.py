"""The report of a run: written whole after each thing that is found, and read again to do the rest.

Beside the matrix it holds every run with all its findings, what was asked, and what is not done yet. A reader never
finds half of one: it is written beside its place and put there in one step.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from evals.mutants.catalogue import Mutant
from evals.mutants.copying import CHECKOUT, tracked
from evals.mutants.outcome.matrix import Matrix, matrix
from evals.mutants.outcome.results import Results, Runs

FILE: Final = Path(__file__).parents[2] / "reports" / "mutants.json"
_PARTS: Final = frozenset({"asked", "unfinished", "runs"})
"""What a report has beside a matrix."""


class CannotResume(Exception):
    """There is no run that could be gone on with, or it would be lost; the message says why."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run was asked for; one that goes on with another has to be asked for the same."""

    trials: int
    seed: str
    only: str = ""
    families: str = ""
    catalogue: str = ""
    code: str = field(default="", repr=False)
    """A digest of the code and of the catalogue: what was found about other code is of no use."""


def digest(catalogue: Path, checkout: Path = CHECKOUT) -> str:
    """Return a digest of everything that a run rests on."""
    whole = hashlib.sha256()
    for path in [*(checkout / one for one in tracked(checkout)), *sorted(catalogue.glob("*.yaml"))]:
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


@dataclass(frozen=True, slots=True)
class Report:
    """Where the report of a run stands, what was asked, and what the mutants are."""

    path: Path
    asked: Asked
    mutants: Mapping[str, Mutant]

    def matrix(self, results: Results) -> Matrix:
        """Return the matrix of what is done, with the whole report as its document."""
        found = matrix(self.mutants, results.outcomes, trials=self.asked.trials)
        unfinished = results.unfinished
        faults = [*found.faults, *(f"{name} was not run to its end." for name in unfinished)]
        document = {"asked": asdict(self.asked), "unfinished": unfinished, **found.document, "runs": results.runs}
        return Matrix(document, tuple(faults))

    def write(self, results: Results) -> None:
        """Put the report of what there is into its place."""
        write(self.path, self.matrix(results).rendered)

    def before(self, *, resume: bool) -> Runs:
        """Return the runs that can be gone on with, none for a new run. Raises CannotResume."""
        old = _read(self.path)
        if not resume:
            if old and old["unfinished"]:
                left = f"{self.path} is of a run that was ended early: {len(old['unfinished'])} are left."
                raise CannotResume(f"{left} Add --resume to do the rest, name another --out, or remove it.")
            return {}
        if old is None:
            raise CannotResume(f"{self.path} holds no report of a run: there is nothing to resume.")
        now, then = asdict(self.asked), old["asked"]
        changed = [name for name in now if name != "code" and now[name] != then.get(name)]
        if changed:
            said = ", ".join(f"--{name.replace('_', '-')} {then.get(name)!r}" for name in changed)
            raise CannotResume(f"{self.path} is of a run with {said}: ask for the same.")
        if now["code"] != then.get("code"):
            raise CannotResume(f"The code or the catalogue has changed since {self.path}: begin again.")
        runs: Runs = old["runs"]
        return runs


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and set(found) >= _PARTS else None


def write(path: Path, text: str) -> None:
    """Put a text into a file in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def brief(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the matrix that a report holds, without its runs."""
    return {name: part for name, part in document.items() if name not in _PARTS}
