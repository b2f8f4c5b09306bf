"""Tables of Word are records with the names of their columns, each cell as a person sees it."""

from pathlib import Path

import pytest

from ingestion.formats.content import Table
from tests.ingestion.formats.office.word.made import cell, first_table, lines, paragraph, read, row, run, table

_HEADER = "<w:tblHeader/>"
_NAMES = ("Port", "Keeper")
_ADA = ("Kell", "Ada")
_BO = ("Skerrow", "Bo")


def _dressed(properties: str = "", of_run: str = "") -> str:
    cells = (cell(f"<w:p>{run(name, of_run)}</w:p>", properties) for name in _NAMES)
    return f"<w:tr>{''.join(cells)}</w:tr>"


_STYLE = (
    '<w:styles><w:style w:type="table" w:styleId="Grid"/><w:style w:type="table" w:styleId="List">'
    '<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr></w:tblStylePr></w:style></w:styles>'
)


def _styled(style: str, look: str) -> str:
    return table(row(*_NAMES), row(*_ADA), properties=f'<w:tblStyle w:val="{style}"/><w:tblLook {look}/>')


_WITH_NAMES = {
    "marked": table(row(*_NAMES, properties=_HEADER), row(*_ADA), row(*_BO)),
    "bold": table(_dressed(of_run="<w:b/>"), row(*_ADA)),
    "shaded": table(_dressed('<w:shd w:fill="D9D9D9"/>'), row(*_ADA)),
    "of a style": _styled("List", 'w:firstRow="1"'),
    "of a style in bits": _styled("List", 'w:val="04A0"'),
}
_WITHOUT = {
    "plain": table(row(*_NAMES), row(*_ADA)),
    "one row": table(row(*_NAMES, properties=_HEADER)),
    "style that shows no first row": _styled("Grid", 'w:firstRow="1"'),
    "first row not shown": _styled("List", 'w:firstRow="0"'),
    "all bold": table(_dressed(of_run="<w:b/>"), _dressed(of_run="<w:b/>")),
    "names and values": table(row("Depth", "4"), row("Width", "20")),
}


@pytest.mark.parametrize("body", _WITH_NAMES.values(), ids=_WITH_NAMES)
def test_row_that_is_set_apart_names_the_columns(tmp_path: Path, body: str) -> None:
    found = first_table(read(tmp_path, body, {"s": ("styles", _STYLE)}))
    assert (found.header, found.rows[0].cells) == (_NAMES, _ADA)


@pytest.mark.parametrize("body", _WITHOUT.values(), ids=_WITHOUT)
def test_other_first_rows_are_rows(tmp_path: Path, body: str) -> None:
    found = first_table(read(tmp_path, body, {"s": ("styles", _STYLE)}))
    assert found.header == ()


def test_words_above_columns_of_numbers_name_them(tmp_path: Path) -> None:
    found = first_table(read(tmp_path, table(row("Port", "Keeper", "Depth"), row("Kell", "Ada", "4 m"))))
    assert found.header == ("Port", "Keeper", "Depth")


def test_names_in_two_rows_are_one(tmp_path: Path) -> None:
    above = f"<w:tr><w:trPr>{_HEADER}</w:trPr>{cell(paragraph('Port'))}{cell(paragraph('2026'), _span(2))}</w:tr>"
    found = first_table(
        read(tmp_path, table(above, row("", "Ships", "Boats", properties=_HEADER), row("Kell", "4", "9")))
    )
    assert (found.header, found.rows[0].cells) == (("Port", "2026 Ships", "Boats"), ("Kell", "4", "9"))


def _span(columns: int) -> str:
    return f'<w:gridSpan w:val="{columns}"/>'


