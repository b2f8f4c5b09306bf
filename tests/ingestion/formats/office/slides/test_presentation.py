"""Every slide of a presentation is a page, read as a person sees it, with its notes and comments."""

from pathlib import Path

import pytest

from ingestion.chunk import BlockKind
from ingestion.formats.content import Passage, ReadingWarning, Table, WarningCode
from ingestion.formats.office.slides.presentation import read_pptx
from ingestion.parse.outcome import Limits, ParseFailed
from tests.ingestion.formats.office.slides.made import Slide, frame, grid, picture, pptx, read, shape, tree, words
from tests.ingestion.formats.office.word.made import first_table, lines

_EQUATION = "<m:oMath><m:r><m:t>x=2</m:t></m:r></m:oMath>"
_NUMBERED = "".join(
    f'<a:p><a:pPr lvl="{level}"><a:buAutoNum type="{kind}"/></a:pPr><a:r><a:t>{text}</a:t></a:r></a:p>'
    for level, kind, text in [(0, "arabicPeriod", "a"), (1, "alphaLcParenR", "b"), (0, "arabicPeriod", "c")]
)


def _body(inside: str) -> str:
    return shape().replace("<p:txBody>", f"<p:txBody>{inside}")


_FORMULA = (
    f'<mc:AlternateContent><mc:Choice Requires="a14">{_body(f"<a:p><a14:m>{_EQUATION}</a14:m></a:p>")}</mc:Choice>'
    f"<mc:Fallback>{shape('picture of it')}</mc:Fallback></mc:AlternateContent>"
)


