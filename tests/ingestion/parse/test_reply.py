"""The answer of a parser that a document has taken over is refused."""

import json
from typing import Any

import pytest

from ingestion.formats.account import Account
from ingestion.formats.content import ReadingWarning, WarningCode
from ingestion.parse import Extracted, Limits, ParseFailed, Piece
from ingestion.parse.outcome import CODES
from ingestion.parse.reply import Untrustworthy, decode, encode
from tenancy.values.layout import Layout, Rows

TEXT = "One sentence here.\n\nAnother | one there."
GOOD: dict[str, Any] = {
    "text": TEXT,
    "title": "A title",
    "pages": 2,
    "chunks": [[0, 18, 9], [10, 40, 12]],
    "turns": [[0, 1], [20, 2]],
    "rows": [[20, 40, ["A", "B"], "Sheet", ""]],
    "account": [3, 1, [["page_without_text", 2, ""], ["attachment_unread", None, "a.bin"]]],
}
LIMITS = Limits(text_chars=100, chunks=3, pages=5)
LAYOUT = Layout(((0, 1), (20, 2)), (Rows(20, 40, ("A", "B"), "Sheet"),))
ACCOUNT = Account(
    3,
    1,
    (
        ReadingWarning(WarningCode.PAGE_WITHOUT_TEXT, 2),
        ReadingWarning(WarningCode.ATTACHMENT_UNREAD, part="a.bin"),
    ),
)


def test_an_honest_answer_comes_back_as_it_was() -> None:
    pieces = tuple(Piece(start, end, tokens, LAYOUT.within(start, end)) for start, end, tokens in GOOD["chunks"])
    extracted = Extracted(TEXT, "A title", 2, pieces, LAYOUT, ACCOUNT)
    assert decode(encode(extracted), LIMITS) == extracted
    assert decode(json.dumps(GOOD).encode(), LIMITS) == extracted
    assert [piece.layout.page_range(piece.start, piece.end) for piece in pieces] == [(1, 1), (1, 2)]


@pytest.mark.parametrize("code", sorted(CODES))
def test_an_honest_failure_says_what_to_do(code: str) -> None:
    with pytest.raises(ParseFailed) as failed:
        decode(encode(ParseFailed(code)), LIMITS)
    assert failed.value.code == code
    assert failed.value.stage == "parsing"
    assert failed.value.detail.endswith(".")


@pytest.mark.parametrize(
    "change",
    [
        {"text": 3},
        {"text": "nul \0"},
        {"text": "x" * 101},
        {"title": ""},
        {"title": "two\nlines"},
        {"title": "x" * 401},
        {"title": ["x"]},
        {"pages": 0},
        {"pages": 6},
        {"pages": True},
        {"pages": "2"},
        {"chunks": []},
        {"chunks": {}},
        {"chunks": [[0, 18, 9]] * 2},
        {"chunks": [[0, 1, 1], [1, 2, 1], [2, 3, 1], [3, 4, 1]]},
        {"chunks": [[0, 41, 9]]},
        {"chunks": [[-1, 18, 9]]},
        {"chunks": [[5, 5, 9]]},
        {"chunks": [[10, 38, 9], [0, 18, 9]]},
        {"chunks": [[0, 18, 9], [10, 18, 9]]},
        {"chunks": [[18, 20, 1]]},
        {"chunks": [[0, 18, 251]]},
        {"chunks": [[0, 18, 0]]},
        {"chunks": [[0, 18, 9.0]]},
        {"chunks": [[0, True, 9]]},
        {"chunks": [[0, 18]]},
        {"chunks": ["abc"]},
        {"chunks": [None]},
        {"turns": {}},
        {"turns": [[0, 3]]},
        {"turns": [[0, 0]]},
        {"turns": [[0, True]]},
        {"turns": [[-1, 1]]},
        {"turns": [[40, 1]]},
        {"turns": [[5, 1], [5, 2]]},
        {"turns": [[0, 1, 1]]},
        {"pages": None},
        {"rows": [[20, 41, [], "", ""]]},
        {"rows": [[20, 20, [], "", ""]]},
        {"rows": [[0, 9, [], "", ""], [8, 12, [], "", ""]]},
        {"rows": [[0, 9, [1], "", ""]]},
        {"rows": [[0, 9, "AB", "", ""]]},
        {"rows": [[0, 9, [], None, ""]]},
        {"rows": [[0, 9, ["x" * 4001], "", ""]]},
        {"rows": [[0, 9, [""] * 4001, "", ""]]},
        {"rows": [[0, 9, [], "x" * 201, ""]]},
        {"rows": [[0, 9, [], "", "x" * 201]]},
        {"account": [1, 2, []]},
        {"account": [1, -1, []]},
        {"account": [1, True, []]},
        {"account": [1, 0, [["made up", None, ""]]]},
        {"account": [1, 0, [["part_unread", 3, ""]]]},
        {"account": [1, 0, [["part_unread", None, "x" * 201]]]},
        {"account": [1, 0, [["part_unread", None, "two\nlines"]]]},
        {"account": [1, 0, [["part_unread", None]]]},
        {"account": [1, 0, [["part_unread", None, "a"]] * 201]},
        {"extra": 1},
        {"failed": "made up"},
        {"failed": ["damaged"]},
        {"failed": {}},
    ],
)
def test_an_answer_that_breaks_a_rule_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Untrustworthy):
        decode(json.dumps(GOOD | change).encode(), LIMITS)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe",
        b'{"text": NaN}',
        b"[" * 100_000,
        b'{"text": "\\ud800", "title": null, "pages": null, "chunks": [[0, 1, 1]]}',
        b'{"text": "abc", "title": null, "pages": null}',
    ],
)
def test_an_answer_that_is_not_one_is_refused(raw: bytes) -> None:
    with pytest.raises(Untrustworthy):
        decode(raw, LIMITS)
