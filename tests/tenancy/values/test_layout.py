"""Pages and rows of a stretch of text are those of the whole text."""

from hypothesis import given
from hypothesis import strategies as st

from tenancy.values.layout import NO_LAYOUT, Layout, Rows

LAYOUT = Layout(((0, 1), (40, 2), (60, 4)), (Rows(10, 30, ("A", "B"), "Prices"), Rows(50, 70, (), "", "Table 2")))


def test_a_position_lies_on_the_page_that_began_last() -> None:
    assert [LAYOUT.page_at(at) for at in (0, 39, 40, 59, 60, 900)] == [1, 1, 2, 2, 4, 4]
    assert Layout(((5, 1),)).page_at(4) is None
    assert NO_LAYOUT.page_at(0) is None


def test_a_stretch_has_its_first_and_last_page() -> None:
    assert LAYOUT.page_range(0, 40) == (1, 1)
    assert LAYOUT.page_range(39, 41) == (1, 2)
    assert LAYOUT.page_range(0, 100) == (1, 4)
    assert Layout(((0, 3), (9, 1))).page_range(0, 20) == (1, 3)
    assert NO_LAYOUT.page_range(0, 9) is None


def test_rows_end_where_their_table_does() -> None:
    assert [LAYOUT.rows_at(at) for at in (9, 30, 45, 70)] == [None] * 4
    assert LAYOUT.rows_at(29) == LAYOUT.rows[0]
    assert LAYOUT.rows_at(50) == LAYOUT.rows[1]


def test_what_a_row_does_not_say_is_sheet_caption_and_columns() -> None:
    assert LAYOUT.rows[0].heading() == "Prices\nA | B"
    assert LAYOUT.rows[1].heading() == "Table 2"


_CUTS = st.lists(st.integers(0, 200), unique=True, max_size=12).map(sorted)


@given(_CUTS, _CUTS, st.integers(0, 200), st.integers(1, 60))
def test_a_part_of_a_layout_tells_the_same_of_its_stretch(
    turns: list[int], bounds: list[int], start: int, length: int
) -> None:
    pages = tuple((at, page) for page, at in enumerate(turns, start=1))
    rows = tuple(Rows(a, b, (str(a),)) for a, b in zip(bounds[::2], bounds[1::2], strict=False))
    whole, end = Layout(pages, rows), start + length
    part = whole.within(start, end)
    assert part.within(start, end) == part
    assert part.page_range(start, end) == whole.page_range(start, end)
    for at in range(start, end):
        assert part.page_at(at) == whole.page_at(at)
        mine, known = part.rows_at(at), whole.rows_at(at)
        assert (mine and mine.header) == (known and known.header)
