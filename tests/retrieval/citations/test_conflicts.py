"""Where documents disagree, the later one counts."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from retrieval.citations.conflicts import conflicts
from retrieval.citations.verification import UNSUPPORTED, verify
from tenancy.index.hits import Hit
from tests.retrieval.conftest import of_table

MakeHits = Callable[..., tuple[Hit, ...]]
_COLUMNS = ("Name", "Price EUR")


def _named(hits: tuple[Hit, ...], *names: str) -> list[Hit]:
    return [replace(hit, document_name=name) for hit, name in zip(hits, names, strict=True)]


@pytest.mark.parametrize(
    ("names", "texts"),
    [
        (
            ("a.txt", "b.txt"),
            ("As of 1 March 2025: the Elm Tent costs 329 euros.", "As of 1 March 2026: the Elm Tent costs 349 euros."),
        ),
        (("prices-2025.txt", "prices-2026.txt"), ("The Elm Tent costs 329 euros.", "The Elm Tent costs 349 euros.")),
        (
            ("meeting-2026-03-04.md", "meeting-2026-03-18.md"),
            ("The Elm Tent is delayed to week 19.", "The Elm Tent is delayed further, from week 19 to week 22."),
        ),
    ],
)
def test_the_later_of_two_values_is_told_by_a_date(
    make_hits: MakeHits, names: tuple[str, str], texts: tuple[str, str]
) -> None:
    old, new = _named(make_hits(*texts), *names)
    for hits in ([old, new], [new, old]):
        found = conflicts(hits)
        assert [(each.later.hit, each.earlier.hit) for each in found] == [(new, old)]


def test_without_dates_the_upload_decides(make_hits: MakeHits) -> None:
    hits = make_hits("The Elm Tent costs 329 euros.", "The Elm Tent costs 349 euros.")
    uploaded = {hit.document_id: datetime(2026, 1, day, tzinfo=UTC) for hit, day in zip(hits, (2, 1), strict=True)}
    assert conflicts(hits, uploaded)[0].later.hit == hits[0]
    assert conflicts(hits[::-1], uploaded)[0].later.hit == hits[0]


def test_rows_of_one_thing_conflict_and_rows_of_others_do_not(make_hits: MakeHits) -> None:
    old, new = _named(
        make_hits("Elm Tent | 329\nOak Tent | 99", "Elm Tent | 349\nOak Tent | 99"), "2025.csv", "2026.csv"
    )
    found = conflicts([of_table(old, _COLUMNS), of_table(new, _COLUMNS)])
    assert [(each.later.text, each.earlier.text) for each in found] == [("Elm Tent | 349", "Elm Tent | 329")]


@pytest.mark.parametrize(
    "texts",
    [
        ("The Elm Tent costs 329 euros.", "The Oak Tent costs 99 euros."),
        ("The Elm Tent costs 329 euros.", "The Elm Tent weighs 3 kg."),
        ("Returns in January 2026 were 3 percent.", "Returns in February 2026 were 4 percent."),
        ("The Elm Tent costs 329 euros.", "The Elm Tent costs EUR 329."),
    ],
)
def test_another_thing_attribute_or_time_is_no_conflict(make_hits: MakeHits, texts: tuple[str, str]) -> None:
    assert conflicts(make_hits(*texts)) == ()


@pytest.mark.shows("answers.proof")
def test_L62_a_value_that_a_later_document_replaced_is_not_shown_alone(make_hits: MakeHits) -> None:
    hits = _named(make_hits("The Elm Tent costs 329 euros.", "The Elm Tent costs 349 euros."), "2025.txt", "2026.txt")

    def shown(answer: str) -> str:
        return verify(answer, hits, question="What does the Elm Tent cost?", required=True).text

    assert shown("The Elm Tent costs 329 euros [1].") == f"The Elm Tent costs 329 euros. {UNSUPPORTED}"
    assert shown("In 2025 the Elm Tent cost 329 euros [1].").endswith("[1]")
    both = shown("The Elm Tent costs 349 euros [2]. The Elm Tent costs 329 euros in the older list [1].")
    assert UNSUPPORTED not in both
    assert both.endswith("[2]")
