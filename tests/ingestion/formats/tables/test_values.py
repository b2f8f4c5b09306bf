"""Numbers as a sheet shows them: one line for every kind of number format."""

import random

import pytest

from ingestion.formats.tables.values import BUILT_IN, show, show_text


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (42.0, "General", "42"),
        (0.1 + 0.2, "General", "0.3"),
        (1 / 3, "General", "0.333333333"),
        (4006381333931.0, "General", "4006381333931"),
        (123456789.12, "General", "123456789.12"),
        (0.00001234, "General", "1.234E-05"),
        (-1.5, "General", "-1.5"),
        (471.0, "00000", "00471"),
        (1234567.891, "#,##0.00", "1,234,567.89"),
        (999.0, "#,##0", "999"),
        (0.0, "#,##0", "0"),
        (1.005, "0.00", "1.01"),
        (-1.005, "0.00", "-1.01"),
        (-0.001, "0.00", "0.00"),
        (0.5, "#.##", ".5"),
        (2.5, "0.0##", "2.5"),
        (2.0, "0.##", "2"),
        (0.15, "0.0%", "15.0%"),
        (0.285, "0%", "29%"),
        (-0.5, "0.0%", "-50.0%"),
        (1200.0, '#,##0.00 "kr"', "1,200.00 kr"),
        (12.5, "[$€-407] #,##0.00", "€ 12.50"),
        (12.5, "#,##0.00\\ [$€-1]", "12.50 €"),
        (-12.5, '"$"#,##0.00;[Red]("$"#,##0.00)', "($12.50)"),
        (-12.5, '"$"#,##0.00_);("$"#,##0.00)', "($12.50)"),
        (-5.0, "0;0", "5"),
        (0.0, '0;-0;"none"', "none"),
        (0.0, "0;-0;;@", ""),
        (7.0, ";;;", "7"),
        (1500000.0, '0.0,,"M"', "1.5M"),
        (12345.0, "#,##0,", "12"),
        (5551234567.0, "(000) 000-0000", "(555) 123-4567"),
        (12345.0, "0.00E+00", "1.23E+04"),
        (0.00012, "0.0E+0", "1.2E-4"),
        (12345.0, "##0.0E+0", "12.3E+3"),
        (9.999, "0.0E+0", "1.0E+1"),
        (0.75, "# ?/?", "3/4"),
        (2.5, "# ??/??", "2 1/2"),
        (-1.25, "# ?/8", "-1 2/8"),
        (3.0, "# ?/?", "3"),
        (1.75, "?/?", "7/4"),
        (120.0, '[>=100]"high";[<10]"low";0', "high"),
        (5.0, '[>=100]"high";[<10]"low";0', "low"),
        (50.0, '[>=100]"high";[<10]"low";0', "50"),
        (12.0, '0 "units"', "12 units"),
        (5.0, '"No. "0', "No. 5"),
        (5.0, "@", "5"),
        (5.0, "0.00 [", "5.00 ["),
        (1e300, "0.00", "1E+300"),
    ],
)
def test_a_number_is_shown_by_its_format(value: float, code: str, shown: str) -> None:
    assert show(value, code) == shown


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (46477.0, "yyyy-mm-dd", "2027-03-31"),
        (46477.0, "dd.mm.yyyy", "31.03.2027"),
        (46477.0, BUILT_IN[14], "2027-03-31"),
        (46477.0, "m/d/yy", "3/31/27"),
        (46477.0, "d\\-mmm\\-yyyy", "31-Mar-2027"),
        (46477.0, "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", "Wednesday, March 31, 2027"),
        (46477.0, 'yyyy"年"m"月"d"日"', "2027年3月31日"),
        (46477.0, "mmmmm", "M"),
        (46477.75, "yyyy-mm-dd hh:mm", "2027-03-31 18:00"),
        (46477.75, "yyyy/m/d h:mm AM/PM", "2027/3/31 6:00 PM"),
        (0.5, "h:mm", "12:00"),
        (0.0, "h:mm AM/PM", "12:00 AM"),
        (0.75, "h:mm:ss", "18:00:00"),
        (0.18, "mm:ss", "19:12"),
        (0.000011574, "ss.00", "01.00"),
        (1.5, "[h]:mm", "36:00"),
        (1.5, "[hh]:mm:ss", "36:00:00"),
        (0.5, "[m]", "720"),
        (-0.25, "[h]:mm", "-6:00"),
        (1.0, "yyyy-mm-dd", "1900-01-01"),
        (61.0, "yyyy-mm-dd", "1900-03-01"),
        (-1.0, "yyyy-mm-dd", "-1"),
        (1e9, "yyyy-mm-dd", "1000000000"),
    ],
)
def test_a_date_is_shown_by_its_format(value: float, code: str, shown: str) -> None:
    assert show(value, code) == shown


def test_days_may_be_counted_from_1904() -> None:
    assert show(45015.0, "yyyy-mm-dd", since_1904=True) == "2027-03-31"


@pytest.mark.parametrize(
    ("text", "code", "shown"),
    [("Ada", "General", "Ada"), ("Ada", "@", "Ada"), ("Ada", '0;-0;0;"Keeper "@', "Keeper Ada")],
)
def test_a_text_is_shown_by_the_part_for_text(text: str, code: str, shown: str) -> None:
    assert show_text(text, code) == shown


def test_no_format_is_too_odd_to_show_a_number() -> None:
    dice = random.Random(7)  # noqa: S311 - no secret is made of it
    for _ in range(3000):
        code = "".join(dice.choices('0#?.,%/;@[]$"\\E+-ymdhs:AGeneral*_<>=5 ', k=dice.randrange(14)))
        for value in (0.0, -1.5, 46477.75, 1e-9, 1e20, -1e308, float("inf"), float("nan")):
            assert isinstance(show(value, code), str)
