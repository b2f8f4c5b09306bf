"""Every program under tests/typing/must_not_check is refused by mypy, exactly where it says."""

from functools import cache
from pathlib import Path

import pytest

from tests.house.programs import Complaint, complaints, disagreements
from tests.house.rules.tree import ROOT

_PROGRAMS = sorted((ROOT / "tests" / "typing" / "must_not_check").rglob("*.py"))


@cache
def _verdicts() -> dict[Path, list[Complaint]]:
    return complaints(_PROGRAMS)


@pytest.mark.shows("capability.types")
@pytest.mark.xdist_group("mypy")
@pytest.mark.parametrize("program", _PROGRAMS, ids=lambda path: path.stem)
def test_a_program_that_must_not_type_check_does_not(program: Path) -> None:
    assert disagreements(program, _verdicts()[program.resolve()]) == []


@pytest.mark.xdist_group("mypy")
def test_nothing_but_the_programs_themselves_is_at_fault() -> None:
    assert set(_verdicts()) == {program.resolve() for program in _PROGRAMS}


def test_a_marked_line_that_type_checks_is_reported(tmp_path: Path) -> None:
    program = tmp_path / "fine.py"
    program.write_text("number: int = 1  # E:\n")
    assert disagreements(program, []) == ["fine.py:1: type-checks, and must not"]


def test_an_error_of_another_kind_is_reported(tmp_path: Path) -> None:
    program = tmp_path / "other.py"
    program.write_text("missing()  # E: arg-type\n")
    found = [Complaint(1, "name-defined", 'Name "missing" is not defined')]
    assert disagreements(program, found) == ["other.py:1: fails with ['name-defined'], not with [arg-type]"]


def test_an_error_on_an_unmarked_line_is_reported(tmp_path: Path) -> None:
    program = tmp_path / "broken.py"
    program.write_text("import nothing_here\nnothing_here.forge()  # E:\n")
    found = [Complaint(1, "import-not-found", "Cannot find module"), Complaint(2, "attr-defined", "no forge")]
    assert disagreements(program, found) == ["broken.py:1: unexpected: Cannot find module"]


def test_a_program_without_marks_proves_nothing(tmp_path: Path) -> None:
    program = tmp_path / "silent.py"
    program.write_text("pass\n")
    assert disagreements(program, []) == ["silent.py: no line is marked `# E:`"]
