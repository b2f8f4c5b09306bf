"""Reads the plain text sources of the example documents into blocks that every writer understands.

A source is a run of `key: value` lines, an empty line, and a body. In the body `#` and `##` open headings (a slide in
a deck, a sheet in a workbook), `- ` and `1. ` list items, `| a | b |` table rows of which the first is the header, and
`!chart TITLE` a bar chart whose following lines read `label = number`. Everything else is a paragraph.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """A title; level 1 is the highest."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text on one line."""

    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list, numbered from 1 or with marks."""

    texts: tuple[str, ...]
    numbered: bool


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of equal length, the first of them the header."""

    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Horizontal bars, from top to bottom."""

    title: str
    bars: tuple[tuple[str, float], ...]


Block = Heading | Paragraph | Items | Table | Chart


@dataclass(frozen=True, slots=True)
class Source:
    """One document: its fields, its body in blocks, and the same body as it was written."""

    fields: dict[str, str]
    blocks: tuple[Block, ...]
    body: str


def read_source(text: str) -> Source:
    """Return the fields, the blocks and the raw body of one source; raises ValueError when it is malformed."""
    head, separator, body = text.partition("\n\n")
    if not separator:
        raise ValueError("a source needs an empty line between its fields and its body")
    fields: dict[str, str] = {}
    for line in head.splitlines():
        key, colon, value = line.partition(": ")
        if not colon:
            raise ValueError(f"not a field: {line!r}")
        fields[key] = value.strip()
    return Source(fields, tuple(_blocks(body)), body)


def sections(blocks: tuple[Block, ...]) -> Iterator[tuple[str, list[Block]]]:
    """Yield the title and the blocks of every part that a level 1 heading opens."""
    title, inside = "", list[Block]()
    for block in blocks:
        if isinstance(block, Heading) and block.level == 1:
            if inside:
                yield title, inside
            title, inside = block.text, []
        else:
            inside.append(block)
    if inside:
        yield title, inside


def _blocks(body: str) -> Iterator[Block]:
    for group in re.split(r"\n\s*\n", body.strip()):
        lines = group.splitlines()
        while lines and lines[0].startswith("#"):
            marks, _, text = lines.pop(0).partition(" ")
            yield Heading(len(marks), text.strip())
        if lines:
            yield next(make for matches, make in _KINDS if matches(lines[0]))(lines)


def _table(lines: list[str]) -> Block:
    rows = tuple(tuple(cell.strip() for cell in line.strip().strip("|").split("|")) for line in lines)
    if len({len(row) for row in rows}) != 1:
        raise ValueError(f"rows of different length in the table that starts {lines[0]!r}")
    return Table(rows)


def _chart(lines: list[str]) -> Block:
    pairs = (line.rsplit(" = ", 1) for line in lines[1:])
    return Chart(lines[0].removeprefix("!chart ").strip(), tuple((label, float(value)) for label, value in pairs))


def _items(lines: list[str]) -> Block:
    numbered = lines[0][0].isdigit()
    texts: list[str] = []
    for line in lines:
        if re.match(r"(-|\d+\.) ", line):
            texts.append(line.split(" ", 1)[1].strip())
        else:
            texts[-1] += " " + line.strip()
    return Items(tuple(texts), numbered)


def _paragraph(lines: list[str]) -> Block:
    return Paragraph(" ".join(line.strip() for line in lines))


_KINDS: tuple[tuple[Callable[[str], object], Callable[[list[str]], Block]], ...] = (
    (lambda line: line.startswith("|"), _table),
    (lambda line: line.startswith("!chart "), _chart),
    (re.compile(r"(-|\d+\.) ").match, _items),
    (lambda _: True, _paragraph),
)
