"""The answer of a parser that a document has taken over is refused."""

import json
from typing import Any

import pytest

from ingestion.parse import Extracted, Limits, ParseFailed, Piece
from ingestion.parse.outcome import CODES
from ingestion.parse.reply import Untrustworthy, decode, encode

TEXT = "One sentence here.\n\nAnother one there."
GOOD: dict[str, Any] = {"text": TEXT, "title": "A title", "pages": 2, "chunks": [[0, 18, 1, 9], [10, 38, None, 12]]}
LIMITS = Limits(text_chars=100, chunks=3, pages=5)


def test_an_honest_answer_comes_back_as_it_was() -> None:
    extracted = Extracted(TEXT, "A title", 2, (Piece(0, 18, 1, 9), Piece(10, 38, None, 12)))
    assert decode(encode(extracted), LIMITS) == extracted
    assert decode(json.dumps(GOOD).encode(), LIMITS) == extracted


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
        {"chunks": [[0, 18, 1, 9]] * 2},
        {"chunks": [[0, 1, 1, 1], [1, 2, 1, 1], [2, 3, 1, 1], [3, 4, 1, 1]]},
        {"chunks": [[0, 39, 1, 9]]},
        {"chunks": [[-1, 18, 1, 9]]},
        {"chunks": [[5, 5, 1, 9]]},
        {"chunks": [[10, 38, 1, 9], [0, 18, 1, 9]]},
        {"chunks": [[0, 18, 1, 9], [10, 18, 1, 9]]},
        {"chunks": [[18, 20, 1, 1]]},
        {"chunks": [[0, 18, 3, 9]]},
        {"chunks": [[0, 18, 0, 9]]},
        {"chunks": [[0, 18, 1, 251]]},
        {"chunks": [[0, 18, 1, 0]]},
        {"chunks": [[0, 18, 1, 9.0]]},
        {"chunks": [[0, True, 1, 9]]},
        {"chunks": [[0, 18, 1]]},
        {"chunks": ["abcd"]},
        {"chunks": [None]},
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
        b'{"text": "\\ud800", "title": null, "pages": null, "chunks": [[0, 1, null, 1]]}',
        b'{"text": "abc", "title": null, "pages": null}',
    ],
)
def test_an_answer_that_is_not_one_is_refused(raw: bytes) -> None:
    with pytest.raises(Untrustworthy):
        decode(raw, LIMITS)
