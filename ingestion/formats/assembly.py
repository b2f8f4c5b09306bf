"""Putting the elements of a document together: one text, its blocks with positions and pages, its title."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree, html
from unstructured.documents.elements import (
    Element,
    ElementMetadata,
    ListItem,
    NarrativeText,
    PageBreak,
    Table,
    Title,
)

from ingestion.chunk import Block, BlockKind
from ingestion.formats.found import Read
from ingestion.parse.outcome import Limits, ParseFailed
from ingestion.parse.reply import TITLE_CHARS

_SEPARATOR: Final = "\n\n"
_HEADING_CHARS: Final = 150
_LOOK_FOR_TITLE: Final = 8
_LETTERS_A_WORD: Final = 2
_LINE_BREAK_IN_CELL: Final = re.compile(r"(?<!\\)\\n")
_WINDOWS_PATH: Final = re.compile(r"[A-Za-z]:\\|^\\\\")
_SURROGATES: Final = re.compile("[\ud800-\udfff\0]")
_SPACES: Final = re.compile(r"\s+")
_MADE_BY_SOFTWARE: Final = re.compile(
    r"microsoft (word|powerpoint|excel)|untitled|^document\d*$|^slide \d+$"
    r"|\.(docx?|pptx?|xlsx?|pdf|indd|tex|txt|dvi|rtf|html?)$"
    r"|^(powerpoint presentation|presentation|title|print|layout \d+)$|^https?:",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Assembled:
    """The text of a document, its blocks in order, and its title if it has one."""

    text: str
    blocks: tuple[Block, ...]
    title: str | None


def assemble(found: Read, limits: Limits) -> Assembled:
    """Join the texts of the elements that were `found`, tables as lines of cells.

    Pages are taken over where the format has them. Raises ParseFailed when the text is longer than `limits` allow.
    """
    parts: list[str] = []
    blocks: list[Block] = []
    position = 0
    for element in found.elements:
        text = _SURROGATES.sub("", _text(element)).strip()
        if not text:
            continue
        page = element.metadata.page_number if found.pages is not None else None
        blocks.append(Block(position, position + len(text), page, _kind(element, text)))
        parts.append(text)
        position += len(text) + len(_SEPARATOR)
        if position > limits.text_chars:
            raise ParseFailed("too_large")
    title = tidy_title(found.title)
    if title is None and found.headings:
        title = _first_heading(found.elements)
    return Assembled(_SEPARATOR.join(parts), tuple(blocks), title)


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


def _text(element: Element) -> str:
    if isinstance(element, PageBreak):
        return ""
    if isinstance(element, Table) and element.metadata.text_as_html:
        rows = _rows(element.metadata.text_as_html)
        if rows:
            return "\n".join(rows)
    return element.text


def _rows(table: str) -> list[str]:
    try:
        root = html.fromstring(table)
    except etree.ParserError:
        return []
    rows = []
    for row in root.iter("tr"):
        cells = [_SPACES.sub(" ", _cell_text(cell)).strip() for cell in row.iterchildren("td", "th")]
        if any(cells):
            rows.append(" | ".join(cells))
    return rows


def _cell_text(cell: html.HtmlElement) -> str:
    text = " ".join(str(part) for part in cell.itertext())
    # pandas writes a line break inside a cell of a spreadsheet as a backslash and an n.
    return text if _WINDOWS_PATH.search(text) else _LINE_BREAK_IN_CELL.sub(" ", text)


def _kind(element: Element, text: str) -> BlockKind:
    if isinstance(element, Table):
        return BlockKind.TABLE
    if isinstance(element, Title) and len(text) <= _HEADING_CHARS:
        return BlockKind.HEADING
    return BlockKind.PROSE


def _first_heading(elements: Sequence[Element]) -> str | None:
    for element in elements[:_LOOK_FOR_TITLE]:
        if isinstance(element, NarrativeText | ListItem | Table):
            return None
        if isinstance(element, Title) and len(element.text) <= _HEADING_CHARS and _is_words(element.text):
            return tidy_title(element.text)
    return None


def _is_words(text: str) -> bool:
    # A PDF's text along the margin comes letter by letter, and as the first thing on the page.
    words = text.split()
    return sum(map(len, words)) > _LETTERS_A_WORD * len(words)


def text_element(text: str, page: int | None = None) -> Element:
    """Return a paragraph of `text` on `page` as an element, for text that another reader than unstructured found."""
    element = Element(metadata=ElementMetadata(page_number=page))
    element.text = text
    return element
