"""The catalogue of mutants: how each changes the code, and which families have to notice.

A change is one of three, all of them mappings:

* `{in: module:qualname, find: PATTERN, replace: CODE}` rewrites what `syntax.rewritten` finds there;
* `{in: module:qualname, before: CODE}` puts statements before that definition;
* `{file: PATH, find: TEXT, replace: TEXT, because: WHY}` replaces text, where syntax cannot say it.

A name in place of a mapping stands for the changes which the folder lists under that name in `shared`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

FOLDER: Final = Path(__file__).with_name("catalogue")
HARNESS: Final = "harness.yaml"
SUITE: Final = "evals"
_ID: Final = re.compile(r"[MH]\d{2}")
_FOREIGN_ID: Final = re.compile(r"[\w.-]{1,80}")
_LEAK: Final = re.compile(r"L\d{2}")
_FAMILY: Final = re.compile(r"[AW]\d{1,2}")
Shared = Mapping[str, Any]


class WrongCatalogue(Exception):
    """An entry cannot be used; the message says which, and why."""


@dataclass(frozen=True, slots=True)
class Change:
    """One replacement at one place: by syntax, or by text where `file` names a file."""

    find: str
    """A pattern, or the text, that occurs at its place exactly once; empty where `replace` is put before the place."""
    replace: str
    place: str = ""
    """`module:qualname`, or a module."""
    file: str = ""
    because: str = ""
    """Why syntax cannot say it."""

    @property
    def of_the_suite(self) -> bool:
        """Whether it is a part of the suite that is changed."""
        return self.place.split(".")[0] == SUITE or self.file.startswith(f"{SUITE}/")


@dataclass(frozen=True, slots=True)
class Mutant:
    """The code broken in one way: of the service (`M…`), or of the suite itself (`H…`); a foreign one has any id."""

    id: str
    title: str
    leak: str
    """The kind of leak it stands for, such as `L18`; empty for a mutant of the suite."""
    families: tuple[str, ...]
    """Of the service: those of which one at least has to find a leak. Of the suite: those that have to doubt."""
    changes: tuple[Change, ...]
    equivalent: str = ""
    """Why nobody outside can tell it from the code as it is; empty where somebody can."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Under which settings, `BULKHEAD_…`, its service runs."""

    @property
    def of_the_suite(self) -> bool:
        """Whether the suite is broken and the service is whole."""
        return all(change.of_the_suite for change in self.changes)


def catalogue(folder: Path = FOLDER, *, foreign: bool = False) -> tuple[Mutant, ...]:
    """Return every mutant of a folder, by id; raises WrongCatalogue.

    A `foreign` one is somebody else's: its ids are free, and it may name no kind of leak and no families.
    """
    said = {path.name: _mapping(path.read_text("utf-8"), path.name) for path in sorted(folder.glob("*.yaml"))}
    shared = {name: changes for each in said.values() for name, changes in (each.get("shared") or {}).items()}
    found = [mutant for where, each in said.items() for mutant in _mutants(each, where, shared, foreign=foreign)]
    twice = {one.id for one in found if sum(other.id == one.id for other in found) > 1}
    if twice:
        raise WrongCatalogue(f"{', '.join(sorted(twice))}: more than one entry has this id.")
    if not found:
        raise WrongCatalogue(f"{folder} has no mutants: a catalogue is a folder of *.yaml files.")
    return tuple(sorted(found, key=lambda one: one.id))


def read(text: str, where: str, *, foreign: bool = False) -> Iterator[Mutant]:
    """Yield the mutants of one file that needs no other; raises WrongCatalogue."""
    said = _mapping(text, where)
    return _mutants(said, where, said.get("shared") or {}, foreign=foreign)


def _mapping(text: str, where: str) -> Mapping[str, Any]:
    try:
        said = yaml.load(text, yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise WrongCatalogue(f"{where} is no YAML: {error}") from None
    if not isinstance(said, Mapping) or not isinstance(said.get("mutants", []), list):
        raise WrongCatalogue(f"{where} has no list `mutants`.")
    return said


def _mutants(said: Mapping[str, Any], where: str, shared: Shared, *, foreign: bool) -> Iterator[Mutant]:
    for entry in said.get("mutants", []):
        made = _mutant(entry, where, shared)
        faults = _FOREIGN_FAULTS if foreign else _FAULTS
        for rule, holds in faults.items():
            if not holds(made):
                raise WrongCatalogue(f"{where}, {made.id}: {rule}.")
        if not foreign and made.of_the_suite != (where == HARNESS):
            raise WrongCatalogue(f"{where}, {made.id}: mutants of the suite, and no others, stand in {HARNESS}.")
        yield made


def _mutant(entry: Any, where: str, shared: Shared) -> Mutant:  # noqa: ANN401 - what a file says
    name = entry.get("id", "an entry") if isinstance(entry, Mapping) else "an entry"
    try:
        return Mutant(
            str(entry["id"]),
            str(entry["title"]),
            str(entry.get("leak", "")),
            tuple(entry.get("families") or ()),
            tuple(_changes(entry["changes"], shared)),
            str(entry.get("equivalent", "")),
            {str(key): str(value) for key, value in (entry.get("settings") or {}).items()},
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise WrongCatalogue(f"{where}, {name}: {error} is missing or of the wrong kind.") from None


def _changes(said: Any, shared: Shared) -> Iterator[Change]:  # noqa: ANN401 - what a file says
    """Yield the changes; a list among them is taken apart, and a name stands for a shared one."""
    for one in [said] if isinstance(said, Mapping | str) else said:
        if isinstance(one, str):
            yield from _changes(shared[one], shared)
        elif isinstance(one, list):
            yield from _changes(one, shared)
        elif "file" in one:
            yield Change(one["find"], one["replace"], file=one["file"], because=one.get("because", ""))
        elif "before" in one:
            yield Change("", one["before"], one["in"])
        else:
            yield Change(one["find"], one["replace"], one["in"])


_FOREIGN_FAULTS: Final = {
    "its id is a word of letters, digits, `.`, `_` and `-`": lambda one: bool(_FOREIGN_ID.fullmatch(one.id)),
    "it changes something": lambda one: bool(one.changes),
    "each change changes something": lambda one: all(each.find.strip() != each.replace.strip() for each in one.changes),
    "it stays on its side": lambda one: len({each.of_the_suite for each in one.changes}) == 1,
    "its families are named like A1 or W2": lambda one: all(map(_FAMILY.fullmatch, one.families)),
    "its settings are named BULKHEAD_…": lambda one: all(name.startswith("BULKHEAD_") for name in one.settings),
}
_FAULTS: Final = {
    "its id is M and two digits, of mutants of the suite H": lambda one: (
        bool(_ID.fullmatch(one.id)) and one.id.startswith("H") == one.of_the_suite
    ),
    "its title is a sentence": lambda one: one.title.endswith("."),
    **_FOREIGN_FAULTS,
    "it names families": lambda one: bool(one.families),
    "it names a kind of leak": lambda one: one.of_the_suite or bool(_LEAK.fullmatch(one.leak)),
    "text is replaced only `because` syntax cannot say it": lambda one: all(
        each.because for each in one.changes if each.file
    ),
}
