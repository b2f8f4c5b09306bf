"""What readers found becomes one text: nothing is lost, and pages, tables and their names lie where they stand."""

import pytest

from ingestion.chunk import BlockKind
from ingestion.formats.account import Account, account
from ingestion.formats.assembly import assemble
from ingestion.formats.content import Content, Passage, ReadingWarning, Table, TableRow, WarningCode
from ingestion.parse import Limits, ParseFailed

LIMITS = Limits()


def test_a_passage_over_a_page_break_tells_where_it_goes_on() -> None:
    passage = Passage("  One sentence goes on\nover the page.", page=3, breaks=((23, 4),))
    found = assemble(Content([Passage("Before.", page=2), passage], pages=4), LIMITS)
    assert found.text == "Before.\n\nOne sentence goes on\nover the page."
    at = found.text.index("over")
    assert [found.layout.page_at(each) for each in (0, 9, at - 1, at)] == [2, 3, 3, 4]


def test_pages_are_told_only_of_formats_that_have_them() -> None:
    assert assemble(Content([Passage("Words.", page=1)]), LIMITS).layout.pages == ()


def test_lines_keep_their_indents_and_prose_loses_the_white_space_around_it() -> None:
    found = assemble(
        Content([Passage("\n\n  if on:\n        return 1\n\n", BlockKind.LINES), Passage("  Prose. ")]), LIMITS
    )
    assert found.text == "  if on:\n        return 1\n\nProse."
    assert [found.text[block.start : block.end] for block in found.blocks] == ["  if on:\n        return 1", "Prose."]


def test_a_table_is_lines_below_the_names_of_its_columns() -> None:
    rows = [TableRow(("1\n2", " a  b ")), TableRow(("", "")), TableRow(("3", ""), page=2)]
    table = Table(rows, ("Nr", "Name"), "Prices", "Tides 2027", page=1)
    found = assemble(Content([table, table], pages=2), LIMITS)
    first, _, second = found.text.partition("\n\nPrices\n\n")[2].partition("\n\nPrices\n\n")
    assert first == second == "Nr | Name\n1 2 | a b\n3"
    assert found.text.startswith("Tides 2027\n\n")
    assert found.text.count("Tides 2027") == 1
    assert [found.text[each.start : each.end] for each in found.layout.rows] == ["1 2 | a b\n3"] * 2
    assert {each.heading() for each in found.layout.rows} == {"Tides 2027 · Prices\nNr | Name"}
    assert found.layout.page_at(found.text.index("\n3") + 1) == 2


def test_a_table_without_a_caption_has_the_heading_above_it() -> None:
    table = Table([TableRow(("07:00", "Press release"))])
    found = assemble(Content([Passage("Timetable for 16 June", BlockKind.HEADING), Passage("By hour."), table]), LIMITS)
    assert found.text.count("Timetable") == 1
    assert found.layout.rows[0].heading() == "Timetable for 16 June"


def test_what_is_kept_with_each_chunk_of_a_table_is_bounded() -> None:
    table = Table([TableRow(("1",))], ("A", *("x" * 90 for _ in range(500))), "c" * 999, "s" * 999)
    (rows,) = assemble(Content([table]), LIMITS).layout.rows
    assert rows.header[0] == "A"
    assert 3_900 < sum(map(len, rows.header)) <= 4_000
    assert (len(rows.sheet), len(rows.caption)) == (200, 200)


def test_a_caption_that_stands_above_its_table_already_is_not_repeated() -> None:
    found = assemble(Content([Passage("Prices"), Table([TableRow(("1",))], caption="Prices")]), LIMITS)
    assert found.text == "Prices\n\n1"


@pytest.mark.parametrize(
    ("blocks", "title"),
    [
        ([Passage("4 May 2027"), Passage("Harbour rules", BlockKind.HEADING)], "Harbour rules"),
        ([Passage("The text begins here."), Passage("Harbour rules", BlockKind.HEADING)], None),
        ([Table([TableRow(("a",))]), Passage("Harbour rules", BlockKind.HEADING)], None),
        ([Passage("H a r b", BlockKind.HEADING), Passage("Harbour rules", BlockKind.HEADING)], "Harbour rules"),
        ([Passage("x" * 151, BlockKind.HEADING)], None),
    ],
)
def test_the_first_heading_stands_for_a_missing_title(blocks: list[Passage | Table], title: str | None) -> None:
    assert assemble(Content(blocks), LIMITS).title == title
    assert assemble(Content(blocks, headings=False), LIMITS).title is None


@pytest.mark.parametrize(
    "block",
    [Passage("x" * 99), Table([TableRow(("x" * 20,))] * 5), Passage("\ud800\0 x" * 25)],
    ids=lambda x: type(x).__name__,
)
def test_a_text_over_the_limit_is_refused_and_letters_that_are_none_are_left_out(block: Passage | Table) -> None:
    assert not any(letter in assemble(Content([block]), LIMITS).text for letter in "\0\ud800")
    with pytest.raises(ParseFailed) as refused:
        assemble(Content([block, block]), Limits(text_chars=105))
    assert refused.value.code == "too_large"


def test_the_account_counts_each_unread_part_once() -> None:
    warnings = [
        ReadingWarning(WarningCode.PAGE_WITHOUT_TEXT, page=2),
        ReadingWarning(WarningCode.PAGE_WITHOUT_TEXT, page=2),
        ReadingWarning(WarningCode.LETTERS_UNKNOWN, page=2),
        ReadingWarning(WarningCode.ATTACHMENT_UNREAD, part="a\n.bin"),
        ReadingWarning(WarningCode.CHARACTERS_REPLACED, part="notes.txt"),
    ]
    told = account(Content([], parts=5, warnings=warnings))
    assert (told.parts, told.unread, len(told.warnings)) == (5, 2, 4)
    assert told.coverage().read == 3
    assert [each.part for each in told.told()] == [None, None, "a .bin", "notes.txt"]
    assert told.told()[0].detail.startswith("Page 2 ")
    assert "notes.txt" in told.told()[3].detail
    assert account(Content([])) == Account()


@pytest.mark.parametrize("code", WarningCode)
def test_every_warning_says_where_and_what_to_do(code: WarningCode) -> None:
    for warning in (ReadingWarning(code, 7), ReadingWarning(code, part="annex.bin"), ReadingWarning(code)):
        (told,) = account(Content([], warnings=[warning])).told()
        assert told.detail[0].isupper()
        assert told.detail.endswith(".")
        assert (told.page is None) or "page 7" in told.detail.lower()
