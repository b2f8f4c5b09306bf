"""Workbooks in the XML of Excel 2003 show the values that others do."""

from pathlib import Path

from ingestion.formats.content import Content, Passage, ReadingWarning, Table, TableRow, WarningCode
from ingestion.formats.tables.xml_workbook import read_xml_workbook
from ingestion.parse.outcome import Limits

_SPACE = "urn:schemas-microsoft-com:office:spreadsheet"
_START = (
    "<?xml version='1.0'?><?mso-application progid='Excel.Sheet'?>"
    f"<Workbook xmlns='{_SPACE}' xmlns:ss='{_SPACE}'>"
    "<Styles><Style ss:ID='p'><NumberFormat ss:Format='0.0%'/></Style><Style ss:ID='d'><NumberFormat "
    "ss:Format='Short Date'/></Style><Style ss:ID='n'><NumberFormat ss:Format='00000'/></Style></Styles>"
)


def _read(tmp_path: Path, sheets: str) -> Content:
    path = tmp_path / "document.xls"
    path.write_text(_START + sheets)
    return read_xml_workbook(path, Limits())


def _cell(value: str, kind: str = "String", attributes: str = "") -> str:
    return f"<Cell {attributes}><Data ss:Type='{kind}'>{value}</Data></Cell>"


def test_sheets_cells_and_comments_are_read(tmp_path: Path) -> None:
    comment = "<Comment ss:Author='Ada'><Data>half full</Data></Comment>"
    north = "<Cell><Data ss:Type='String'>North</Data>" + comment + "</Cell>"
    cells = (
        [_cell(name) for name in ("Store", "Code", "Share", "Due", "Full")],
        [
            north,
            _cell("471", "Number", "ss:StyleID='n'"),
            _cell("0.15", "Number", "ss:StyleID='p'"),
            _cell("2027-03-31T00:00:00.000", "DateTime", "ss:StyleID='d'"),
            _cell("1", "Boolean"),
        ],
        [
            _cell("South"),
            _cell("88", "Number", "ss:Index='2' ss:StyleID='n'"),
            "<Cell ss:Index='4' ss:Formula='=RC[-1]*2'/>",
        ],
    )
    rows = [f"<Row>{''.join(row)}</Row>" for row in cells]
    sheet = f"<Worksheet ss:Name='Oil'><Table>{''.join(rows)}</Table></Worksheet>"
    found = _read(tmp_path, f"{sheet}<Worksheet ss:Name='Empty'><Table/></Worksheet></Workbook>")
    header = ("Store", "Code", "Share", "Due", "Full")
    assert found.blocks == [
        Table([TableRow(("North", "00471", "15.0%", "2027-03-31", "TRUE"), 1)], header, sheet="Oil", page=1),
        Passage("Comment by Ada on A2: half full", page=1),
        Table([TableRow(("South", "00088", "", "=RC[-1]*2"), 1)], header, sheet="Oil", page=1),
    ]
    assert found.pages == 2


def test_a_damaged_workbook_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    found = _read(tmp_path, f"<Worksheet ss:Name='Oil'><Table><Row>{_cell('a')}{_cell('b')}</Row><Row>")
    assert "'a', 'b'" in str(found.blocks)
    assert list(found.warnings) == [ReadingWarning(WarningCode.PART_UNREAD, 1, "Oil")]
