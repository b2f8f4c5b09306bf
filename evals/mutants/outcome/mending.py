"""Put what was run again into the matrix of a whole run, so that one doubt does not cost another whole run.

Rules this module enforces:

* What was run again stands in place of what stood there; nothing is added up.
* The whole is judged: what was wrong before and was not run again still is.
* Families are put among the others of the code as it is only if they were run from the same seeds.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from evals.families.registry import in_order
from evals.mutants.outcome.matrix import Column, Matrix, column_of, counts
from evals.mutants.tasks import CLEAN_NAMES
from evals.verdicts.family import Verdict

_DOUBTED: Final = frozenset({Verdict.LEAK, Verdict.INCONCLUSIVE})


class CannotMend(Exception):
    """The parts do not belong together; the message says why."""


def read(path: Path) -> Mapping[str, Any]:
    """Return the matrix that a file holds. Raises CannotMend."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CannotMend(f"{path} holds no matrix of an earlier run: {error}") from None
    if not isinstance(found, dict) or not {"trials", "mutants", "harness", "clean"} <= set(found):
        raise CannotMend(f"{path} holds no matrix of an earlier run.")
    return found


def mended(before: Mapping[str, Any], part: Matrix) -> Matrix:
    """Return the matrix `before` with `part` in it, and everything that is not as it must be. Raises CannotMend."""
    if before["trials"] != part.document["trials"]:
        raise CannotMend(f"The matrix was made with {before['trials']} trials: run the part with as many.")
    rows = _entries(before["mutants"], part.document["mutants"])
    document = {
        "trials": before["trials"],
        "counts": counts(rows),
        "mutants": rows,
        "harness": _entries(before["harness"], part.document["harness"]),
        "clean": _clean(before["clean"], part.document["clean"]),
    }
    left = [name for name in before.get("unfinished", ()) if name not in _done(part.document)]
    if "runs" in before:  # a report, which stays one
        document |= {"asked": before["asked"], "unfinished": left}
        document |= {"runs": {**before["runs"], **part.document.get("runs", {})}}
    faults = [*part.faults, *_left(before, part.document), *(f"{name} was not run to its end before." for name in left)]
    return Matrix(document, tuple(faults))


def _done(document: Mapping[str, Any]) -> set[str]:
    """Return the names of what was run."""
    clean = CLEAN_NAMES if document["clean"]["verdicts"] else frozenset[str]()
    return {one["id"] for one in (*document["mutants"], *document["harness"])} | clean


def _entries(before: Sequence[Mapping[str, Any]], again: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    known = {one["id"]: one for one in before} | {one["id"]: one for one in again}
    return [known[name] for name in sorted(known)]


def _clean(before: Mapping[str, Any], again: Mapping[str, Any]) -> Mapping[str, Any]:
    if not again["verdicts"]:
        return before
    if before["verdicts"] and before["seeds"] != again["seeds"]:
        raise CannotMend("The code as it is was attacked from other seeds before: run all its families again.")
    verdicts = {**before["verdicts"], **again["verdicts"]}
    everything = set(again["verdicts"]) >= set(before["verdicts"])
    return {
        "seeds": again["seeds"],
        "errors": again["errors"] if everything else before["errors"] + again["errors"],
        "verdicts": {family: verdicts[family] for family in sorted(verdicts, key=in_order)},
    }


def _left(before: Mapping[str, Any], again: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with what was not run again."""
    done = _done(again)
    for one in before["mutants"]:
        if one["id"] not in done and (column := column_of(one)) in {Column.STOPPED, Column.UNNOTICED}:
            said = "was stopped" if column is Column.STOPPED else "was not noticed"
            yield f"{one['id']} {said} before. {one['title']}"
    for one in before["harness"]:
        if one["id"] not in done and set(one["verdicts"].values()) != {Verdict.INCONCLUSIVE}:
            yield f"{one['id']} was believed before. {one['title']}"
    for family, counted in before["clean"]["verdicts"].items():
        if family not in again["clean"]["verdicts"] and _DOUBTED & set(counted):
            yield f"{family} had its doubts about whole code before."
    if before["clean"]["errors"] and not set(again["clean"]["verdicts"]) >= set(before["clean"]["verdicts"]):
        yield "The suite itself failed on whole code before."
