"""Notes, comments, headers, lists, pages and embedded files of a Word document."""

from pathlib import Path

import pytest

from ingestion.formats.content import Passage, ReadingWarning, WarningCode
from ingestion.formats.office.word.document import read_docx
from ingestion.parse.outcome import Limits
from tests.ingestion.formats.office.compound_file import compound_file, native
from tests.ingestion.formats.office.made_parts import relationships
from tests.ingestion.formats.office.word.made import cell, docx, lines, paragraph, read, row, run, table


def _notes(kind: str, **notes: str) -> str:
    each = "".join(f'<w:{kind} w:id="{key[1:]}">{paragraph(text)}</w:{kind}>' for key, text in notes.items())
    return f'<w:{kind}s><w:{kind} w:id="0" w:type="separator">{paragraph("line")}</w:{kind}>{each}</w:{kind}s>'


def _reference(kind: str, identifier: int, attributes: str = "") -> str:
    return f'<w:r><w:{kind}Reference w:id="{identifier}" {attributes}/></w:r>'


def test_note_stands_below_its_paragraph_by_its_number(tmp_path: Path) -> None:
    body = (
        paragraph("One", inside=_reference("footnote", 7) + _reference("endnote", 5))
        + paragraph("Two", inside=_reference("footnote", 3))
        + paragraph("Three", inside=_reference("footnote", 4, 'w:customMarkFollows="1"') + run("*"))
    )
    parts = {
        "f": ("footnotes", _notes("footnote", i3="late", i7="early", i4="own")),
        "e": ("endnotes", _notes("endnote", i5="end")),
    }
    content = read(tmp_path, body, parts)
    assert lines(content) == [
        "One", "Footnote 1: early", "Endnote i: end", "Two", "Footnote 2: late", "Three*", "Footnote: own",
    ]  # fmt: skip
    assert (content.parts, list(content.warnings)) == (3, [])


def test_numbers_of_notes_are_as_the_settings_say(tmp_path: Path) -> None:
    settings = (
        '<w:settings><w:footnotePr><w:numFmt w:val="lowerLetter"/><w:numStart w:val="3"/></w:footnotePr></w:settings>'
    )
    body = paragraph("One", inside=_reference("footnote", 1))
    parts = {"f": ("footnotes", _notes("footnote", i1="a")), "s": ("settings", settings)}
    assert lines(read(tmp_path, body, parts)) == ["One", "Footnote c: a"]


@pytest.mark.parametrize(("restart", "numbers"), [("eachPage", "1121"), ("eachSect", "1231"), ("continuous", "1234")])
def test_numbers_of_notes_start_anew(tmp_path: Path, restart: str, numbers: str) -> None:
    settings = f'<w:settings><w:footnotePr><w:numRestart w:val="{restart}"/></w:footnotePr></w:settings>'
    first, second, third, fourth = (paragraph("a", inside=_reference("footnote", n)) for n in (1, 2, 3, 4))
    body = first + f"<w:p>{_BREAK}</w:p>" + second + third + _SECTION_END + fourth + _section("nextPage")
    notes = ("footnotes", _notes("footnote", i1="x", i2="x", i3="x", i4="x"))
    said = lines(read(tmp_path, body, {"f": notes, "s": ("settings", settings)}))
    assert [line for line in said if line.startswith("Footnote")] == [f"Footnote {number}: x" for number in numbers]


def test_note_in_a_cell_stands_below_the_table(tmp_path: Path) -> None:
    body = table(
        f"<w:tr>{cell(paragraph('a', inside=_reference('footnote', 1)))}{cell(paragraph('b'))}</w:tr>", row("c", "d")
    )
    assert lines(read(tmp_path, body, {"f": ("footnotes", _notes("footnote", i1="note"))})) == [
        "a | b", "c | d", "Footnote 1: note",
    ]  # fmt: skip


def test_deleted_note_is_not_read_and_a_stray_one_is(tmp_path: Path) -> None:
    body = f"<w:p>{run('a')}<w:del>{_reference('footnote', 1)}</w:del></w:p>"
    assert lines(read(tmp_path, body, {"f": ("footnotes", _notes("footnote", i1="gone", i2="kept"))})) == [
        "a", "Footnote: kept",
    ]  # fmt: skip


