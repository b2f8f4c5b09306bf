"""Putting the content of a document together: one text, its blocks, where its pages and tables lie, its title."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, final

from ingestion.chunk import Block, BlockKind
from ingestion.formats.content import Content, Passage, Table
from ingestion.parse.outcome import Limits, ParseFailed
from ingestion.parse.reply import TITLE_CHARS
from tenancy.values.layout import NAME_CHARS, NAMES_CHARS, Layout, Rows

_SEPARATOR: Final = "\n\n"
_CELLS: Final = " | "
_HEADING_CHARS: Final = 150
_MOST_NAMES: Final = 1_000
_LOOK_FOR_TITLE: Final = 8
_LINE_CHARS: Final = 80  # above a title may stand a date, a name, a number
_STOPS: Final = (".", "!", "?", ":", ";", "\u3002")
_LETTERS_A_WORD: Final = 2
_UNPRINTABLE: Final = re.compile("[\ud800-\udfff\0]")
_SPACES: Final = re.compile(r"\s+")
_MADE_BY_SOFTWARE: Final = re.compile(
    r"microsoft (word|powerpoint|excel)|untitled|^document\d*$|^slide \d+$"
    r"|\.(docx?|pptx?|xlsx?|pdf|indd|tex|txt|dvi|rtf|html?)$"
    r"|^(powerpoint presentation|presentation|title|print|layout \d+)$|^https?:",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Assembled:
    """The text of a document, its blocks in order, its layout, and its title if it has one."""

    text: str
    blocks: tuple[Block, ...]
    layout: Layout
    title: str | None


def assemble(found: Content, limits: Limits) -> Assembled:
    """Join what was `found` to one text, a table as lines of cells below the names of its columns.

    Raises ParseFailed when the text is longer than `limits` allow.
    """
    text = _Text(limits.text_chars)
    sheet = heading = ""
    for block in found.blocks:
        if isinstance(block, Passage):
            text.add_passage(block)
            heading = block.text if block.kind is BlockKind.HEADING else heading
            continue
        if block.sheet and block.sheet != sheet:
            text.add_once(Passage(block.sheet, BlockKind.HEADING, block.page))
        if block.caption:
            text.add_once(Passage(block.caption, page=block.page))
        sheet = block.sheet
        text.add_table(block, block.caption or heading)
    title = tidy_title(found.title)
    if title is None and found.headings:
        title = _first_heading(found.blocks)
    layout = Layout(tuple(text.pages) if found.pages is not None else (), tuple(text.rows))
    return Assembled(_SEPARATOR.join(text.parts), tuple(text.blocks), layout, title)


@final
class _Text:
    """A text that grows by blocks."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._end = 0  # where the next block begins
        self.parts: list[str] = []
        self.blocks: list[Block] = []
        self.pages: list[tuple[int, int]] = []
        self.rows: list[Rows] = []

    def add_passage(self, passage: Passage) -> None:
        """Add a passage without the white space around it; an empty one adds nothing."""
        clean = _UNPRINTABLE.sub(" ", passage.text)
        kept = clean.rstrip()
        left = 0
        if passage.kind is BlockKind.LINES:
            while (line := kept.find("\n", left)) >= 0 and not kept[left:line].strip():
                left = line + 1
        else:
            left = len(kept) - len(kept.lstrip())
        if not kept[left:].strip():
            return
        start = self._end - left
        self._turn(self._end, passage.page)
        for offset, page in passage.breaks:
            self._turn(min(max(start + offset, self._end), start + len(kept) - 1), page)
        is_long = passage.kind is BlockKind.HEADING and len(kept) - left > _HEADING_CHARS
        self._append(kept[left:], BlockKind.PROSE if is_long else passage.kind)

    def add_once(self, passage: Passage) -> None:
        """Add a passage unless the last one says the same."""
        if not self.parts or self.parts[-1] != passage.text.strip():
            self.add_passage(passage)

    def add_table(self, table: Table, caption: str) -> None:
        """Add a table: a line with the names of its columns, and a line for each row that has a cell filled.

        `caption` is what stands above it: its own, or the heading of the section that it belongs to.
        """
        lines: list[str] = []
        names = tuple(_filled(table.header))
        at = first = self._end
        if names:
            lines.append(_CELLS.join(names))
            self._turn(at, table.page)
            at = first = at + len(lines[0]) + 1
        for row in table.rows:
            cells = _filled(row.cells)
            if not cells:
                continue
            self._turn(at, table.page if row.page is None else row.page)
            lines.append(_CELLS.join(cells))
            at += len(lines[-1]) + 1
            self._require_room(at)
        if not lines:
            return
        if at > first:
            sheet = _cell(table.sheet)[:NAME_CHARS]
            self.rows.append(Rows(first, at - 1, _bounded(names), sheet, _cell(caption)[:NAME_CHARS]))
        self._append("\n".join(lines), BlockKind.TABLE)

    def _turn(self, position: int, page: int | None) -> None:
        if page is None or (self.pages and self.pages[-1][1] == page):
            return
        if self.pages and self.pages[-1][0] == position:
            self.pages.pop()  # nothing stands on that page
        if not self.pages or self.pages[-1][1] != page:
            self.pages.append((position, page))

    def _append(self, text: str, kind: BlockKind) -> None:
        self.blocks.append(Block(self._end, self._end + len(text), kind))
        self.parts.append(text)
        self._end += len(text) + len(_SEPARATOR)
        self._require_room(self._end)

    def _require_room(self, end: int) -> None:
        if end > self._most:
            raise ParseFailed("too_large")


