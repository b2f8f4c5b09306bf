"""A question read as one to a table: what it wants, and which of its words are left to say of which rows."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import Stemmer

from retrieval.tables.languages import LANGUAGES, Cue, Language, Task, language
from tenancy.values.cells import folded

_WORD: Final = re.compile(r"[+\-\u2212]?\d+(?:[.,:/'\u2019-]\d+)*%?|[^\W_]+(?:[-/.&\u2010\u2011][^\W_]+)*[+#]*")
_MOST_WORDS: Final = 60


@dataclass(frozen=True, slots=True)
class AskedWord:
    """A word of the question, at `start` to `end`: `plain` without capitals and accents, `stem` in its language."""

    start: int
    end: int
    plain: str
    stem: str


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What is asked of a table: `cue` are the places of the words that show the task, the rest is about columns.

    `whole` tells that a count is asked for "in total"; `concept` is what a superlative goes by.
    """

    text: str
    language: Language
    task: Task
    words: tuple[AskedWord, ...]
    cue: frozenset[int]
    concept: str = ""
    whole: bool = False

    @property
    def term(self) -> str:
        """What the words of the task and those that follow them say in one go, as in "minimum order value"."""
        first = min(self.cue)
        end = first
        while end < len(self.words) and (end in self.cue or self.words[end].plain not in self.language.function):
            end += 1
        return " ".join(word.plain for word in self.words[first:end])


@dataclass(frozen=True, slots=True)
class _Found:
    cue: Cue
    places: range


def read_inquiries(question: str) -> tuple[Inquiry, ...]:
    """Return the ways to read a question as one to a table, none where no word of it asks for a computation.

    It is read in the language that most of its words are known in.
    """
    best: tuple[Language, tuple[AskedWord, ...], list[_Found]] | None = None
    most = 0
    for code in LANGUAGES:
        spoken = language(code)
        words = read_words(question, spoken.stemmer, most=_MOST_WORDS + 1)
        found = _cues(words, spoken)
        known = sum(word.plain in spoken.function for word in words) + sum(len(each.places) for each in found)
        if known > most:
            best, most = (spoken, words, found), known
    if best is None or len(best[1]) > _MOST_WORDS or not best[2] or _is_polar(best[1], best[0]):
        return ()
    return tuple(_readings(question, *best))


def stems(text: str, stemmer: str, *, most: int | None = _MOST_WORDS) -> list[str]:
    """Return the stems of the words of a text, the first `most` of them, without accents."""
    return [word.stem for word in read_words(text.replace("_", " "), stemmer, most=most)]


def read_words(text: str, stemmer: str, *, most: int | None = _MOST_WORDS) -> tuple[AskedWord, ...]:
    """Return the words of a text, the first `most` of them."""
    found = list(islice(_WORD.finditer(text), most))
    plain = [folded(each[0]) for each in found]
    stemmed = Stemmer.Stemmer(stemmer, 0).stemWords([each[0].lower() for each in found])
    return tuple(
        AskedWord(each.start(), each.end(), word, folded(stem))
        for each, word, stem in zip(found, plain, stemmed, strict=True)
    )


def _is_polar(words: Sequence[AskedWord], spoken: Language) -> bool:
    asks = any(word.plain in spoken.interrogative for word in words)
    return bool(words) and words[0].plain in spoken.polar and not asks


def _cues(words: Sequence[AskedWord], spoken: Language) -> list[_Found]:
    """Return the cues among the words without overlap, longer ones first."""
    plain = tuple(word.plain for word in words)
    every = [
        _Found(cue, range(at, at + len(cue.words)))
        for at, word in enumerate(plain)
        for cue in spoken.cues.get(word, ())
        if plain[at : at + len(cue.words)] == cue.words
    ]
    taken: set[int] = set()
    found: list[_Found] = []
    for each in sorted(every, key=lambda one: -len(one.places)):
        if taken.isdisjoint(each.places):
            taken.update(each.places)
            found.append(each)
    return found


def _readings(
    question: str, spoken: Language, words: tuple[AskedWord, ...], found: Sequence[_Found]
) -> Iterator[Inquiry]:
    """Yield a reading for each task that is shown; the words that show another are then words like any."""
    tasks = {each.cue.task for each in found}
    concepts = {each.cue.concept for each in found if each.cue.concept}
    if Task.OTHER in tasks or len(concepts) > 1:
        every = frozenset(place for each in found for place in each.places)
        yield Inquiry(question, spoken, Task.OTHER, words, every)
        return
    counted = tasks & {Task.COUNT, Task.DIFFERENT, Task.MASS}
    for task in sorted(tasks):
        together = {task} | ({Task.SUM} if task in counted else set())
        mine = [each for each in found if each.cue.task in together]
        concept = next((each.cue.concept for each in mine if each.cue.concept), "")
        places = frozenset(place for each in mine for place in each.places)
        yield Inquiry(question, spoken, task, words, places, concept, whole=together <= tasks and len(together) > 1)