def test_comments_name_their_author(tmp_path: Path) -> None:
    comments = f'<w:comments><w:comment w:id="4" w:author="Ada">{paragraph("Why?")}</w:comment></w:comments>'
    content = read(tmp_path, paragraph("a", inside=_reference("comment", 4)), {"c": ("comments", comments)})
    assert lines(content) == ["a", "Comment by Ada: Why?"]


@pytest.mark.parametrize("kind", ["footnote", "endnote", "comment"])
def test_missing_notes_are_a_warning(tmp_path: Path, kind: str) -> None:
    content = read(tmp_path, paragraph("a", inside=_reference(kind, 1)))
    assert lines(content) == ["a"]
    assert list(content.warnings) == [ReadingWarning(WarningCode.PART_UNREAD, part=f"{kind}s")]


def _section(kind: str, *references: str) -> str:
    each = "".join(f'<w:{one}Reference r:id="{one}{n}"/>' for n, one in enumerate(references))
    return f'<w:sectPr>{each}<w:type w:val="{kind}"/></w:sectPr>'


def test_headers_and_footers_are_read_once(tmp_path: Path) -> None:
    first = _section("nextPage", "header", "footer")
    body = (
        paragraph("a")
        + f"<w:p><w:pPr>{first}</w:pPr></w:p>"
        + paragraph("b")
        + _section("nextPage", "header", "footer")
    )
    parts = {
        "header0": ("header", f"<w:hdr>{paragraph('Acme')}</w:hdr>"),
        "footer1": ("footer", f"<w:ftr>{paragraph('secret')}</w:ftr>"),
    }
    content = read(tmp_path, body, parts)
    assert lines(content) == ["a", "Header: Acme", "Footer: secret", "b"]
    assert (content.parts, content.pages) == (3, 2)


def test_damaged_header_is_a_warning_by_its_name(tmp_path: Path) -> None:
    body = paragraph("a") + '<w:sectPr><w:headerReference r:id="2"/></w:sectPr>'
    content = read(tmp_path, body, {"2": ("header", b"")})
    assert list(content.warnings) == [ReadingWarning(WarningCode.PART_UNREAD, part="header 2")]


_MISSING = {
    "header": ('<w:sectPr><w:headerReference r:id="z"/></w:sectPr>', WarningCode.PART_UNREAD, "header"),
    "subdocument": ('<w:p><w:subDoc r:id="z"/></w:p>', WarningCode.PART_UNREAD, "subdocument"),
    "file": ('<w:altChunk r:id="z"/>', WarningCode.ATTACHMENT_UNREAD, "embedded file"),
}


@pytest.mark.parametrize(("body", "code", "part"), _MISSING.values(), ids=_MISSING)
def test_part_that_nothing_tells_of_is_a_warning(tmp_path: Path, body: str, code: WarningCode, part: str) -> None:
    content = read(tmp_path, paragraph("a") + body)
    assert (lines(content), list(content.warnings)) == (["a"], [ReadingWarning(code, part=part)])


def _level(level: int, form: str, text: str, extra: str = "") -> str:
    shown = f'<w:numFmt w:val="{form}"/>{extra}<w:lvlText w:val="{text}"/>'
    return f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/>{shown}</w:lvl>'


_NUMBERING = (
    '<w:numbering><w:abstractNum w:abstractNumId="0">'
    + _level(0, "decimal", "%1", '<w:pStyle w:val="H1"/>')
    + _level(1, "decimal", "%1.%2", '<w:pStyle w:val="H2"/>')
    + _level(2, "lowerLetter", "%3)")
    + '</w:abstractNum><w:abstractNum w:abstractNumId="1">'
    + _level(0, "bullet", "\uf0b7", '<w:rPr><w:rFonts w:ascii="Symbol"/></w:rPr>')
    + _level(1, "upperRoman", "%2.", '<w:suff w:val="space"/>')
    + '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>'
    '<w:num w:numId="3"><w:abstractNumId w:val="0"/>'
    '<w:lvlOverride w:ilvl="2"><w:startOverride w:val="4"/></w:lvlOverride></w:num></w:numbering>'
)
_LIST_STYLES = "<w:styles>" + "".join(
    f'<w:style w:type="paragraph" w:styleId="H{n}"><w:name w:val="heading {n}"/><w:pPr><w:numPr><w:numId w:val="1"/>'
    "</w:numPr></w:pPr></w:style>"
    for n in (1, 2)
) + "</w:styles>"  # fmt: skip


