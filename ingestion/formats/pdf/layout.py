"""The order of reading on a page: columns one after the other, tables by row, what stands across them in between."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from ingestion.formats.pdf.grids import Grid, grid_of, ruled_grid_of
from ingestion.formats.pdf.rules import Rule
from ingestion.formats.pdf.text import lists
from ingestion.formats.pdf.text.lines import Row

_GUTTER: Final = 0.75
_FIXED_GUTTER: Final = 1.4
_WIDE: Final = 1.2
_DEPTH: Final = 40
_NEAR: Final = 0.95
_FAR: Final = 1.9
_CUT: Final = 1.3
_NEXT: Final = 1.5
_TAIL_ROWS: Final = 2
_FEW: Final = 2
_ENOUGH: Final = 3

Column = list[Row]
"""Rows that are read one after the other."""
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Gutter:
    """White space between `left` and `right` from row `top` to row `bottom`; `support` rows have words beside it."""

    left: float
    right: float
    top: int
    bottom: int
    support: int


def arrange(rows: Sequence[Row], rules: Sequence[Rule] = ()) -> list[Column | Grid]:
    """Return the rows of a page as columns and tables in reading order; `rules` are the level lines drawn on it."""
    return _arranged(list(rows), rules, 0) if rows else []


def _arranged(rows: list[Row], rules: Sequence[Rule], depth: int) -> list[Column | Grid]:
    em = statistics.median([word.size for row in rows for word in row])
    gap = em * (_FIXED_GUTTER if _mostly_fixed(rows) else _GUTTER)
    spans = [_spans(row, gap) for row in rows]
    gutters = _gutters(rows, spans, em, gap) if depth < _DEPTH else []
    if not gutters:
        return [rows]
    best = max(gutters, key=lambda each: (each.support * (each.bottom - each.top + 1), each.right - each.left))
    top, bottom = best.top, best.bottom
    band = rows[top : bottom + 1]
    inner = [each for each in gutters if min(each.bottom, bottom) - max(each.top, top) + 1 > len(band) / 2]
    edges = [(each.left + each.right) / 2 for each in inner]
    heights = [height for left, right, height in rules if left < best.left and right > best.right]
    ruled = ruled_grid_of(band, edges, em, heights)
    if ruled is not None:
        grid, first, last = ruled
        return [
            *_all_arranged([rows[: top + first]], rules, depth),
            grid,
            *_all_arranged([rows[top + last + 1 :]], rules, depth),
        ]
    table = grid_of(band, edges, em)
    if table is None:
        top, bottom = _trimmed(rows, spans, best, em)
        parts = [rows[:top], *_sides(rows[top : bottom + 1], (best.left + best.right) / 2), rows[bottom + 1 :]]
        return _all_arranged(parts, rules, depth)
    cuts = _cuts(rows, gutters, best)
    if cuts:
        return _all_arranged([rows[start:end] for start, end in pairwise([0, *cuts, len(rows)])], rules, depth)
    grid, first, last = table
    return [
        *_all_arranged([rows[: top + first]], rules, depth),
        grid,
        *_all_arranged([rows[top + last + 1 :]], rules, depth),
    ]


def _all_arranged(parts: Sequence[list[Row]], rules: Sequence[Rule], depth: int) -> list[Column | Grid]:
    return [each for part in parts if part for each in _arranged(part, rules, depth + 1)]


def _cuts(rows: Sequence[Row], gutters: Sequence[_Gutter], band: _Gutter) -> list[int]:
    """Return the rows where another table begins: further below than rows are, and with other columns."""
    steps = {number: rows[number][0].base - rows[number - 1][0].base for number in range(band.top + 1, band.bottom + 1)}
    if not steps:
        return []
    usual = statistics.median(steps.values())
    borders = {each.top for each in gutters} | {each.bottom + 1 for each in gutters}
    return [
        number
        for number, step in steps.items()
        if step > _CUT * usual and (number in borders or _is_header(rows[number - 1 : number + 2]))
    ]


def _is_header(rows: Sequence[Row]) -> bool:
    """Tell whether the second of three rows is bold alone, and of several cells."""
    bold = [all(word.bold for word in row) for row in rows]
    return bold == [False, True, False] and len(_spans(rows[1], rows[1][0].size)) > 1


def _mostly_fixed(rows: Sequence[Row]) -> bool:
    fixed = sum(len(word.text) for row in rows for word in row if word.fixed)
    return fixed * 2 > sum(len(word.text) for row in rows for word in row)


def _sides(band: Sequence[Row], middle: float) -> tuple[list[Row], list[Row]]:
    sides: tuple[list[Row], list[Row]] = ([], [])
    for row in band:
        for number in (0, 1):
            words = [word for word in row if ((word.left + word.right) / 2 > middle) is bool(number)]
            if words:
                sides[number].append(words)
    return sides


def _spans(row: Row, gap: float) -> list[Span]:
    """Return the parts of a row that are `gap` apart; a list's mark belongs to what follows it."""
    spans: list[Span] = []
    marked = False
    for word in row:
        if spans and (word.left - spans[-1][1] < gap or marked):
            spans[-1] = (spans[-1][0], max(spans[-1][1], word.right))
        else:
            spans.append((word.left, word.right))
        marked = word is row[0] and lists.is_mark(word.text)
    return spans


