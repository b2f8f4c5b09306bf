"""Every mutant fits the code as it is now, and says what a mutant has to say."""

import subprocess
import sys
from pathlib import Path

import pytest

from evals.families.registry import registered
from evals.mutants.catalogue import Mutant, WrongCatalogue, catalogue, read
from evals.mutants.copying import CHECKOUT, fitted

MUTANTS = catalogue()
ENTRY = """
mutants:
  - id: M01
    title: A wall is missing.
    leak: L01
    families: [A1]
    changes:
      - {file: app/a.py, find: one, replace: two}
"""


def test_there_are_more_than_forty_ways_to_break_isolation() -> None:
    assert sum(not one.of_the_suite for one in MUTANTS) > 40


@pytest.mark.parametrize("mutant", MUTANTS, ids=[one.id for one in MUTANTS])
def test_each_change_finds_its_place_exactly_once_and_what_comes_out_compiles(mutant: Mutant) -> None:
    texts = fitted(mutant)
    assert [file for file, text in texts.items() if text == (CHECKOUT / file).read_text(encoding="utf-8")] == []


def test_no_mutant_uses_a_name_that_its_file_does_not_know(tmp_path: Path) -> None:
    # It would compile, and break a wall nowhere: whatever runs into it only fails.
    for mutant in MUTANTS:
        for file, text in fitted(mutant).items():
            copy = tmp_path / mutant.id / file
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(text, encoding="utf-8")
    ruff = (
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--select",
        "F821,F822,F823",
        "--output-format",
        "concise",
    )
    done = subprocess.run([*ruff, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("mutant", MUTANTS, ids=[one.id for one in MUTANTS])
def test_each_family_that_has_to_notice_exists(mutant: Mutant) -> None:
    assert set(mutant.families) - {family.id for family in registered()} == set()


def test_each_family_has_a_mutant_that_it_must_notice() -> None:
    needed = {family for one in MUTANTS if not one.of_the_suite for family in one.families}
    assert {family.id for family in registered()} - needed == set()


@pytest.mark.parametrize(
    ("said", "instead", "rule"),
    [
        ("M01", "X1", "its id"),
        ("missing.", "missing", "its title"),
        ("L01", "L1", "a kind of leak"),
        ("[A1]", "[]", "it names families"),
        ("[A1]", "[everybody]", "it names families"),
        ("app/a.py", "evals/a.py", "stays on its side"),
        ("M01", "H01", "mutants of the suite"),
        ("replace: two", "replace: one", "changes something"),
        ("    leak: L01\n", "", "a kind of leak"),
        ("    families: [A1]\n", "", "families"),
    ],
)
def test_an_entry_that_does_not_say_it_rightly_is_refused(said: str, instead: str, rule: str) -> None:
    assert [one.id for one in read(ENTRY, "a.yaml")] == ["M01"]
    with pytest.raises(WrongCatalogue, match=rule):
        list(read(ENTRY.replace(said, instead, 1), "a.yaml"))
