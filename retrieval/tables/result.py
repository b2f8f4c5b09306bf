"""What a query gives on its table: an exact value, and the rows that prove it."""

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from retrieval.tables.conditions import Condition
from retrieval.tables.inquiry import Inquiry
from retrieval.tables.languages import Task
from retrieval.tables.query import Misfit, TableQuery
from retrieval.tables.vocabulary import Vocabulary
from tenancy.values.cells import written_like
from tenancy.values.columns import NO_FIGURE, ColumnKind, ColumnTable, TableColumn

MOST_CITED: Final = 10
_SAFE_SUM: Final = 1 << 62
_NAMES: Final = 2  # columns that name a row, as a number and a name do
_PLACES: Final = 2  # of an average, beyond those of what it is of


@dataclass(frozen=True, slots=True)
class CitedRow:
    """A row of a table: where it begins in the text of its document, and the chunk that holds that."""

    start: int
    ordinal: int


@dataclass(frozen=True, slots=True)
class Computed:
    """The answer of one table: `value` as the column writes its figures, over `count` rows.

    `conditions` are names and values; `rows` prove it, all of them or the first; `labels` tell what each of them is.
    `left_out` rows have no figure, `totals` are sums themselves. `total` is the sum that an average is made of.
    """

    task: Task
    value: str
    count: int
    column: str
    conditions: tuple[tuple[str, str], ...]
    rows: tuple[CitedRow, ...]
    labels: tuple[str, ...] = ()
    left_out: int = 0
    totals: int = 0
    total: str = ""
    is_rounded: bool = False
    found: int = 0


def compute(asked: Inquiry, query: TableQuery, words: Vocabulary) -> Computed | Misfit | None:
    """Return what a query gives; None where it is only one cell that is looked up, a Misfit where it is not exact."""
    return _Rows(asked, query, words).result()


