"""The level lines that are drawn on a PDF's page: they part the rows of ruled tables."""

from collections import defaultdict
from typing import Final

import pypdfium2
import pypdfium2.raw as pdfium_raw

_MOST_OBJECTS: Final = 3_000
_THIN: Final = 2.5
_LONG: Final = 8.0
_TOUCHING: Final = 3.0

Rule = tuple[float, float, float]
"""Where a line begins, ends, and how far down it is."""


def read_rules(page: pypdfium2.PdfPage) -> list[Rule]:
    """Return the level lines on `page`, and the upper and lower edges of boxes; pieces that touch are one line."""
    pieces: defaultdict[int, list[tuple[float, float]]] = defaultdict(list)
    count = min(pdfium_raw.FPDFPage_CountObjects(page.raw), _MOST_OBJECTS)
    high = page.get_height() / 2
    left, bottom, right, top = (pdfium_raw.FS_FLOAT() for _ in range(4))
    for number in range(count):
        drawn = pdfium_raw.FPDFPage_GetObject(page.raw, number)
        if pdfium_raw.FPDFPageObj_GetType(drawn) != pdfium_raw.FPDF_PAGEOBJ_PATH:
            continue
        if not pdfium_raw.FPDFPageObj_GetBounds(drawn, left, bottom, right, top) or right.value - left.value < _LONG:
            continue
        if top.value - bottom.value <= _THIN:
            pieces[round(-(top.value + bottom.value) / 2)].append((left.value, right.value))
        elif top.value - bottom.value < high:
            for height in (top.value, bottom.value):
                pieces[round(-height)].append((left.value, right.value))
    return [(start, end, float(height)) for height in sorted(pieces) for start, end in _joined(pieces[height])]


def _joined(pieces: list[tuple[float, float]]) -> list[tuple[float, float]]:
    joined: list[tuple[float, float]] = []
    for left, right in sorted(pieces):
        if joined and left - joined[-1][1] <= _TOUCHING:
            joined[-1] = (joined[-1][0], max(joined[-1][1], right))
        else:
            joined.append((left, right))
    return joined
