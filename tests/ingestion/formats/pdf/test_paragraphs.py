"""Lines of a PDF become the paragraphs, headings and lists that a person sees."""

from pathlib import Path

import pytest

from ingestion.chunk import BlockKind
from ingestion.formats.content import Passage
from tests.ingestion.formats.pdf.made import column, made_pdf, read, shown, texts

FIRST = [
    "The ferry leaves the harbour at seven in the morning and",
    "comes back at nine in the evening, when the tide is high.",
]
SECOND = [
    "Tickets are sold at the mill beside the pier. Children and",
    "dogs travel free of charge on every day but Sunday, when",
    "the small boat goes.",
]
LONG = [*SECOND[:2], *SECOND]


@pytest.mark.parametrize("step", [12.5, 18, 24], ids=["single", "one and a half", "double"])
@pytest.mark.parametrize("between", [1.8, 2.4], ids=["close", "far"])
def test_lines_make_paragraphs_at_any_spacing(tmp_path: Path, step: float, between: float) -> None:
    first = column(70, 780, FIRST * 2, step=step)
    second = column(70, 780 - step * 3 - step * between, LONG, step=step)
    found = texts(read(tmp_path, made_pdf([first + second])))
    assert found == [" ".join(FIRST * 2), " ".join(LONG)]


def test_a_first_line_set_in_begins_a_paragraph(tmp_path: Path) -> None:
    lines = column(90, 780, FIRST[:1]) + column(70, 767, FIRST[1:])
    lines += column(90, 754, SECOND[:1]) + column(70, 741, SECOND[1:])
    assert texts(read(tmp_path, made_pdf([lines]))) == [" ".join(FIRST), " ".join(SECOND)]


@pytest.mark.parametrize("marks", [("•", "•", "•"), ("1.", "2.", "3."), ("(a)", "(b)", "(c)"), ("-", "-", "-")])
def test_each_item_of_a_list_is_a_passage(tmp_path: Path, marks: tuple[str, ...]) -> None:
    content = b"".join(
        shown(70, 780 - 26 * at, mark) + column(90, 780 - 26 * at, SECOND[:2]) for at, mark in enumerate(marks)
    )
    assert texts(read(tmp_path, made_pdf([content]))) == [f"{mark} {' '.join(SECOND[:2])}" for mark in marks]


@pytest.mark.parametrize(("font", "size"), [("F1", 18), ("F2", 11)], ids=["large", "bold"])
def test_large_or_bold_lines_are_headings(tmp_path: Path, font: str, size: float) -> None:
    content = shown(70, 780, "Sailing times", font=font, size=size) + column(70, 755, LONG)
    heading, body = read(tmp_path, made_pdf([content])).blocks
    assert isinstance(heading, Passage)
    assert (heading.text, heading.kind) == ("Sailing times", BlockKind.HEADING)
    assert isinstance(body, Passage)
    assert body.kind is BlockKind.PROSE


@pytest.mark.parametrize(
    ("end", "begin", "whole"),
    [
        ("every informa-", "tion about buoys", "every information about buoys"),
        ("a well-", "known harbour", "a well-known harbour"),
        ("state-of-the-", "art lamps", "state-of-the-art lamps"),
        ("the years 2019-", "2021 were dry", "the years 2019-2021 were dry"),
        ("the part AX-", "40 is missing", "the part AX-40 is missing"),
        ("pre-", "and postwar boats", "pre- and postwar boats"),
        ("the coast\u00ad", "guard sails", "the coastguard sails"),
        ("the sea -", "the wide one", "the sea - the wide one"),
    ],
)
def test_words_parted_at_a_line_end_are_mended(tmp_path: Path, end: str, begin: str, whole: str) -> None:
    before, after = (
        "Those who live at the shore should always remember",
        "and all that is told of it in the evening by the fire.",
    )
    content = column(70, 780, [f"{before} {end}", f"{begin} {after}"])
    assert texts(read(tmp_path, made_pdf([content]))) == [f"{before} {whole} {after}"]


def test_a_hyphen_stays_where_the_document_has_it(tmp_path: Path) -> None:
    content = column(
        70,
        780,
        [
            "Every sea-bird of the island nests upon the cliff, and a sea-",
            "bird is counted once a year by two of the keepers.",
        ],
    )
    assert "and a sea-bird is counted" in texts(read(tmp_path, made_pdf([content])))[0]


def test_a_paragraph_over_two_pages_is_one(tmp_path: Path) -> None:
    first = column(70, 780, [*SECOND[:2], "and it is told that the"])
    full = column(70, 780, [SECOND[0], SECOND[1]])
    (passage,) = read(tmp_path, made_pdf([full, column(70, 780, SECOND[2:])])).blocks
    assert isinstance(passage, Passage)
    assert passage.text == " ".join(SECOND)
    assert [(passage.text[at:], page) for at, page in passage.breaks] == [(SECOND[2], 2)]
    assert len(read(tmp_path, made_pdf([first, column(70, 780, ["Next comes another."])])).blocks) == 2


def test_verse_keeps_its_lines(tmp_path: Path) -> None:
    verse = ["The lamp is lit,", "The wind is low,", "The boats of evening", "Come and go."]
    blocks = read(tmp_path, made_pdf([column(70, 780, LONG) + column(70, 680, verse)])).blocks
    assert isinstance(blocks[-1], Passage)
    assert (blocks[-1].text, blocks[-1].kind) == ("\n".join(verse), BlockKind.LINES)


def test_code_keeps_its_indents(tmp_path: Path) -> None:
    content = column(70, 780, ["def lamp(tide):"], font="F3") + column(96.4, 767, ["return tide * 2"], font="F3")
    (passage,) = read(tmp_path, made_pdf([content])).blocks
    assert isinstance(passage, Passage)
    assert (passage.text, passage.kind) == ("def lamp(tide):\n    return tide * 2", BlockKind.LINES)


def test_entries_of_a_table_of_contents_are_lines(tmp_path: Path) -> None:
    entries = [f"{name} {'.' * 60} {at}" for at, name in enumerate(("Tides", "Boats", "Lamps", "Winds"), start=3)]
    assert texts(read(tmp_path, made_pdf([column(70, 780, entries)]))) == ["Tides … 3\nBoats … 4\nLamps … 5\nWinds … 6"]


def test_a_short_first_line_above_longer_text_is_a_heading(tmp_path: Path) -> None:
    heading, body = read(tmp_path, made_pdf([shown(70, 780, "The harbour ledger") + column(70, 740, FIRST)])).blocks
    assert isinstance(heading, Passage)
    assert (heading.text, heading.kind) == ("The harbour ledger", BlockKind.HEADING)
    assert isinstance(body, Passage)
    assert body.kind is BlockKind.PROSE
