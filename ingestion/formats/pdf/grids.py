"""Tables without regard to whether they are ruled: words in columns, aligned by row."""

import statistics
from bisect import bisect
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ingestion.formats.pdf.glyphs import Word
from ingestion.formats.pdf.text.lines import Row, text_of

_PROSE_CHARS: Final = 22
_PROSE_FILL: Final = 0.5
_FULL: Final = 0.75
_ALIGNED: Final = 0.4
_ALIGNED_WITH_PROSE: Final = 0.8
_SEVERAL: Final = 2
_CLOSE: Final = 2.2
_MOST: Final = 0.6
_LINES_A_ROW: Final = 8
_WITHIN: Final = 0.6


@dataclass(frozen=True, slots=True)
class Grid:
    """A table's rows of cells; `header` are the names of its columns if its first row holds them."""

    rows: Sequence[tuple[str, ...]]
    header: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Shape:
    chars: float
    fill: float


def grid_of(band: Sequence[Row], gutters: Sequence[float], em: float) -> tuple[Grid, int, int] | None:
    """Return the table that rows make, parted at `gutters`, and its first and last row; None for columns of text."""
    edges = sorted(gutters)
    edges = [edge for number, edge in enumerate(edges) if not number or edge - edges[number - 1] > em / 2]
    rows = [_cells(row, edges, em) for row in band]
    if not _is_table(rows, len(edges) + 1):
        return None
    several = [
        number for number, row in enumerate(rows) if sum(1 for cell in row if cell) > 1 and not _crosses(row, edges)
    ]
    if len(several) < _SEVERAL:
        return None
    first, last = several[0], several[-1]
    while last + 1 < len(rows) and _goes_on(rows[last], rows[last + 1], em):
        last += 1
    joined = _joined(rows[first : last + 1], em)
    texts = [tuple(" ".join(text_of(line) for line in cell) for cell in row) for row in joined]
    grid = Grid(texts[1:], texts[0]) if _is_header(joined, texts) else Grid(texts)
    return grid, first, last


def ruled_grid_of(
    band: Sequence[Row], gutters: Sequence[float], em: float, heights: Sequence[float]
) -> tuple[Grid, int, int] | None:
    """Return the table whose rows are parted by level lines at `heights`, in ascending order; None where none is.

    A line above and one below two columns of text make no table.
    """
    edges = sorted(gutters)
    inside = [at for at, row in enumerate(band) if heights and heights[0] < row[0].base < heights[-1]]
    parted: defaultdict[int, list[list[Row]]] = defaultdict(lambda: [[] for _ in range(len(edges) + 1)])
    for at in inside:
        cells = parted[bisect(heights, band[at][0].base)]
        for cell, words in zip(cells, _cells(band[at], edges, em), strict=True):
            cell.extend([words] if words else [])
    rows = [parted[number] for number in sorted(parted)]
    if len(rows) < _SEVERAL or len(inside) > _LINES_A_ROW * len(rows):
        return None
    if sum(sum(1 for cell in row if cell) > 1 for row in rows) < _SEVERAL:
        return None
    texts = [tuple(" ".join(text_of(line) for line in cell) for cell in row) for row in rows]
    return (Grid(texts[1:], texts[0]) if _is_header(rows, texts) else Grid(texts)), inside[0], inside[-1]


def _cells(row: Row, edges: Sequence[float], em: float) -> list[list[Word]]:
    """Put the words of a row into columns; words that stand close together stay in one, across an edge too."""
    cells: list[list[Word]] = [[] for _ in range(len(edges) + 1)]
    at = 0
    before: Word | None = None
    for word in row:
        if before is None or word.left - before.right >= _WITHIN * em:
            while at < len(edges) and (word.left + word.right) / 2 > edges[at]:
                at += 1
        cells[at].append(word)
        before = word
    return cells


def _crosses(row: Sequence[Row], edges: Sequence[float]) -> bool:
    return any(cell and cell[-1].right > edge for cell, edge in zip(row, edges, strict=False))


def _is_table(rows: Sequence[Sequence[list[Word]]], columns: int) -> bool:
    shapes = [_shape([row[number] for row in rows if row[number]]) for number in range(columns)]
    prose = [shape.chars >= _PROSE_CHARS and shape.fill >= _PROSE_FILL for shape in shapes]
    filled = [sum(1 for cell in row if cell) for row in rows]
    aligned = sum(count > 1 for count in filled) / len(rows)
    if not any(prose):
        return aligned >= _ALIGNED
    if sum(prose) > 1:
        return False
    others = [row for row in rows if any(cell for cell, is_prose in zip(row, prose, strict=True) if not is_prose)]
    both = sum(1 for row in others if row[prose.index(True)])
    return bool(others) and both / len(others) >= _ALIGNED_WITH_PROSE


def _shape(cells: Sequence[list[Word]]) -> _Shape:
    if not cells:
        return _Shape(0, 0)
    widths = [max(word.right for word in cell) - cell[0].left for cell in cells]
    widest = max(widths)
    chars = statistics.median(sum(len(word.text) + 1 for word in cell) for cell in cells)
    return _Shape(chars, sum(width >= _FULL * widest for width in widths) / len(widths))


def _joined(rows: Sequence[list[Row]], em: float) -> list[list[list[Row]]]:
    """Put the further lines of a cell to its first: those of rows whose first cell is empty, close below."""
    joined: list[list[list[Row]]] = []
    for number, row in enumerate(rows):
        if joined and joined[-1][0] and _goes_on(rows[number - 1], row, em):
            for cell, more in zip(joined[-1], row, strict=True):
                cell.extend([more] if more else [])
        else:
            joined.append([[cell] if cell else [] for cell in row])
    return joined


def _goes_on(above: Sequence[Row], row: Sequence[Row], em: float) -> bool:
    """Tell whether a row holds further lines of the cells above it: its first cell is empty, and it is close."""
    if row[0]:
        return False
    step = next(cell[0].base for cell in row if cell) - next(cell[0].base for cell in above if cell)
    return step < _CLOSE * em and all(over or not cell for over, cell in zip(above, row, strict=True))


def _is_header(rows: Sequence[Sequence[Sequence[Row]]], texts: Sequence[tuple[str, ...]]) -> bool:
    if len(texts) == 1 or sum(1 for text in texts[0] if text) < max(_SEVERAL, len(texts[0]) - 1):
        return False
    if any(_is_number(text) for text in texts[0]):
        return False
    first = [word.bold for cell in rows[0] for line in cell for word in line]
    rest = [word.bold for row in rows[1:] for cell in row for line in cell for word in line]
    if all(first) and sum(rest) < len(rest) / 2:
        return True
    for number in range(len(texts[0])):
        below = [row[number] for row in texts[1:] if row[number]]
        if below and sum(map(_is_number, below)) > len(below) * _MOST:
            return True
    return False


def _is_number(text: str) -> bool:
    digits = sum(letter.isdigit() for letter in text)
    return digits > 0 and digits >= sum(letter.isalpha() for letter in text)
