"""Splitting a chunk's text into its units, the spans an answer may quote: sentences, and the rows of tables.

Ingestion keeps vectors of parts of these units, and retrieval weighs them: both must split alike.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tenancy.values.layout import Layout, Rows

_LONGEST = 420  # characters; a longer sentence is cut where its own punctuation allows
_WRAPPED = 60  # a line at least this long that ends without a stop was wrapped, not ended

# A stop ends a sentence before white space only, so decimals, host names and times stay whole; full-width stops need
# no space. Closing quotes and brackets belong to the sentence they close, also with the space that tokenised text has.
_BREAK: Final = re.compile(
    r"[.!?\n\u2026\u061f\u06d4\u0964\u3002\uff01\uff1f](?:"  # one set in front lets the engine skip ahead
    r"(?<=\n)\s*"
    r"|(?<=[\u3002\uff01\uff1f])[\u3002\uff01\uff1f]*[\u201d\u2019\u300d\u300f\uff09]*"  # Chinese, Japanese
    r"|[.!?\u2026\u061f\u06d4\u0964]*(?: ?'')?[\"'\u201d\u2019\u00bb)\]]*(?=\s|$))"  # Latin, Arabic, Devanagari
)
_BULLET: Final = re.compile(r"(?:[-*\u2022\u2023\u25e6\u2013\u2014\u25aa\u25cf]|\(?(?:\d{1,3}|[A-Za-z])[.)])\s")
_ORDINAL: Final = re.compile(r"\(?(?:\d{1,3}|[A-Za-z])[.)]$")
_CUT: Final = re.compile(r"[;:]\s|\s[\u2013\u2014-]{1,2}\s|,\s")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ABBREVIATIONS: Final = _words(
    "mr mrs ms dr prof rev hon st sr jr gen col lt capt sgt gov sen rep pres fig figs no nos vol vols ch sec art para "
    "pp ed eds approx dept est inc ltd co corp vs v cf ca al e.g i.e viz resp tel ext max min jan feb mar apr jun jul "
    "aug sep sept oct nov dec mon tue wed thu fri sat sun mt ft ave blvd rd u.s u.k u.n ph.d a.m p.m d.c op incl"
)
# These may end a sentence too; what follows decides.
_EITHER: Final = _words("etc a.m p.m u.s u.k u.n d.c inc ltd co corp jr sr ph.d")
_LONGEST_ABBREVIATION: Final = 6
_MONTH: Final = re.compile(
    r"(?:J[a\u00e4]n|Feb|M\u00e4r|Apr|Mai|Ju[nl]|Aug|Sep|Okt|Nov|Dez)\w*\b"
)  # German, with capitals
_OPENERS: Final = re.compile(
    r"(?:[Tt]h(?:e|is|at|ese|ey|ere|en)|An?|It|In|On|At|As|He|She|We|You|I|If|For|But|When|After)\b"
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A span `text[start:end]` that stands by itself; `rows` tells of which table it is a row.

    What is not `quotable` gives others a meaning and is no answer.
    """

    start: int
    end: int
    rows: Rows | None = None
    quotable: bool = True


def units(text: str) -> tuple[Unit, ...]:
    """Split `text` into sentences, list items, headings and table rows, in order and without overlap.

    Spans are code points without surrounding white space. Text between them is white space only.
    """
    found: list[Unit] = []
    start = 0
    tabular = " | " in text
    for match in _BREAK.finditer(text):
        if match.end() > start and _ends(text, start, match, tabular=tabular):
            _add(found, text, start, match.end())
            start = match.end()
    _add(found, text, start, len(text))
    return tuple(found)


def _ends(text: str, start: int, match: re.Match[str], *, tabular: bool) -> bool:
    """Judge one candidate break of the sentence that began at `start`."""
    mark = match[0]
    if mark[0] == "\n":
        return _line_ends(text, start, match.start(), match.end(), blank=mark.count("\n") > 1)
    after = match.end()
    following = text[after : after + 8].lstrip()
    if tabular and " | " in _line(text, match.start()):
        return False
    if following[:1].islower():
        return mark[-1] in "!?…" and mark[0] not in "…." and "\n" in text[after : after + 2]
    return mark[0] != "." or len(mark) > 1 or not _abbreviates(text, start, match.start(), following)


