"""A figure proves a claim only in its own row and under its own column."""

from collections.abc import Callable

import pytest

from retrieval.citations.verification import verify
from tenancy.index.hits import Hit
from tests.retrieval.conftest import of_table

MakeHits = Callable[..., tuple[Hit, ...]]
_WARES = "Elm Tent 2 | 329 | 1.9 | 268\nElm Tent 3 | 549 | 2.8 | 57\nBirch Dome 6 | 899 | 9.1 | 18"
_COLUMNS = ("Name", "Price EUR", "Weight kg", "In stock")


@pytest.mark.shows("answers.proof")
@pytest.mark.parametrize(
    ("question", "claim", "proved"),
    [
        ("What does the Elm Tent 3 cost?", "The Elm Tent 3 costs 549 euros.", True),
        ("What does the Elm Tent 3 cost?", "The Elm Tent 3 costs 329 euros.", False),
        ("What does the Elm Tent 3 cost?", "549 EUR", True),
        ("What does the Elm Tent 3 cost?", "329 EUR", False),
        ("What does the Elm Tent 3 cost?", "The Elm Tent 3 costs 57 euros.", False),
        ("What does the Elm Tent 3 cost?", "Das Elm Tent 3 kostet 549 Euro.", True),
        ("What does the Elm Tent 3 cost?", "Das Elm Tent 3 kostet 899 Euro.", False),
        ("How heavy is it?", "The Birch Dome 6 weighs 9.1 kg.", True),
        ("How heavy is it?", "The Birch Dome 6 weighs 9.1 lbs.", False),
        ("How many are in stock?", "18 pieces of the Birch Dome 6 are in stock.", True),
        ("How many are in stock?", "899 pieces of the Birch Dome 6 are in stock.", False),
    ],
)
def test_L62_a_figure_belongs_to_its_row_and_column(
    make_hits: MakeHits, question: str, claim: str, *, proved: bool
) -> None:
    hits = [of_table(make_hits(_WARES)[0], _COLUMNS)]
    assert bool(verify(f"{claim} [1]", hits, question=question, required=True).citations) is proved