def _item(text: str, numbering: int, level: int) -> str:
    place = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{numbering}"/></w:numPr>'
    return f"<w:p><w:pPr>{place}</w:pPr>{run(text)}</w:p>"


def test_lists_have_their_numbers_and_bullets(tmp_path: Path) -> None:
    body = (
        paragraph("Scope", "H1") + paragraph("Terms", "H1") + paragraph("Notice", "H2") + paragraph("Deliveries", "H2")
        + _item("by sea", 1, 2) + _item("by land", 1, 2) + _item("a dot", 2, 0) + _item("a part", 2, 1)
        + paragraph("Costs", "H1") + paragraph("Fees", "H2") + _item("anew", 3, 2) + _item("none", 0, 0)
    )  # fmt: skip
    assert lines(read(tmp_path, body, {"n": ("numbering", _NUMBERING), "s": ("styles", _LIST_STYLES)})) == [
        "1 Scope", "2 Terms", "2.1 Notice", "2.2 Deliveries", "a) by sea", "b) by land", "• a dot", "I. a part",
        "3 Costs", "3.1 Fees", "d) anew", "none",
    ]  # fmt: skip


_DRAWN = "<w:r><w:lastRenderedPageBreak/></w:r>"
_BREAK = '<w:r><w:br w:type="page"/></w:r>'
_PICTURE_PAGE = f"<w:p>{_DRAWN}<w:r><w:drawing/></w:r>{_BREAK}</w:p>"
_NEW_PAGE = "<w:pPr><w:pageBreakBefore/></w:pPr>"
_SECTION_END = f"<w:p><w:pPr>{_section('nextPage')}</w:pPr>{run('a')}</w:p>"
_PAGES = {
    "nothing is known": (paragraph("a") + paragraph("b"), None, [None, None]),
    "drawn": (paragraph("a") + f"<w:p>{_DRAWN}{run('b')}</w:p>", 2, [1, 2]),
    "break": (paragraph("a", inside=_BREAK) + paragraph("b"), 2, [1, 2]),
    "break that was drawn": (paragraph("a", inside=_BREAK) + f"<w:p>{_DRAWN}{run('b')}</w:p>", 2, [1, 2]),
    "page of a picture": (paragraph("a") + _PICTURE_PAGE + f"<w:p>{_DRAWN}{run('b')}</w:p>", 3, [1, 3]),
    "two pages drawn": (paragraph("a") + f"<w:p>{_DRAWN}</w:p><w:p>{_DRAWN}{run('b')}</w:p>", 3, [1, 3]),
    "drawn at the start": (f"<w:p>{_DRAWN}{run('a')}</w:p>", 1, [1]),
    "two breaks": (paragraph("a", inside=_BREAK + _BREAK) + paragraph("b"), 3, [1, 3]),
    "paragraph on a new page": (paragraph("a") + f"<w:p>{_NEW_PAGE}{_DRAWN}{run('b')}</w:p>", 2, [1, 2]),
    "first paragraph on a new page": (f"<w:p>{_NEW_PAGE}{run('b')}</w:p>" + paragraph("c"), None, [None, None]),
    "section": (_SECTION_END + paragraph("b") + _section("oddPage"), 2, [1, 2]),
    "section on the same page": (_SECTION_END + paragraph("b") + _section("continuous"), None, [None, None]),
    "drawn at another time": (f"<w:p>{_DRAWN}</w:p>" + paragraph("word " * 3_000), None, [None]),
    "more than fits": (paragraph("a", inside=_BREAK) + paragraph("word " * 1_000), None, [None, None]),
}  # fmt: skip


@pytest.mark.parametrize(("body", "pages", "begins"), _PAGES.values(), ids=_PAGES)
def test_pages_are_those_that_breaks_tell(
    tmp_path: Path, body: str, pages: int | None, begins: list[int | None]
) -> None:
    content = read(tmp_path, body)
    assert (content.pages, [block.page for block in content.blocks]) == (pages, begins)


def test_paragraph_tells_where_it_goes_on_on_another_page(tmp_path: Path) -> None:
    content = read(tmp_path, f"<w:p>{run('  one ')}{_DRAWN}{run('two')}</w:p>")
    assert content.blocks == [Passage("one two", page=1, breaks=((4, 2),))]


