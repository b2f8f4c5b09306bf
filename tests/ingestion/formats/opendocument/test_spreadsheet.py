"""OpenDocument spreadsheets come out as their sheets show them."""

import random
from pathlib import Path

import pytest

from ingestion.formats.content import Content, Passage, ReadingWarning, Table, TableRow, WarningCode
from ingestion.formats.opendocument.spreadsheet import read_spreadsheet
from ingestion.parse.outcome import Limits, ParseFailed
from tests.ingestion.formats.opendocument.open_files import SPACES, content, write_document


def _cell(text: str, attributes: str = "") -> str:
    return f"<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>"


def _row(*cells: str, attributes: str = "") -> str:
    inside = "".join(cell if cell.startswith("<") else _cell(cell) for cell in cells)
    return f"<table:table-row {attributes}>{inside}</table:table-row>"


def _sheet(*rows: str, name: str = "Oil") -> str:
    return f"<table:table table:name='{name}'>{''.join(rows)}</table:table>"


def _read(tmp_path: Path, body: str) -> Content:
    return read_spreadsheet(write_document(tmp_path / "a.ods", body), Limits())


def _tables(found: Content) -> list[Table]:
    return [block for block in found.blocks if isinstance(block, Table)]


def _held(kind: str, value: str, name: str = "value") -> str:
    return f"<table:table-cell office:value-type='{kind}' office:{name}='{value}'/>"


_VALUES = {
    "what is shown, not what is held": (
        _cell("15.0 %", "office:value-type='percentage' office:value='0.15'"),
        "15.0 %",
    ),
    "a number": (_held("float", "0.30000000000000004"), "0.3"),
    "a percentage": (_held("percentage", "0.15"), "15%"),
    "a date": (_held("date", "2027-03-31T00:00:00", "date-value"), "2027-03-31"),
    "a truth": (_held("boolean", "true", "boolean-value"), "TRUE"),
    "a text": (_held("string", "NA", "string-value"), "NA"),
    "a formula": ("<table:table-cell table:formula='of:=SUM([.B2:.B3];[$Two.A1])'/>", "=SUM(B2:B3;Two!A1)"),
    "two paragraphs": ("<table:table-cell><text:p>two</text:p><text:p>lines</text:p></table:table-cell>", "two lines"),
}


@pytest.mark.parametrize(("cell", "shown"), _VALUES.values(), ids=_VALUES)
def test_a_cell_is_read_as_it_is_shown(tmp_path: Path, cell: str, shown: str) -> None:
    [table] = _tables(_read(tmp_path, _sheet(_row("left", cell, "right"))))
    assert table.rows[0].cells == ("left", shown, "right")


def test_sheets_are_pages_and_a_title_is_a_caption(tmp_path: Path) -> None:
    rows = (_row("Oil stores"), _row("<table:table-cell/>"), _row("Store", "Litres"), _row("North", "12"))
    found = _read(tmp_path, _sheet(*rows) + _sheet(name="Empty") + _sheet(_row("Day", "Metres"), _row("Monday", "4.5")))
    assert [(t.page, t.caption, t.header, list(t.rows)) for t in _tables(found)] == [
        (1, "Oil stores", ("Store", "Litres"), [TableRow(("North", "12"), 1)]),
        (3, "", ("Day", "Metres"), [TableRow(("Monday", "4.5"), 3)]),
    ]
    assert found.pages == 3


def test_a_merged_header_counts_for_all_columns_it_spans(tmp_path: Path) -> None:
    covered = "<table:covered-table-cell/>"
    wide, high = "table:number-columns-spanned='2'", "table:number-rows-spanned='2'"
    rows = (
        _row(_cell("Region", high), _cell("2026", wide), covered, _cell("2027", wide), covered),
        _row(covered, "Q1", "Q2", "Q1", "Q2"),
        _row("North", "1", "2", "3", "4"),
    )
    [table] = _tables(_read(tmp_path, _sheet(*rows)))
    assert table.header == ("Region", "2026 Q1", "2026 Q2", "2027 Q1", "2027 Q2")


