"""Workbooks come out as their sheets show them."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.worksheet.table import Table as DefinedTable

from ingestion.chunk import BlockKind
from ingestion.formats.content import Content, Passage, ReadingWarning, Table, WarningCode
from ingestion.formats.tables.workbook import read_workbook
from ingestion.parse.outcome import Limits, ParseFailed
from tests.ingestion.formats.tables.sheet_files import relations, write_workbook


def _saved(tmp_path: Path, fill: Callable[[Any], object]) -> Content:
    book = openpyxl.Workbook()
    fill(book.worksheets[0])
    path = tmp_path / "document.xlsx"
    book.save(path)
    return read_workbook(path, Limits())


def _filled(*rows: Sequence[object]) -> Callable[[Any], None]:
    def fill(sheet: Any) -> None:  # noqa: ANN401 - a worksheet
        for row in rows:
            sheet.append(row)

    return fill


def _tables(content: Content) -> list[Table]:
    return [block for block in content.blocks if isinstance(block, Table)]


def _cells(table: Table) -> list[tuple[str, ...]]:
    return [row.cells for row in table.rows]


def _only(content: Content) -> Table:
    [table] = _tables(content)
    return table


def test_every_sheet_is_a_page_by_its_name(tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:  # noqa: ANN401 - a worksheet
        _filled(["Buoy", "Depth"], ["North", 12])(sheet)
        hidden = sheet.parent.create_sheet("Tides 2027")
        hidden.sheet_state = "hidden"
        _filled(["Day", "Metres"], ["Monday", 4.5])(hidden)
        hidden.row_dimensions[2].hidden = True

    content = _saved(tmp_path, fill)
    assert [(table.sheet, table.page, table.header) for table in _tables(content)] == [
        ("Sheet", 1, ("Buoy", "Depth")),
        ("Tides 2027", 2, ("Day", "Metres")),
    ]
    assert content.pages == 2
    assert _cells(_tables(content)[1]) == [("Monday", "4.5")]


def test_a_title_above_a_table_is_its_caption(tmp_path: Path) -> None:
    table = _only(_saved(tmp_path, _filled(["Oil stores"], [], ["Store", "Litres"], ["North", 12], ["South", 13])))
    assert (table.caption, table.header) == ("Oil stores", ("Store", "Litres"))


def test_a_merged_header_counts_for_all_columns_it_spans(tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:  # noqa: ANN401 - a worksheet
        _filled(
            ["Litres by quarter"],
            ["Region", "2026", None, "2027", None],
            [None, "Q1", "Q2", "Q1", "Q2"],
            ["North", 1, 2, 3, 4],
            ["South", 5, 6, 7, 8],
        )(sheet)
        for area in ("A1:E1", "A2:A3", "B2:C2", "D2:E2"):
            sheet.merge_cells(area)

    table = _only(_saved(tmp_path, fill))
    assert table.caption == "Litres by quarter"
    assert table.header == ("Region", "2026 Q1", "2026 Q2", "2027 Q1", "2027 Q2")
    assert _cells(table)[0] == ("North", "1", "2", "3", "4")


def test_a_merged_value_is_shown_once(tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:  # noqa: ANN401 - a worksheet
        _filled(["Region", "Store", "Litres"], ["North", "a", 1], [None, "b", 2], ["South", "c", 3])(sheet)
        sheet.merge_cells("A2:A3")

    assert _cells(_only(_saved(tmp_path, fill))) == [("North", "a", "1"), ("", "b", "2"), ("South", "c", "3")]


def test_tables_side_by_side_and_below_are_tables_of_their_own(tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:  # noqa: ANN401 - a worksheet
        _filled(
            ["Store", "Litres", None, "Keeper", "Watches"],
            ["North", 12, None, "Ada", 3],
            ["South", 13, None, "Bob", 4],
            [],
            ["Boat", "Length"],
            ["Gull", 7.5],
        )(sheet)

    tables = _tables(_saved(tmp_path, fill))
    assert [table.header for table in tables] == [("Store", "Litres"), ("Keeper", "Watches"), ("Boat", "Length")]
    assert _cells(tables[1]) == [("Ada", "3"), ("Bob", "4")]


def test_rows_after_a_blank_row_keep_the_names_of_their_columns(tmp_path: Path) -> None:
    rows: list[list[object]] = [["Store", "Litres"], ["North", 12], [], ["South", 13], ["West", 14], [], ["Total", 39]]
    table = _only(_saved(tmp_path, _filled(*rows)))
    assert table.header == ("Store", "Litres")
    assert _cells(table) == [("North", "12"), ("South", "13"), ("West", "14"), ("Total", "39")]


def test_a_blank_row_below_the_names_and_a_blank_column_are_gaps(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["Zone", "Sales", None, "Profit"],
        [],
        ["North", 12, None, 3],
        ["South", 13, None, 4],
    ]
    table = _only(_saved(tmp_path, _filled(*rows)))
    assert (table.header, _cells(table)[0]) == (("Zone", "Sales", "Profit"), ("North", "12", "3"))


def test_a_defined_table_has_the_header_it_says(tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:  # noqa: ANN401 - a worksheet
        _filled(["Ada", "Kell"], ["Ada", "Fair"], ["Bob", "Kell"])(sheet)
        sheet.add_table(DefinedTable(displayName="Keepers", ref="A1:B3"))

    table = _only(_saved(tmp_path, fill))
    assert (table.header, len(table.rows)) == (("Ada", "Kell"), 2)


def test_a_title_above_a_defined_table_is_its_caption(tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:  # noqa: ANN401 - a worksheet
        _filled(["Keepers of the lights"], [], ["Name", "Since"], ["Ada", 1999])(sheet)
        sheet.add_table(DefinedTable(displayName="Keepers", ref="A3:B4"))

    assert _only(_saved(tmp_path, fill)).caption == "Keepers of the lights"


def test_a_filter_stands_in_the_row_of_names(tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:  # noqa: ANN401 - a worksheet
        _filled(["Ada", "Kell"], ["Ada", "Fair"], ["Bob", "Kell"])(sheet)
        sheet.auto_filter.ref = "A1:B2"

    table = _only(_saved(tmp_path, fill))
    assert (table.header, len(table.rows)) == (("Ada", "Kell"), 2)


def test_a_chart_is_a_table_of_its_sheet(tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:  # noqa: ANN401 - a worksheet
        _filled(["Store", "Litres"], ["North", 12], ["South", 13])(sheet)
        chart = BarChart()
        chart.title = "Sales of oil"
        chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=3), titles_from_data=True)
        sheet.add_chart(chart, "D2")

    content = _saved(tmp_path, fill)
    assert "Sales of oil" in str(content.blocks)


def test_a_comment_follows_its_row_with_its_author(tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:  # noqa: ANN401 - a worksheet
        _filled(["Store", "Litres"], ["North", 12], ["South", 13])(sheet)
        sheet["B2"].comment = Comment("Ada:\nmeasured on Monday", "Ada")

    content = _saved(tmp_path, fill)
    first, comment, second = content.blocks
    assert isinstance(first, Table)
    assert isinstance(second, Table)
    assert comment == Passage("Comment by Ada on B2: measured on Monday", page=1)
    assert (_cells(first), _cells(second)) == ([("North", "12")], [("South", "13")])
    assert first.header == second.header == ("Store", "Litres")


def test_threads_are_read_with_their_authors_and_once(tmp_path: Path) -> None:
    threads = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
    kinds = "http://schemas.microsoft.com/office/2017/10/relationships"
    path = write_workbook(
        tmp_path / "a.xlsx",
        "<sheetData><row><c t='str'><v>Store</v></c></row></sheetData>",
        parts={
            "xl/worksheets/_rels/sheet1.xml.rels": relations(
                {
                    "a": ("comments", "../comments1.xml"),
                    "b": (f"{kinds}/threadedComment", "../threadedComments/threadedComment1.xml"),
                }
            ),
            "xl/_rels/workbook.xml.rels": relations(
                {"r1": ("worksheet", "worksheets/sheet1.xml"), "p": (f"{kinds}/person", "persons/person.xml")}
            ),
            "xl/comments1.xml": "<comments><authors><author>tc={1}</author></authors><commentList>"
            "<comment ref='A1' authorId='0'><text><t>[Threaded comment] Your version</t></text></comment>"
            "</commentList></comments>",
            "xl/threadedComments/threadedComment1.xml": f"<ThreadedComments xmlns='{threads}'>"
            "<threadedComment ref='A1' personId='p1'><text>Is it full?</text></threadedComment>"
            "<threadedComment ref='A1' personId='p2'><text>Half.</text></threadedComment></ThreadedComments>",
            "xl/persons/person.xml": f"<personList xmlns='{threads}'><person displayName='Ada' id='p1'/>"
            "<person displayName='Bob' id='p2'/></personList>",
        },
    )
    texts = [block.text for block in read_workbook(path, Limits()).blocks if isinstance(block, Passage)]
    assert texts == ["S1", "Store", "Comment by Ada on A1: Is it full?", "Comment by Bob on A1: Half."]


def test_an_empty_range_without_end_costs_nothing(tmp_path: Path) -> None:
    far = "<row r='1048576'><c r='XFD1048576'><v>9</v></c></row>"
    near = "<row r='1'><c r='A1' t='str'><v>North</v></c><c r='B1'><v>1</v></c></row>"
    path = write_workbook(tmp_path / "a.xlsx", f"<dimension ref='A1:XFD1048576'/><sheetData>{near}{far}</sheetData>")
    content = read_workbook(path, Limits())
    assert _cells(_only(content)) == [("North", "1")]
    assert content.blocks[-1] == Passage("9", page=1)


def test_a_sheet_wider_than_a_document_may_be_is_refused(tmp_path: Path) -> None:
    rows = "".join(f"<row><c t='str'><v>x</v></c><c r='{letter}9'><v>1</v></c></row>" for letter in ("B", "XFD") * 50)
    wide = "<row>" + "<c><v>1</v></c>" * 9000 + "</row>"
    path = write_workbook(tmp_path / "a.xlsx", f"<sheetData>{wide}{rows}</sheetData>")
    with pytest.raises(ParseFailed) as refused:
        read_workbook(path, Limits(text_chars=20_000))
    assert refused.value.code == "too_large"


def test_a_damaged_sheet_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    good = "<sheetData><row><c t='str'><v>North</v></c><c><v>1</v></c></row></sheetData>"
    path = write_workbook(tmp_path / "a.xlsx", good + "<broken", good)
    content = read_workbook(path, Limits())
    assert list(content.warnings) == [ReadingWarning(WarningCode.PART_UNREAD, 1, "S1")]
    assert [table.sheet for table in _tables(content)] == ["S1", "S2"]


def test_a_workbook_of_damaged_sheets_fails(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", "<broken", "<broken")
    with pytest.raises(ParseFailed):
        read_workbook(path, Limits())


def test_words_printed_above_and_below_pages_are_read_once(tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:  # noqa: ANN401 - a worksheet
        _filled(["Store", "Litres"], ["North", 12])(sheet)
        sheet.oddHeader.left.text = "Stores of 2027"
        sheet.oddFooter.center.text = "Page &P of &N"

    texts = [block.text for block in _saved(tmp_path, fill).blocks if isinstance(block, Passage)]
    assert texts == ["Stores of 2027", "Page of"]


def test_a_sheet_of_sentences_is_read_as_paragraphs_below_its_name(tmp_path: Path) -> None:
    long = "The keeper of the northern light writes down what the sea did on every single day."
    content = _saved(tmp_path, _filled([long], [long.upper()]))
    assert content.blocks == [
        Passage("Sheet", BlockKind.HEADING, 1),
        Passage(long, page=1),
        Passage(long.upper(), page=1),
    ]


@pytest.mark.parametrize("seed", range(6))
def test_a_sheet_made_at_random_comes_back(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - no secret is made of it
    names = [f"column {place}" for place in range(dice.randrange(3, 9))]
    rows = [
        [dice.choice((dice.randrange(10**6), f"word {dice.randrange(999)}x", None)) for _ in names[1:]]
        for _ in range(60)
    ]
    written: list[list[object]] = [[f"row {place}", *row] for place, row in enumerate(rows)]
    top, left = dice.randrange(1, 5), dice.randrange(1, 5)

    def fill(sheet: Any) -> None:  # noqa: ANN401 - a worksheet
        for down, row in enumerate([list[object](names), *written]):
            for right, value in enumerate(row):
                sheet.cell(top + down, left + right, value)

    table = _only(_saved(tmp_path, fill))
    wanted = [{name: str(cell) for name, cell in zip(names, row, strict=True) if cell is not None} for row in written]
    assert list(table.header) == names
    assert [{n: c for n, c in zip(names, row, strict=False) if c} for row in _cells(table)] == wanted
