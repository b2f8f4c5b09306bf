"""A text in pieces is judged like the whole, and no whole token is sent on."""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenancy.keys.local import LocalKeys
from tenancy.tripwires.stream import Tripped, TripwireStream
from tenancy.tripwires.tokens import Recogniser, Token, folded, new_owner

with tempfile.TemporaryDirectory() as _folder:
    _RECOGNISER: Final = Recogniser(LocalKeys(Path(_folder) / "keys"))
_OURS: Final = _RECOGNISER.make(new_owner())
_THEIRS: Final = _RECOGNISER.make(new_owner())
_ALLOWED: Final = _RECOGNISER.found(_OURS)
_WIDE: Final = "".join(chr(ord(letter) + 0xFEE0) for letter in _THEIRS.replace("-", ""))

_PARTS: Final = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        ["bhtw", "b", "bh", "BHT", "w", "-", "\u200b", " the ", _OURS, _OURS.upper(), _THEIRS, " ".join(_THEIRS), _WIDE]
    ),
    st.integers(1, 44).map(lambda end: folded(_THEIRS).decode()[:end]),
    st.integers(1, 44).map(lambda start: folded(_THEIRS).decode()[-start:]),
)


def _allowed(token: Token) -> bool:
    return token in _ALLOWED


@st.composite
def _pieces(draw: st.DrawFn) -> list[str]:
    whole = "".join(draw(st.lists(_PARTS, max_size=8)))
    cuts = sorted(draw(st.lists(st.integers(0, len(whole)), max_size=12)))
    return [whole[one:two] for one, two in zip([0, *cuts], [*cuts, len(whole)], strict=True)]


def _through(pieces: Iterable[str]) -> tuple[str, Token | None]:
    """Return what was sent on, and the token that ended it, if one did."""
    stream, sent = TripwireStream(_RECOGNISER, _allowed), ""
    try:
        for piece in pieces:
            sent += stream.feed(piece)
        return sent + stream.close(), None
    except Tripped as tripped:
        return sent, tripped.token


@pytest.mark.shows("tripwires.recognition")
@given(_pieces())
def test_a_stream_is_judged_like_the_whole_wherever_it_is_cut(pieces: list[str]) -> None:
    whole = "".join(pieces)
    foreign = _RECOGNISER.found(whole) - _ALLOWED
    sent, tripped = _through(pieces)
    if tripped is None:
        assert (sent, foreign) == (whole, frozenset())
    else:
        assert tripped in foreign
        assert whole.startswith(sent)
        assert _RECOGNISER.found(sent) <= _ALLOWED


def test_a_token_sent_letter_by_letter_is_blocked_before_any_of_it_is_sent() -> None:
    sent, tripped = _through(f"The watchword is {_THEIRS}.")
    assert sent == "The watchword is "
    assert {tripped} == _RECOGNISER.found(_THEIRS)


def test_without_the_stream_the_same_letters_would_have_been_sent() -> None:
    every, sent = TripwireStream(_RECOGNISER, lambda _: True), ""
    for letter in f"The watchword is {_THEIRS}.":
        sent += every.feed(letter)
    assert _RECOGNISER.found(sent + every.close()) == _RECOGNISER.found(_THEIRS)


def test_words_are_given_out_as_they_come() -> None:
    stream = TripwireStream(_RECOGNISER, _allowed)
    assert [stream.feed("Hello "), stream.feed("world, the b"), stream.feed("ay"), stream.close()] == [
        "Hello ", "world, the ", "bay", "",
    ]  # fmt: skip


def test_what_is_held_back_is_bounded_and_a_token_stretched_beyond_it_is_blocked_all_the_same() -> None:
    stretched = (" " * 1_000).join(_THEIRS.replace("-", ""))
    sent, tripped = _through(stretched[at : at + 100] for at in range(0, len(stretched), 100))
    assert {tripped} == _RECOGNISER.found(_THEIRS)
    assert len(sent) > len(stretched) - 6_000
    assert not _RECOGNISER.found(sent)
