"""A place is found where it says, and where its definition has moved to if there is only one of that name."""

from pathlib import Path

import pytest

from evals.mutants.places import CannotChange, file_of


@pytest.fixture
def code(tmp_path: Path) -> Path:
    for file, text in {
        "app/auth.py": "class Gate:\n    def admit(self): pass\n\ndef twice(): pass\n",
        "app/http/__init__.py": "def served(): pass\n",
        "tenancy/limits.py": "def twice(): pass\n\ndef once(): pass\n",
        "tests/test_auth.py": "def once(): pass\n",
    }.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("place", "file"),
    [
        ("app.auth:Gate.admit", "app/auth.py"),
        ("app.http:served", "app/http/__init__.py"),
        ("app.auth", "app/auth.py"),
        ("app.auth:twice", "app/auth.py"),
        ("app.identity.gates:Gate.admit", "app/auth.py"),
        ("app.auth:once", "tenancy/limits.py"),
    ],
)
def test_a_place_is_found_also_after_a_move(place: str, file: str, code: Path) -> None:
    assert file_of(place, code) == file


@pytest.mark.parametrize(
    ("place", "says"),
    [("app.gone:twice", "2 other modules"), ("app.auth:never", "0 other modules"), ("app.gone", "no module")],
)
def test_a_place_that_is_nowhere_or_in_two_is_refused(place: str, says: str, code: Path) -> None:
    with pytest.raises(CannotChange, match=says):
        file_of(place, code)
