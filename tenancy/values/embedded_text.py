"""What is embedded of a chunk, and by whose words it is found: its text with the title and the heading it carries."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tenancy.values.layout import Layout
from tenancy.values.units import Unit, units_in

if TYPE_CHECKING:
    from tenancy.stores.views import Chunk

_TITLE_COST: Final = 96
_HEADING_COST: Final = 256
_PARTED: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class EmbeddedText:
    """What is embedded: `text`, which ends with a chunk's own from `own` on; `units` are spans of what is its own.

    Of a text without units the vectors of no parts are made.
    """

    text: str
    own: int = 0
    units: tuple[tuple[int, int], ...] = ()


def carried_title(title: str | None) -> str:
    """Return `title` cut at a word to about 24 word pieces, "" for None: what goes in front of every chunk."""
    return "" if title is None else _cut(title, _TITLE_COST)


def carried_heading(layout: Layout, start: int) -> str:
    """Return what goes in front of a chunk that begins among the rows of a table: sheet, caption, column names."""
    rows = layout.rows_at(start)
    return "" if rows is None else _cut(rows.heading(), _HEADING_COST)


def _cut(text: str, most: int) -> str:
    kept: list[str] = []
    cost = 0
    for word in text.split():
        # Letters of ASCII make some four characters a piece; all else, taken apart into its marks, one piece each.
        parts = unicodedata.normalize("NFD", word)
        cost += 1 + sum(1 if part.isascii() and part.isalnum() else 4 for part in parts)
        if cost > most:
            break
        kept.append(word)
    return " ".join(kept)


def embedded_text(title: str | None, text: str, heading: str = "") -> str:
    """Return what is embedded for a chunk: the carried title, the carried heading and the chunk's `text`, a line each.

    A chunk that begins with the title already does without it.
    """
    carried = carried_title(title)
    lines = (carried if not text.startswith(carried) else "", heading, text)
    return "\n".join(line for line in lines if line)


def carried(title: str | None, chunks: "Iterable[Chunk]") -> list[str]:
    """Return what is embedded of each chunk, the carried title and heading included, as the chunker counted it."""
    return [embedded_text(title, each.text, carried_heading(each.layout, each.start)) for each in chunks]


def parted(title: str | None, chunks: "Iterable[Chunk]") -> list[EmbeddedText]:
    """Return what is embedded of each chunk with the units that it has of its own."""
    own = list(chunks)
    return [
        EmbeddedText(text, len(text) - len(each.text), tuple((unit.start, unit.end) for unit in _units(each)))
        for each, text in zip(own, carried(title, own), strict=True)
    ]


def _units(chunk: "Chunk") -> tuple[Unit, ...]:
    return units_in(chunk.text, chunk.start, chunk.layout)


def weighed(name: str, title: str | None, chunks: "Iterable[Chunk]") -> list[str]:
    """Return the text whose terms each chunk is found by: what is embedded, and the words of the file's name."""
    return [f"{words(name)}\n{text}" for text in carried(title, chunks)]


def words(name: str) -> str:
    """Return the words of a file's name, by which people ask for what it holds; its ending is none of them."""
    stem, dot, _suffix = name.rpartition(".")
    return _PARTED.sub(" ", stem if dot else name)
