"""Folding makes what looks alike equal, and knows where each folded character came from."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.canaries.folding import Places, fold
from tests.evals.canaries.writing import DRESSES, FORMS, a_canary


@pytest.mark.parametrize("dress", DRESSES)
def test_a_value_in_another_dress_folds_alike(dress: str) -> None:
    for form in FORMS:
        value = a_canary(form).value
        worn = DRESSES[dress](value)
        assert fold(worn.replace("<em>", "").replace("</em>", "")) == fold(value)


def test_distinct_letters_stay_distinct() -> None:
    kept = "abcdefghjkmnpqrstuvwxyz23456789"
    assert fold(kept) == kept
    assert fold("Ли, ж!") == "лиж"


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_composed_and_decomposed_text_fold_alike(text: str) -> None:
    assert fold(unicodedata.normalize("NFKC", text)) == fold(unicodedata.normalize("NFKD", text)) == fold(text)


@given(st.text(), st.text(), st.integers(0, 600))
def test_every_folded_character_is_traced_to_its_origin(before: str, after: str, between: int) -> None:
    text = before + "x-" * between + after
    folded, origins = fold(text), Places(text)
    assert origins[len(folded)] == len(text)
    for place in range(len(folded)):
        origin = origins[place]
        assert folded[place] in fold(text[origin])
        assert len(fold(text[:origin])) <= place < len(fold(text[: origin + 1]))
