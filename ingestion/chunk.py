"""Cutting a document's text into chunks that the embedder reads whole, with exact positions."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tenancy.values.embedded_text import carried_heading, carried_title, embedded_text
from tenancy.values.layout import NO_LAYOUT, Layout

CHUNK_TOKENS: Final = 250
"""Of the deployment's encoder. MiniLM reads 254 pieces of its own: of English prose that is as much."""
CHUNK_CHARS: Final = 6_000
_OVERLAP_TOKENS: Final = 32
_CHARS_PER_TOKEN: Final = 16  # a longer word counts as one unknown piece, however long: it has to cost something

_LOST: Final = "a splitter left text out"


class BlockKind(StrEnum):
    """What a run of text is: that decides where it may be cut."""

    HEADING = "heading"
    PROSE = "prose"
    LINES = "lines"
    """Lines that stand by themselves, such as code or `name: value`: their ends and indents are kept."""
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, heading, table or run of lines: code points `start` to `end`."""

    start: int
    end: int
    kind: BlockKind


@dataclass(frozen=True, slots=True)
class Piece:
    """One chunk: code points `start` to `end` of the extracted text, its tokens, its pages and rows of tables.

    `tokens` counts what is embedded: the carried title and heading, their separators and the text.
    """

    start: int
    end: int
    tokens: int
    layout: Layout = NO_LAYOUT


@dataclass(frozen=True, slots=True)
class Measures:
    """How the embedder and the language see text.

    `count(text)` is its number of the encoder's tokens. `split(text, most)` cuts it, preferably between sentences, into
    parts of at most `most`, measured by `weight`; `sentences(text)` cuts it into sentences. The parts of both, white
    space aside, are all of the text in order.
    """

    count: Callable[[str], int]
    split: Callable[[str, int], Sequence[str]]
    sentences: Callable[[str], Sequence[str]]

    def weight(self, text: str) -> int:
        """Return what `text` takes of a chunk's room: its tokens, more where it is long for their number.

        What is too long for any chunk is not counted: that takes memory and time by its length.
        """
        least = -(-len(text) // _CHARS_PER_TOKEN)
        return least if least > CHUNK_TOKENS else max(self.count(text), least)


@dataclass(frozen=True, slots=True)
class _Unit:
    start: int
    end: int
    kind: BlockKind
    weight: int
    heading: int = 0  # what is carried into a chunk that begins here takes of its room


def chunk(
    text: str, blocks: Sequence[Block], title: str | None, measures: Measures, layout: Layout = NO_LAYOUT
) -> tuple[Piece, ...]:
    """Cut `text` into chunks of at most `CHUNK_TOKENS`, title included, each `text[piece.start:piece.end]`.

    `blocks` are in order, do not overlap, and leave out nothing but white space. Paragraphs and tables stay whole where
    they fit; a longer table is cut between rows, a longer paragraph between sentences; a heading stays with what
    follows it, and the names of a table's columns are carried into a chunk that begins among its rows. Where a chunk
    begins within running text, whole sentences of up to some 30 word pieces before it are repeated. No chunk is blank.
    """
    room = CHUNK_TOKENS - measures.count(carried_title(title))
    document = _Document(text, title, layout, measures, room, {})
    units = [unit for block in blocks for unit in _units(document, block)]
    pieces: list[Piece] = []
    before: _Unit | None = None
    for group in _packed(units, document.room):
        start = group[0].start
        if before is not None and before.kind is group[0].kind is BlockKind.PROSE:
            free = min(_OVERLAP_TOKENS, document.room - sum(unit.weight for unit in group))
            start = _repeated_from(text, before, pieces[-1].start, free, measures) or start
        pieces += _pieces(document, start, group)
        before = group[-1]
    return tuple(pieces)


@dataclass(frozen=True, slots=True)
class _Document:
    text: str
    title: str | None
    layout: Layout
    measures: Measures
    room: int  # word pieces that the title leaves
    known: dict[str, int]  # word pieces of headings: each row of a table asks

    def carried(self, start: int) -> int:
        """Return the word pieces of what is carried into a chunk that begins at `start`, beside the title."""
        heading = carried_heading(self.layout, start)
        if heading not in self.known:
            self.known[heading] = self.measures.count(heading)
        return self.known[heading]


def _units(document: _Document, block: Block) -> Iterator[_Unit]:
    text, measures = document.text, document.measures
    whole = text[block.start : block.end]
    if not whole.strip():
        return
    weight = measures.weight(whole)
    if weight + document.carried(block.start) <= document.room:
        yield _Unit(block.start, block.end, block.kind, weight, document.carried(block.start))
        return
    lines = block.kind in {BlockKind.TABLE, BlockKind.LINES}
    room = document.room - document.carried(block.end - 1)
    cursor = block.start
    for part in _lines(whole) if lines else [whole]:
        for fitting in _fitting(part, room, measures):
            start = _past_space(text, cursor)
            if not text.startswith(fitting, start):
                raise ValueError(_LOST)
            cursor = start + len(fitting)
            yield _Unit(start, cursor, block.kind, measures.weight(fitting), document.carried(start))
    if text[cursor : block.end].strip():
        raise ValueError(_LOST)


def _past_space(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _fitting(part: str, room: int, measures: Measures) -> Iterator[str]:
    if measures.weight(part) <= room:
        yield part
        return
    for cut in measures.split(part, room - _OVERLAP_TOKENS):
        yield from _halved(cut.strip(), room, measures)


def _halved(part: str, room: int, measures: Measures) -> Iterator[str]:
    # Word pieces do not add up exactly where a cut goes through a word, so a part may come out a little too long.
    if not part:
        return
    if measures.weight(part) <= room or len(part) == 1:
        yield part
        return
    middle = len(part) // 2
    border = part.rfind(" ", 1, middle)
    cut = border if border > 0 else middle
    yield from _halved(part[:cut].strip(), room, measures)
    yield from _halved(part[cut:].strip(), room, measures)


def _packed(units: Sequence[_Unit], room: int) -> Iterator[list[_Unit]]:
    group: list[_Unit] = []
    for unit in units:
        if group and group[0].heading + sum(member.weight for member in group) + unit.weight > room:
            carried = _trailing_headings(group)
            yield group[: len(group) - len(carried)]
            group = carried if sum(member.weight for member in carried) + unit.weight <= room else []
            if carried and not group:
                yield carried
        group.append(unit)
    if group:
        yield group


def _trailing_headings(group: list[_Unit]) -> list[_Unit]:
    count = 0
    while count < len(group) - 1 and group[-1 - count].kind is BlockKind.HEADING:
        count += 1
    return group[len(group) - count :]


def _repeated_from(text: str, before: _Unit, after: int, free: int, measures: Measures) -> int | None:
    """Return where the last sentences of `before` that fit in `free` begin, later than `after`; None if none fits."""
    start = end = before.end
    for sentence in reversed(measures.sentences(text[before.start : end])):
        candidate = start - len(sentence)
        if candidate <= after or measures.weight(text[candidate:end]) > free:
            break
        start = candidate
    repeated = text[start:end].lstrip()
    return end - len(repeated) if repeated else None


def _pieces(document: _Document, start: int, group: list[_Unit]) -> list[Piece]:
    end, layout = group[-1].end, document.layout
    embedded = embedded_text(document.title, document.text[start:end], carried_heading(layout, start))
    tokens = document.measures.count(embedded)
    if tokens <= CHUNK_TOKENS:
        return [Piece(start, end, tokens, layout.within(start, end))]
    # Only where a cut goes through a word is the whole more than its parts: without the repetition, then in halves.
    if start < group[0].start:
        return _pieces(document, group[0].start, group)
    if len(group) == 1:
        raise ValueError("a chunk is longer than what it was measured to be")
    half = len(group) // 2
    first, second = group[:half], group[half:]
    return [*_pieces(document, start, first), *_pieces(document, second[0].start, second)]
