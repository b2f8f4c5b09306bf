"""Characters that steer a reader become visible."""

import sys
import unicodedata

from evals.reporting.visible import visible


def test_controls_bidirectional_marks_and_surrogates_are_spelled_out() -> None:
    assert visible("a\x1b[31m\u202eb\ud800\x00") == "a\\u{1b}[31m\\u{202e}b\\u{d800}\\u{0}"


def test_lines_and_tabs_stay_only_where_they_may() -> None:
    assert visible("a\n\tb", lines=True) == "a\n\tb"
    assert visible("a\n\tb") == "a\\u{a}\\u{9}b"


def test_ordinary_text_of_any_language_is_left_alone() -> None:
    text = "Zürich, 東京, القاهرة, 1 < 2 & “3”"
    assert visible(text) == text


def test_nothing_that_comes_out_is_a_control_or_a_format_character() -> None:
    everything = visible("".join(map(chr, range(sys.maxunicode + 1))))
    assert {unicodedata.category(one) for one in everything} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} == set()
