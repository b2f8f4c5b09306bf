"""What a text supports, in other languages than English."""

import pytest

from retrieval.claims import ground, shared, supported

_PASSAGE = "Die Verträge der Firma Müller sind nicht von der Zentrale, und sie wurden am 04.03.2027 gekündigt."


@pytest.mark.parametrize(
    ("claim", "share"),
    [
        ("Der Vertrag der Firma Müller wurde gekündigt.", 1.0),
        ("Verträge", 1.0),
        ("Contracts of Müller", 0.5),
        ("Der Vertrag wurde von der Zentrale bezahlt.", 2 / 3),
    ],
)
def test_words_are_shared_in_the_language_they_are_in(claim: str, share: float) -> None:
    assert shared(claim, ground(_PASSAGE)) == pytest.approx(share)


def test_nouns_of_german_are_names_in_their_own_forms() -> None:
    passage = ground(_PASSAGE)
    assert supported("Man hat den Vertrag von Müller gekündigt.", passage, ground(""))
    assert not supported("Man hat den Vertrag von Meier gekündigt.", passage, ground(""))
