"""The units of a hit, and what names the rows of its tables."""

from tenancy.index.hits import Hit
from tenancy.values.units import Unit, units_in


def units_of(hit: Hit) -> tuple[Unit, ...]:
    """Split a hit into units, in order and without overlap; spans are code points of its text."""
    return units_in(hit.text, hit.start, hit.layout)


def names(hit: Hit) -> tuple[str, ...]:
    """Return what the hit's rows do not say themselves and whoever is given them is told: sheets, captions, columns."""
    return tuple(
        dict.fromkeys(name for rows in hit.layout.rows for name in (rows.sheet, rows.caption, *rows.header) if name)
    )