def _abbreviates(text: str, start: int, stop: int, following: str) -> bool:
    """Tell whether the full stop at `stop` belongs to an abbreviation, an initial or a list number."""
    if stop == start or text[stop - 1].isspace():
        return False  # tokenised text has a space before its stop
    word = text[max(start, stop - 12) : stop].rsplit(None, 1)[-1].lstrip("([\"'\u201c")
    if len(word) > _LONGEST_ABBREVIATION:
        return False
    if word.isdecimal() and _MONTH.match(following):
        return True  # `am 30. September`
    if _ORDINAL.match(word + "."):
        at_start = not text[start:stop].strip(" \n(")[len(word) :].strip()
        return at_start or (word.isalpha() and word.isupper() and word != "I")
    lowered = word.lower()
    if lowered in _EITHER:
        return not (following[:1].isupper() and _OPENERS.match(following))
    return lowered in _ABBREVIATIONS and (lowered != "no" or following[:1].isdigit())


def _line(text: str, at: int) -> str:
    """Return the line that holds the character at `at`."""
    end = text.find("\n", at)
    return text[text.rfind("\n", 0, at) + 1 : end if end >= 0 else len(text)]


def _line_ends(text: str, start: int, stop: int, after: int, *, blank: bool) -> bool:
    """Tell whether a line break ends the unit: wrapped prose goes on, list items, headings and rows do not."""
    if blank or after >= len(text):
        return True
    line = _line(text, stop - 1)
    following = _line(text, after)
    if " | " in line or " | " in following or "\t" in line or _BULLET.match(following):
        return True
    if following[:1].islower():
        return False
    return stop - max(start, stop - len(line)) < _WRAPPED


def _add(found: list[Unit], text: str, start: int, end: int) -> None:
    """Append `text[start:end]` without its white space, in pieces where it is very long."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    while end - start > _LONGEST and " | " not in text[start:end]:
        cut = _cut(text, start, start + _LONGEST)
        found.append(Unit(start, cut - (len(text[start:cut]) - len(text[start:cut].rstrip()))))
        start = cut + len(text[cut:end]) - len(text[cut:end].lstrip())
    if end > start:
        found.append(Unit(start, end))


def _cut(text: str, start: int, limit: int) -> int:
    """Return where a long sentence is best cut before `limit`: after punctuation, else at a space, else hard."""
    best = 0
    for match in _CUT.finditer(text, start + _LONGEST // 3, limit):
        best = match.end()
    return best or text.rfind(" ", start + 1, limit) + 1 or limit


def units_in(text: str, start: int, layout: Layout) -> tuple[Unit, ...]:
    """Split a chunk into units, in order and without overlap, by what is known of its layout.

    `start` is where `text` begins in its document; spans are code points of `text`.
    """
    if not layout.rows:
        return units(text)
    found: list[Unit] = []
    at = 0
    for rows in layout.rows:
        first, last = rows.start - start, rows.end - start
        found += _above(text, at, first, rows)
        found += _lines(text, first, last, rows)
        at = last
    found += _shifted(units(text[at:]), at)
    return tuple(found)


def _above(text: str, at: int, first: int, rows: Rows) -> Iterator[Unit]:
    """Yield the units between two tables; the line that names the columns is no answer by itself."""
    header = " | ".join(rows.header)
    start = first - 1 - len(header)
    if not header or start < at or text[start : first - 1] != header:
        yield from _shifted(units(text[at:first]), at)
        return
    yield from _shifted(units(text[at:start]), at)
    yield Unit(start, first - 1, quotable=False)


def _lines(text: str, first: int, last: int, rows: Rows) -> Iterator[Unit]:
    start = first
    while start < last:
        end = text.find("\n", start, last)
        end = last if end < 0 else end
        line = text[start:end]
        if line.strip():
            yield Unit(start + len(line) - len(line.lstrip()), start + len(line.rstrip()), rows)
        start = end + 1


def _shifted(found: tuple[Unit, ...], by: int) -> Iterator[Unit]:
    for unit in found:
        yield Unit(unit.start + by, unit.end + by)
