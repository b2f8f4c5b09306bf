"""Columns: each row of a table by its cells, its place in the text and its chunk."""

import pytest

from ingestion.chunk import Piece
from ingestion.columns import columns_of
from ingestion.formats.assembly import assemble
from ingestion.formats.content import Content, Table, TableRow
from ingestion.parse.outcome import Limits
from tenancy.values.columns import NO_FIGURE, ColumnKind, ColumnTable


def _columns(*tables: Table) -> tuple[str, tuple[ColumnTable, ...]]:
    """Return the text of a document of tables and their columns; its chunks have ten characters each."""
    found = assemble(Content(tables), Limits())
    chunks = [Piece(at, at + 10, 1) for at in range(0, len(found.text), 10)]
    return found.text, columns_of(found.text, found.layout, chunks)


def _table(header: str, *rows: str, sheet: str = "") -> Table:
    cells = [TableRow(tuple(row.split(";"))) for row in rows]
    return Table(cells, tuple(header.split(";")), sheet=sheet)


def test_rows_know_their_cells_their_place_and_their_chunk() -> None:
    text, (table,) = _columns(_table("Item;Price;Day", "rope | tarred;1.50;2027-03-04", "lamp;;2027-03-05", "oar;12"))
    assert [column.name for column in table.columns] == ["Item", "Price", "Day"]
    assert [column.kind for column in table.columns] == [ColumnKind.TEXT, ColumnKind.FIGURES, ColumnKind.MOMENTS]
    assert [text[start:].partition("\n")[0] for start in table.starts] == [
        "rope|tarred | 1.50 | 2027-03-04", "lamp |  | 2027-03-05", "oar | 12",
    ]  # fmt: skip
    assert [start // 10 for start in table.starts] == table.ordinals.tolist()
    price = table.columns[1]
    assert (price.figures[price.codes].tolist(), price.scale) == ([150, NO_FIGURE, 1200], 2)


def test_a_table_that_goes_on_is_one_table_and_another_is_not() -> None:
    first, again = _table("Item;Price", "rope;1"), _table("Item;Price", "lamp;2")
    _, tables = _columns(first, again, _table("Item;Price", "oar;3", sheet="Old"), _table("Item;Cost", "oar;3"))
    assert [len(table) for table in tables] == [2, 1, 1]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        pytest.param("1;2;many", ColumnKind.FIGURES, id="most are figures"),
        pytest.param("1;few;many", ColumnKind.TEXT, id="most are none"),
        pytest.param("1.250;2.500", ColumnKind.TEXT, id="thousands or thousandths"),
        pytest.param("001;002", ColumnKind.TEXT, id="codes"),
        pytest.param("03/04/2027;05/06/2027", ColumnKind.TEXT, id="days or months"),
        pytest.param("999999999999999999;0.1", ColumnKind.TEXT, id="too large"),
        pytest.param(";;", ColumnKind.TEXT, id="nothing"),
    ],
)
def test_a_column_is_what_most_of_its_cells_surely_are(cells: str, kind: ColumnKind) -> None:
    _, (table,) = _columns(_table("Row;Value", *(f"r{place};{cell}" for place, cell in enumerate(cells.split(";")))))
    assert table.columns[1].kind is kind


def test_a_table_without_names_has_no_columns() -> None:
    assert _columns(Table([TableRow(("a", "b"))]))[1] == ()
