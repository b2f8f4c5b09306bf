"""Which row of a table names its columns."""

import pytest

from ingestion.formats.tables.headers import Header, column_names, find_header

_KINDS = {
    "figures below": ("Station|Litres\nKell|12\nFair|13", (0, 1)),
    "words for nothing below": ("country|code|grade\nNamibia|NA|A\nNorway|NO|None\nNull Island|null|nan", (0, 1)),
    "words alone, in two columns or more": ("Name|Keeper|Region\nKell|Ada|North\nFair|Bob|South", (0, 1)),
    "one column of words": ("Industry\nAutomotive\nHospitality\nSafety\nDairy", (0, 0)),
    "one column of figures": ("Year\n2020\n2021\n2022", (0, 1)),
    "a row with more cells": ("a|b\n1|2\n3|4|five-over\n6", (0, 1)),
    "a title above": ("Price list 2026\nItem|Price\nLamp|12\nRope|13", (1, 1)),
    "two titles above": ("Price list\nIn EUR\nItem|Price|Stock\nLamp|12|1\nRope|13|2", (2, 1)),
    "groups of columns": ("|2025||2026|\nRegion|Q1|Q2|Q1|Q2\nNorth|1|2|3|4\nSouth|3|4|5|6", (0, 2)),
    "years as names": ("Product|2024|2025|2026\nA|10|20|30\nB|20|30|40", (0, 1)),
    "a word that stands again below": ("Kell|Ada|North\nKell|Bob|South\nFair|Cy|North", (0, 0)),
    "figures from the first row on": ("1|2|3\n4|5|6\n7|8|9", (0, 0)),
    "records from the first row on": ("Pier 001|Keeper 1|10\nPier 002|Keeper 2|11\nPier 3|Keeper 3|12", (0, 0)),
    "names and values of all kinds": ("Name|Kell Sound\nHeight|31 m\nBuilt|1874\nRange|18 nm\nKeeper|Ada", (0, 0)),
    "names and settings": ("Setting|Value\nPort|8000\nHost|kell\nTLS|true", (0, 0)),
    "a row of units": ("Length|Weight\n(m)|(kg)\n3|4\n4|5\n5|6", (0, 2)),
    "codes below": ("id|name\nA-1|Ada\nB-2|Bob", (0, 1)),
    "dates below": ("Date|Event\n2026-01-02|Storm\n2026-01-05|Calm", (0, 1)),
    "formulas and a row of totals below": ("Item|Qty|Total\nOil|40|=B2*12\nWicks|7|=B3*3\nSum||=SUM(C2:C3)", (0, 1)),
    "an empty corner": ("|x|y\n0|1|2\n1|3|4", (0, 1)),
    "a single row": ("A|B", (0, 0)),
    "a long text in one row": ("Crane|Tonnes\nNorth|42\nSouth|17\nnote|Both were repaired by two engineers.", (0, 1)),
    "nothing": ("", (0, 0)),
}  # fmt: skip


def _cells(table: str) -> list[list[str]]:
    return [row.split("|") for row in table.split("\n")]


@pytest.mark.parametrize(("table", "place"), _KINDS.values(), ids=_KINDS)
def test_the_header_is_found(table: str, place: tuple[int, int]) -> None:
    found = find_header(_cells(table))
    assert (found.above, found.rows) == place


def test_names_of_groups_count_for_the_columns_to_their_right() -> None:
    rows = _cells("|2025||2026|\nRegion|Q1|Q2|Q1|Q2\nNorth|1|2|3|4")
    assert find_header(rows) == Header(rows=2, sure=True, groups=True)
    assert column_names(rows[:2], groups=True) == ("Region", "2025 Q1", "2025 Q2", "2026 Q1", "2026 Q2")
