"""A Word document is read as a person sees it with all changes accepted."""

from pathlib import Path

import pytest

from ingestion.chunk import BlockKind
from ingestion.formats.content import Passage, ReadingWarning, WarningCode
from ingestion.formats.office.word.document import read_docx
from ingestion.parse.outcome import Limits, ParseFailed
from tests.ingestion.formats.office.made_parts import OFFICE
from tests.ingestion.formats.office.word.made import (
    docx,
    field,
    legacy_box,
    lines,
    paragraph,
    read,
    run,
    text_box,
)

_DELETED_MARK = "<w:pPr><w:rPr><w:del/></w:rPr></w:pPr>"
_SEPARATE = '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
_END = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
_PLACEHOLDER = "<w:sdtPr><w:showingPlcHdr/></w:sdtPr>"
_SHOWN = '<w:vanish w:val="0"/>'
_BOTH = (
    '<w:r><mc:AlternateContent><mc:Choice Requires="wps">'
    f"<w:drawing>{text_box(paragraph('box'))}</w:drawing></mc:Choice>"
    f"<mc:Fallback>{legacy_box(paragraph('box'))}</mc:Fallback></mc:AlternateContent></w:r>"
)
_CHOICE = (
    '<w:p><w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="x"/>'
    '<w:listEntry w:val="y"/></w:ddList></w:ffData></w:fldChar></w:r>'
    '<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
)
_PICTURE = (
    f'<w:p>{run("a")}<w:r><w:drawing><wp:inline><wp:docPr descr="a dog"/><a:graphic><a:graphicData uri=""><pic:pic>'
    '<pic:nvPicPr><pic:cNvPr descr="a dog"/></pic:nvPicPr></pic:pic></a:graphicData></a:graphic></wp:inline>'
    "</w:drawing></w:r></w:p>"
)


def _described(properties: str) -> str:
    return f"<w:p>{run('a')}<w:r><w:drawing><wp:inline><wp:docPr {properties}/></wp:inline></w:drawing></w:r></w:p>"


_INK = (
    '<w:r><mc:AlternateContent><mc:Choice Requires="wpi"><w:drawing/></mc:Choice>'
    f"<mc:Fallback>{legacy_box(paragraph('ink'))}</mc:Fallback></mc:AlternateContent></w:r>"
)

