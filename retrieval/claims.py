"""A model's answer taken apart: its claims, the markers each carries, and whether a text supports one."""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from retrieval.sentences import units
from tenancy.models.terms import asked_terms, term_counts

# Shares of a claim's terms found in the passage, measured on 962 sentences of CLAPNQ's human answers: against the
# passage they were written from 99 of 100 have more than .69, against another passage 99 of 100 less than .25.
_LEAST_SHARED: Final = 0.5
_MOST_MARKERS: Final = 20  # a longer list or range of numbers is not a citation

_MARKER: Final = re.compile(r"[\[\u3010]\s*(\d{1,3}(?:\s*[,;\u2013-]\s*\d{1,3})*)\s*[\]\u3011]")
_LEADING: Final = re.compile(rf"(?:{_MARKER.pattern}[\s,]*)+")
_GLUED: Final = re.compile(r"(?<=[.!?])(?=[\[\u3010]\d)")
_BULLET: Final = re.compile(r"\s*(?:[-*\u2022]|\(?\d{1,3}[.)])\s+")
_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")
_NAME: Final = re.compile(r"(?<=[\w,;:'\"(] )[A-Z][\w'\u2019-]*")
_DIGITS: Final = {
    word: str(value)
    for value, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    )
}
_MONTHS: Final = frozenset(
    (
        *("january", "february", "march", "april", "may", "june", "july", "august"),
        *("september", "october", "november", "december"),
    )
)


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer without its markers; `before` is the white space in front of it.

    `numbers` holds what the markers named, whether or not such a document exists.
    """

    before: str
    text: str
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """The terms and numbers of a text that claims are checked against."""

    terms: AbstractSet[str]
    numbers: AbstractSet[str]


def claims(answer: str) -> tuple[Claim, ...]:
    """Split an answer into claims; a marker after a full stop belongs to the sentence that it follows."""
    text = _GLUED.sub(" ", answer)
    found: list[Claim] = []
    end = 0
    for unit in units(text):
        before, piece = text[end : unit.start], text[unit.start : unit.end]
        end = unit.end
        leading = _LEADING.match(piece)
        if leading and found and ("\n" not in before or leading.end() == len(piece)):
            last = found[-1]
            found[-1] = Claim(last.before, last.text, last.numbers + _numbers(leading[0]))
            before, piece = before or " ", piece[leading.end() :]
        stripped = _without_markers(piece)
        if stripped:
            found.append(Claim(before, stripped, _numbers(piece)))
    return tuple(found)


def ground(*texts: str) -> Ground:
    """Read the texts that a claim may rest on."""
    joined = "\n".join(texts)
    return Ground(term_counts(joined).keys(), _values(joined))


def shared(claim: str, text: Ground) -> float:
    """Return the share of the claim's terms that `text` has, 0.0 for a claim without terms."""
    asked = asked_terms(_BULLET.sub("", claim, count=1))
    return sum(each.is_in(text.terms) for each in asked) / len(asked) if asked else 0.0


def supported(claim: str, cited: Ground, context: Ground) -> bool:
    """Tell whether `cited` has the claim's numbers and most of its terms, and `cited` or `context` its names.

    `context` is what the reader knows anyway: the question and the documents' names. Words are compared, not meaning:
    a claim that turns its source around in the same words passes.
    """
    plain = _BULLET.sub("", claim, count=1)
    if not _values(plain, words=False) <= cited.numbers:
        return False
    named = [each for name in _NAME.findall(plain) for each in asked_terms(name) if each.word not in _MONTHS]
    if not all(each.is_in(cited.terms) or each.is_in(context.terms) for each in named if not each.word.isdigit()):
        return False
    return shared(plain, cited) >= _LEAST_SHARED


def states_something(claim: str) -> bool:
    """Tell whether a sentence needs a source at all: a lead-in, a heading or a question does not."""
    return claim[-1] not in ":?" and (len(term_counts(claim)) > 1 or _NUMBER.search(claim) is not None)


def _numbers(text: str) -> tuple[int, ...]:
    """Return the document numbers that the markers in `text` name, ranges written out."""
    named: list[int] = []
    for found in _MARKER.finditer(text):
        for part in re.split(r"[,;]", found[1]):
            ends = [int(number) for number in re.findall(r"\d+", part)]
            named.extend(range(ends[0], min(ends[-1], ends[0] + _MOST_MARKERS) + 1))
    return tuple(dict.fromkeys(named[:_MOST_MARKERS]))


def _without_markers(text: str) -> str:
    """Remove markers and the white space they leave before punctuation."""
    return re.sub(r"\s+(?=[.,;:!?](?:\s|$))", "", re.sub(rf"\s*{_MARKER.pattern}", "", text)).strip()


def _values(text: str, *, words: bool = True) -> set[str]:
    """Return the numbers in `text` in one spelling, each also in its parts; `words` reads `three` as 3."""
    found: set[str] = set()
    for number in _NUMBER.findall(text):
        found.add(_spelled(number))
        if words:
            found.update(_spelled(part) for part in re.split(r"[.,]", number))
    if words:
        found.update(_DIGITS[word] for word in text.lower().split() if word in _DIGITS)
    return found


def _spelled(number: str) -> str:
    """Return a number without separators of thousands and leading zeros."""
    grouped = re.sub(r",(?=\d{3}(?!\d))", "", number)
    return grouped.lstrip("0") or "0"
