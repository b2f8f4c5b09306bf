"""The catalogue of mutants: how each changes the code, and which families have to notice."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

FOLDER: Final = Path(__file__).with_name("catalogue")
HARNESS: Final = "harness.yaml"
_ID: Final = re.compile(r"[MH]\d{2}")
_LEAK: Final = re.compile(r"L\d{2}")
_FAMILY: Final = re.compile(r"[AW]\d{1,2}")


class WrongCatalogue(Exception):
    """An entry cannot be used; the message says which, and why."""


@dataclass(frozen=True, slots=True)
class Change:
    """One replacement in one file; `find` has to occur there exactly once."""

    file: str
    find: str
    replace: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """The code broken in one way: of the service (`M…`), or of the suite itself (`H…`)."""

    id: str
    title: str
    leak: str
    """The kind of leak it stands for, such as `L18`; empty for a mutant of the suite."""
    families: tuple[str, ...]
    """Of the service: those of which one at least has to find a leak. Of the suite: those that have to doubt."""
    changes: tuple[Change, ...]

    @property
    def of_the_suite(self) -> bool:
        """Whether the suite is broken and the service is whole."""
        return self.id.startswith("H")


def catalogue(folder: Path = FOLDER) -> tuple[Mutant, ...]:
    """Return every mutant, by id; raises WrongCatalogue."""
    found = [mutant for path in sorted(folder.glob("*.yaml")) for mutant in read(path.read_text("utf-8"), path.name)]
    twice = {one.id for one in found if sum(other.id == one.id for other in found) > 1}
    if twice:
        raise WrongCatalogue(f"{', '.join(sorted(twice))}: more than one entry has this id.")
    return tuple(sorted(found, key=lambda one: one.id))


def read(text: str, where: str) -> Iterator[Mutant]:
    """Yield the mutants of one file of the catalogue; raises WrongCatalogue."""
    said = yaml.safe_load(text)
    if not isinstance(said, Mapping) or not isinstance(said.get("mutants"), list):
        raise WrongCatalogue(f"{where} has no list `mutants`.")
    for entry in said["mutants"]:
        yield _mutant(entry, where)


def _mutant(entry: Any, where: str) -> Mutant:  # noqa: ANN401 - what a file says
    name = entry.get("id", "an entry") if isinstance(entry, Mapping) else "an entry"
    try:
        made = Mutant(
            entry["id"], entry["title"], entry.get("leak", ""), tuple(entry["families"]), tuple(_changes(entry))
        )
    except (KeyError, TypeError) as error:
        raise WrongCatalogue(f"{where}, {name}: {error} is missing or of the wrong kind.") from None
    faults = [
        (not _ID.fullmatch(made.id), "its id is M or H and two digits"),
        (made.of_the_suite != (where == HARNESS), f"mutants of the suite, and no others, stand in {HARNESS}"),
        (not made.title.endswith("."), "its title is a sentence"),
        (not made.of_the_suite and not _LEAK.fullmatch(made.leak), "it names a kind of leak"),
        (not made.families or not all(map(_FAMILY.fullmatch, made.families)), "it names families"),
        (not made.changes, "it changes something"),
        (any(one.find == one.replace for one in made.changes), "each change changes something"),
        (any(one.file.startswith("evals/") != made.of_the_suite for one in made.changes), "it stays on its side"),
    ]
    for wrong, rule in faults:
        if wrong:
            raise WrongCatalogue(f"{where}, {name}: {rule}.")
    return made


def _changes(entry: Mapping[str, Any]) -> Iterator[Change]:
    """Yield the changes; a list among them, such as a shared one, is taken apart."""
    for one in entry["changes"]:
        for change in one if isinstance(one, list) else [one]:
            yield Change(change["file"], change["find"], change["replace"])
