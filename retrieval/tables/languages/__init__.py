"""What questions to tables are recognised by, and answered in, a file for each language."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Final

import Stemmer

LANGUAGES: Final = ("en", "de", "es", "fr")
MOMENT: Final = "moment"
"""The concept of columns of days, whatever they are named."""
ORDER: Final = "order"
"""The concept of orders and sales."""
_SHARED: Final = "shared"
_WORDS: Final = (
    "function",
    "linking",
    "amounts",
    "events",
    "moves",
    "rows",
    "grouping",
    "polar",
    "interrogative",
    "articles",
    "before_number",
    "before_date",
)
_FOLDER: Final = files("retrieval.tables.languages")


class Task(StrEnum):
    """What a question wants of a table's rows."""

    COUNT = "count"
    DIFFERENT = "different"
    MASS = "mass"
    """How much there is of what a column tells."""
    SUM = "sum"
    AVERAGE = "average"
    LEAST = "least"
    MOST = "most"
    OTHER = "other"
    """Something that is not computed."""


@dataclass(frozen=True, slots=True)
class Cue:
    """Words, without capitals and accents, that show a task; a superlative's `concept` tells which column is meant."""

    words: tuple[str, ...]
    task: Task
    concept: str = ""


@dataclass(frozen=True, slots=True)
class Language:
    """One language: `cues` stand under their first word; `function` words say nothing of which rows are meant.

    `linking` words stand between a row and its values, and so do `moves` where rows are orders or sales; `events`
    are then what has become of every row, and `amounts` are words for any figure. A column after a `grouping` word
    asks for a value for each of its own; after `before_number` and `before_date` a value is itself meant, and no
    bound. What is counted follows the task, or `articles` after it. What begins with a `polar` word and has no
    `interrogative` one is to be answered by yes or no.
    """

    code: str
    stemmer: str
    function: frozenset[str]
    linking: frozenset[str]
    amounts: frozenset[str]
    events: frozenset[str]
    moves: frozenset[str]
    numbers: Mapping[str, int]
    rows: frozenset[str]
    grouping: frozenset[str]
    polar: frozenset[str]
    interrogative: frozenset[str]
    articles: frozenset[str]
    before_number: frozenset[str]
    before_date: frozenset[str]
    cues: Mapping[str, tuple[Cue, ...]]
    sentences: Mapping[str, str]
    reasons: Mapping[str, str]


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def language(code: str) -> Language:
    """Return one of LANGUAGES."""
    said = _read(code)
    cues = [Cue(tuple(phrase.split()), Task(task)) for task, phrases in said["cues"].items() for phrase in phrases]
    for phrase, meant in said["superlatives"].items():
        task, concept = meant.split()
        cues.append(Cue(tuple(phrase.split()), Task(task), concept))
    first: dict[str, list[Cue]] = {}
    for cue in cues:
        first.setdefault(cue.words[0], []).append(cue)
    words = {name: frozenset(said[name].split()) for name in _WORDS}
    numbers = {word: int(number) for word, _, number in (each.partition("=") for each in said["numbers"].split())}
    return Language(
        code=code, stemmer=said["stemmer"], cues={word: tuple(these) for word, these in first.items()}, numbers=numbers,
        sentences=said["sentences"], reasons=said["reasons"], **words,
    )  # fmt: skip


@cache
def shared(name: str) -> frozenset[str]:
    """Return words that hold in every language: `units`, `numbering` or `totals`."""
    return frozenset(_read(_SHARED)[name])


@cache
def concepts() -> Mapping[str, frozenset[str]]:
    """Return for each word without accents, and for its stem in each language, the concepts that it names."""
    said = _read(_SHARED)["concepts"]
    stemmers = [Stemmer.Stemmer(language(code).stemmer, 0) for code in LANGUAGES]
    found: dict[str, set[str]] = {}
    for concept, words in said.items():
        for word in words.split():
            for form in {word, *(stemmer.stemWord(word) for stemmer in stemmers)}:
                found.setdefault(form, set()).add(concept)
    return {form: frozenset(names) for form, names in found.items()}