def _filled(cells: Sequence[str]) -> list[str]:
    """Return cells without the empty ones after the last that is filled."""
    clean = list(map(_cell, cells))
    while clean and not clean[-1]:
        clean.pop()
    return clean


def _bounded(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of the first columns, as many as may be kept with each chunk."""
    ends = accumulate(map(len, names))
    return tuple(name for name, end in zip(names, ends, strict=True) if end <= NAMES_CHARS)[:_MOST_NAMES]


def _cell(text: str) -> str:
    # A cell that holds the separator is still one cell to whoever takes the line apart.
    return _SPACES.sub(" ", _UNPRINTABLE.sub(" ", text)).strip().replace(_CELLS, "|")


def tidy_title(title: str | None) -> str | None:
    """Return `title` on one line if it says something: software's own inventions and file names do not."""
    if title is None:
        return None
    line = "".join(letter for letter in _SPACES.sub(" ", title).strip() if letter.isprintable())
    if not any(letter.isalpha() for letter in line) or _MADE_BY_SOFTWARE.search(line):
        return None
    return line[:TITLE_CHARS]


def first_line_title(text: str) -> str | None:
    """Return the first line of a plain text if it looks like a title: short, unfinished, and above something longer."""
    lines = [line.strip() for line in text.split("\n", 40)[:40] if line.strip()]
    if len(lines) < 2:  # noqa: PLR2004 - a line, and what it is the title of
        return None
    first = lines[0]
    if len(first) > _HEADING_CHARS or first[-1] in ".,;:!" or len(first) >= max(len(line) for line in lines[1:]):
        return None
    return tidy_title(first)


def _first_heading(blocks: Sequence[Passage | Table]) -> str | None:
    for block in blocks[:_LOOK_FOR_TITLE]:
        if isinstance(block, Table):
            return None
        text = block.text.strip()
        if block.kind is BlockKind.HEADING and len(text) <= _HEADING_CHARS and _is_words(text):
            return tidy_title(text)
        if len(text) > _LINE_CHARS or text.endswith(_STOPS):
            return None  # the text has begun
    return None


def _is_words(text: str) -> bool:
    # A PDF's text along the margin comes letter by letter, and as the first thing on the page.
    words = text.split()
    return sum(map(len, words)) > _LETTERS_A_WORD * len(words)
