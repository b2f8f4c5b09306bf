"""Columns, tables and turned text of a PDF come in the order in which a person reads them."""

from pathlib import Path

import pytest

from ingestion.formats.content import Passage, Table
from tests.ingestion.formats.pdf.made import Leaf, column, made_pdf, read, shown, texts

WORDS = [
    "the",
    "keeper",
    "of",
    "the",
    "lamp",
    "walks",
    "down",
    "to",
    "the",
    "harbour",
    "when",
    "the",
    "tide",
    "is",
    "low",
    "and",
    "counts",
    "every",
    "boat",
    "that",
    "lies",
    "there",
]


def _prose(name: str, count: int, width: int) -> list[str]:
    lines = [f"{name} begins here and"]
    at = 0
    while len(lines) < count:
        line = ""
        while len(line) + len(WORDS[at % len(WORDS)]) < width:
            line += f"{WORDS[at % len(WORDS)]} "
            at += 1
        lines.append(line.strip())
    return [*lines, f"so ends {name}."]


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("offset", [0, 6], ids=["level", "uneven"])
def test_columns_are_read_one_after_the_other(tmp_path: Path, count: int, offset: int) -> None:
    width = (500 - 20 * (count - 1)) / count
    names = ["Alpha", "Beta", "Gamma"][:count]
    content = shown(70, 800, "A heading that goes across all of the columns", size=16)
    for at, name in enumerate(names):
        content += column(50 + at * (width + 20), 770 - offset * at, _prose(name, 12, int(width / 5.6)))
    found = " ".join(texts(read(tmp_path, made_pdf([content]))))
    places = [found.index(text) for name in names for text in (f"{name} begins", f"ends {name}.")]
    assert places == sorted(places)
    assert found.startswith("A heading that goes across")


def test_a_heading_between_columns_parts_them(tmp_path: Path) -> None:
    content = b""
    for top, names in ((780, ("One", "Two")), (560, ("Three", "Four"))):
        for at, name in enumerate(names):
            content += column(50 + 260 * at, top, _prose(name, 10, 42))
    content += shown(60, 590, "A middle heading that goes across both of the columns of this page", size=14)
    found = " ".join(texts(read(tmp_path, made_pdf([content]))))
    parts = [
        "One begins",
        "ends One",
        "Two begins",
        "ends Two",
        "A middle",
        "Three begins",
        "ends Three",
        "Four begins",
    ]
    assert [found.index(part) for part in parts] == sorted(found.index(part) for part in parts)


ROWS = [
    ("Station", "Depth", "Keeper"),
    ("North pier", "12", "Ada"),
    ("Mill", "7", "Bruno"),
    ("South point", "31", "Odile"),
]


def _table(xs: tuple[int, ...] = (70, 200, 330), way: str = "1 0 0 1") -> bytes:
    turned = way != "1 0 0 1"
    return b"".join(
        shown(*((300 + 16 * at, x) if turned else (x, 700 - 16 * at)), cell, way=way)
        for at, row in enumerate(ROWS)
        for x, cell in zip(xs, row, strict=True)
    )


@pytest.mark.parametrize(
    ("content", "more"),
    [(_table(), ""), (_table(way="0 1 -1 0"), ""), (_table(way="0 1 -1 0"), "/Rotate 90")],
    ids=["upright", "sideways", "on a turned page"],
)
def test_a_table_is_read_by_row(tmp_path: Path, content: bytes, more: str) -> None:
    (table,) = read(tmp_path, made_pdf([Leaf(content, more)])).blocks
    assert isinstance(table, Table)
    assert table.header == ROWS[0]
    assert [row.cells for row in table.rows] == ROWS[1:]
    assert {row.page for row in table.rows} == {1}


def test_a_cell_of_two_lines_is_one_cell(tmp_path: Path) -> None:
    content = (
        _table()
        + shown(330, 633, "and her sister")
        + shown(70, 620, "Island")
        + shown(200, 620, "5")
        + shown(330, 620, "Paul")
    )
    (table,) = read(tmp_path, made_pdf([content])).blocks
    assert isinstance(table, Table)
    assert [row.cells[2] for row in table.rows[2:]] == ["Odile and her sister", "Paul"]