_BODIES = {
    "inserted": (
        f"<w:p>{run('a ')}<w:ins>{run('new')}</w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del></w:p>",
        ["a new"],
    ),
    "moved": (f"<w:p><w:moveFrom>{run('from')}</w:moveFrom></w:p><w:p><w:moveTo>{run('to')}</w:moveTo></w:p>", ["to"]),
    "deleted though plain text": (f"<w:p>{run('kept')}<w:del>{run('gone')}</w:del></w:p>", ["kept"]),
    "deleted mark": (f"<w:p>{_DELETED_MARK}{run('one ')}</w:p><w:p>{run('line')}</w:p>", ["one line"]),
    "deleted mark at the end": (f"<w:p>{_DELETED_MARK}{run('one')}</w:p>", ["one"]),
    "changed format": (f"<w:p>{run('a', '<w:rPrChange><w:rPr><w:vanish/></w:rPr></w:rPrChange>')}</w:p>", ["a"]),
    "block control": (f"<w:sdt><w:sdtContent>{paragraph('a')}</w:sdtContent></w:sdt>", ["a"]),
    "inline control": (
        f"<w:p>{run('a ')}<w:sdt><w:sdtContent>{run('b')}</w:sdtContent></w:sdt>{run(' c')}</w:p>",
        ["a b c"],
    ),
    "nested controls": (
        f"<w:sdt><w:sdtContent><w:sdt><w:sdtContent>{paragraph('a')}</w:sdtContent></w:sdt></w:sdtContent></w:sdt>",
        ["a"],
    ),
    "placeholder": (
        f"<w:p>{run('Name: ')}<w:sdt>{_PLACEHOLDER}<w:sdtContent>{run('Click')}</w:sdtContent></w:sdt></w:p>",
        ["Name:"],
    ),
    "smart tag": (f"<w:p><w:smartTag>{run('a')}</w:smartTag></w:p>", ["a"]),
    "custom XML": (f"<w:customXml><w:p><w:customXml>{run('a')}</w:customXml></w:p></w:customXml>", ["a"]),
    "hyperlink": (f"<w:p>{run('see ')}<w:hyperlink>{run('here')}</w:hyperlink></w:p>", ["see here"]),
    "field": (f"<w:p>{run('on ')}{field('DATE', '4 May')}{run('.')}</w:p>", ["on 4 May."]),
    "field without result": (f"<w:p>{run('a')}{field('XE index', None)}{run('b')}</w:p>", ["ab"]),
    "field in an instruction": (f"<w:p>{field('IF ' + field('PAGE', '7') + ' x', 'yes')}</w:p>", ["yes"]),
    "deleted end of a field": (
        f"<w:p>{field('DATE', 'May').replace(_SEPARATE, f'<w:del>{_END}</w:del>{_SEPARATE}')}{run('.')}</w:p>",
        ["May."],
    ),
    "field without end": (
        f'<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>{run("a")}</w:p>{paragraph("b")}',
        ["a", "b"],
    ),
    "simple field": (f'<w:p><w:fldSimple w:instr="PAGE">{run("3")}</w:fldSimple></w:p>', ["3"]),
    "choice of a form": (_CHOICE, ["y"]),
    "hidden": (f"<w:p>{run('a')}{run('gone', '<w:vanish/>')}{run('b', _SHOWN)}</w:p>", ["ab"]),
    "hidden mark": (
        f"<w:p><w:pPr><w:rPr><w:vanish/></w:rPr></w:pPr>{run('Lead. ')}</w:p>{paragraph('Text')}",
        ["Lead. Text"],
    ),
    "tab and line": (
        "<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:ptab/><w:br/><w:t>c</w:t><w:cr/><w:t>d</w:t></w:r></w:p>",
        ["a\tb\t\nc\nd"],
    ),
    "hyphens": (
        "<w:p><w:r><w:t>a</w:t><w:noBreakHyphen/><w:t>b</w:t><w:softHyphen/><w:t>c\u00add</w:t></w:r></w:p>",
        ["a-bcd"],
    ),
    "symbol": ('<w:p><w:r><w:t>5 </w:t><w:sym w:font="Symbol" w:char="F06D"/><w:t>m</w:t></w:r></w:p>', ["5 μm"]),
    "symbol of no sense": ('<w:p><w:r><w:t>5</w:t><w:sym w:font="Wingdings" w:char="zz"/></w:r></w:p>', ["5"]),
    "tick": ('<w:p><w:r><w:rPr><w:rFonts w:ascii="Wingdings"/></w:rPr><w:t>\uf0fe yes</w:t></w:r></w:p>', ["☑ yes"]),
    "reading": (
        f"<w:p><w:r><w:ruby><w:rt>{run('kana')}</w:rt><w:rubyBase>{run('kanji')}</w:rubyBase></w:ruby></w:r></w:p>",
        ["kanji(kana)"],
    ),
    "equation": (f"<w:p>{run('if ')}<m:oMath><m:r><m:t>d=3.57</m:t></m:r></m:oMath></w:p>", ["if d=3.57"]),
    "equation alone": ("<w:p><m:oMathPara><m:oMath><m:r><m:t>x=1</m:t></m:r></m:oMath></m:oMathPara></w:p>", ["x=1"]),
    "text box": (
        f"<w:p>{run('a')}<w:r><w:drawing>{text_box(paragraph('box'))}</w:drawing></w:r>{run('b')}</w:p>",
        ["ab", "box"],
    ),
    "text box twice in the file": (f"<w:p>{run('a')}{_BOTH}</w:p>", ["a", "box"]),
    "text box of older versions": (f"<w:p>{run('a')}<w:r>{legacy_box(paragraph('box'))}</w:r></w:p>", ["a", "box"]),
    "what is not understood": (f"<w:p>{_INK}</w:p>", ["ink"]),
    "watermark": ('<w:p><w:r><w:pict><v:shape><v:textpath string="DRAFT"/></v:shape></w:pict></w:r></w:p>', ["DRAFT"]),
    "picture": (_PICTURE, ["a", "Picture: a dog"]),
    "picture's file name": (_described('descr="dog.png"'), ["a"]),
    "hidden drawing": (_described('hidden="1" descr="b"'), ["a"]),
}


@pytest.mark.parametrize(("body", "said"), _BODIES.values(), ids=_BODIES)
def test_text_is_what_is_shown(tmp_path: Path, body: str, said: list[str]) -> None:
    content = read(tmp_path, body)
    assert lines(content) == said
    assert list(content.warnings) == []


