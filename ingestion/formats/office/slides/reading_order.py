"""The order in which a person reads the shapes of a slide."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_MOST_CUT: Final = 300
_OVERLAP: Final = 45_720  # a twentieth of an inch, in the units of Office: boxes drawn by hand touch each other


@dataclass(frozen=True, slots=True)
class Box:
    """Where a shape is, in units of which an inch has 914,400."""

    left: int
    top: int
    right: int
    bottom: int


def reading_order(boxes: Sequence[Box | None]) -> list[int]:
    """Return the places of `boxes` in reading order; those that are nowhere keep their place in the file.

    What lies apart is read apart: the widest gap across all of a group, between rows or columns, parts it in two.
    """
    placed = [(place, box) for place, box in enumerate(boxes) if box is not None]
    if len(placed) < len(boxes):
        return list(range(len(boxes)))
    if len(placed) > _MOST_CUT:
        return [place for place, _ in sorted(placed, key=_top_left)]
    order: list[int] = []
    waiting = [placed] if placed else []
    while waiting:
        group = waiting.pop()
        cut = max(_widest_gap(group, across=False), _widest_gap(group, across=True), key=lambda gap: gap[0])
        width, first = cut
        if width > -_OVERLAP and len(group) > 1:
            waiting += [[each for each in group if each not in first], first]
        else:
            order += [place for place, _ in sorted(group, key=_top_left)]
    return order


def _top_left(each: tuple[int, Box]) -> tuple[int, int]:
    return each[1].top, each[1].left


def _widest_gap(group: list[tuple[int, Box]], *, across: bool) -> tuple[int, list[tuple[int, Box]]]:
    """Return how wide the widest gap is between rows, or columns, and what lies before it."""
    spans = sorted((box.left, box.right, place) if across else (box.top, box.bottom, place) for place, box in group)
    end = spans[0][1]
    best, count = -_OVERLAP, 0
    for number, (start, stop, _) in enumerate(spans[1:], 1):
        if start - end > best:
            best, count = start - end, number
        end = max(end, stop)
    before = {place for _, _, place in spans[:count]}
    return best, [each for each in group if each[0] in before]
