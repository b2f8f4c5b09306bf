"""Word documents in one XML file are read."""

from pathlib import Path

import pytest

from ingestion.chunk import BlockKind
from ingestion.formats.content import Passage, Table, TableRow
from ingestion.formats.exports.word_xml import read_word_xml
from ingestion.parse.outcome import Limits, ParseFailed


def _written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "document.wordml"
    path.write_text(text)
    return path


def test_a_document_of_word_2003_is_read_in_order(tmp_path: Path) -> None:
    def text(words: str) -> str:
        return f"<w:r><w:t>{words}</w:t></w:r>"

    def cell(words: str) -> str:
        return f"<w:tc><w:p>{text(words)}</w:p></w:tc>"

    body = (
        f"<wx:sect><w:p><w:pPr><w:pStyle w:val='berschrift1'/></w:pPr>{text('Lamps')}</w:p>"
        f"<w:p>{text('Oil is ')}<aml:annotation w:type='Word.Deletion'><aml:content>{text('not ')}</aml:content>"
        f"</aml:annotation>{text('low')}<w:r><w:footnote><w:p>{text('In winter.')}</w:p></w:footnote></w:r>"
        f"<aml:annotation w:type='Word.Comment' aml:author='Ada'><aml:content><w:p>{text('Sure?')}</w:p></aml:content>"
        f"</aml:annotation></w:p><w:tbl><w:tr>{cell('Store')}{cell('Litres')}</w:tr><w:tr>{cell('North')}{cell('12')}"
        "</w:tr></w:tbl></wx:sect>"
    )
    styles = "<w:styles><w:style w:styleId='berschrift1'><w:name w:val='heading 1'/></w:style></w:styles>"
    spaces = (
        "xmlns:w='http://schemas.microsoft.com/office/word/2003/wordml' "
        "xmlns:wx='http://schemas.microsoft.com/office/word/2003/auxHint' "
        "xmlns:aml='http://schemas.microsoft.com/aml/2001/core'"
    )
    path = _written(tmp_path, f"<w:wordDocument {spaces}>{styles}<w:body>{body}</w:body></w:wordDocument>")
    assert read_word_xml(path, Limits()).blocks == [
        Passage("Lamps", BlockKind.HEADING),
        Passage("Oil is low"),
        Passage("Footnote 1: In winter."),
        Passage("Comment by Ada: Sure?"),
        Table([TableRow(("North", "12"))], ("Store", "Litres")),
    ]


def test_the_parts_of_a_package_in_one_file_are_read_as_a_package(tmp_path: Path) -> None:
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"

    def part(name: str, xml: str) -> str:
        return f"<pkg:part pkg:name='{name}'><pkg:xmlData>{xml}</pkg:xmlData></pkg:part>"

    text = (
        "<pkg:package xmlns:pkg='http://schemas.microsoft.com/office/2006/xmlPackage'>"
        + part(
            "/[Content_Types].xml",
            "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'><Default Extension='rels' "
            "ContentType='application/vnd.openxmlformats-package.relationships+xml'/>"
            f"<Override PartName='/word/document.xml' ContentType='{main}'/></Types>",
        )
        + part(
            "/_rels/.rels",
            "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>"
            f"<Relationship Id='r1' Type='{office}' Target='word/document.xml'/></Relationships>",
        )
        + part(
            "/word/document.xml",
            "<w:document xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'><w:body><w:p><w:r>"
            "<w:t>The northern crane was repaired.</w:t></w:r></w:p></w:body></w:document>",
        )
        + "</pkg:package>"
    )
    [block] = read_word_xml(_written(tmp_path, text), Limits()).blocks
    assert isinstance(block, Passage)
    assert block.text == "The northern crane was repaired."


@pytest.mark.parametrize("text", ["<w", "<a/>"])
def test_anything_else_is_damaged(tmp_path: Path, text: str) -> None:
    with pytest.raises(ParseFailed):
        read_word_xml(_written(tmp_path, text), Limits())