def test_strict_document_is_read_alike(tmp_path: Path) -> None:
    strict = "http://purl.oclc.org/ooxml"
    xml = (
        f'<w:document xmlns:w="{strict}/wordprocessingml/main" xmlns:m="{strict}/officeDocument/math"><w:body>'
        f"{paragraph('a')}<w:p><m:oMath><m:r><m:t>b</m:t></m:r></m:oMath></w:p></w:body></w:document>"
    )
    assert lines(read_docx(docx(tmp_path, "", others={"word/document.xml": xml.encode()}), Limits())) == ["a", "b"]


_STYLES = (
    "<w:styles>"
    '<w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="L2"><w:name w:val="Überschrift 2"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Out"><w:name w:val="Chapter"/>'
    '<w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Own"><w:name w:val="Own"/><w:basedOn w:val="Out"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Toc"><w:name w:val="TOC Heading"/><w:basedOn w:val="berschrift1"/>'
    '<w:pPr><w:outlineLvl w:val="9"/></w:pPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Round"><w:name w:val="Round"/><w:basedOn w:val="Round"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Gone"><w:name w:val="Gone"/><w:rPr><w:vanish/></w:rPr></w:style>'
    "</w:styles>"
)


@pytest.mark.parametrize(
    ("style", "kind"),
    [
        *((style, "heading") for style in ("berschrift1", "L2", "Out", "Own")),
        *((style, "prose") for style in ("Toc", "Round", "Unknown", "")),
    ],
)
def test_headings_are_told_by_their_style(tmp_path: Path, style: str, kind: str) -> None:
    content = read(tmp_path, paragraph("Deliveries", style), {"s": ("styles", _STYLES)})
    assert [block.kind for block in content.blocks if isinstance(block, Passage)] == [BlockKind(kind)]


def test_paragraph_of_a_hidden_style_is_hidden(tmp_path: Path) -> None:
    body = paragraph("gone", "Gone") + f'<w:p><w:pPr><w:pStyle w:val="Gone"/></w:pPr>{run("shown", _SHOWN)}</w:p>'
    assert lines(read(tmp_path, body, {"s": ("styles", _STYLES)})) == ["shown"]


def test_long_heading_is_prose_and_short_lines_are_lines(tmp_path: Path) -> None:
    address = "<w:p><w:r><w:t>Quay 4</w:t><w:br/><w:t>Kell</w:t></w:r></w:p>"
    content = read(tmp_path, paragraph("word " * 40, "Out") + address, {"s": ("styles", _STYLES)})
    assert [block.kind for block in content.blocks if isinstance(block, Passage)] == [BlockKind.PROSE, BlockKind.LINES]


def test_title_is_that_of_the_properties(tmp_path: Path) -> None:
    properties = b'<p xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Terms</dc:title></p>'
    relations = (
        f'<Relationships xmlns="{OFFICE}/package/2006/relationships">'
        '<Relationship Id="a" Type="x/core-properties" Target="core.xml"/></Relationships>'
    )
    path = docx(tmp_path, paragraph("a"), others={"core.xml": properties, "_rels/.rels": relations})
    assert read_docx(path, Limits()).title == "Terms"


def test_document_without_a_body_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(ParseFailed) as failure:
        read_docx(docx(tmp_path, "", others={"word/document.xml": b"<a/>"}), Limits())
    assert failure.value.code == "damaged"


def test_cut_document_is_read_with_a_warning(tmp_path: Path) -> None:
    cut = f'<w:document xmlns:w="{OFFICE}/wordprocessingml/2006/main"><w:body>{paragraph("first")}<w:p><w:r><w:t>sec'
    content = read_docx(docx(tmp_path, "", others={"word/document.xml": cut.encode()}), Limits())
    assert lines(content) == ["first", "sec"]
    assert list(content.warnings) == [ReadingWarning(WarningCode.PART_UNREAD, part="document")]


def test_deep_nesting_ends_no_reader(tmp_path: Path) -> None:
    depth = 120
    body = "<w:sdt><w:sdtContent>" * depth + paragraph("a") + "</w:sdtContent></w:sdt>" * depth
    assert lines(read(tmp_path, body)) == ["a"]
    box = paragraph("a")
    for _ in range(20):
        box = f"<w:p><w:r><w:drawing>{text_box(box)}</w:drawing></w:r></w:p>"
    assert lines(read(tmp_path, box)) == ["a"]