def _gutters(rows: Sequence[Row], spans: Sequence[Sequence[Span]], em: float, gap: float) -> list[_Gutter]:
    bases = [row[0].base for row in rows]
    gutters: list[_Gutter] = []
    for number in range(len(rows)):
        seen = list(spans[number])
        if number + 1 < len(rows) and bases[number + 1] - bases[number] < _NEAR * em:
            seen = _merged([*seen, *spans[number + 1]], gap)
        for before, after in pairwise(seen):
            left, right = before[1], after[0]
            if any(each.top <= number <= each.bottom and each.left < right and left < each.right for each in gutters):
                continue
            gutter = _grown(spans, number, (left, right), gap)
            if _holds(gutter, em):
                gutters.append(gutter)
    return gutters


def _holds(gutter: _Gutter, em: float) -> bool:
    width = (gutter.right - gutter.left) / em
    return gutter.support >= _ENOUGH or (gutter.support >= _FEW and width >= _WIDE)


def _merged(spans: Sequence[Span], gap: float) -> list[Span]:
    merged: list[Span] = []
    for left, right in sorted(spans):
        if merged and left - merged[-1][1] < gap:
            merged[-1] = (merged[-1][0], max(merged[-1][1], right))
        else:
            merged.append((left, right))
    return merged


def _grown(spans: Sequence[Sequence[Span]], number: int, free: Span, gap: float) -> _Gutter:
    """Return the white space around `free` at a row, as far up and down as it stays `gap` wide."""
    ends = [number, number]
    for direction in (1, -1):
        at = number if direction == 1 else number - 1
        while 0 <= at < len(spans):
            narrowed = _narrowed(free, spans[at], gap)
            if narrowed is None:
                break
            free = narrowed
            ends[direction == 1] = at
            at += direction
    top, bottom = ends
    support = 0
    for row in spans[top : bottom + 1]:
        support += any(right <= free[0] for _, right in row) and any(left >= free[1] for left, _ in row)
    if not support:
        support = min(
            sum(any(right <= free[0] for _, right in row) for row in spans[top : bottom + 1]),
            sum(any(left >= free[1] for left, _ in row) for row in spans[top : bottom + 1]),
        )
    return _Gutter(free[0], free[1], top, bottom, support)


def _narrowed(free: Span, row: Sequence[Span], gap: float) -> Span | None:
    left, right = free
    for start, end in row:
        if end <= left or start >= right:
            continue
        if start - left >= right - end:
            right = start
        else:
            left = end
        if right - left < gap:
            return None
    return left, right


def _trimmed(rows: Sequence[Row], spans: Sequence[Sequence[Span]], gutter: _Gutter, em: float) -> tuple[int, int]:
    """Return the rows of two columns without the few above and below them that belong to what stands across."""
    both = [
        number
        for number in range(gutter.top, gutter.bottom + 1)
        if any(end <= gutter.left for _, end in spans[number])
        and any(start >= gutter.right for start, _ in spans[number])
    ]
    if not both:
        return gutter.top, gutter.bottom
    top, bottom = gutter.top, gutter.bottom
    if 0 < both[0] - top <= _TAIL_ROWS and top and rows[top][0].base - rows[top - 1][0].base < _NEXT * em:
        top = both[0]
    for number in range(both[-1] + 1, bottom + 1):
        if rows[number][0].base - rows[number - 1][0].base > _FAR * em and bottom - number < _TAIL_ROWS:
            bottom = number - 1
            break
    return top, bottom
