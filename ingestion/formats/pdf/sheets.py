"""One page of a PDF as it was read: rows of words, what is drawn and written onto it."""

from collections import defaultdict
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace
from typing import Final

import pypdfium2

from ingestion.formats.pdf.drawings import Drawing, survey
from ingestion.formats.pdf.glyphs import Word, read_words
from ingestion.formats.pdf.margins import Edge, edges_of
from ingestion.formats.pdf.notes import Notes, read_notes
from ingestion.formats.pdf.rules import Rule, read_rules
from ingestion.formats.pdf.text.lines import Row, rows_of

_FEW_WORDS: Final = 30
_WHOLE: Final = 0.5
_MOSTLY: Final = 0.3


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page: `groups` are its rows by the way they are turned, the way of most letters first.

    `is_level` says that these run along its lower edge, as the places of its comments do.
    """

    number: int
    groups: list[list[Row]]
    edges: list[Edge]
    notes: Notes
    drawing: Drawing | None
    letters: int
    unknown: int
    are_shapes_known: bool
    is_level: bool
    rules: Sequence[Rule]

    def without(self, gone: Container[tuple[int, int]]) -> "Sheet":
        """Return it without those rows of its main text that are `gone` (page, number)."""
        if not self.groups:
            return self
        kept = [row for at, row in enumerate(self.groups[0]) if (self.number, at) not in gone]
        return replace(self, groups=[kept, *self.groups[1:]])

    @property
    def is_without_text(self) -> bool:
        """Tell whether something is drawn on it and nothing written, apart from what many pages repeat."""
        if self.drawing is None or any(self.groups) or self.unknown:
            return False
        return self.drawing.picture >= _WHOLE if self.letters else self.drawing.anything

    @property
    def needs_recognition(self) -> bool:
        """Tell whether text recognition would read more of it: it has no text, or letters that cannot be told."""
        untold = self.are_shapes_known and self.unknown > _MOSTLY * (self.letters + self.unknown)
        return self.is_without_text or untold


def read_sheet(page: pypdfium2.PdfPage, number: int, learn: Callable[[str], None], most_bytes: int) -> Sheet:
    """Read page `number`; its drawing is looked at only where there are few words. Each word is told to `learn`."""
    reading = read_words(page)
    turned: defaultdict[int, list[Word]] = defaultdict(list)
    letters = 0
    for word in reading.words:
        turned[word.turn].append(word)
        letters += len(word.text)
        learn(word.text)
    ways = sorted(turned, key=lambda turn: -sum(len(word.text) for word in turned[turn]))
    groups = [rows_of(turned[turn]) for turn in ways]
    drawing = survey(page) if len(reading.words) < _FEW_WORDS else None
    edges = edges_of(groups[0], number, *_reach(page, ways[0])) if groups else []
    is_level = bool(ways) and (ways[0] + page.get_rotation()) % 360 == 0
    return Sheet(
        number,
        groups,
        edges,
        read_notes(page, most_bytes),
        drawing,
        letters,
        reading.unknown,
        reading.are_shapes_known,
        is_level,
        tuple(read_rules(page)) if is_level and page.get_rotation() == 0 else (),
    )


def _reach(page: pypdfium2.PdfPage, turn: int) -> tuple[float, float]:
    """Return where a page that is turned so begins and ends, downwards."""
    left, bottom, right, top = page.get_bbox()
    return {0: (-top, -bottom), 90: (left, right), 180: (bottom, top), 270: (-right, -left)}.get(
        (turn + page.get_rotation()) % 360, (-top, -bottom)
    )
