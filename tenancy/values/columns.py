"""The tables of a document by their columns, as questions are computed from."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

NO_FIGURE: Final = int(np.iinfo(np.int64).min)
"""Stands where a cell is neither a figure nor a day."""


class ColumnKind(StrEnum):
    """What can be done with the cells of a column."""

    TEXT = "text"
    FIGURES = "figures"
    MOMENTS = "moments"


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column: row i has the cell `texts[codes[i]]`, as it is shown.

    `figures` (int64, one for each of `texts`, NO_FIGURE where it is none) are empty for texts; figures are to be
    divided by 10 ** `scale`, moments are seconds. `units[unit_codes[i]]` is the unit of `figures[i]`, "" without one.
    """

    name: str
    kind: ColumnKind
    texts: tuple[str, ...]
    codes: NDArray[np.uint32]
    figures: NDArray[np.int64]
    scale: int = 0
    units: tuple[str, ...] = ("",)
    unit_codes: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))


@dataclass(frozen=True, slots=True)
class ColumnTable:
    """One table of a version: `starts` are the code points of the text where its rows begin, a line each.

    `ordinals` are those of the chunks that hold a row's beginning. Both are uint32.
    """

    sheet: str
    caption: str
    columns: tuple[TableColumn, ...]
    starts: NDArray[np.uint32]
    ordinals: NDArray[np.uint32]

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self.starts.shape[0])
