"""The matrix for a terminal: what became of each mutant, and how many stand in each column."""

from collections.abc import Iterator, Mapping
from typing import Any

from evals.mutants.outcome.matrix import Column, Matrix, column_of


def table(found: Matrix) -> list[str]:
    """Return the lines."""
    document = found.document
    rows = document["mutants"]
    widest = max((len(str(one["id"])) for one in rows), default=0)
    lines = [f"{one['id']:<{widest}}  {column_of(one):<10}  {_by(one):<20}  {one['title']}" for one in rows]
    for one in document["harness"]:
        said = ", ".join(f"{family} {verdict}" for family, verdict in one["verdicts"].items())
        lines.append(f"{one['id']}  {said}. {one['title']}")
    for family, counted in document["clean"]["verdicts"].items():
        lines.append(f"Whole code, {family:<4} {', '.join(f'{count} {verdict}' for verdict, count in counted.items())}")
    return [*lines, *_columns(document)]


def _by(row: Mapping[str, Any]) -> str:
    match column_of(row):
        case Column.NOTICED:
            return f"by {', '.join(row['killed_by'])}"
        case Column.EQUIVALENT:
            return "as the catalogue says"
        case _:
            return f"of {', '.join(row['families'])}" if len(row["families"]) <= 4 else f"of {len(row['families'])}"  # noqa: PLR2004 - what a line has room for


def _columns(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the four columns: how many, and of all but the noticed which, and why."""
    rows = document["mutants"]
    if rows:
        yield ""
        yield (
            f"{len(rows)} mutants: " + ", ".join(f"{count} {name}" for name, count in document["counts"].items()) + "."
        )
    for column in (Column.STOPPED, Column.EQUIVALENT, Column.UNNOTICED):
        for one in rows:
            if column_of(one) is column:
                why = str(one.get("stopped" if column is Column.STOPPED else "equivalent", ""))
                yield f"  {column}: {one['id']}{': ' * bool(why)}{why}"