_SHAPES = {
    "title first": (shape("body", at=(0, 0, 1, 1)) + shape("Title", kind="title"), ["Title", "body"]),
    "paragraphs": (shape("one", "two"), ["one", "two"]),
    "two runs and a line end": (_body("<a:p><a:r><a:t>a</a:t></a:r><a:br/><a:r><a:t>b</a:t></a:r></a:p>"), ["a\nb"]),
    "numbered": (_body(_NUMBERED), ["1. a", "a) b", "2. c"]),
    "group": (f"<p:grpSp><p:nvGrpSpPr/>{shape('a')}<p:grpSp>{shape('b')}</p:grpSp></p:grpSp>", ["a", "b"]),
    "table": (frame(grid(("a", "b"), ("c", "d"))), ["a | b", "c | d"]),
    "equation": (_FORMULA, ["x=2"]),
    "alternative text": (picture('descr="A dog"'), ["Picture: A dog"]),
    "empty placeholder": (shape("", kind="body") + shape("a"), ["a"]),
    "hidden shape": (shape("gone", properties='hidden="1"') + shape("a"), ["a"]),
    "number of the slide": (shape("7", kind="sldNum") + shape("a"), ["a"]),
    "number in a text": (_body('<a:p><a:r><a:t>a</a:t></a:r><a:fld type="slidenum"><a:t>7</a:t></a:fld></a:p>'), ["a"]),
    "rows before columns": (
        shape("3", at=(0, 3, 4, 1)) + shape("2", at=(5, 1, 4, 1)) + shape("1", at=(0, 1, 4, 1)),
        ["1", "2", "3"],
    ),
    "columns far apart": (
        shape("right", at=(7, 1, 2, 1)) + shape("right below", at=(7, 2, 2, 1))
        + shape("left", at=(0, 1, 2, 1)) + shape("left below", at=(0, 2, 2, 1)),
        ["left", "left below", "right", "right below"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("shapes", "said"), _SHAPES.values(), ids=_SHAPES)
def test_shapes_say_what_is_shown(tmp_path: Path, shapes: str, said: list[str]) -> None:
    content = read(tmp_path, shapes)
    assert lines(content) == said
    assert list(content.warnings) == []


def test_slides_are_pages_in_the_order_of_the_presentation(tmp_path: Path) -> None:
    content = read(tmp_path, shape("One", kind="ctrTitle"), Slide(shape("hidden"), attributes='show="0"'), shape("c"))
    assert [(block.page, block.kind) for block in content.blocks if isinstance(block, Passage)] == [
        (1, BlockKind.HEADING),
        (2, BlockKind.PROSE),
        (3, BlockKind.PROSE),
    ]
    assert content.pages == 3


def test_notes_are_read_without_the_slide_and_its_number(tmp_path: Path) -> None:
    notes = tree(
        "notes", shape("1", kind="sldImg") + shape("say it", "slowly", kind="body") + shape("9", kind="sldNum")
    )
    content = read(tmp_path, Slide(shape("a"), {"n": ("notesSlide", "ppt/notes1.xml", notes)}))
    assert lines(content) == ["a", "Notes: say it", "slowly"]


_AUTHORS = '<p:cmAuthorLst><p:cmAuthor id="0" name="Ada"/><p:cmAuthor id="B" name="Bo"/></p:cmAuthorLst>'
_CLASSIC = '<p:cmLst><p:cm authorId="0"><p:text>Check</p:text></p:cm></p:cmLst>'
_MODERN = (
    '<p188:cmLst><p188:cm authorId="0"><p188:replyLst><p188:reply authorId="B">'
    f"<p188:txBody>{words('Done')}</p188:txBody></p188:reply></p188:replyLst><p188:txBody>{words('Check')}</p188:txBody></p188:cm></p188:cmLst>"
)


@pytest.mark.parametrize(
    ("comments", "said"),
    [(_CLASSIC, ["Comment by Ada: Check"]), (_MODERN, ["Comment by Ada: Check", "Comment by Bo: Done"])],
    ids=["classic", "modern"],
)
def test_comments_name_their_authors(tmp_path: Path, comments: str, said: list[str]) -> None:
    slide = Slide(shape("a"), {"c": ("comments", "ppt/comments/comment1.xml", comments)})
    assert lines(read(tmp_path, slide, others={"ppt/authors.xml": _AUTHORS})) == ["a", *said]


def test_sections_are_named_before_their_first_slide(tmp_path: Path) -> None:
    sections = "".join(
        f'<p14:section name="{name}"><p14:sldIdLst><p14:sldId id="{first}"/></p14:sldIdLst></p14:section>'
        for name, first in (("Plan", 256), ("Costs", 257))
    )
    said = lines(read(tmp_path, shape("a"), shape("b"), presentation=f"<p14:sectionLst>{sections}</p14:sectionLst>"))
    assert said == ["Section: Plan", "a", "Section: Costs", "b"]


def test_footer_is_read_once(tmp_path: Path) -> None:
    footer = shape("Acme, confidential", kind="ftr")
    assert lines(read(tmp_path, shape("a") + footer, shape("b") + footer)) == ["a", "Acme, confidential", "b"]


def test_layout_shows_its_own_text_once_and_no_prompts(tmp_path: Path) -> None:
    layout = tree("sldLayout", shape("Click to add title", kind="title") + shape("Draft"))
    slide = Slide(shape("a"), {"l": ("slideLayout", "ppt/slideLayouts/slideLayout1.xml", layout)})
    assert lines(read(tmp_path, slide, slide)) == ["a", "Draft", "a"]


def test_placeholder_stands_where_its_layout_puts_it(tmp_path: Path) -> None:
    layout = tree("sldLayout", shape("", kind="body", at=(0, 5, 9, 1)))
    slide = Slide(
        shape("below", kind="body") + shape("above", at=(0, 1, 9, 1)),
        {"l": ("slideLayout", "ppt/slideLayouts/slideLayout1.xml", layout)},
    )
    assert lines(read(tmp_path, slide)) == ["above", "below"]


def test_first_row_of_a_table_names_its_columns_if_it_is_set_apart(tmp_path: Path) -> None:
    rows = ("Port", "Depth"), ("Kell", "4 m")
    table = first_table(read(tmp_path, frame(grid(*rows, properties='firstRow="1"'))))
    assert (table.header, [row.cells for row in table.rows], table.page) == (rows[0], [rows[1]], 1)
    assert first_table(read(tmp_path, frame(grid(rows[0], properties='firstRow="1"')))).header == ()


def test_slide_of_pictures_only_is_a_page_without_text(tmp_path: Path) -> None:
    content = read(tmp_path, shape("a") + picture(), picture(), "", picture('descr="A dog"'))
    assert list(content.warnings) == [ReadingWarning(WarningCode.PAGE_WITHOUT_TEXT, page=2)]


def test_missing_slide_is_a_warning_and_its_page_counts(tmp_path: Path) -> None:
    path = pptx(tmp_path, Slide(shape("a")), Slide(shape("b")), others={"ppt/slides/slide1.xml": b""})
    content = read_pptx(path, Limits())
    assert [(block.text, block.page) for block in content.blocks if isinstance(block, Passage)] == [("b", 2)]
    assert list(content.warnings) == [ReadingWarning(WarningCode.PART_UNREAD, 1, "slide 1")]
    assert content.pages == 2


def test_presentation_without_one_slide_that_can_be_read_is_damaged(tmp_path: Path) -> None:
    path = pptx(tmp_path, Slide(shape("a")), others={"ppt/slides/slide1.xml": b""})
    with pytest.raises(ParseFailed) as failure:
        read_pptx(path, Limits())
    assert failure.value.code == "damaged"


def test_many_shapes_are_read_in_a_moment(tmp_path: Path) -> None:
    shapes = "".join(shape(str(n), at=(n % 50, n // 50, 1, 1)) for n in range(2_000))
    content = read(tmp_path, shapes)
    assert lines(content) == [str(n) for n in range(2_000)]
    assert not any(isinstance(block, Table) for block in content.blocks)
