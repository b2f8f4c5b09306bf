"""Old workbooks show the values that new ones do."""

from pathlib import Path

import pytest

from ingestion.formats.content import Table, TableRow
from ingestion.formats.tables.old_workbook import read_old_workbook
from ingestion.parse.outcome import Limits, ParseFailed
from tests.ingestion.formats.tables.binary_sheets import write_old_workbook


def test_an_old_workbook_is_read_as_it_is_shown(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["Store", "Code", "Share", "Due", "Full", "Local"],
        ["North", 471, 0.15, 46477, True, 46477],
        ["South", 88, 0.075, 46722.5, False, 46722],
    ]
    formats = {14: "m/d/yy", 164: "00000", 165: "0.0%", 166: "dd.mm.yyyy"}
    styles = {(row, column): number for row in (1, 2) for column, number in ((1, 164), (2, 165), (3, 166), (5, 14))}
    path = write_old_workbook(tmp_path / "document.xls", rows, formats, styles)
    found = read_old_workbook(path, Limits())
    assert found.blocks == [
        Table(
            [
                TableRow(("North", "00471", "15.0%", "31.03.2027", "TRUE", "2027-03-31"), 1),
                TableRow(("South", "00088", "7.5%", "01.12.2027", "FALSE", "2027-12-01"), 1),
            ],
            ("Store", "Code", "Share", "Due", "Full", "Local"),
            sheet="Oil",
            page=1,
        )
    ]
    assert (found.pages, list(found.warnings)) == (1, [])


@pytest.mark.parametrize("content", [b"\x09\x08\x08\x00", b"no workbook at all", bytes(600)])
def test_what_is_no_workbook_is_damaged(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "document.xls"
    path.write_bytes(content)
    with pytest.raises(ParseFailed) as refused:
        read_old_workbook(path, Limits())
    assert refused.value.code == "damaged"
