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
    carried_title,
    chunk,
    embedded_text,
)


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
    for number, (paragraph, kind) in enumerate(paragraphs, start=1):
        text = paragraph.strip()
        if text:
            blocks.append(Block(position, position + len(text), number, kind))
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
def test_a_chunk_has_the_page_of_its_first_character(paragraphs: list[tuple[str, BlockKind]]) -> None:
    text, blocks = _document(paragraphs)
    for piece in chunk(text, blocks, None, MEASURES):
        assert piece.page == next(block.page for block in blocks if block.start <= piece.start < block.end)


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
    assert Piece(0, 1, None, 1) == Piece(0, 1, None, 1)
