"""Splitting chunks into what an extractive answer may quote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenancy.values.units import units


def _split(text: str) -> list[str]:
    return [text[unit.start : unit.end] for unit in units(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Dr. Voss paid $3.50 at 10 a.m. on Jan. 5. He left.",
            ["Dr. Voss paid $3.50 at 10 a.m. on Jan. 5.", "He left."],
        ),
        ("J. R. Tull wrote it. See e.g. Fig. 3 for more.", ["J. R. Tull wrote it.", "See e.g. Fig. 3 for more."]),
        ("The U.S. Army won. He lives in the U.S. The war ended.", None),
        ('"Why now?" she asked. "Because." He nodded.', ['"Why now?" she asked.', '"Because."', "He nodded."]),
        ("Version 2.1.4 runs on host.example.com now. Wait... what? No!", None),
        ("tokenised text . Any `` season '' ends . ''  Next one .", None),
        ("一つ目。二つ目！三つ目", ["一つ目。", "二つ目！", "三つ目"]),
        (
            "Es beginnt am 30. September. Er kam als 5. Ende.",
            ["Es beginnt am 30. September.", "Er kam als 5.", "Ende."],
        ),
        ("Is it No. 5? No. It is not.", ["Is it No. 5?", "No.", "It is not."]),
    ],
)
def test_a_full_stop_ends_a_sentence_only_where_a_reader_would_stop(text: str, expected: list[str] | None) -> None:
    by_hand = {
        "The U.S. Army won. He lives in the U.S. The war ended.": [
            "The U.S. Army won.",
            "He lives in the U.S.",
            "The war ended.",
        ],
        "Version 2.1.4 runs on host.example.com now. Wait... what? No!": [
            "Version 2.1.4 runs on host.example.com now.",
            "Wait... what?",
            "No!",
        ],
        "tokenised text . Any `` season '' ends . ''  Next one .": [
            "tokenised text .",
            "Any `` season '' ends . ''",
            "Next one .",
        ],
    }
    assert _split(text) == (expected or by_hand[text])


def test_list_items_and_headings_stand_by_themselves() -> None:
    text = "Steps\n1. Open the lid\n2. Press start. Then wait\n- note one\n- note two\n\nDone"
    assert _split(text) == [
        "Steps",
        "1. Open the lid",
        "2. Press start.",
        "Then wait",
        "- note one",
        "- note two",
        "Done",
    ]


def test_wrapped_prose_is_joined_over_its_line_ends() -> None:
    text = "This line was wrapped by a mail program since it was long and the\nsentence goes on here. Next\nHeading"
    assert _split(text)[0].endswith("goes on here.")


def test_lines_of_cells_are_units_of_their_own() -> None:
    text = "Rates\n\nRole | Rate. Net\nTrainee | 155. Fixed\nPartner | 620"
    assert _split(text) == ["Rates", "Role | Rate. Net", "Trainee | 155. Fixed", "Partner | 620"]


def test_very_long_sentences_are_cut_at_their_own_punctuation() -> None:
    clauses = ", ".join(f"clause number {number} says a little more" for number in range(40))
    pieces = _split(clauses)
    assert max(map(len, pieces)) <= 420
    assert all(piece.endswith(",") for piece in pieces[:-1])


@given(st.text("aB1 .!?\n|-\u3002'\")(,;:\t\u00a0", max_size=900))
def test_units_cover_all_text_but_white_space_in_order(text: str) -> None:
    end = 0
    for unit in units(text):
        assert not text[end : unit.start].strip()
        assert unit.start < unit.end
        assert text[unit.start : unit.end] == text[unit.start : unit.end].strip()
        end = unit.end
    assert not text[end:].strip()
