"""Where the names of a table's columns stand, and which rows above them belong to no record.

The rule, for a table whose first rows are known:

1. The width is what most rows with two or more cells have. Rows above the first one with (almost) that width are
   titles; one of them with two or more words names groups of columns where the names below it are not distinct.
2. The first row of full width is the header if all its cells are distinct words (a year, a quarter or a date counts as
   one where the column below holds other figures), none of them stands below in its column, and it is unlike the rows
   below: in some column, most cells are figures, dates, codes or long texts.
3. Where all rows are words, it is the header if there are two columns or more and its cells are short. A table of one
   column, and a list of names and values of all kinds, has none.
4. A row of units right below, such as `(kg)`, belongs to the names.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import islice
from typing import Final

SAMPLE_ROWS: Final = 120
"""How many rows of a table are looked at."""
_ABOVE: Final = 12
_ALMOST: Final = 0.6
_MOST: Final = 0.6
_NEARLY_ALL: Final = 0.8
_LABEL_CHARS: Final = 40
_SENTENCE_SPACES: Final = 3
_NAME_CHARS: Final = 120
_TWO: Final = 2


class CellKind(Enum):
    """What the text of a cell looks like."""

    WORD = auto()
    FIGURE = auto()
    PERIOD = auto()
    """A year, a quarter, a month or a date."""
    CODE = auto()
    """Letters and digits in one, or an address."""
    LONG = auto()
    NONE = auto()
    """Nothing, or a word for it."""


_NOTHING: Final = frozenset({"", "-", "\u2013", "\u2014", "n/a", "na", "null", "none", "nan", "#n/a", "?", "."})
_TRUTHS: Final = frozenset({"true", "false", "yes", "no"})
_MONTH: Final = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_PERIOD: Final = re.compile(
    rf"""(?:(?:1[89]|20)\d\d(?:\s?[-/]\s?\d{{2,4}})?|(?:fy|q[1-4]|h[12])\s?'?(?:\d\d|\d{{4}})?|\d{{4}}\s?[qh]\d
    |\d{{4}}[-/.]\d{{1,2}}(?:[-/.]\d{{1,2}})?|\d{{1,2}}[-/.]\s?(?:\d{{1,2}}|{_MONTH})[-/.]\s?\d{{2,4}}
    |(?:\d{{1,2}}\.?[\s-])?{_MONTH}(?:[\s-]\d{{1,2}},?)?[\s-]'?\d{{2,4}})(?:[T\s]\d{{1,2}}:\d\d(?::\d\d(?:\.\d+)?)?Z?)?""",
    re.IGNORECASE | re.VERBOSE,
)
_FIGURE: Final = re.compile(
    r"""[(\[<>≤≥~]?\s?[-+\u2212]?\s?(?:[A-Z]{0,3}[$€£¥₹₽]|[A-Z]{3}\s)?\s?[-+\u2212]?
    (?:\d[\d.,'\u2019\u00a0\u202f\s]*|[.,]\d+)(?:\d*[eE][-+]?\d+)?(?:/\d+|:\d\d(?::\d\d(?:[.,]\d+)?)?)?
    \s?(?:%|[$€£¥₹₽°]C?|[A-Za-zµ²³/]{1,4}|[AaPp][Mm])?[)\]]?""",
    re.VERBOSE,
)
_CODE: Final = re.compile(r"(?=\S*\d)\S+|\S+@\S+\.\S+|https?://\S+|www\.\S+")
_UNIT: Final = re.compile(
    r"""[(\[][^()\[\]]{1,12}[)\]]|%|‰|[$€£¥°]|°[CF]|[kMG]?(?:W|Wh|Hz|Pa|V|B)|[kcmµ]?m[²³23]?|[kmµ]?g|t|[mkh]?l|l|ha|s|ms|h|min
    |km/h|m/s|EUR|USD|GBP|CHF|JPY|kr|days?|hours?|pcs?|nm|kn""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a table: `above` rows of titles, then `rows` rows of names, none where it is 0.

    `sure` says that the rows below are of another kind; `groups` that the first of the rows names groups of columns.
    """

    above: int = 0
    rows: int = 0
    sure: bool = False
    groups: bool = False


def kind_of(text: str) -> CellKind:
    """Return what `text`, a cell on one line, looks like."""
    if text.lower() in _NOTHING:
        return CellKind.NONE
    if len(text) > _LABEL_CHARS or (text.endswith(".") and text.count(" ") >= _SENTENCE_SPACES):
        return CellKind.LONG
    if _PERIOD.fullmatch(text):
        return CellKind.PERIOD
    if _FIGURE.fullmatch(text) or text.lower() in _TRUTHS:
        return CellKind.FIGURE
    return CellKind.CODE if _CODE.fullmatch(text) else CellKind.WORD


def find_header(rows: Sequence[Sequence[str]]) -> Header:
    """Return where the header is in `rows`, the first of a table, blank ones left out; cells are on one line."""
    sample = [[cell.strip() for cell in row] for row in islice(rows, SAMPLE_ROWS)]
    width = _usual_width(sample)
    for place, row in enumerate(sample[:_ABOVE]):
        filled = sum(map(bool, row))
        if width > 1 and filled < max(_TWO, width * _ALMOST):
            continue
        if filled < width and _is_fuller(sample, place + 1, filled):
            continue
        groups = place > 0 and _names_groups(sample[place - 1], row)
        units = place + 1 < len(sample) - 1 and _is_units(sample[place + 1])
        sure = _is_header(row, sample[place + 1 + units :], width, grouped=groups)
        if sure is None:
            return Header(above=place if filled > 1 and all(sum(map(bool, r)) == 1 for r in sample[:place]) else 0)
        return Header(place - groups, 1 + groups + units, sure, groups)
    return Header()


def column_names(rows: Sequence[Sequence[str]], *, groups: bool) -> tuple[str, ...]:
    """Return the names of columns from the `rows` of a header: what stands above, then what stands below it.

    With `groups`, a cell of the first row counts for the columns to its right, too, up to its next one.
    """
    width = max(map(len, rows), default=0)
    parts: list[list[str]] = [[] for _ in range(width)]
    for place, row in enumerate(rows):
        last = ""
        for column, cell in enumerate(row):
            last = cell or last
            part = last if groups and place == 0 else cell
            if part and part not in parts[column]:
                parts[column].append(part)
    return tuple(" ".join(part) for part in parts)


def _usual_width(sample: Sequence[Sequence[str]]) -> int:
    spans = [max((place + 1 for place, cell in enumerate(row) if cell), default=0) for row in sample]
    counts = Counter(span for span in spans if span > 1)
    if not counts or (len(spans) > _ABOVE and counts.total() * _TWO < len(spans)):
        return 1
    return max(counts, key=lambda span: (counts[span], span))


def _is_fuller(sample: Sequence[Sequence[str]], place: int, filled: int) -> bool:
    """Whether the row at `place` has more than `filled` cells, and no figures."""
    row = sample[place] if place < len(sample) else []
    return sum(map(bool, row)) > filled and all(kind_of(cell) is not CellKind.FIGURE for cell in row)


def _names_groups(above: Sequence[str], row: Sequence[str]) -> bool:
    words = [cell for cell in above if cell]
    names = [cell.casefold() for cell in row if cell]
    repeated = len(set(names)) < len(names)
    return len(words) > 1 and repeated and all(kind_of(word) is not CellKind.FIGURE for word in words)


def _is_header(row: Sequence[str], below: Sequence[Sequence[str]], width: int, *, grouped: bool) -> bool | None:
    """Return whether `row` is surely a header above `below`, None where it is none."""
    names = [cell.casefold() for cell in row if cell]
    if not below or not names or any(len(name) > _NAME_CHARS for name in names):
        return None
    if not grouped and len(set(names)) < len(names):
        return None
    columns = [_below(below, place) for place in range(len(row))]
    if any(cell and cell in column for cell, column in zip(row, columns, strict=True)):
        return None
    kinds = [kind_of(cell) for cell in row]
    named = ((kind, column) for kind, column in zip(kinds, columns, strict=True) if kind is not CellKind.NONE)
    found = [_compared(kind, column, width) for kind, column in named]
    if None in found or not found:
        return None
    if any(found):
        return True
    is_labels = all(kind in {CellKind.WORD, CellKind.NONE} for kind in kinds) and not row[0].endswith(":")
    return False if is_labels and width > 1 and not (width == _TWO and _is_mixed(columns[-1])) else None


def _below(below: Sequence[Sequence[str]], place: int) -> list[str]:
    return [row[place] for row in below if place < len(row) and row[place]]


def _compared(kind: CellKind, column: Sequence[str], width: int) -> bool | None:
    """Return whether a cell of `kind` is unlike its `column`, None where it can be no name of it."""
    if kind is CellKind.FIGURE:
        return None
    counts = Counter(kind_of(cell) for cell in column)
    total = sum(counts.values()) - counts[CellKind.NONE]
    if kind is CellKind.PERIOD:
        return True if counts[CellKind.FIGURE] > total * _MOST else None
    others = total - counts[CellKind.WORD] - (counts[kind] if kind is not CellKind.WORD else 0)
    if width == _TWO:  # names and their values of all kinds look much the same: only one kind will do
        counts[CellKind.WORD], words = 0, counts[CellKind.WORD]
        counts[CellKind.NONE] = counts[kind] = 0
        most = max(counts, key=lambda each: counts[each])
        total = words + counts.total() - (counts[CellKind.LONG] if most is not CellKind.LONG else 0)
        return counts[most] > 0 and counts[most] >= total * _NEARLY_ALL
    return total > 0 and others >= total * _MOST


def _is_mixed(column: Sequence[str]) -> bool:
    kinds = Counter(kind_of(cell) for cell in column)
    return kinds[CellKind.WORD] < sum(kinds.values()) * _NEARLY_ALL


def _is_units(row: Sequence[str]) -> bool:
    cells = [cell for cell in row if cell]
    return bool(cells) and all(_UNIT.fullmatch(cell) for cell in cells)
