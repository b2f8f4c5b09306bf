"""Separated values come out cell by cell, whatever separates, quotes or encodes them."""

import csv
import io
import random
from pathlib import Path

import pytest

from ingestion.formats.content import Content, Passage, ReadingWarning, Table, WarningCode
from ingestion.formats.tables.delimited import delimiter_of, read_csv, read_tsv
from ingestion.parse.outcome import Limits


def _read(tmp_path: Path, text: str | bytes) -> Content:
    path = tmp_path / "document.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_csv(path, Limits())


def _table(tmp_path: Path, text: str | bytes) -> Table:
    [table] = [block for block in _read(tmp_path, text).blocks if isinstance(block, Table)]
    return table


def _cells(table: Table) -> list[tuple[str, ...]]:
    return [row.cells for row in table.rows]


_SAME = (("Station", "Litres"), [("Kell, north", "1200"), ("Fair", "7")])
_WRITTEN = {
    "commas": 'Station,Litres\n"Kell, north",1200\nFair,7\n',
    "semicolons": "Station;Litres\nKell, north;1200\nFair;7\n",
    "tabs": "Station\tLitres\nKell, north\t1200\nFair\t7\n",
    "pipes": "Station|Litres\nKell, north|1200\nFair|7\n",
    "a line that says it": "sep=;\r\nStation;Litres\r\nKell, north;1200\r\nFair;7\r\n",
    "a mark and Windows lines": '\ufeffStation,Litres\r\n"Kell, north",1200\r\nFair,7',
    "lines of old Macs": 'Station,Litres\r"Kell, north",1200\rFair,7',
    "spaces around": "Station ; Litres\n Kell, north ; 1200 \nFair;7",
    "empty lines and cells": '\nStation,Litres\n\n"Kell, north",1200,,\n,,\nFair,7\n\n',
    "line breaks in a cell": 'Station,Litres\n"Kell,\nnorth",1200\nFair,7\n',
    "text for Excel": 'Station,Litres\n"Kell, north",="1200"\nFair,="7"\n',
    "a mark of UTF-16": 'Station,Litres\n"Kell, north",1200\nFair,7\n'.encode("utf-16"),
}  # fmt: skip


@pytest.mark.parametrize("text", _WRITTEN.values(), ids=_WRITTEN)
def test_a_table_reads_the_same_however_it_is_written(tmp_path: Path, text: str | bytes) -> None:
    table = _table(tmp_path, text)
    assert (table.header, _cells(table)) == _SAME


def test_a_byte_that_means_nothing_is_one_letter_and_a_warning(tmp_path: Path) -> None:
    found = _read(tmp_path, "Name,Größe\nKälte,1\nWärme,2\n".encode() + b"K\xe4,3\n")
    assert "'Wärme', '2'" in str(found.blocks)
    assert "'K\ufffd', '3'" in str(found.blocks)
    assert list(found.warnings) == [ReadingWarning(WarningCode.CHARACTERS_REPLACED)]


def test_values_are_kept_as_they_are_written(tmp_path: Path) -> None:
    words = ("NA", "None", "null", "nan", "N/A", "TRUE", "00471", "4006381333931000001", "1e5", "-", "1,5")
    text = "Key;Value\n" + "\n".join(f"k{place};{word}" for place, word in enumerate(words))
    assert [row[1] for row in _cells(_table(tmp_path, text))[-len(words) :]] == list(words)


def test_rows_may_have_more_or_fewer_cells_than_the_header(tmp_path: Path) -> None:
    table = _table(tmp_path, "a,b\n1,2\n3,4,five-over\n6\n")
    assert table.header == ("a", "b")
    assert _cells(table) == [("1", "2"), ("3", "4", "five-over"), ("6",)]


def test_lines_above_the_header_are_the_caption(tmp_path: Path) -> None:
    table = _table(tmp_path, "Stanley cups\n\nTeam,Place,Cups\nBlues,STL,1\nFlyers,PHI,2\n")
    assert (table.caption, table.header) == ("Stanley cups", ("Team", "Place", "Cups"))


