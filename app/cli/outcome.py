"""How every command ends: its answer on standard output, its failure as one sentence, its exit code."""

import asyncio
import json
import sys
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from textwrap import indent
from typing import Annotated, Any, Final, NoReturn, TypeVar, final

import typer
from pydantic import ValidationError

from app.hardening import harden
from app.settings import Settings
from tenancy.errors import ServiceError

Answer = TypeVar("Answer")
FAILED: Final = 1
WRONG_USE: Final = 2
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def fail(sentence: str, code: int = FAILED) -> NoReturn:
    """Say what is wrong on standard error and end."""
    typer.echo(sentence, err=True)
    raise typer.Exit(code)


@contextmanager
def failures_are_sentences() -> Iterator[None]:
    """Turn the failures that a person can do something about into one sentence and an exit code."""
    try:
        yield
    except ServiceError as error:
        fail(error.detail)
    except ValidationError as error:
        fail(f"The settings are not right. {wrong_settings(error)}", WRONG_USE)
    except OSError as error:
        fail(f"{error.strerror or error}: {error.filename or 'the system'}")


def wrong_settings(error: ValidationError) -> str:
    """Return which settings are wrong and why, without their values."""
    said = []
    for one in error.errors(include_url=False, include_context=False, include_input=False):
        name = "_".join(str(part) for part in one["loc"]).upper()
        message = one["msg"].removeprefix("Value error, ")
        said.append(f"BULKHEAD_{name}: {message}." if name else message)
    return " ".join(said)


def deployment() -> Settings:
    """Return the settings of the deployment a command works on; say so where the command is what begins it."""
    settings = Settings()
    if not (settings.keys_folder / "deployment").exists():
        note = f"There was no deployment in {settings.data_dir.resolve()} yet; this command begins one."
        typer.echo(f"{note} BULKHEAD_DATA_DIR names another.", err=True)
    return settings


def run(work: Coroutine[Any, Any, Answer]) -> Answer:
    """Run the coroutine of a command that opens the deployment; its failures are sentences."""
    harden()
    with failures_are_sentences():
        return asyncio.run(work)


def show(answer: Mapping[str, object] | list[Mapping[str, object]], *, as_json: bool) -> None:
    """Print an answer as JSON, or as readable lines."""
    if as_json:
        typer.echo(json.dumps(answer, indent=None if not sys.stdout.isatty() else 2, default=str))
        return
    for one in answer if isinstance(answer, list) else [answer]:
        width = max((len(name) for name in one), default=0)
        for name, value in one.items():
            typer.echo(f"{name.ljust(width)}  {_plain(value)}")
        if isinstance(answer, list):
            typer.echo()


def show_table(rows: list[dict[str, object]], columns: Sequence[str], *, as_json: bool) -> None:
    """Print rows as JSON, or as a table of those of the columns that any of them has."""
    if as_json:
        show(list(rows), as_json=True)
        return
    told = [column for column in columns if any(row.get(column) is not None for row in rows)]
    lines = [[column.upper() for column in told], *([_plain(row.get(column)) for column in told] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines if rows else ():
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {one}" for key, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


@final
class Listing:
    """A list of answers printed one by one, as it comes: as a JSON list, or as readable lines."""

    def __init__(self, *, as_json: bool) -> None:
        """Begin a list of which nothing is printed yet."""
        self._as_json = as_json
        self._indent = 2 if sys.stdout.isatty() else None
        self._begun = False

    def add(self, answer: Mapping[str, object]) -> None:
        """Print one more answer."""
        if not self._as_json:
            show([answer], as_json=False)
            return
        between = ("," if self._begun else "[") + ("\n" if self._indent else " " if self._begun else "")
        text = json.dumps(answer, indent=self._indent, default=str)
        typer.echo(between + (indent(text, "  ") if self._indent else text), nl=False)
        self._begun = True

    def end(self) -> None:
        """Print the list's end."""
        if self._as_json:
            typer.echo(("" if self._begun else "[") + ("\n]" if self._indent and self._begun else "]"))