def test_repeated_cells_are_repeated_and_empty_ones_cost_nothing(tmp_path: Path) -> None:
    empty = _row(
        "<table:table-cell table:number-columns-repeated='16384'/>",
        attributes="table:number-rows-repeated='1048000'",
    )
    sevens = _row(
        _cell("7", "table:number-columns-repeated='2'"),
        attributes="table:number-rows-repeated='2'",
    )
    [table] = _tables(_read(tmp_path, _sheet(_row("a", "b"), sevens, empty)))
    assert list(table.rows) == [TableRow(("7", "7"), 1)] * 2


def test_a_cell_repeated_without_end_costs_no_more_than_is_allowed(tmp_path: Path) -> None:
    endless = _row(
        _cell("x" * 50, "table:number-columns-repeated='16384'"),
        attributes="table:number-rows-repeated='1048576'",
    )
    with pytest.raises(ParseFailed) as refused:
        _read(tmp_path, _sheet(endless))
    assert refused.value.code == "too_large"


def test_remarks_follow_their_row_and_shapes_their_sheet(tmp_path: Path) -> None:
    remark = (
        "<table:table-cell><office:annotation><dc:creator>Ada</dc:creator><text:p>half full</text:p>"
        "</office:annotation>"
        "<text:p>12</text:p><draw:frame><draw:text-box><text:p>Boxed</text:p></draw:text-box></draw:frame>"
        "</table:table-cell>"
    )
    shapes = "<table:shapes><draw:rect><text:p>Drawn</text:p></draw:rect></table:shapes>"
    rows = (_row("Store", "Litres"), _row("North", remark), _row("South", "13"))
    found = _read(tmp_path, _sheet(shapes, *rows))
    assert [block for block in found.blocks if isinstance(block, Passage)] == [
        Passage("Comment by Ada on B2: half full", page=1),
        Passage("Drawn", page=1),
        Passage("Boxed", page=1),
    ]
    assert [len(table.rows) for table in _tables(found)] == [1, 1]


def test_rows_that_were_deleted_are_not_read(tmp_path: Path) -> None:
    deleted = f"<table:tracked-changes><table:deletion>{_row('gone')}</table:deletion></table:tracked-changes>"
    assert "gone" not in str(_read(tmp_path, deleted + _sheet(_row("Store", "Litres"))).blocks)


def test_a_damaged_sheet_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    broken = content("spreadsheet", _sheet(_row("North", "12")) + "<table:table table:name='Two'>" + _row("a", "b"))
    path = write_document(tmp_path / "a.ods", "", parts={"content.xml": broken[: broken.rindex("</table:table-row>")]})
    found = read_spreadsheet(path, Limits())
    assert list(found.warnings) == [ReadingWarning(WarningCode.PART_UNREAD, 2, "Two")]
    assert _tables(found)[0].sheet == "Oil"


def test_a_flat_file_is_read_likewise(tmp_path: Path) -> None:
    path = tmp_path / "a.fods"
    body = f"<office:spreadsheet>{_sheet(_row('North', '12'))}</office:spreadsheet>"
    path.write_text(f"<office:document {SPACES}><office:body>{body}</office:body></office:document>")
    assert [table.sheet for table in _tables(read_spreadsheet(path, Limits()))] == ["Oil"]


def test_a_sheet_made_at_random_comes_back(tmp_path: Path) -> None:
    dice = random.Random(3)  # noqa: S311 - no secret is made of it
    names = [f"column {place}" for place in range(6)]
    cells = [[f"row {place}", *(str(dice.randrange(10**6)) for _ in names[1:])] for place in range(300)]
    [table] = _tables(_read(tmp_path, _sheet(_row(*names), *(_row(*row) for row in cells))))
    assert list(table.header) == names
    assert [list(row.cells) for row in table.rows] == cells
