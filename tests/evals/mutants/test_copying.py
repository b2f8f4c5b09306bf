"""A copy is changed as was asked, or not at all, and runs its own code."""

import subprocess
from pathlib import Path

import pytest

from evals.mutants.catalogue import Change
from evals.mutants.copying import CHECKOUT, apply, copied, python_of, tracked
from evals.mutants.places import CannotChange


def test_what_occurs_once_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\ny = 2\n")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "a.py").write_text("x = 1\ny = 1\n")
    apply([Change("x = 1", "x = 3", file="a.py"), Change("1", "4", "app.a:y")], tmp_path)
    assert (tmp_path / "a.py").read_text() == "x = 3\ny = 2\n"
    assert (tmp_path / "app" / "a.py").read_text() == "x = 1\ny = 4\n"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (Change("z = 1", "z = 2", file="a.py"), "occurs 0 times"),
        (Change("= 1", "= 2", file="a.py"), "occurs 2 times"),
        (Change("x", "y", file="b.py"), "There is no b.py"),
        (Change("x", "y", "app.b"), "no module app.b"),
        (Change("z", "y", "app.a:x"), "0 places"),
        (Change("1", "f(", "app.a:x"), "does not compile"),
        (Change("x = 1", "x = (1", file="a.py"), "does not compile"),
    ],
)
def test_a_change_that_does_not_fit_is_refused(change: Change, says: str, tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    for file in ("a.py", "app/a.py"):
        (tmp_path / file).write_text("x = 1\ny = 1\n")
    with pytest.raises(CannotChange, match=says):
        apply([change], tmp_path)


@pytest.mark.parametrize("alone", [(), ("-P",), ("-I",)])
def test_a_copy_runs_its_own_code_also_where_the_environment_is_left_out(alone: tuple[str, ...]) -> None:
    change = Change("", "CHANGED = 1", "app.calling.answers:readable")
    program = (
        "import app.calling.answers as changed, tenancy, sys; print(changed.CHANGED, tenancy.__file__, sys.prefix)"
    )
    with copied([change]) as copy:
        command = [str(python_of(copy)), *alone, "-c", program]
        said = subprocess.run(command, cwd=copy.parent, check=True, capture_output=True, text=True, env={}).stdout
        assert said.split()[:2] == ["1", str(copy / "tenancy" / "__init__.py")]
        assert Path(said.split()[2], "bin", "python").exists()
        assert python_of(copy).with_name("bulkhead").stat().st_mode & 0o100
    assert not copy.exists()


def test_a_copy_holds_the_code_and_nothing_that_a_service_or_a_tool_has_left() -> None:
    found = {path.parts[0] for path in tracked(CHECKOUT)}
    assert found == {"app", "evals", "ingestion", "pyproject.toml", "retrieval", "tenancy", "tests"}
    assert not any("__pycache__" in path.parts for path in tracked(CHECKOUT))
