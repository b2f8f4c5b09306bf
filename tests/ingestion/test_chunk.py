"""Chunks: exact positions, bounds, nothing lost, nothing blank."""

import re
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.chunk import (
    CHUNK_TOKENS,
    Block,
    BlockKind,
    Measures,
    Piece,
    chunk,
)
from tenancy.values.embedded_text import carried_heading, carried_title, embedded_text
from tenancy.values.layout import Layout, Rows


def _count(text: str) -> int:
    return len(re.findall(r"\w{1,4}|[^\w\s]", text))


def _sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?] )", text) if part]


def _split(text: str, most: int) -> Sequence[str]:
    parts: list[str] = []
    for word in re.findall(r"\S{1,200}\s*|\s+", text):
        if parts and MEASURES.weight(parts[-1] + word) <= most:
            parts[-1] += word
        else:
            parts.append(word)
    return [part.strip() for part in parts if part.strip()]


MEASURES = Measures(_count, _split, _sentences)


def _document(paragraphs: Sequence[tuple[str, BlockKind]]) -> tuple[str, list[Block]]:
    parts: list[str] = []
    blocks = []
    position = 0
    for paragraph, kind in paragraphs:
        text = paragraph.strip()
        if text:
            blocks.append(Block(position, position + len(text), kind))
            parts.append(text)
            position += len(text) + 2
    return "\n\n".join(parts), blocks


_WORDS = st.text(st.sampled_from("abcé漢𝔘 .,!?\n\t-|"), max_size=40)
_LONG = st.builds(lambda text, times: text * times, _WORDS, st.integers(1, 80))
_PARAGRAPHS = st.lists(
    st.tuples(st.one_of(_WORDS, _LONG, st.text(max_size=80)), st.sampled_from(BlockKind)), max_size=12
)
_TITLES = st.one_of(st.none(), st.text(max_size=300))


@settings(max_examples=150)
@given(_PARAGRAPHS, _TITLES)
def test_every_chunk_is_bounded_ordered_and_not_blank_and_no_text_is_lost(
    paragraphs: list[tuple[str, BlockKind]], title: str | None
) -> None:
    text, blocks = _document(paragraphs)
    pieces = chunk(text, blocks, title, MEASURES)
    covered = 0
    for piece in pieces:
        body = text[piece.start : piece.end]
        assert body.strip()
        assert piece.tokens == _count(embedded_text(title, body)) <= CHUNK_TOKENS
        assert not text[covered : piece.start].strip()
        covered = piece.end
    assert not text[covered:].strip()
    for before, after in pairwise(pieces):
        assert before.start < after.start
        assert before.end < after.end
        assert after.start <= before.end or not text[before.end : after.start].strip()


@settings(max_examples=50)
@given(_PARAGRAPHS)
def test_a_chunk_has_the_pages_of_its_text(paragraphs: list[tuple[str, BlockKind]]) -> None:
    text, blocks = _document(paragraphs)
    layout = Layout(tuple((block.start, page) for page, block in enumerate(blocks, start=1)))
    for piece in chunk(text, blocks, None, MEASURES, layout):
        within = [
            page for page, block in enumerate(blocks, start=1) if block.start < piece.end and piece.start < block.end
        ]
        assert piece.layout.page_range(piece.start, piece.end) == (within[0], within[-1])


_NAMES = st.lists(st.text(max_size=30), max_size=40).map(tuple)


@settings(max_examples=100)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=60), _NAMES, st.text(max_size=400), _TITLES)
def test_a_chunk_among_rows_has_room_for_what_is_carried(
    cells: list[str], header: tuple[str, ...], caption: str, title: str | None
) -> None:
    text = "\n".join(f"{cell.replace(chr(10), ' ').strip()} | 1" for cell in cells)
    layout = Layout((), (Rows(0, len(text), header, "Sheet", caption),))
    for piece in chunk(text, [Block(0, len(text), BlockKind.TABLE)], title, MEASURES, layout):
        heading = carried_heading(piece.layout, piece.start)
        assert heading.startswith("Sheet")
        assert piece.tokens == _count(embedded_text(title, text[piece.start : piece.end], heading)) <= CHUNK_TOKENS