_RESTART = '<w:vMerge w:val="restart"/>'
_TABLES = {
    "merged across": (
        table(f"<w:tr>{cell(paragraph('a'), _span(2))}{cell(paragraph('b'))}</w:tr>", row("c", "d", "e")),
        ["a |  | b", "c | d | e"],
    ),
    "merged down": (
        table(
            f"<w:tr>{cell(paragraph('a'), _RESTART)}{cell(paragraph('b'))}</w:tr>",
            f"<w:tr>{cell('<w:p/>', '<w:vMerge/>')}{cell(paragraph('c'))}</w:tr>",
        ),
        ["a | b", " | c"],
    ),
    "shifted row": (
        table(row("a", "b"), row("c", properties='<w:gridBefore w:val="1"/>')),
        ["a | b", " | c"],
    ),
    "deleted row": (table(row("a", "b"), row("x", "y", properties="<w:del/>"), row("c", "d")), ["a | b", "c | d"]),
    "hidden row": (table(row("a", "b"), row("x", "y", properties="<w:hidden/>"), row("c", "d")), ["a | b", "c | d"]),
    "deleted cell": (
        table(
            f"<w:tr>{cell(paragraph('a'))}{cell(paragraph('x'), '<w:cellDel/>')}{cell(paragraph('b'))}</w:tr>",
            row("c", "d"),
        ),
        ["a | b", "c | d"],
    ),
    "row in a control": (
        table(row("a", "b"), f"<w:sdt><w:sdtContent>{row('c', 'd')}</w:sdtContent></w:sdt>"),
        ["a | b", "c | d"],
    ),
    "cell in a control": (
        table(
            f"<w:tr><w:sdt><w:sdtContent>{cell(paragraph('a'))}</w:sdtContent></w:sdt>{cell(paragraph('b'))}</w:tr>",
            row("c", "d"),
        ),
        ["a | b", "c | d"],
    ),
    "lines in a cell": (
        table(f"<w:tr>{cell(paragraph('a') + paragraph('b'))}{cell(paragraph('c'))}</w:tr>", row("d", "e")),
        ["a b | c", "d | e"],
    ),
    "table in a table": (
        table(f"<w:tr>{cell(table(row('a', 'b'), row('c', 'd')))}{cell(paragraph('e'))}</w:tr>", row("f", "g")),
        ["a b c d | e", "f | g"],
    ),
    "frame": (table(row("only")), ["only"]),
    "columns of text": (
        table(f"<w:tr>{cell(paragraph('a') + paragraph('b'))}{cell(paragraph('c'))}</w:tr>"),
        ["a", "b", "c"],
    ),
    "empty": (table(row("", "")), []),
}


@pytest.mark.parametrize(("body", "said"), _TABLES.values(), ids=_TABLES)
def test_cells_are_what_is_shown(tmp_path: Path, body: str, said: list[str]) -> None:
    assert lines(read(tmp_path, body)) == said


def test_frame_of_one_cell_is_no_table(tmp_path: Path) -> None:
    assert not any(isinstance(block, Table) for block in read(tmp_path, table(row("only"))).blocks)


def test_caption_above_a_table_is_its_caption(tmp_path: Path) -> None:
    styles = '<w:styles><w:style w:type="paragraph" w:styleId="C"><w:name w:val="caption"/></w:style></w:styles>'
    body = (
        paragraph("Table 1: Ports", "C") + table(row(*_ADA), row(*_BO)) + paragraph("a") + table(row(*_ADA), row(*_BO))
    )
    found = [block for block in read(tmp_path, body, {"s": ("styles", styles)}).blocks if isinstance(block, Table)]
    assert [each.caption for each in found] == ["Table 1: Ports", ""]


def test_alternative_text_of_a_table_is_read(tmp_path: Path) -> None:
    properties = '<w:tblCaption w:val="Ports"/><w:tblDescription w:val="Who keeps which"/>'
    content = read(tmp_path, table(row(*_ADA), row(*_BO), properties=properties))
    assert (first_table(content).caption, lines(content)[0]) == ("Ports", "Who keeps which")
    assert lines(read(tmp_path, table(row("only"), properties=properties))) == ["Ports", "Who keeps which", "only"]