@pytest.mark.parametrize("drawn", ["{x} {y} m {end} {y} l S\n", "{x} {y} {width} -30 re S\n"], ids=["lines", "boxes"])
def test_a_ruled_table_of_long_cells_is_read_by_row(tmp_path: Path, drawn: str) -> None:
    cells = [
        (["Step"], ["What is done"]),
        (["The keeper tells of the", "storm in the morning"], ["Every boat is called back to", "the harbour at once"]),
        (
            ["The keeper tells of the", "storm in the evening"],
            ["No boat leaves the harbour", "before the next morning"],
        ),
        (
            ["The lamp does not burn", "when the night begins"],
            ["A boat with a lamp is laid", "out beside the great pier"],
        ),
    ]
    content = b""
    for at, (left, right) in enumerate([*cells, ([], [])]):
        for x in (60, 210):
            content += (
                drawn.format(x=x, y=700 - 30 * at, end=x + 150, width=150).encode()
                if at < 4 or "re" not in drawn
                else b""
            )
        content += column(65, 688 - 30 * at, left) + column(215, 688 - 30 * at, right)
    (table,) = read(tmp_path, made_pdf([content])).blocks
    assert isinstance(table, Table)
    rows = [tuple(" ".join(lines) for lines in row) for row in cells]
    assert [row for row in (table.header, *(row.cells for row in table.rows)) if row] == rows


@pytest.mark.parametrize("between", ["", "Boats of the island"], ids=["space", "a heading"])
def test_two_tables_on_one_page_are_two(tmp_path: Path, between: str) -> None:
    boats = [("Boat", "Length", "Built", "Owner"), ("Petrel", "9", "1987", "Ada"), ("Tern", "12", "2004", "Bruno")]
    content = _table() + shown(70, 615, between, font="F2")
    for at, row in enumerate(boats):
        for x, cell in zip((70, 150, 260, 420), row, strict=True):
            content += shown(x, 590 - 16 * at, cell, font="F1" if at else "F2")
    first, *middle, second = read(tmp_path, made_pdf([content])).blocks
    assert isinstance(first, Table)
    assert isinstance(second, Table)
    assert (first.header, second.header) == (ROWS[0], boats[0])
    assert [row.cells for row in second.rows] == boats[1:]
    assert [block.text for block in middle if isinstance(block, Passage)] == ([between] if between else [])


def test_a_sideways_page_of_numbers_is_read(tmp_path: Path) -> None:
    content = b"".join(
        shown(30 + 9 * line, 30 + 26 * cell, f"{line * 30 + cell:04d}", size=6, way="0 1 -1 0")
        for line in range(60)
        for cell in range(30)
    )
    found = texts(read(tmp_path, made_pdf([content])))
    assert " ".join(found).replace(" | ", " ").split() == [f"{number:04d}" for number in range(1800)]


@pytest.mark.parametrize(
    "way", ["0 1 -1 0", "-1 0 0 -1", "0 -1 1 0", ".866 .5 -.5 .866"], ids=["90", "180", "270", "30"]
)
def test_turned_text_is_words(tmp_path: Path, way: str) -> None:
    text = "The depth of the basin is nineteen metres"
    content = shown(300, 400, text, way=way) + column(70, 780, ["An upright line stands above it."])
    assert set(texts(read(tmp_path, made_pdf([content])))) == {text, "An upright line stands above it."}


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_is_read_as_shown(tmp_path: Path, turn: int) -> None:
    way, places = {
        90: ("0 1 -1 0", [(100, 100), (120, 100)]),
        180: ("-1 0 0 -1", [(500, 100), (500, 120)]),
        270: ("0 -1 1 0", [(500, 700), (480, 700)]),
    }[turn]
    content = shown(*places[1], "and then the second.", way=way) + shown(*places[0], "This is the first line", way=way)
    assert texts(read(tmp_path, made_pdf([Leaf(content, f"/Rotate {turn}")]))) == [
        "This is the first line and then the second."
    ]
