"""The words that a table is asked by: names of its columns, values in them, the names that it goes by itself."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from retrieval.tables.inquiry import stems
from retrieval.tables.languages import LANGUAGES, MOMENT, ORDER, Language, concepts, language, shared
from tenancy.values.cells import CURRENCIES, folded, read_amount, read_moment
from tenancy.values.columns import ColumnKind, ColumnTable, TableColumn

_TO_SPACE: Final = dict.fromkeys(
    map(
        ord,
        "!\"&'()*,-./:;<=>?@[\\]^_`{|}~\u00a0\u2010\u2011\u2013\u2014\u2018\u2019\u201c\u201d\u00ab\u00bb\u201e\u202f",
    ),
    " ",
)
_CODE_LETTERS: Final = 3
_BRACKETS: Final = re.compile(r"[(\[].*?[)\]]")
_FEW: Final = 1_000  # values, among which another form of a word is looked for


def key(text: str) -> str:
    """Return a text by which values are equal however they are written: no capitals, accents, marks between words."""
    return " ".join(folded(text).translate(_TO_SPACE).split())


def keys(texts: Sequence[str]) -> list[str]:
    """Return the `key` of each of many texts without line breaks."""
    joined = folded("\n".join(texts)).translate(_TO_SPACE)
    while "  " in joined:
        joined = joined.replace("  ", " ")
    return [each.strip(" ") for each in joined.split("\n")]


@dataclass(frozen=True, slots=True)
class ColumnWords:
    """The stems of a column's name: it is named in full by those `required`, with any of those that may be left out.

    Those of `numbering`, as in "order no", go only right beside the rest.
    """

    required: frozenset[str]
    optional: frozenset[str]
    numbering: frozenset[str]
    concepts: frozenset[str]


class Vocabulary:
    """The words of one table in the language of a question."""

    def __init__(self, table: ColumnTable, names: Sequence[str], spoken: Language) -> None:
        """Take a table and the names that it goes by: of its document, its sheet, its caption."""
        self.table = table
        self.language = spoken
        self.columns = tuple(self._of(column) for column in table.columns)
        self.nouns = frozenset(stem for name in names for stem in stems(name, spoken.stemmer))
        forms = (stem for name in names for code in LANGUAGES for stem in stems(name, language(code).stemmer))
        self.noun_concepts = frozenset(each for form in forms for each in concepts().get(form, ()))
        self._values = {
            place: keys(column.texts) for place, column in enumerate(table.columns) if column.kind is ColumnKind.TEXT
        }
        self._known = {place: frozenset(found) for place, found in self._values.items()}

    def _of(self, column: TableColumn) -> ColumnWords:
        spoken = self.language
        inner = " ".join(_BRACKETS.findall(column.name))
        outer = _BRACKETS.sub(" ", column.name)
        names = set(key(outer).replace("_", " ").split())
        units = shared("units") | {code.lower() for code in CURRENCIES}
        numbering = names & shared("numbering")
        light = {word for word in names if word in units or word in spoken.function}
        heavy = names - light - numbering or names
        forms = {
            *names,
            *(stem for word in names for code in LANGUAGES for stem in stems(word, language(code).stemmer)),
        }
        meant = frozenset(concept for form in forms for concept in concepts().get(form, ()))
        if column.kind is ColumnKind.MOMENTS:
            meant |= {MOMENT}
        required = frozenset(stem for word in heavy for stem in stems(word, spoken.stemmer))
        optional = frozenset(stem for word in {*light, *key(inner).split()} for stem in stems(word, spoken.stemmer))
        marks = frozenset(stem for word in numbering for stem in stems(word, spoken.stemmer))
        return ColumnWords(required, optional - required, marks - required, meant)

    def named(self, content: frozenset[str], *, close: bool = False) -> frozenset[int]:
        """Return the columns that these stems name in full; `close` tells that nothing stands between them."""
        return frozenset(
            place
            for place, words in enumerate(self.columns)
            if words.required
            and words.required
            <= content
            <= words.required | words.optional | (words.numbering if close else frozenset())
        )

    def partly_named(self, stem: str) -> frozenset[int]:
        """Return the columns whose name has a word of this stem."""
        return frozenset(
            place for place, words in enumerate(self.columns) if stem in words.required or stem in words.optional
        )

    def meaning(self, plain: str, stem: str) -> frozenset[int]:
        """Return the columns that are named after what a word means, by another word."""
        return self.of_concepts(_meant(plain, stem))

    def is_named_after(self, plain: str, stem: str) -> bool:
        """Tell whether the table goes by another word for what a word means."""
        return not self.noun_concepts.isdisjoint(_meant(plain, stem))

    def is_of_orders(self) -> bool:
        """Tell whether rows are orders or sales, so that what was sold needs no other word in the table."""
        return ORDER in self.noun_concepts or bool(self.of_concepts({ORDER}))

    def of_concepts(self, meant: Iterable[str]) -> frozenset[int]:
        """Return the columns named after one of these concepts."""
        return frozenset(place for place, words in enumerate(self.columns) if not words.concepts.isdisjoint(meant))

    def holding(self, written: str) -> dict[int, NDArray[np.bool_]]:
        """Return the columns of texts with a cell that is `written`: for each, which of its `texts` are."""
        wanted = key(written)
        if not wanted:
            return {}
        held = {place: self._equal(place, wanted, written) for place, known in self._known.items() if wanted in known}
        return {place: equal for place, equal in held.items() if equal.any()}

    def _equal(self, place: int, wanted: str, written: str) -> NDArray[np.bool_]:
        texts = self.table.columns[place].texts
        found = [number for number, each in enumerate(self._values[place]) if each == wanted]
        if len(wanted) <= _CODE_LETTERS and not written.isupper():  # `no` is not the NO of a country
            found = [number for number in found if not (texts[number].isalpha() and texts[number].isupper())]
        if len(found) > 1:  # marks that tell values apart, where one of them is written just so
            found = [number for number in found if folded(texts[number]) == folded(written)] or found
        return _mask(len(texts), found)

    def inflected(self, stem: str) -> dict[int, NDArray[np.bool_]]:
        """Return the columns of few texts that hold another form of a word, for each which of its texts that is."""
        found: dict[int, NDArray[np.bool_]] = {}
        for place, forms in self._forms.items():
            if len(forms.get(stem, ())) == 1:
                found[place] = _mask(len(self._values[place]), forms[stem])
        return found

    @cached_property
    def _forms(self) -> dict[int, dict[str, list[int]]]:
        found: dict[int, dict[str, list[int]]] = {}
        for place, values in self._values.items():
            if len(values) > _FEW:
                continue
            forms = found[place] = {}
            for number, value in enumerate(values):
                if value.isalpha():
                    (stem,) = stems(value, self.language.stemmer) or [value]
                    forms.setdefault(stem, []).append(number)
        return found

    def equal_figure(self, written: str) -> dict[int, NDArray[np.bool_]]:
        """Return the columns of figures with one that is the number `written`, for each which of its texts are."""
        amount = read_amount(written)
        found: dict[int, NDArray[np.bool_]] = {}
        if amount is None:
            return found
        amount = amount.shortest()
        for place, column in enumerate(self.table.columns):
            if column.kind is not ColumnKind.FIGURES or amount.scale > column.scale:
                continue
            if amount.unit and not self.has_unit(place, amount.unit):
                continue
            digits = amount.digits * 10 ** (column.scale - amount.scale)
            equal = column.figures == digits if abs(digits) < 1 << 63 else np.zeros(0, np.bool_)
            if equal.any():
                found[place] = equal
        return found

    def has_unit(self, place: int, unit: str) -> bool:
        """Tell whether a column's figures are of this unit, by their cells or by the column's name."""
        words = self.columns[place]
        named = stems(unit, self.language.stemmer)
        return unit in self.table.columns[place].units or bool(named and named[0] in words.required | words.optional)

    def equal_moment(self, written: str) -> dict[int, NDArray[np.bool_]]:
        """Return the columns of days with the one that is `written`, for each which of its texts are."""
        moment = read_moment(written)
        if moment is None:
            return {}
        found: dict[int, NDArray[np.bool_]] = {}
        for place, column in enumerate(self.table.columns):
            if column.kind is ColumnKind.MOMENTS:
                equal = column.figures == moment
                if equal.any():
                    found[place] = equal
        return found

    def totals(self) -> NDArray[np.bool_]:
        """Return which rows sum up others: those whose first filled cell says so, where they are few.

        The last row is one too where it begins with such a word, or has figures only below columns of texts.
        """
        rows, totals = len(self.table), shared("totals")
        found = np.zeros(rows, np.bool_)
        empty = np.ones(rows, np.bool_)
        for place, column in enumerate(self.table.columns):
            if place in self._values:
                says = np.array([each in totals for each in self._values[place]])
                found |= empty & says[column.codes]
            filled = np.array([bool(text) for text in column.texts])
            empty &= ~filled[column.codes]
            if not empty.any():
                break
        if 10 * int(found.sum()) > max(rows, 10):
            found[:] = False
        found[-1] |= self._sums_up_last(totals)
        return found

    def _sums_up_last(self, totals: frozenset[str]) -> bool:
        """Tell whether the last row is a total by what its texts are, or by that it has none."""
        cells = [values[int(self.table.columns[place].codes[-1])] for place, values in self._values.items()]
        if not cells or len(self.table) <= 1:
            return False
        first = next(filter(None, cells), "")
        return not first or any(first.startswith(f"{word} ") for word in totals)


def _meant(plain: str, stem: str) -> frozenset[str]:
    return concepts().get(plain) or concepts().get(stem) or frozenset()


def _mask(length: int, places: Iterable[int]) -> NDArray[np.bool_]:
    found = np.zeros(length, np.bool_)
    found[list(places)] = True
    return found
