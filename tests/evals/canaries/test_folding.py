"""Folding makes what looks alike equal, and knows where each folded character came from."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.canaries.folding import fold, places
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


@settings(deadline=None)
@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@settings(deadline=None)
@given(st.text())
def test_composed_and_decomposed_text_fold_alike(text: str) -> None:
    assert fold(unicodedata.normalize("NFKC", text)) == fold(unicodedata.normalize("NFKD", text)) == fold(text)


@settings(deadline=None)
@given(st.text())
def test_every_folded_character_is_traced_to_its_origin(text: str) -> None:
    origins = places(text)
    assert len(origins) == len(fold(text)) + 1
    assert origins[-1] == len(text)
    for place, origin in enumerate(origins[:-1]):
        assert fold(text)[place] in fold(text[origin])
        assert len(fold(text[:origin])) <= place < len(fold(text[: origin + 1]))
