"""The four columns on a terminal."""

from typing import Any

from evals.mutants.outcome.matrix import Matrix, counts
from evals.mutants.outcome.table import table


def _row(name: str, column: str, **more: str) -> dict[str, Any]:
    killed_by = ["A1"] if column == "noticed" else []
    return {"id": name, "title": f"Title {name}.", "families": ["A1"], "killed_by": killed_by, "column": column, **more}


def test_every_mutant_is_listed_and_all_but_the_noticed_are_named_with_the_reason() -> None:
    rows = [
        _row("M01", "noticed"),
        _row("M02", "stopped", stopped="A1: It took too long."),
        _row("M03", "equivalent", equivalent="It is not run."),
        _row("M04", "unnoticed"),
    ]
    clean = {"seeds": [], "errors": 0, "verdicts": {}}
    document = {"trials": 30, "counts": counts(rows), "mutants": rows, "harness": [], "clean": clean}
    lines = table(Matrix(document, ()))
    assert [line.split()[:2] for line in lines[:4]] == [[row["id"], row["column"]] for row in rows]
    assert lines[5:] == [
        "4 mutants: 1 noticed, 1 stopped, 1 equivalent, 1 unnoticed.",
        "  stopped: M02: A1: It took too long.",
        "  equivalent: M03: It is not run.",
        "  unnoticed: M04",
    ]