def test_long_lines_above_the_header_are_paragraphs(tmp_path: Path) -> None:
    long = "Counted by the keepers of all stations on the last evening of every month " * 3
    content = _read(tmp_path, f"{long}\nTeam,Cups\nBlues,1\nFlyers,2\n")
    assert content.blocks[0] == Passage(long.strip())


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("Industry\nHospitality\nSafety\nDairy\n", None),
        ("Remark\nCalm, then storm\nRain, all day\nFog\n", None),
        ("a;b\n1,5;2,5\n3,5;4,5\n", ";"),
        ("1,5;2,5\n3,5;4,5\n", ";"),
        ("id,tags\n1,a;b\n2,c;d\n3,e;f\n", ","),
        ("a\tb, c\n1\td, e\n", "\t"),
        ("", None),
    ],
)
def test_the_delimiter_is_proven(text: str, delimiter: str | None) -> None:
    assert delimiter_of(text) == delimiter


def test_a_column_of_sentences_is_not_parted_at_commas(tmp_path: Path) -> None:
    table = _table(tmp_path, "Remark\nCalm, then storm\nRain, all day\nFog\n")
    assert [row[0] for row in _cells(table)] == ["Remark", "Calm, then storm", "Rain, all day", "Fog"]


def test_a_quote_that_is_never_closed_spoils_its_own_row_only(tmp_path: Path) -> None:
    text = 'Station,Litres\nKell,1\n"Fair,2\nRona,3\n"Foula, outer",4\n'
    cells = _cells(_table(tmp_path, text))
    assert cells == [("Kell", "1"), ('"Fair', "2"), ("Rona", "3"), ("Foula, outer", "4")]


def test_a_thousand_open_quotes_cost_no_more_than_their_lines(tmp_path: Path) -> None:
    text = "Station,Litres\n" + "".join(f'"Kell {place}x"y,{place}\n"a\n' for place in range(2000))
    assert "Kell 1999x" in str(_cells(_table(tmp_path, text))[-4:])


def test_quotes_may_be_escaped_by_a_backslash(tmp_path: Path) -> None:
    table = _table(tmp_path, 'Name,Litres\n"Kell \\"the old\\" light",1\nFair,2\n')
    assert _cells(table)[0] == ('Kell "the old" light', "1")


def test_a_table_that_names_no_columns_has_no_header(tmp_path: Path) -> None:
    table = _table(tmp_path, "1,2\n3,4\n5,6\n")
    assert (table.header, len(table.rows)) == ((), 3)


def test_a_header_alone_is_read(tmp_path: Path) -> None:
    assert _cells(_table(tmp_path, "Station,Litres\n")) == [("Station", "Litres")]


def test_tabs_are_tried_first_in_a_file_that_says_so(tmp_path: Path) -> None:
    path = tmp_path / "document.tsv"
    path.write_text("a,b\tc\n1,2\t3\n4,5\t6\n")
    [table] = read_tsv(path, Limits()).blocks
    assert isinstance(table, Table)
    assert _cells(table)[0] == ("1,2", "3")


@pytest.mark.parametrize("seed", range(6))
def test_a_table_made_at_random_comes_back(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - no secret is made of it
    letters = 'abc ,;|"\n\té日5'
    names = [f"column {place}" for place in range(dice.randrange(2, 9))]
    rows = [
        [f"{place}x" + "".join(dice.choices(letters, k=dice.randrange(9))) + "e" for _ in names] for place in range(80)
    ]
    out = io.StringIO()
    csv.writer(out, delimiter=dice.choice(",;\t|"), quoting=dice.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL))).writerows(
        [names, *rows]
    )
    table = _table(tmp_path, out.getvalue())
    assert list(table.header) == names
    assert _cells(table) == [tuple(" ".join(cell.split()) for cell in row) for row in rows]
