"""The paragraphs, tables and notes of one run of rich text: a document's, a note's, a header's."""

import re
from typing import Final, final

from ingestion.chunk import BlockKind
from ingestion.formats.content import Passage, Table
from ingestion.formats.text.tables import ShownRow, table_of

_LEVELS: Final = 9
_BULLET: Final = re.compile(r"\s*[\u2022\u00b7\u25aa]\s+")
_ENDS: Final = frozenset({"par", "sect", "page"})


@final
class RichFlow:
    """A run of rich text that is being read; `headings` are the numbers of the styles that headings have."""

    def __init__(self, headings: set[int]) -> None:
        self.blocks: list[Passage | Table] = []
        self.notes: list[Passage | Table] = []
        """What is to stand after the present paragraph."""
        self._headings = headings
        self._runs: list[str] = []
        self._is_heading = False
        self._in_table = False
        self._is_head_row = False
        self._cells: list[str] = []
        self._cell: list[str] = []
        self._rows: list[ShownRow] = []

    def add(self, text: str) -> None:
        """Add to the present paragraph."""
        self._runs.append(text)

    def lay_out(self, word: str, number: int) -> None:
        """Carry out a control word of paragraphs and tables; others mean nothing here."""
        if word in _ENDS:
            self._end_paragraph()
        elif word == "line":
            self.add("\n")
        elif word in {"cell", "nestcell", "row"}:
            self._end_cell(word)
        elif word in {"trowd", "trhdr"}:
            self._is_head_row = word == "trhdr"
        elif word in {"intbl", "pard"}:
            self._in_table = word == "intbl"
            self._is_heading = self._is_heading and word == "intbl"
        elif word == "s":
            self._is_heading = number in self._headings
        elif word == "outlinelevel":
            self._is_heading = 0 <= number < _LEVELS

    def end(self) -> list[Passage | Table]:
        """Return all blocks, the last paragraph and table among them."""
        self._end_paragraph()
        self._in_table = False
        self._end_table()
        return self.blocks

    def _end_cell(self, word: str) -> None:
        if word == "row":
            if any(self._cells):
                self._rows.append(ShownRow([(cell, 1, 1) for cell in self._cells], self._is_head_row))
            self._cells = []
            return
        self._end_paragraph(in_cell=True)
        if word == "cell":
            self._cells.append(" ".join(self._cell))
            self._cell = []

    def _end_paragraph(self, *, in_cell: bool = False) -> None:
        text = _whole("".join(self._runs))
        self._runs.clear()
        if in_cell or self._in_table:
            self._cell += [" ".join(text.split())] if text.strip() else []
            self._cell += [note.text for note in self.notes if isinstance(note, Passage)]
        else:
            self._end_table()
            self.blocks += _passages(text, is_heading=self._is_heading)
            self.blocks += self.notes
        self.notes = []

    def _end_table(self) -> None:
        if self._rows:
            self.blocks.append(table_of(self._rows))
            self._rows = []
        self.blocks += [Passage(text) for text in (*self._cells, *self._cell) if text.strip()]
        self._cells, self._cell = [], []


def _passages(text: str, *, is_heading: bool) -> list[Passage]:
    text = _BULLET.sub("", text, count=1) if _BULLET.match(text) else text
    lines = [" ".join(line.split()) for line in text.strip().split("\n")]
    kind = BlockKind.HEADING if is_heading else BlockKind.LINES if len(lines) > 1 else BlockKind.PROSE
    return [Passage((" " if is_heading else "\n").join(lines), kind)] if any(lines) else []


def _whole(text: str) -> str:
    """Return `text` with the halves of characters beyond the first plane joined."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "")
