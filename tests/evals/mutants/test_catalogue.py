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
      - {in: app.a:one, find: one, replace: two}
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
        ("[A1]", "[everybody]", "its families are named"),
        ("in: app.a:one, find: one", "file: app/a.py, find: one", "`because` syntax cannot say it"),
        ("in: app.a:one, find: one", "file: app/a.py, because: x, find: two", "changes something"),
        ("[A1]\n", "[A1]\n    settings: {DATA_DIR: x}\n", "BULKHEAD_"),
        ("{in: app.a:one, find: one, replace: two}", "every", "every"),
        ("M01", "H01", "of mutants of the suite H"),
        ("replace: two", "replace: one", "changes something"),
        ("    leak: L01\n", "", "a kind of leak"),
        ("    families: [A1]\n", "", "it names families"),
        ("in: app.a:one", "in: evals.a:one", "of mutants of the suite H"),
    ],
)
def test_an_entry_that_does_not_say_it_rightly_is_refused(said: str, instead: str, rule: str) -> None:
    assert [one.id for one in read(ENTRY, "a.yaml")] == ["M01"]
    with pytest.raises(WrongCatalogue, match=rule):
        list(read(ENTRY.replace(said, instead, 1), "a.yaml"))


def test_a_foreign_entry_is_free_in_its_id_and_what_it_names() -> None:
    said = ENTRY.replace("M01", "their-mutant.7").replace("    leak: L01\n    families: [A1]\n", "")
    [mutant] = read(said, "b.yaml", foreign=True)
    assert (mutant.id, mutant.leak, mutant.families) == ("their-mutant.7", "", ())
    with pytest.raises(WrongCatalogue, match="its id"):
        list(read(said, "b.yaml"))


def test_a_change_of_the_service_and_of_the_suite_do_not_mix() -> None:
    both = ENTRY + "      - {in: evals.a:one, find: one, replace: two}\n"
    with pytest.raises(WrongCatalogue, match="stays on its side"):
        list(read(both, "a.yaml", foreign=True))


def test_a_shared_change_is_found_in_any_file_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(ENTRY.replace("{in: app.a:one, find: one, replace: two}", "both"))
    (tmp_path / "b.yaml").write_text(
        "shared:\n  one: {in: app.b:x, before: y = 1}\n  both: [one, {in: app.c:x, find: x, replace: z}]\n"
    )
    [mutant] = catalogue(tmp_path)
    assert [(one.place, one.find, one.replace) for one in mutant.changes] == [
        ("app.b:x", "", "y = 1"),
        ("app.c:x", "x", "z"),
    ]
