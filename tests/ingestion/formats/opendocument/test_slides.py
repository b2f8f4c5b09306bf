"""OpenDocument presentations are read slide by slide."""

from pathlib import Path

import pytest

from ingestion.chunk import BlockKind
from ingestion.formats.content import Content, Passage, ReadingWarning, Table, TableRow, WarningCode
from ingestion.formats.opendocument.slides import read_slides
from ingestion.parse.outcome import Limits, ParseFailed
from tests.ingestion.formats.opendocument.open_files import SPACES, write_document


def _box(text: str, attributes: str = "") -> str:
    return f"<draw:frame {attributes}><draw:text-box><text:p>{text}</text:p></draw:text-box></draw:frame>"


def _read(tmp_path: Path, body: str) -> Content:
    return read_slides(write_document(tmp_path / "a.odp", body), Limits())


def test_a_slide_is_a_page_with_its_title_text_and_notes(tmp_path: Path) -> None:
    notes = f"<presentation:notes>{_box('Say it slowly.')}</presentation:notes>"
    first = _box("The lamp", "presentation:class='title'") + _box("Oil is low.") + notes
    table = (
        "<draw:frame><table:table><table:table-row><table:table-cell><text:p>North</text:p></table:table-cell>"
        "<table:table-cell><text:p>12</text:p></table:table-cell></table:table-row></table:table></draw:frame>"
    )
    found = _read(tmp_path, f"<draw:page>{first}</draw:page><draw:page>{table}</draw:page>")
    assert found.blocks == [
        Passage("The lamp", BlockKind.HEADING, 1),
        Passage("Oil is low.", page=1),
        Passage("Notes: Say it slowly.", page=1),
        Table([TableRow(("North", "12"), 2)], page=2),
    ]
    assert found.pages == 2


def test_placeholders_that_nobody_filled_in_are_not_read(tmp_path: Path) -> None:
    empty = _box("Click to add text", "presentation:placeholder='true'")
    assert _read(tmp_path, f"<draw:page>{empty}{_box('Words')}</draw:page>").blocks == [Passage("Words", page=1)]


def test_a_footer_of_many_slides_is_read_once(tmp_path: Path) -> None:
    declared = "<presentation:footer-decl presentation:name='f'>Harbour office</presentation:footer-decl>"
    slides = f"<draw:page presentation:use-footer-name='f'>{_box('Words')}</draw:page>" * 2
    texts = [block.text for block in _read(tmp_path, declared + slides).blocks if isinstance(block, Passage)]
    assert texts == ["Words", "Words", "Harbour office"]


def test_words_on_the_master_of_slides_are_read_once(tmp_path: Path) -> None:
    shapes = _box("Harbour office") + _box("Click to edit", "presentation:class='title'")
    styles = f"<office:document-styles {SPACES}><style:master-page style:name='m'>{shapes}</style:master-page>"
    path = write_document(
        tmp_path / "a.odp",
        f"<draw:page draw:master-page-name='m'>{_box('Words')}</draw:page>" * 2,
        parts={"styles.xml": f"{styles}</office:document-styles>"},
    )
    texts = [block.text for block in read_slides(path, Limits()).blocks if isinstance(block, Passage)]
    assert texts == ["Words", "Words", "Harbour office"]


def test_a_slide_of_pictures_alone_is_named(tmp_path: Path) -> None:
    picture = "<draw:page><draw:frame><draw:image/></draw:frame></draw:page>"
    found = _read(tmp_path, f"<draw:page>{_box('Words')}</draw:page>{picture}<draw:page/>")
    assert list(found.warnings) == [ReadingWarning(WarningCode.PAGE_WITHOUT_TEXT, 2)]


def test_more_slides_than_a_document_may_have_are_refused(tmp_path: Path) -> None:
    path = write_document(tmp_path / "a.odp", "<draw:page/>" * 4)
    with pytest.raises(ParseFailed) as refused:
        read_slides(path, Limits(pages=3))
    assert refused.value.code == "too_many_pages"
