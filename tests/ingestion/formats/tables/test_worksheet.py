"""The cells of a worksheet come out as it shows them."""

import datetime as dt
from pathlib import Path

import openpyxl
import pytest

from ingestion.formats.content import Table
from ingestion.formats.tables.workbook import read_workbook
from ingestion.parse.outcome import Limits
from tests.ingestion.formats.tables.sheet_files import STRICT, write_workbook


def _cells(path: Path) -> list[tuple[str, ...]]:
    [table] = read_workbook(path, Limits()).blocks
    assert isinstance(table, Table)
    return [row.cells for row in table.rows]


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (dt.date(2027, 3, 31), "yyyy-mm-dd", "2027-03-31"),
        (dt.datetime.fromisoformat("2027-03-31"), "mm-dd-yy", "2027-03-31"),
        (dt.datetime.fromisoformat("2027-03-31 14:05"), "dd.mm.yyyy hh:mm", "31.03.2027 14:05"),
        (dt.time(6, 30), "h:mm AM/PM", "6:30 AM"),
        (dt.timedelta(hours=31), "[h]:mm", "31:00"),
        (0.15, "0.0%", "15.0%"),
        (471, "00000", "00471"),
        (1200, '#,##0.00 "kr"', "1,200.00 kr"),
        (2.5, "# ?/?", "2 1/2"),
        (True, "General", "TRUE"),
        ("#N/A", "General", "#N/A"),
        ("NA", "General", "NA"),
        ("two\nlines  here", "General", "two lines here"),
        ("=SUM(A1:A2)", "General", "=SUM(A1:A2)"),
        (0.1 + 0.2, "General", "0.3"),
        (4006381333931, "General", "4006381333931"),
    ],
)
def test_a_cell_is_read_as_it_is_shown(tmp_path: Path, value: object, code: str, shown: str) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Name", "Value", "Number"])
    sheet.append(["one", value, 7])
    sheet["B2"].number_format = code
    path = tmp_path / "document.xlsx"
    book.save(path)
    assert ("one", shown, "7") in _cells(path)


_ODD_CELLS = {
    "an inline text": ("<c t='inlineStr'><is><t>North</t></is></c>", "North"),
    "rich text, without what is read out above it": (
        "<c t='inlineStr'><is><r><t>No</t></r><r><t>rth</t></r><rPh><t>KITA</t></rPh></is></c>",
        "North",
    ),
    "a shared text": ("<c t='s'><v>0</v></c>", "Shared words"),
    "a shared text that is not there": ("<c t='s'><v>7</v></c>", None),
    "letters that XML cannot hold": ("<c t='str'><v>a_x000D_b</v></c>", "a b"),
    "a truth": ("<c t='b'><v>1</v></c>", "TRUE"),
    "an error": ("<c t='e'><v>#DIV/0!</v></c>", "#DIV/0!"),
    "a date in words": ("<c t='d'><v>2027-03-31T00:00:00</v></c>", "2027-03-31"),
    "a stored result": ("<c><f>1+1</f><v>2</v></c>", "2"),
    "a formula without its result": ("<c><f>_xlfn.XLOOKUP(1,A:A,B:B)</f></c>", "=XLOOKUP(1,A:A,B:B)"),
    "a formula that gives nothing": ("<c t='str'><f>IF(1,\"\")</f><v></v></c>", None),
    "a number with noise": ("<c><v>0.30000000000000004</v></c>", "0.3"),
    "a number that is none": ("<c><v>twelve</v></c>", "twelve"),
}  # fmt: skip


@pytest.mark.parametrize(("cell", "shown"), _ODD_CELLS.values(), ids=_ODD_CELLS)
def test_a_file_without_styles_and_references_is_read(tmp_path: Path, cell: str, shown: str | None) -> None:
    path = write_workbook(
        tmp_path / "a.xlsx",
        f"<sheetData><row><c t='str'><v>left</v></c>{cell}<c t='str'><v>right</v></c></row></sheetData>",
        texts="<si><r><t>Shared </t></r><r><t>words</t></r><phoneticPr/></si>",
    )
    [row] = _cells(path)
    assert row == (("left", shown, "right") if shown else ("left", "right"))


def test_a_shared_formula_is_moved_to_its_cell(tmp_path: Path) -> None:
    cells = "<row r='1'><c r='A1'><f t='shared' si='0' ref='A1:A2'>B1*2</f></c><c r='B1'><v>1</v></c></row>"
    path = write_workbook(
        tmp_path / "a.xlsx",
        f"<sheetData>{cells}<row r='2'><c r='A2'><f t='shared' si='0'/></c><c r='B2'><v>5</v></c></row></sheetData>",
    )
    assert _cells(path) == [("=B1*2", "1"), ("=B2*2", "5")]


def test_a_result_that_was_never_computed_is_its_formula(tmp_path: Path) -> None:
    path = write_workbook(
        tmp_path / "a.xlsx",
        "<sheetData><row><c><f>SUM(B1:C1)</f><v>0</v></c><c><v>3</v></c></row></sheetData>",
        workbook="<calcPr fullCalcOnLoad='1'/>",
    )
    assert _cells(path) == [("=SUM(B1:C1)", "3")]


@pytest.mark.parametrize("since_1904", [False, True])
def test_days_are_counted_from_the_year_the_workbook_says(tmp_path: Path, *, since_1904: bool) -> None:
    path = write_workbook(
        tmp_path / "a.xlsx",
        f"<sheetData><row><c s='1'><v>{45015 if since_1904 else 46477}</v></c><c><v>1</v></c></row></sheetData>",
        styles="<cellXfs><xf numFmtId='0'/><xf numFmtId='14'/></cellXfs>",
        workbook=f"<workbookPr date1904='{int(since_1904)}'/>",
    )
    assert _cells(path) == [("2027-03-31", "1")]


def test_a_strict_file_is_read(tmp_path: Path) -> None:
    path = write_workbook(
        tmp_path / "a.xlsx",
        "<sheetData><row><c t='s'><v>0</v></c><c s='1' t='d'><v>2027-03-31</v></c></row></sheetData>",
        texts="<si><t>Due</t></si>",
        styles="<numFmts><numFmt numFmtId='170' formatCode='d mmm yyyy'/></numFmts>"
        "<cellXfs><xf numFmtId='0'/><xf numFmtId='170'/></cellXfs>",
        names=STRICT,
    )
    assert _cells(path) == [("Due", "31 Mar 2027")]