def test_rows_below_the_first_chunk_carry_the_names_of_their_columns() -> None:
    names = ("Station", "Radio channel")
    rows = "\n".join(f"Station {number:03} | {number % 60}" for number in range(400))
    text = f"{' | '.join(names)}\n{rows}"
    layout = Layout((), (Rows(len(text) - len(rows), len(text), names, "Tides 2027"),))
    first, *others = chunk(text, [Block(0, len(text), BlockKind.TABLE)], None, MEASURES, layout)
    assert carried_heading(first.layout, first.start) == ""
    assert len(others) > 3
    assert {carried_heading(each.layout, each.start) for each in others} == {"Tides 2027 Station | Radio channel"}
    assert all(text[each.start : each.end].startswith("Station ") for each in others)


def test_lines_are_cut_between_lines_and_keep_their_indents() -> None:
    code = "\n".join(f"if {number}:\n        return {number}" for number in range(200))
    pieces = chunk(code, [Block(0, len(code), BlockKind.LINES)], None, MEASURES)
    assert len(pieces) > 3
    assert all(code[each.start - 1 : each.start] in {"", "\n", " "} for each in pieces)
    assert "if 1:\n        return 1" in code[pieces[0].start : pieces[0].end]


@pytest.mark.parametrize("sentence", ["The same again. ", "again ", "x", "- ", "漢字"])
def test_repeated_text_is_covered_in_order_not_found_again_at_its_first_place(sentence: str) -> None:
    text, blocks = _document([(sentence * 2000, BlockKind.PROSE)])
    pieces = chunk(text, blocks, None, MEASURES)
    assert pieces[-1].end == len(text)
    assert sum(piece.end - piece.start for piece in pieces) < 1.4 * len(text)


def test_running_text_repeats_the_last_sentences_before_a_cut() -> None:
    sentences = " ".join(f"Sentence number {number} says a thing or two about it." for number in range(100))
    text, blocks = _document([(sentences, BlockKind.PROSE)])
    pieces = chunk(text, blocks, None, MEASURES)
    assert len(pieces) > 3
    for before, after in pairwise(pieces):
        assert after.start < before.end
        assert text[after.start :].startswith("Sentence number")
        assert _count(text[after.start : before.end]) <= 32


def test_a_table_stays_whole_where_it_fits() -> None:
    table = "\n".join(f"row {row} | 17 | 4" for row in range(25))
    text, blocks = _document([("Some words before it. " * 25, BlockKind.PROSE), (table, BlockKind.TABLE)])
    assert any(table in text[piece.start : piece.end] for piece in chunk(text, blocks, None, MEASURES))


def test_a_longer_table_is_cut_between_rows_and_repeats_none() -> None:
    rows = [f"row {row} | {row * 17} | a cell with words" for row in range(200)]
    text, blocks = _document([("\n".join(rows), BlockKind.TABLE)])
    found = [
        line for piece in chunk(text, blocks, None, MEASURES) for line in text[piece.start : piece.end].split("\n")
    ]
    assert found == rows


def test_a_heading_stays_with_what_follows_it() -> None:
    filler = "A sentence of the first part. " * 26
    text, blocks = _document([(filler, BlockKind.PROSE), ("Second part", BlockKind.HEADING), (filler, BlockKind.PROSE)])
    pieces = chunk(text, blocks, None, MEASURES)
    assert [text[piece.start : piece.end].startswith("Second part") for piece in pieces] == [False, True]


def test_an_empty_document_has_no_chunk() -> None:
    assert chunk("", [], "Title", MEASURES) == ()


def test_a_splitter_that_loses_text_is_an_error() -> None:
    losing = Measures(_count, lambda text, most: _split(text, most)[1:], _sentences)
    text, blocks = _document([("word " * 2000, BlockKind.PROSE)])
    with pytest.raises(ValueError, match="left text out"):
        chunk(text, blocks, None, losing)


def test_the_title_goes_in_front_of_a_chunk_that_does_not_begin_with_it() -> None:
    assert embedded_text("A title", "Words.") == "A title\nWords."
    assert embedded_text("A title", "A title\n\nWords.") == "A title\n\nWords."
    assert embedded_text(None, "Words.") == "Words."


@given(st.text(max_size=2000))
def test_a_carried_title_is_short_and_made_of_the_titles_first_words(title: str) -> None:
    carried = carried_title(title)
    assert len(carried) <= 120
    assert title.split()[: len(carried.split())] == carried.split()


def test_pieces_are_values() -> None:
    assert Piece(0, 1, 1) == Piece(0, 1, 1)
