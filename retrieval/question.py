"""What a question asks for: its weighted terms, where they occur in a text, the kind of answer it wants."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from retrieval.passages.identifiers import Identifier, identifiers
from tenancy.models.terms import term_counts


class Sought(StrEnum):
    """The kind of answer a question's wording calls for."""

    PERSON = "person"
    TIME = "time"
    NUMBER = "number"
    PLACE = "place"
    REASON = "reason"
    MANNER = "manner"
    ANYTHING = "anything"


@dataclass(frozen=True, slots=True)
class Term:
    """One stem of the question; `root` is what every inflected form of it begins with, `weight` its idf."""

    stem: str
    root: str
    weight: float


@dataclass(frozen=True, slots=True)
class Question:
    """A question read once: `terms` in order of appearance, `lowered` for telling old words from new ones.

    `identifiers` are the numbers and codes in it.
    """

    terms: tuple[Term, ...]
    total: float
    sought: Sought
    lowered: str
    identifiers: tuple[Identifier, ...] = ()


_CUES: Final = (
    (
        Sought.NUMBER,
        re.compile(
            r"\bhow (?:many|much|old|tall|long|far|large|big|high|deep|often|fast|wide)\b|\bwhat "
            r"(?:percent\w*|number|amount|population|rate|price|cost|size|share)\b"
        ),
    ),
    (
        Sought.TIME,
        re.compile(
            r"\bwhen\b|\b(?:what|which|in what) (?:year|date|day|month|century|decade|time)\b|"
            r"\bhow long ago\b|\bdeadline\b|\bsince what\b"
        ),
    ),
    (Sought.PERSON, re.compile(r"\bwho(?:se|m)?\b|\bwhat (?:person|man|woman|president|king|author|player)\b")),
    (
        Sought.PLACE,
        re.compile(r"\bwhere\b|\b(?:what|which) (?:city|country|state|place|town|region|location|county)\b"),
    ),
    (Sought.REASON, re.compile(r"\bwhy\b|\bwhat (?:caused|causes|reason\w*)\b|\bfor what (?:reason|purpose)\b")),
    (Sought.MANNER, re.compile(r"\bhow\b")),
)
_WORD_END: Final = re.compile(r"\w*")
_COMPOUND: Final = re.compile(r"[^\W_]+(?:[-_./,:@&'\u2019\u2010\u2011][^\W_]+)+")
# Scripts without spaces between words: their terms are pairs of characters and begin anywhere.
_UNSPACED: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
# Endings after which a word is certainly a form of a root of four letters or more; others are asked of the stemmer.
_PLAIN: Final = frozenset(("", "s", "ed", "ing", "es", "ly"))
_SHORT: Final = 3
_LONGEST_ENDING: Final = 8


def read_question(question: str, idf: Callable[[str], float]) -> Question:
    """Return the question's terms weighted by `idf` (a stem's inverse document frequency) and what it asks for."""
    lowered = lower(question)
    written = _compounds(lowered)
    terms = tuple(Term(stem, written.get(stem) or _root(stem), max(0.0, idf(stem))) for stem in term_counts(question))
    sought = next((kind for kind, cue in _CUES if cue.search(lowered)), Sought.ANYTHING)
    return Question(terms, sum(term.weight for term in terms), sought, lowered, identifiers(lowered))


def lower(text: str) -> str:
    """Return `text` in lower case with every character at its old position, whatever its script."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)


def occurrences(lowered: str, term: Term) -> list[int]:
    """Return where words that share the term's stem begin in a lower-case text, ascending.

    Only words that begin with the term's root are looked at, and only doubtful ones are stemmed: reading ten chunks
    costs a tenth of stemming every word.
    """
    root, found, known = term.root, list[int](), dict[str, bool]()
    at = lowered.find(root)
    while at >= 0:
        after = at + len(root)
        if at == 0 or _begins(lowered, at):
            word = lowered[at : _word_end(lowered, after)]
            verdict = known.get(word)
            if verdict is None:
                verdict = known[word] = _is_form(term, word)
            if verdict:
                found.append(at)
        at = lowered.find(root, after)
    return found


def _begins(lowered: str, at: int) -> bool:
    """Tell whether a word begins at `at` > 0; digits and letters that touch are two words, as in `10kg`."""
    before, first = lowered[at - 1], lowered[at]
    return not before.isalnum() or before.isdigit() != first.isdigit() or _UNSPACED.match(first) is not None


def _word_end(lowered: str, after: int) -> int:
    """Return where the word that reaches at least to `after` ends."""
    match = _WORD_END.match(lowered, after)
    return match.end() if match else after


def _is_form(term: Term, word: str) -> bool:
    """Tell whether `word`, which begins with the term's root, has the term's stem."""
    ending = word[len(term.root) :]
    if _UNSPACED.match(word):
        return True
    if word == term.stem or (term.root == term.stem and len(term.root) > _SHORT and ending in _PLAIN):
        return True
    return len(ending) <= _LONGEST_ENDING and term.stem in term_counts(word)


def _root(stem: str) -> str:
    """Return the part of a stem that all its forms begin with: the stemmer writes y as i and may add an e."""
    return stem[:-1] if len(stem) >= _SHORT and stem[-1] in "ie" else stem


def _compounds(lowered: str) -> dict[str, str]:
    """Return how the question writes the terms that join several words, such as `inv2041` for `INV-2041`."""
    written: dict[str, str] = {}
    for found in _COMPOUND.finditer(lowered):
        surface = found[0]
        letters = [place for place, letter in enumerate(surface) if letter.isalnum()]
        joined = "".join(surface[place] for place in letters)
        for stem in term_counts(surface):
            root = _root(stem)
            if joined.startswith(root) and not surface.startswith(root):
                written[stem] = surface[: letters[len(root) - 1] + 1]
    return written
