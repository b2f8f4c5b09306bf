"""Rows of tables: each a unit that knows its columns, and quoted only where it is the one that was asked for."""

from collections.abc import Callable

import pytest

from retrieval.extract import extract
from retrieval.passages.identifiers import Match, identifiers, match
from retrieval.passages.rows import units_of
from tenancy.index.hits import Hit
from tests.retrieval.conftest import of_table

MakeHits = Callable[..., tuple[Hit, ...]]
_COLUMNS = ("Station", "Keeper", "Radio channel")
_STATIONS = "\n".join(f"Station {n:03} | Keeper name {n} | {10 + n % 60}" for n in range(50, 60))


def _table(hits: tuple[Hit, ...], header: tuple[str, ...], sheet: str = "") -> list[Hit]:
    return [of_table(hit, header, sheet) for hit in hits]


def _rare(stem: str) -> float:
    return 5.0 if any(letter.isdigit() for letter in stem) else 1.0


def _quoted(question: str, hits: list[Hit]) -> list[str]:
    return [quote.text for quote in extract(question, hits, _rare).quotes]


def test_rows_are_units_and_the_line_that_names_columns_is_no_answer(make_hits: MakeHits) -> None:
    (hit,) = make_hits("Station | Keeper\nA. B. | Ada\n\nB | Bo")
    hit = of_table(hit, ("Station", "Keeper"), repeats=True)
    found = [(hit.text[unit.start : unit.end], unit.quotable, unit.rows is not None) for unit in units_of(hit)]
    assert found == [("Station | Keeper", False, False), ("A. B. | Ada", True, True), ("B | Bo", True, True)]


def test_prose_around_a_table_is_split_as_ever(make_hits: MakeHits) -> None:
    text = "One. Two.\n\nA | B\n1 | 2\n\nThree. Four."
    (hit,) = make_hits(text)
    table = of_table(hit, ("A", "B"))
    rows = table.layout.rows[0]
    start = hit.start + text.index("1 |")
    cut = table.layout.__class__((), (type(rows)(start, start + 5, ("A", "B")),))
    (hit,) = (Hit(**{name: getattr(hit, name) for name in Hit.__slots__ if name != "layout"}, layout=cut),)
    spans = [hit.text[unit.start : unit.end] for unit in units_of(hit) if unit.quotable]
    assert spans == ["One.", "Two.", "1 | 2", "Three.", "Four."]


@pytest.mark.parametrize("number", [50, 53, 59])
def test_the_row_that_the_question_names_is_quoted_alone(number: int, make_hits: MakeHits) -> None:
    hits = _table(make_hits(_STATIONS, _STATIONS.replace("0", "9")), _COLUMNS)
    quoted = _quoted(f"What is the radio channel of Station {number:03}?", hits)
    assert quoted == [f"Station {number:03} | Keeper name {number} | {10 + number % 60}"]


@pytest.mark.parametrize("named", ["Station 612", "item AX-119", "Station 5", "order 2027/4"])
def test_no_row_is_quoted_for_what_no_row_has(named: str, make_hits: MakeHits) -> None:
    assert _quoted(f"What is the radio channel of {named}?", _table(make_hits(_STATIONS), _COLUMNS)) == []


def test_rows_that_differ_in_words_are_told_apart(make_hits: MakeHits) -> None:
    (hit,) = make_hits("Copper kettle | 19\nCopper lamp | 23\nIron kettle | 31\nIron lamp | 37\nCopper pan | 41")
    assert _quoted("What is the price of the copper lamp?", [of_table(hit, ("Item", "Price"))]) == ["Copper lamp | 23"]


def test_a_question_that_names_no_row_of_a_table_gets_none(make_hits: MakeHits) -> None:
    table = _table(make_hits(_STATIONS), ("Place", "Who", "Radio channel"))
    assert _quoted("What is the radio channel?", table) == []


def test_the_sheet_may_have_what_the_row_does_not(make_hits: MakeHits) -> None:
    (hit,) = make_hits("Kell Sound | 04:12\nNorth Pier | 05:30")
    assert _quoted("When is high water at Kell Sound in 2027?", [of_table(hit, ("Place", "Time"), "Tides 2027")]) == [
        "Kell Sound | 04:12"
    ]


def test_a_question_of_many_codes_asks_each_row_for_a_few() -> None:
    assert len(identifiers(" ".join(map(str, range(2000))))) == 16


@pytest.mark.parametrize(
    ("question", "row", "expected"),
    [
        ("price of ax-119", "ax-119 | 12", Match.WHOLE),
        ("price of ax119", "ax-119 | 12", Match.WHOLE),
        ("price of item ax-119", "ax-119 | 12", Match.NAMED),
        ("price of ax-119", "ax-1190 | 12", Match.NONE),
        ("price of part 119", "ax-119 | 12", Match.PART),
        ("stock of xr-4471", "xr-4471/b | 3", Match.PART),
        ("station 53", "station 053", Match.PART),
        ("station 053", "station 053", Match.NAMED),
        ("stations 053 and 054", "station 053", Match.NONE),
        ("station 53", "station 153", Match.NONE),
        ("station 212", "station 099 | keeper 212", Match.NONE),
        ("item 212", "099 | keeper 212", Match.NONE),
        ("who paid 1,250", "paid 1250", Match.NAMED),
        ("room 3.5", "room 35", Match.NONE),
        ("no number at all", "anything", Match.NAMED),
        ("on 3 may 2027", "2027-05-03", Match.PART),
        ("prices in 2026", "lamp | 19", Match.WHOLE),
    ],
)
def test_a_row_is_what_is_named_or_has_a_part_of_it_or_is_another(question: str, row: str, expected: Match) -> None:
    assert match(identifiers(question), row.split(" | "), ("item", "amount"), "prices 2026") is expected
