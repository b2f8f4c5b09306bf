"""Cells: figures and days read exactly, in whatever way they are written."""

import pytest

from tenancy.values.cells import Amount, decimal_mark, folded, month_first, read_amount, read_moment, written_like

_DAY = read_moment("2027-03-04")


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1200", Amount(1200, 0)),
        ("1,200.00", Amount(120000, 2)),
        ("1.200,00", Amount(120000, 2)),
        ("1 200,5 kr", Amount(12005, 1, "kr")),
        ("1'200", Amount(1200, 0)),
        ("1,200", Amount(1200, 0)),
        ("-6", Amount(-6, 0)),
        ("+8", Amount(8, 0)),
        ("\u2212\u20ac5", Amount(-5, 0, "EUR")),
        ("EUR 5", Amount(5, 0, "EUR")),
        ("(1,200.50)", Amount(-120050, 2)),
        ("(-5)", None),
        ("12.5 %", Amount(125, 1, "%")),
        ("3 km/h", Amount(3, 0, "km/h")),
        ("0.250", Amount(250, 3)),
        ("AX-1000", None),
        ("007", None),
        ("ROW 5", None),
        ("1.250", None),
        ("12.03.2027", None),
        ("1,2,3", None),
        ("3 of 4", None),
        ("", None),
    ],
)
def test_a_figure_is_read_exactly_or_not_at_all(text: str, amount: Amount | None) -> None:
    assert read_amount(text) == amount


def test_what_parts_a_fraction_is_told_by_the_other_cells() -> None:
    assert decimal_mark(["1.250", "12,5"]) == ","
    assert decimal_mark(["1.250", "2"]) is None
    assert read_amount("1.250", ",") == Amount(1250, 0)
    assert read_amount("1.250", ".") == Amount(1250, 3)


@pytest.mark.parametrize(
    "text",
    ["2027-03-04T00:00:00Z", "4 March 2027", "March 4, 2027", "4. M\u00e4rz 2027", "4 de marzo de 2027", "4 mars 2027",
     "04.03.2027", "4 Mar 2027"],
)  # fmt: skip
def test_a_day_is_the_same_however_it_is_written(text: str) -> None:
    assert read_moment(text) == _DAY is not None


def test_a_day_that_can_be_read_in_two_ways_is_told_by_the_other_cells() -> None:
    assert read_moment("03/04/2027") is None
    assert month_first(["03/04/2027", "03/14/2027"]) is True
    assert month_first(["03/14/2027", "14/03/2027"]) is None
    assert read_moment("03/04/2027", months_first=True) == _DAY
    assert read_moment("31/02/2027") is read_moment("yesterday") is None


@pytest.mark.parametrize(
    ("sample", "written"),
    [
        ("12.50", "45600.75"),
        ("EUR 1,200.00", "EUR 45,600.75"),
        ("1.200,50 \u20ac", "45.600,75 \u20ac"),
        ("-3.10", "45600.75"),
    ],
)
def test_a_figure_is_written_as_its_column_writes_figures(sample: str, written: str) -> None:
    assert written_like(sample, 4560075, 2) == written


def test_capitals_and_accents_tell_no_words_apart() -> None:
    assert folded("\u00c5RDAL S\u00f8nn") == "ardal sonn"