def test_row_that_goes_on_is_on_the_page_where_it_begins(tmp_path: Path) -> None:
    split = cell(f"<w:p>{run('a')}{_DRAWN}{run('b')}</w:p>")
    content = read(tmp_path, table(f"<w:tr>{split}{split}</w:tr>", row("c", "d")) + paragraph("e"))
    found = next(block for block in content.blocks if not isinstance(block, Passage))
    assert [each.page for each in found.rows] == [1, 2]
    assert (content.blocks[-1].page, content.pages) == (2, 2)


def _embedding(kind: str, target: str, content: bytes) -> dict[str, str | bytes]:
    return {f"word/{target}": content, "word/_rels/document.xml.rels": relationships({"e": (kind, target)})}


_OBJECT = '<w:p><w:r><w:object><o:OLEObject Type="Embed" ProgID="Package" r:id="e"/></w:object></w:r></w:p>'


def _inner_docx(folder: Path) -> bytes:
    (folder / "inner").mkdir()
    return docx(folder / "inner", paragraph("inside")).read_bytes()


def test_embedded_document_is_read_with_its_name(tmp_path: Path) -> None:
    others = _embedding("package", "embeddings/terms.docx", _inner_docx(tmp_path))
    content = read_docx(docx(tmp_path, paragraph("a") + _OBJECT, others=others), Limits())
    assert lines(content) == ["a", "Attachment: terms.docx", "inside"]
    assert (content.parts, list(content.warnings)) == (2, [])


def test_document_for_a_part_of_the_text_stands_in_its_place(tmp_path: Path) -> None:
    others = _embedding("aFChunk", "chunk.docx", _inner_docx(tmp_path))
    body = paragraph("a") + '<w:altChunk r:id="e"/>' + paragraph("b")
    assert lines(read_docx(docx(tmp_path, body, others=others), Limits())) == ["a", "inside", "b"]


@pytest.mark.parametrize("content", [b"", b"MZ program", b"PK\x03\x04word/ cut"], ids=["empty", "foreign", "damaged"])
def test_embedded_file_that_cannot_be_read_is_a_warning(tmp_path: Path, content: bytes) -> None:
    others = _embedding("package", "embeddings/a.docx", content)
    found = read_docx(docx(tmp_path, paragraph("a") + _OBJECT, others=others), Limits())
    assert lines(found) == ["a"]
    assert list(found.warnings) == [ReadingWarning(WarningCode.ATTACHMENT_UNREAD, part="a.docx")]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["document.docx"]


@pytest.mark.parametrize(
    ("stream", "name"),
    [("Package", "oleObject1.bin"), ("CONTENTS", "oleObject1.bin"), ("\x01Ole10Native", "terms of Kell.docx")],
)
def test_embedded_file_is_taken_out_of_its_wrapping(tmp_path: Path, stream: str, name: str) -> None:
    inner = _inner_docx(tmp_path)
    wrapped = compound_file(stream, native(name, inner) if "Native" in stream else inner)
    path = docx(
        tmp_path, paragraph("a") + _OBJECT, others=_embedding("oleObject", "embeddings/oleObject1.bin", wrapped)
    )
    assert lines(read_docx(path, Limits())) == ["a", f"Attachment: {name}", "inside"]


def test_equation_of_the_old_editor_is_a_warning(tmp_path: Path) -> None:
    wrapped = compound_file("Equation Native", b"x")
    path = docx(tmp_path, paragraph("a") + _OBJECT, others=_embedding("oleObject", "embeddings/a.bin", wrapped))
    assert list(read_docx(path, Limits()).warnings) == [ReadingWarning(WarningCode.PART_UNREAD, part="equation")]


def test_documents_inside_each_other_end(tmp_path: Path) -> None:
    content = _inner_docx(tmp_path)
    for number in range(6):
        folder = tmp_path / str(number)
        folder.mkdir()
        others = _embedding("package", "embeddings/a.docx", content)
        content = docx(folder, paragraph(f"level {number}") + _OBJECT, others=others).read_bytes()
    (tmp_path / "document.docx").write_bytes(content)
    found = read_docx(tmp_path / "document.docx", Limits())
    assert [line for line in lines(found) if line.startswith("level")] == [f"level {n}" for n in (5, 4, 3, 2)]
    assert [warning.code for warning in found.warnings] == [WarningCode.ATTACHMENT_UNREAD]
