"""The file of wall results says of every test what came out, also where setting up failed."""

import json
import subprocess
import sys
from pathlib import Path

_TESTS = """
import pytest

def test_a_breach_is_found(): pass
def test_a_migrated_database_has_no_gap(): pass
def test_L11_a_row_is_hidden(): assert False
def test_a_role_is_bound(): pytest.skip("no PostgreSQL")

@pytest.fixture
def broken(): raise RuntimeError

def test_a_key_holds(broken): pass
"""


def test_every_outcome_is_written_with_what_the_test_stands_for(tmp_path: Path) -> None:
    (tmp_path / "test_walls.py").write_text(_TESTS)
    arguments = ("-p", "tests.wall_results", "-p", "no:cacheprovider", "--rootdir", str(tmp_path))
    command = [sys.executable, "-m", "pytest", *arguments, "--wall-results", "walls.json", str(tmp_path)]
    root = Path(__file__).parents[1]
    environment = {"PATH": "", "PYTHONPATH": str(root), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert done.returncode == 1, done.stderr
    said = json.loads((tmp_path / "walls.json").read_text())
    assert said["format"] == "wall-results/1"
    assert {(one["title"], one["kind"], one["outcome"]) for one in said["results"]} == {
        ("a breach is found", "breach", "passed"),
        ("a migrated database has no gap", "sound", "passed"),
        ("L11 a row is hidden", "probe", "failed"),
        ("a role is bound", "probe", "skipped"),
        ("a key holds", "probe", "failed"),
    }