@dataclass(frozen=True, slots=True)
class _Rows:
    """A query under way."""

    asked: Inquiry
    query: TableQuery
    words: Vocabulary

    @property
    def _table(self) -> ColumnTable:
        return self.words.table

    def result(self) -> Computed | Misfit | None:
        totals = self.words.totals()
        selected = self._selected() & ~totals
        rows = np.flatnonzero(selected)
        if self.query.implied and (not self.query.conditions or len(rows) <= 1):
            return None
        if not self._labels_fit(rows):
            return self._misfit("")
        left = int(totals.sum())
        match self.query.task:
            case Task.COUNT:
                return self._counted(rows, left)
            case Task.DIFFERENT:
                return self._different(rows, left)
            case _:
                return self._measured(rows, left)

    def _selected(self) -> NDArray[np.bool_]:
        selected = np.ones(len(self._table), np.bool_)
        for condition in self.query.conditions:
            selected &= self._meets(condition)
        return selected

    def _meets(self, condition: Condition) -> NDArray[np.bool_]:
        return condition.texts[self._table.columns[condition.column].codes]

    def _labels_fit(self, rows: NDArray[np.int64]) -> bool:
        """Tell whether what is named beside the measure tells rows apart: else a value for each group may be meant."""
        columns = [self._table.columns[each] for each in self.query.labels]
        apart = [len(np.unique(each.codes[rows])) == len(rows) for each in columns]
        if not apart:
            return True
        return any(apart) or bool(self.asked.concept)

    def _counted(self, rows: NDArray[np.int64], totals: int) -> Computed | Misfit | None:
        distinct = self.query.distinct
        if distinct is not None and len(np.unique(self._table.columns[distinct].codes[rows])) != len(rows):
            return _Rows(self.asked, replace(self.query, task=Task.DIFFERENT, measure=distinct), self.words).result()
        return self._computed(str(len(rows)), rows, rows if len(rows) else self._rarest(), totals=totals)

    def _rarest(self) -> NDArray[np.int64]:
        """Return the rows that meet the condition that fewest do: that none of them meets the others is the proof."""
        found = [np.flatnonzero(self._meets(each)) for each in self.query.conditions]
        return min(found, key=len) if found else np.zeros(0, np.int64)

    def _different(self, rows: NDArray[np.int64], totals: int) -> Computed | Misfit:
        column = self._column()
        codes, first = np.unique(column.codes[rows], return_index=True)
        filled = [place for place, code in enumerate(codes.tolist()) if column.texts[code]]
        if not filled:
            return self._misfit("")
        return self._computed(str(len(filled)), rows, np.sort(rows[first[filled]]), totals=totals)

    def _measured(self, rows: NDArray[np.int64], totals: int) -> Computed | Misfit:
        column = self._column()
        figures = column.figures[column.codes[rows]]
        known = rows[figures != NO_FIGURE]
        left_out = len(rows) - len(known)
        if not len(known) or 2 * left_out > len(rows):
            return self._misfit("few" if len(rows) else "", column.name)
        units = self._units(column, known)
        if len(units) > 1:
            return self._misfit("units", column.name, ", ".join(unit or "-" for unit in units))
        figures = figures[figures != NO_FIGURE]
        if self.query.task in {Task.SUM, Task.AVERAGE}:
            return self._summed(column, figures, known, left_out=left_out, totals=totals)
        best = figures.min() if self.query.task is Task.LEAST else figures.max()
        ties = known[figures == best]
        value = column.texts[column.codes[ties[0]]]
        labels = tuple(self._label(int(row)) for row in ties[:MOST_CITED])
        return self._computed(value, known, ties, labels=labels, left_out=left_out, totals=totals)

    def _summed(
        self, column: TableColumn, figures: NDArray[np.int64], rows: NDArray[np.int64], *, left_out: int, totals: int
    ) -> Computed:
        safe = int(np.abs(figures).max()) * len(figures) < _SAFE_SUM
        digits = int(figures.sum()) if safe else sum(figures.tolist())
        like = self._sample(column, rows)
        total = written_like(like, digits, column.scale)
        if self.query.task is Task.SUM:
            return self._computed(total, rows, rows, left_out=left_out, totals=totals)
        exact = Decimal(digits).scaleb(-column.scale) / len(figures)
        rounded = exact.quantize(Decimal(1).scaleb(-column.scale - _PLACES), ROUND_HALF_EVEN)
        digits, scale = int(rounded.scaleb(column.scale + _PLACES)), column.scale + _PLACES
        while scale > column.scale and digits % 10 == 0:
            digits, scale = digits // 10, scale - 1
        written = written_like(like, digits, scale)
        is_rounded = rounded * len(figures) != Decimal(digits).scaleb(-column.scale)
        return self._computed(written, rows, rows, left_out=left_out, totals=totals, total=total, is_rounded=is_rounded)

    def _column(self) -> TableColumn:
        assert self.query.measure is not None  # noqa: S101 - only counting rows has none
        return self._table.columns[self.query.measure]

    def _units(self, column: TableColumn, rows: NDArray[np.int64]) -> list[str]:
        if column.kind is ColumnKind.MOMENTS:
            return [""]
        return [column.units[code] for code in np.unique(column.unit_codes[column.codes[rows]]).tolist()]

    def _sample(self, column: TableColumn, rows: NDArray[np.int64]) -> str:
        """Return the longest figure among the rows: it shows how thousands are parted."""
        return max((column.texts[int(code)] for code in np.unique(column.codes[rows])), key=len)

    def _label(self, row: int) -> str:
        """Return what a row is about: the cells that were asked for, and those that no other row has."""
        columns = self._table.columns
        own = [
            place
            for place, column in enumerate(columns)
            if column.kind is ColumnKind.TEXT and len(column.texts) == len(self._table)
        ]
        places = tuple(dict.fromkeys((*self.query.labels, *own[:_NAMES])))
        cells = [column.texts[int(column.codes[row])] for column in columns]
        said = [
            cells[place] if columns[place].kind is ColumnKind.TEXT else f"{columns[place].name} {cells[place]}"
            for place in places
            if cells[place]
        ]
        return ", ".join(said) or next(filter(None, cells), "")

    def _misfit(self, reason: str, *said: str) -> Misfit:
        return Misfit(reason, said, self.query.covered - self.query.remote)

    def _computed(
        self, value: str, rows: NDArray[np.int64], proof: NDArray[np.int64], *, labels: tuple[str, ...] = (),
        left_out: int = 0, totals: int = 0, total: str = "",
        is_rounded: bool = False,
    ) -> Computed:  # fmt: skip
        table = self._table
        conditions = tuple(
            (table.columns[each.column].name, table.columns[each.column].texts[int(np.flatnonzero(each.texts)[0])])
            for each in self.query.conditions
        )
        column = "" if self.query.measure is None else self._column().name
        cited = tuple(CitedRow(int(table.starts[row]), int(table.ordinals[row])) for row in proof[:MOST_CITED].tolist())
        return Computed(
            self.query.task, value, len(rows), column, conditions, cited, labels, left_out, totals, total,
            is_rounded, len(proof),
        )  # fmt: skip
