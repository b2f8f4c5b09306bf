"""Tripwire tokens: recognised however they are dressed, and made by nobody who has not the key."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenancy.keys.local import LocalKeys
from tenancy.tripwires.tokens import LETTERS, PREFIX, Recogniser, folded, new_owner


@pytest.fixture
def recogniser(tmp_path: Path) -> Recogniser:
    return Recogniser(LocalKeys(tmp_path / "keys"))


def dressings(token: str) -> list[str]:
    """Return forms that a reader, a model or a converter could give a token."""
    bare = token.replace("-", "")
    return [
        token,
        bare,
        token.upper(),
        token.replace("-", " "),
        token.replace("-", "\n> "),
        " ".join(bare),
        "\u200b".join(bare),
        "".join(f"{letter}\u00ad\ufeff" for letter in bare),
        "".join(chr(ord(letter) + 0xFEE0) for letter in bare),  # full width
        "*".join(bare),
        bare.replace("1", "l").replace("0", "O"),
        f"`{token}`.",
        f"before{bare}after",
    ]


@pytest.mark.shows("tripwires.recognition")
def test_a_token_is_recognised_however_it_is_dressed(recogniser: Recogniser) -> None:
    owner = new_owner()
    token = recogniser.make(owner)
    (plain,) = recogniser.found(token)
    assert plain.owner == owner
    for dressed in dressings(token):
        assert recogniser.found(f"The mark is {dressed} and no other.") == {plain}, dressed


def test_several_tokens_are_told_apart(recogniser: Recogniser) -> None:
    tokens = [recogniser.make(new_owner()) for _ in range(20)]
    assert len(recogniser.found("".join(tokens))) == 20
    assert len(recogniser.found("bht".join(tokens))) == 20


@pytest.mark.shows("tripwires.recognition")
@pytest.mark.parametrize("length", range(1, LETTERS + 1))
def test_a_false_beginning_hides_no_token_however_far_before_it(recogniser: Recogniser, length: int) -> None:
    token = recogniser.make(new_owner())
    assert recogniser.found(("bhtw" + "0" * LETTERS)[:length] + token) == recogniser.found(token)
    assert recogniser.found("bhtw" + "0" * (LETTERS - length - 3) + token) == recogniser.found(token)


@pytest.mark.shows("tripwires.forgery")
def test_no_tenant_can_make_one_every_changed_letter_is_no_token(recogniser: Recogniser) -> None:
    letters = folded(recogniser.make(new_owner())).decode()
    for place in range(len(PREFIX), LETTERS):
        other = "0" if letters[place] != "0" else "1"
        assert recogniser.found(letters[:place] + other + letters[place + 1 :]) == frozenset()


@pytest.mark.shows("tripwires.forgery")
def test_a_token_of_another_deployment_is_none_here(recogniser: Recogniser, tmp_path: Path) -> None:
    elsewhere = Recogniser(LocalKeys(tmp_path / "elsewhere"))
    assert recogniser.found(elsewhere.make(new_owner())) == frozenset()


def test_the_parts_of_two_tokens_do_not_make_a_third(recogniser: Recogniser) -> None:
    one, two = (recogniser.make(new_owner()).split("-") for _ in range(2))
    mixed = ["-".join([one[0], one[1], two[2], *one[3:]]), "-".join([one[0], two[1], one[2], *one[3:]])]
    assert [recogniser.found(each) for each in mixed] == [frozenset(), frozenset()]


def test_what_a_log_or_an_alarm_says_of_a_token_is_no_token(recogniser: Recogniser) -> None:
    (token,) = recogniser.found(recogniser.make(new_owner()))
    assert recogniser.found(f"bhtw {token}") == frozenset()


def test_the_guard_key_is_the_owners_alone(tmp_path: Path) -> None:
    Recogniser(LocalKeys(tmp_path / "keys"))
    key = tmp_path / "keys" / "deployment" / "guard.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_without_the_key_the_same_letters_are_not_recognised_after_it_was_replaced(tmp_path: Path) -> None:
    token = Recogniser(LocalKeys(tmp_path / "keys")).make(new_owner())
    assert Recogniser(LocalKeys(tmp_path / "keys")).found(token)
    (tmp_path / "keys" / "deployment" / "guard.key").unlink()
    assert Recogniser(LocalKeys(tmp_path / "keys")).found(token) == frozenset()


@given(st.text(max_size=60), st.text(max_size=60))
def test_text_cut_anywhere_folds_to_the_same_letters(one: str, two: str) -> None:
    assert folded(one + two) == folded(one) + folded(two)
