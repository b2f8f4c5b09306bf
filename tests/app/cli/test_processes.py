"""A part that breaks ends its process with a sentence that holds no text of a tenant."""

from collections.abc import Callable

import pytest
import typer

from app.cli.processes import endings_are_sentences
from tenancy.errors import Unavailable


def said(capsys: pytest.CaptureFixture[str], breaks: Callable[[], object]) -> str:
    """Return what is printed when `breaks` does; the exit code is 1."""
    with pytest.raises(typer.Exit) as ended, endings_are_sentences():
        breaks()
    assert ended.value.exit_code == 1
    return capsys.readouterr().err


def test_L23_a_defect_is_named_by_its_type_and_place_not_by_its_message(capsys: pytest.CaptureFixture[str]) -> None:
    def breaks() -> None:
        try:
            int("the vault opens with heliotrope")
        except ValueError as error:
            raise ExceptionGroup("tasks", [ExceptionGroup("inner", [error])]) from None

    text = said(capsys, breaks)
    assert "ValueError at tests/app/cli/test_processes.py:" in text
    assert "heliotrope" not in text


def test_a_dependency_that_ends_the_process_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    def breaks() -> None:
        raise ExceptionGroup("tasks", [Unavailable("records", "The record store is gone.")])

    assert said(capsys, breaks) == "The record store is gone.\n"
