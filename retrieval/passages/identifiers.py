"""What a question names by a mark of its own, such as a number or a code, and whether a row of a table is that.

Rules this module enforces:

* A code counts however it is joined: `ax119` is `AX-119`. A part of a longer code is found too, but a row that has it
  whole comes first. Leading zeros and separators of thousands tell nothing apart, unless a row has the very writing.
* The word before a code says of what it is the code: a row in which that word goes with another code, or names a
  column with another code, is another row, though it may have the code elsewhere.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from tenancy.models.terms import STOP_WORDS

_TOKEN: Final = re.compile(r"[^\W_]+(?:[-_/.:@&'\u2010\u2011,][^\W_]+)*")
_JOINER: Final = re.compile(r"[-_/:@&'\u2010\u2011]")
_THOUSANDS: Final = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_PARTS: Final = re.compile(r"[-_/.:@&'\u2010\u2011,]")
_DIGIT: Final = re.compile(r"\d")
_MOST_PARTS: Final = 8
_MOST_IDENTIFIERS: Final = 16


class Match(IntEnum):
    """How well a row is what a question names."""

    NONE = 0
    PART = 1
    WHOLE = 2
    NAMED = 3
    """Whole, and after the same word or in the column of that name."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """A code in lower case, closed up, and the word before it, "" without one."""

    form: str
    word: str


def identifiers(lowered: str) -> tuple[Identifier, ...]:
    """Return the first words of a lower-case question that hold a digit, each once: every row is asked for each."""
    found: dict[str, Identifier] = {}
    before = ""
    for token in _TOKEN.findall(lowered):
        if _DIGIT.search(token):
            found.setdefault(_closed(token), Identifier(_closed(token), before))
        before = _singular(token) if token.isalpha() and token not in STOP_WORDS else ""
    return tuple(found.values())[:_MOST_IDENTIFIERS]


def match(wanted: Sequence[Identifier], cells: Sequence[str], header: Sequence[str], around: str) -> Match:
    """Tell how well a row has all of `wanted`; all texts are in lower case. NAMED where nothing is wanted.

    `around` is what holds for all rows: the sheet, the caption, the document's name.
    """
    return min((_match(each, cells, header, around) for each in wanted), default=Match.NAMED)


def _match(wanted: Identifier, cells: Sequence[str], header: Sequence[str], around: str) -> Match:
    named = list(_codes_of(wanted.word, cells, header)) if wanted.word else []
    if named:
        best = max(_found(wanted.form, [code]) for code in named)
        return Match.NAMED if best is Match.WHOLE else best
    tokens = [token for text in (*cells, *header, around) for token in _TOKEN.findall(text)]
    return _found(wanted.form, tokens)


def _codes_of(word: str, cells: Sequence[str], header: Sequence[str]) -> Iterator[str]:
    """Yield the codes in a row that go with a word: those after it, and those in the column that it names."""
    for place, cell in enumerate(cells):
        tokens = _TOKEN.findall(cell)
        column = place < len(header) and word in map(_singular, _TOKEN.findall(header[place]))
        before = ""
        for token in tokens:
            if _DIGIT.search(token) and (column or before == word):
                yield token
            before = _singular(token)


def _found(form: str, tokens: Sequence[str]) -> Match:
    if any(_closed(token) == form for token in tokens):
        return Match.WHOLE
    plain = _plain(form)
    return Match.PART if any(plain in _partial(token) for token in tokens) else Match.NONE


def _singular(word: str) -> str:
    return word.removesuffix("s")


def _closed(token: str) -> str:
    return _JOINER.sub("", _THOUSANDS.sub("", token))


def _plain(form: str) -> str:
    return form.lstrip("0") or "0"


def _partial(token: str) -> set[str]:
    """Return the parts of a token, and what its first parts are together, without leading zeros."""
    parts = _PARTS.split(token)[:_MOST_PARTS]
    together = ("".join(parts[:count]) for count in range(1, len(parts) + 1))
    return {_plain(form) for form in (*parts, *together, _closed(token))}
