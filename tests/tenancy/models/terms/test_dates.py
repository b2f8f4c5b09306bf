"""Dates, times and numbers are one term each, however they are written."""

import pytest

from tenancy.models.terms import term_counts


@pytest.mark.parametrize(
    "text",
    [
        "4 March 2027", "March 4, 2027", "March 4th 2027", "the 4th of March, 2027", "4 Mar 2027", "4-Mar-2027",
        "2027-03-04", "2027/3/4", "04.03.2027", "4.3.2027", "20270304", "4. März 2027", "4 de marzo de 2027",
        "4 mars 2027", "4 marzo 2027", "4 de março de 2027", "4 maart 2027", "4. maaliskuuta 2027", "4 marca 2027",
        "4 martie 2027", "2027. március 4.", "4 Mart 2027", "4 марта 2027 года", "4 Μαρτίου 2027",
        "\u0664 مارس \u0662\u0660\u0662\u0667", "4 मार्च 2027", "ngày 4 tháng 3 năm 2027", "2027年3月4日",
        "令和9年3月4日", "2027년 3월 4일", "4 มีนาคม 2570", "\u06f4 مارس \u06f2\u06f0\u06f2\u06f7", "4 במרץ 2027",
    ],
)  # fmt: skip
def test_a_date_is_one_term_in_every_language(text: str) -> None:
    assert {"2027-03-04", "2027-03", "--03-04"} <= term_counts(text).keys()


@pytest.mark.parametrize(
    ("text", "has", "hasnt"),
    [
        ("03/04/2027", {"2027-04-03", "2027-03-04"}, set()),
        ("13/04/2027", {"2027-04-13"}, {"2027-13-04"}),
        ("4.3.27", {"2027-03-04"}, set()),
        ("March 2027", {"2027-03"}, {"--03-20"}),
        ("03/2027", {"2027-03"}, set()),
        ("from 4 to 6 March 2027", {"2027-03-04", "2027-03-06"}, set()),
        ("March 4-6, 2027", {"2027-03-04", "2027-03-06"}, set()),
        ("on 4 March", {"--03-04"}, set()),
        ("you may call 20 people", set(), {"--05-20"}),
        ("INV-2027-03-04x, 12.34.5678", set(), {"2027-03-04"}),
        ("31.13.2027", set(), {"2027-13-31", "2027-31-13"}),
    ],
)
def test_what_else_is_a_date_and_what_is_not(text: str, has: set[str], hasnt: set[str]) -> None:
    terms = term_counts(text).keys()
    assert has <= terms
    assert not hasnt & terms


@pytest.mark.parametrize(
    "text", ["14:30", "2.30 pm", "2:30 p.m.", "2:30pm", "14.30 Uhr", "kl. 14.30", "14h30", "14:30:00"]
)
def test_a_time_of_day_is_one_term(text: str) -> None:
    assert "14:30" in term_counts(text)


@pytest.mark.parametrize(
    "text", ["1250", "1,250", "1.250", "1 250", "1\u00a0250", "1'250", "1,250.00", "1.250,00", "1250.00"]
)
def test_a_number_is_one_term_whatever_parts_it(text: str) -> None:
    assert "1250" in term_counts(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3,5", {"3.5", "3", "5"}),
        ("3.50", {"3.5", "3.50"}),
        ("1.250.000,75", {"1250000.75"}),
        ("1,25,000", {"125000"}),
        ("0.125", {"0.125"}),
        ("4.2.1", {"4.2.1"}),
        ("1,2,3", {"1", "2.3", "2", "3"}),
    ],
)
def test_other_numbers_keep_their_value(text: str, expected: set[str]) -> None:
    assert term_counts(text).keys() == expected
