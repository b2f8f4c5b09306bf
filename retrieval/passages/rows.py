"""The units of a hit that an answer may quote: sentences, and the rows of tables by what is known of its layout."""

from collections.abc import Iterator

from retrieval.sentences import Unit, units
from tenancy.index.hits import Hit
from tenancy.values.layout import Rows


def units_of(hit: Hit) -> tuple[Unit, ...]:
    """Split a hit into units, in order and without overlap; spans are code points of its text."""
    if not hit.layout.rows:
        return units(hit.text)
    found: list[Unit] = []
    at = 0
    for rows in hit.layout.rows:
        first, last = rows.start - hit.start, rows.end - hit.start
        found += _before(hit.text, at, first, rows)
        found += _lines(hit.text, first, last, rows)
        at = last
    found += _shifted(units(hit.text[at:]), at)
    return tuple(found)


def names(hit: Hit) -> tuple[str, ...]:
    """Return what the hit's rows do not say themselves and whoever is given them is told: sheets, captions, columns."""
    return tuple(
        dict.fromkeys(name for rows in hit.layout.rows for name in (rows.sheet, rows.caption, *rows.header) if name)
    )


def _before(text: str, at: int, first: int, rows: Rows) -> Iterator[Unit]:
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
