"""What is counted in an Office or OpenDocument file: what a person sees, without what was deleted or is there twice."""

import zipfile
from pathlib import Path

import pytest

from benchmarks.reading.packages import words_of_package

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
ODF = "urn:oasis:names:tc:opendocument:xmlns"
OPEN = f'xmlns:office="{ODF}:office:1.0" xmlns:text="{ODF}:text:1.0" xmlns:style="{ODF}:style:1.0"'

SHOWN = '<w:vanish w:val="0"/>'


def _words(tmp_path: Path, parts: dict[str, str]) -> list[str]:
    path = tmp_path / "document"
    with zipfile.ZipFile(path, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return sorted(words_of_package(path).elements())


def _run(text: str, more: str = "") -> str:
    return f"<w:r><w:rPr>{more}</w:rPr><w:t>{text}</w:t></w:r>"


@pytest.mark.parametrize(
    ("inside", "words"),
    [
        (f"<w:p>{_run('six sa')}{_run('cks')}</w:p><w:p>{_run('oats')}</w:p>", "oats sacks six"),
        ("<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r></w:p>", "a b c"),
        (f"<w:p><w:del>{_run('gone')}</w:del><w:ins>{_run('come')}</w:ins></w:p>", "come"),
        (f"<w:p>{_run('unseen', '<w:vanish/>')}{_run('seen')}</w:p>", "seen"),
        (f"<w:p>{_run('seen', SHOWN)}</w:p>", "seen"),
        ("<w:p><w:r><w:instrText>PAGE</w:instrText><w:t>7</w:t></w:r></w:p>", "7"),
        (f"<mc:Choice><w:p>{_run('box')}</w:p></mc:Choice><mc:Fallback>{_run('box')}</mc:Fallback>", "box"),
    ],
)
def test_a_word_document_holds_what_is_shown(inside: str, words: str, tmp_path: Path) -> None:
    document = f"<w:document {W} {MC}><w:body>{inside}</w:body></w:document>"
    assert _words(tmp_path, {"word/document.xml": document}) == words.split()


def test_other_parts_count_and_running_heads_once(tmp_path: Path) -> None:
    texts = {
        "word/document.xml": "body",
        "word/header1.xml": "head 3",
        "word/header2.xml": "head 3",
        "word/footnotes.xml": "note",
        "word/styles.xml": "style",
        "word/glossary/document.xml": "block",
        "docProps/app.xml": "program",
    }
    parts = {name: f"<w:x {W}><w:p>{_run(text)}</w:p></w:x>" for name, text in texts.items()}
    assert _words(tmp_path, parts) == ["body", "head", "note"]


CELLS = (
    '<cols><col min="3" max="3" hidden="1"/></cols><sheetData>'
    '<row><c r="A1" t="s"><v>1</v></c><c r="B1"><v>45000</v></c><c r="C1" t="s"><v>0</v></c></row>'
    '<row hidden="1"><c r="A2" t="s"><v>0</v></c></row>'
    '<row><c r="A3" t="inlineStr"><is><t>inline</t></is></c><c r="B3" t="str"><f>A1</f><v>formula</v></c></row>'
    "</sheetData>"
)


def test_a_workbook_holds_the_strings_that_are_shown(tmp_path: Path) -> None:
    sheets = '<sheet name="A" r:id="r1"/><sheet name="B" state="hidden" r:id="r2"/>'
    links = '<L Id="r1" Target="worksheets/sheet1.xml"/><L Id="r2" Target="/xl/worksheets/sheet2.xml"/>'
    parts = {
        "xl/workbook.xml": f"<workbook {S} {R}><sheets>{sheets}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f"<Links>{links}</Links>",
        "xl/sharedStrings.xml": f"<sst {S}><si><t>unseen</t></si><si><t>shown</t><rPh><t>ruby</t></rPh></si></sst>",
        "xl/worksheets/sheet1.xml": f"<worksheet {S}>{CELLS}</worksheet>",
        "xl/worksheets/sheet2.xml": f"<worksheet {S}>{CELLS}</worksheet>",
    }
    assert _words(tmp_path, parts) == ["formula", "inline", "shown"]


def test_an_opendocument_text_holds_text_and_running_heads(tmp_path: Path) -> None:
    note = "<text:note-citation>1</text:note-citation><text:note-body><text:p>note</text:p></text:note-body>"
    body = (
        "<text:tracked-changes><text:p>gone</text:p></text:tracked-changes>"
        f"<text:p>six<text:s/>sa<text:span>cks</text:span> of <text:note>{note}</text:note>oats</text:p>"
    )
    head = "<style:header><text:p>head <text:page-number>4</text:page-number></text:p></style:header>"
    heads = f"<office:master-styles><style:master-page>{head}</style:master-page></office:master-styles>"
    parts = {
        "content.xml": f"<office:x {OPEN}><office:body><office:text>{body}</office:text></office:body></office:x>",
        "styles.xml": f"<office:x {OPEN}>{heads}</office:x>",
        "meta.xml": f"<office:x {OPEN}>program</office:x>",
    }
    assert _words(tmp_path, parts) == ["1", "head", "note", "oats", "of", "sacks", "six"]


def test_hidden_slides_and_numbers_of_slides_are_left_out(tmp_path: Path) -> None:
    text = '<a:p><a:r><a:t>word</a:t></a:r><a:fld type="slidenum"><a:t>5</a:t></a:fld></a:p>'
    parts = {
        "ppt/slides/slide1.xml": f"<p:sld xmlns:p='p' {A}>{text}</p:sld>",
        "ppt/slides/slide2.xml": f"<p:sld xmlns:p='p' {A} show='0'>{text}</p:sld>",
        "ppt/slideLayouts/slideLayout1.xml": f"<p:sldLayout xmlns:p='p' {A}>{text}</p:sldLayout>",
    }
    assert _words(tmp_path, parts) == ["word"]
