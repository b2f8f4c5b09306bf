"""Where the words, numbers and dates of a question occur in a text, in whatever form they are written there."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from tenancy.models.terms import AskedTerm, is_form, places_of_date, places_of_number, roots_of


@dataclass(frozen=True, slots=True)
class Term:
    """One word, number or date of the question; `stem` is what the index calls it first, `weight` its idf.

    Every form of the word begins with one of `roots`, or may have it inside if `inside` is set.
    """

    stem: str
    roots: tuple[str, ...]
    weight: float
    asked: AskedTerm
    inside: bool = False


@dataclass(frozen=True, slots=True)
class Lowered:
    """A text with every character at its place: as it is, in lower case with ASCII digits, and without accents too."""

    original: str
    written: str
    bare: str


# Endings after which a word is certainly a form of a root of four letters or more; others are asked of the stemmer.
_PLAIN: Final = frozenset(("", "s", "ed", "ing", "es", "ly"))
_SHORT: Final = 3
_LEAST_INSIDE: Final = 4
_LONGEST_ENDING: Final = 8
_LONGEST_COMPOUND: Final = 48
# Scripts without spaces between words: their terms are pairs of characters and begin anywhere.
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)
_MARKS: Final = "\u0300-\u036f\u0591-\u05c7\u064b-\u0652\u0900-\u0903\u093a-\u094f\u0b82-\u0bcd"
_WORD: Final = re.compile(rf"(?:\w|[{_MARKS}])*")
_WORD_BEFORE: Final = re.compile(rf"(?:\w|[{_MARKS}])*$")
_OTHER_DIGIT: Final = re.compile(r"[^\D0-9]")


def _without_accents() -> dict[str, str]:
    """Return the letters that have an accent, or another form, each with the one letter that stands for it."""
    # Stroked Latin letters, the dotless i, the last sigma, the Cyrillic io, the alefs with a sign.
    found = dict(zip("øłđ\u0131\u03c2\u0451\u0623\u0625\u0622", "oldi\u03c3\u0435\u0627\u0627\u0627", strict=True))
    for first, last in ((0xC0, 0x250), (0x370, 0x400), (0x1E00, 0x2000)):
        for char in map(chr, range(first, last)):
            plain = unicodedata.normalize("NFD", char)
            if len(plain) > 1 and char == char.lower():
                found[char] = plain[0]
    return found


_BARE: Final = _without_accents()
_ACCENTED: Final = re.compile(f"[{''.join(sorted(_BARE))}]")


def lower(text: str) -> Lowered:
    """Return `text` in lower case with every character at its old position, whatever its script."""
    if text.isascii():
        lowered = text.lower()
        return Lowered(text, lowered, lowered)
    lowered = text.replace("\u0130", "i").lower()  # the one letter that two stand for in lower case
    if len(lowered) != len(text):
        lowered = "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)
    lowered = _OTHER_DIGIT.sub(lambda digit: str(unicodedata.digit(digit[0])), lowered)
    return Lowered(text, lowered, _ACCENTED.sub(lambda letter: _BARE[letter[0]], lowered))


def term_of(asked: AskedTerm, weight: float) -> Term:
    """Return a word of the question ready to be looked for."""
    roots, inside = roots_of(asked)
    if not asked.is_number and not asked.written.startswith(asked.word) and asked.word not in asked.written:
        roots = tuple(_as_written(root, asked.written) for root in roots)
    return Term(next(iter(asked.terms)), roots, weight, asked, inside)


def occurrences(text: Lowered, term: Term) -> list[int]:
    """Return where forms of the term begin in a text, ascending.

    Only words that have the term's root are looked at, and only doubtful ones are stemmed: reading ten chunks costs a
    tenth of stemming every word.
    """
    if term.asked.is_date:
        return places_of_date(term.asked, text.written)
    if term.asked.in_capitals:
        return _places(text.original, text.original, term.asked.word.upper(), term)
    found = [at for root in term.roots for at in _places(text.bare, text.written, root, term)]
    if term.asked.is_number:
        found += places_of_number(term.asked, text.written)
    return found if len(term.roots) == 1 and not term.asked.is_number else sorted(set(found))


def _places(text: str, written: str, root: str, term: Term) -> list[int]:
    """Return where words of `text` that have `root` are forms of the term; `written` has them with their accents."""
    found, known = list[int](), dict[str, bool]()
    at = text.find(root) if root else -1
    while at >= 0:
        after = at + len(root)
        begins = at == 0 or _begins(text, at)
        if begins or (term.inside and len(root) >= _LEAST_INSIDE):
            word = written[at if begins else _word_start(text, at) : _word_end(text, after)]
            verdict = known.get(word)
            if verdict is None:
                verdict = known[word] = _is_form(term, root, word, begins=begins)
            if verdict:
                found.append(at)
        at = text.find(root, after)
    return found


def _begins(text: str, at: int) -> bool:
    """Tell whether a word begins at `at` > 0; digits and letters that touch are two words, as in `10kg`."""
    before, first = text[at - 1], text[at]
    if before.isalnum():
        return before.isdigit() != first.isdigit() or _UNSPACED.match(first) is not None
    return before.isascii() or unicodedata.category(before)[0] != "M" or _UNSPACED.match(first) is not None


def _word_start(text: str, at: int) -> int:
    """Return where the word that reaches over `at` begins, or what of it can be looked at."""
    low = max(0, at - _LONGEST_COMPOUND)
    match = _WORD_BEFORE.search(text, low, at)
    return match.start() if match else at


def _word_end(text: str, after: int) -> int:
    """Return where the word that reaches at least to `after` ends."""
    match = _WORD.match(text, after)
    return match.end() if match else after


def _is_form(term: Term, root: str, word: str, *, begins: bool) -> bool:
    """Tell whether `word`, which has a root of the term, is a form of the term or a compound of it."""
    if _UNSPACED.match(word):
        return True
    ending = word[len(root) :]
    if begins and (word == term.stem or (root == term.stem and len(root) > _SHORT and ending in _PLAIN)):
        return True
    return len(ending) <= (_LONGEST_COMPOUND if term.inside else _LONGEST_ENDING) and is_form(term.asked, word)


def _as_written(root: str, written: str) -> str:
    """Return how the question writes a term that joins several words, such as `inv2041` for `INV-2041`."""
    letters = [place for place, letter in enumerate(written) if letter.isalnum()]
    return written[: letters[min(len(root), len(letters)) - 1] + 1] if letters else root
