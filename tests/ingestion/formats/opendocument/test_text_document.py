"""OpenDocument texts are read whole and in order."""

from pathlib import Path

import pytest

from ingestion.chunk import BlockKind
from ingestion.formats.content import Content, Passage, ReadingWarning, Table, TableRow, WarningCode
from ingestion.formats.opendocument.text_document import read_text_document
from ingestion.parse.outcome import Limits, ParseFailed
from tests.ingestion.formats.opendocument.open_files import SPACES, content, write_document


def _read(tmp_path: Path, body: str, styles: str = "", meta: str = "") -> Content:
    return read_text_document(write_document(tmp_path / "a.odt", body, styles=styles, meta=meta), Limits())


def _texts(found: Content) -> list[str]:
    return [block.text for block in found.blocks if isinstance(block, Passage)]


def _note(kind: str, number: str, *texts: str) -> str:
    body = "".join(f"<text:p>{text}</text:p>" for text in texts)
    citation = f"<text:note-citation>{number}</text:note-citation>"
    return f"<text:note text:note-class='{kind}'>{citation}<text:note-body>{body}</text:note-body></text:note>"


_KINDS = {
    "a footnote, after its paragraph": (
        f"<text:p>Lamp{_note('footnote', '1', 'In winter', 'only.')} is lit.</text:p><text:p>End</text:p>",
        ["Lamp is lit.", "Footnote 1: In winter only.", "End"],
    ),
    "an endnote": (f"<text:p>Lamp{_note('endnote', 'i', 'Old.')}</text:p>", ["Lamp", "Endnote i: Old."]),
    "a remark with its author": (
        (
            "<text:p>Rope<office:annotation><dc:creator>Ada</dc:creator><dc:date>2026-01-01</dc:date>"
            "<text:p>Hemp?</text:p></office:annotation> is long.</text:p>"
        ),
        ["Rope is long.", "Comment by Ada: Hemp?"],
    ),
    "a text box": (
        (
            "<text:p>Deck<draw:frame><draw:text-box><text:p>Hatch 77</text:p><text:p>sealed</text:p></draw:text-box>"
            "</draw:frame></text:p>"
        ),
        ["Deck", "Hatch 77", "sealed"],
    ),
    "a shape in a group": (
        "<text:p><draw:g><draw:custom-shape><text:p>Arrow north</text:p></draw:custom-shape></draw:g></text:p>",
        ["Arrow north"],
    ),
    "an alternative text": (
        (
            "<text:p><draw:frame><draw:image xlink:href='Pictures/1.png'/><svg:title>Chart</svg:title>"
            "<svg:desc>The northern pier</svg:desc></draw:frame></text:p>"
        ),
        ["Picture: Chart. The northern pier"],
    ),
    "tracked changes, accepted": (
        (
            "<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p></text:deletion>"
            "</text:changed-region></text:tracked-changes>"
            "<text:p>It <text:change text:change-id='1'/><text:change-start text:change-id='2'/>stays</text:p>"
        ),
        ["It stays"],
    ),
    "fields": (
        (
            "<text:p>By <text:author-name>Ada</text:author-name>, "
            "<text:dropdown><text:label text:value='x'/>north</text:dropdown></text:p>"
        ),
        ["By Ada, north"],
    ),
    "spaces and tabs": ("<text:p>a<text:s text:c='2'/>b<text:tab/>c\n   d</text:p>", ["a  b\tc d"]),
    "words without what is read out above them": (
        (
            "<text:p><text:ruby><text:ruby-base>kanji</text:ruby-base><text:ruby-text>kana</text:ruby-text></text:ruby>"
            "</text:p>"
        ),
        ["kanji"],
    ),
    "a section in a section": (
        "<text:section><text:section><text:p>Inside</text:p></text:section></text:section>",
        ["Inside"],
    ),
    "an index without its template": (
        (
            "<text:table-of-content><text:table-of-content-source><text:index-title-template>T</text:index-title-template>"
            "</text:table-of-content-source><text:index-body><text:p>Ropes 3</text:p></text:index-body>"
            "</text:table-of-content>"
        ),
        ["Ropes 3"],
    ),
    "lists, the inner ones too": (
        (
            "<text:list><text:list-item><text:p>one</text:p><text:list><text:list-item><text:p>two</text:p>"
            "</text:list-item></text:list></text:list-item></text:list>"
        ),
        ["one", "two"],
    ),
    "no forms and no bytes of pictures": (
        (
            "<office:forms><x>y</x></office:forms><text:p>Words<draw:frame><draw:image><office:binary-data>QUJD"
            "</office:binary-data></draw:image></draw:frame></text:p>"
        ),
        ["Words"],
    ),
}


@pytest.mark.parametrize(("body", "texts"), _KINDS.values(), ids=_KINDS)
def test_words_are_read_where_they_belong(tmp_path: Path, body: str, texts: list[str]) -> None:
    assert _texts(_read(tmp_path, body)) == texts


def test_headings_titles_and_lines_are_told_apart(tmp_path: Path) -> None:
    styles = (
        '<style:style style:name="P1" style:parent-style-name="Title"/>'
        '<style:style style:name="P2" style:parent-style-name="Preformatted_20_Text"/>'
    )
    body = (
        "<text:p text:style-name='P1'>Ledger</text:p><text:h text:outline-level='1'>Ropes</text:h>"
        "<text:p>Words</text:p><text:p text:style-name='P2'>x = 1</text:p><text:p>Kell<text:line-break/>Fair</text:p>"
    )
    found = _read(tmp_path, body, styles, "<dc:title>The ledger</dc:title>")
    assert [(block.text, block.kind) for block in found.blocks if isinstance(block, Passage)] == [
        ("Ledger", BlockKind.HEADING),
        ("Ropes", BlockKind.HEADING),
        ("Words", BlockKind.PROSE),
        ("x = 1", BlockKind.LINES),
        ("Kell\nFair", BlockKind.LINES),
    ]
    assert found.title == "The ledger"


def test_numbered_lists_show_their_numbers(tmp_path: Path) -> None:
    styles = (
        "<text:list-style style:name='L1'><text:list-level-style-number text:level='1' style:num-format='1' "
        "style:num-suffix='.'/><text:list-level-style-number text:level='2' style:num-format='a' style:num-suffix=')'/>"
        "</text:list-style>"
    )
    body = (
        "<text:list text:style-name='L1'><text:list-item><text:p>one</text:p><text:list><text:list-item>"
        "<text:p>inner</text:p></text:list-item></text:list></text:list-item>"
        "<text:list-item><text:p>two</text:p><text:p>and more</text:p></text:list-item></text:list>"
        "<text:list text:style-name='L1' text:continue-numbering='true'><text:list-item><text:p>three</text:p>"
        "</text:list-item></text:list>"
    )
    assert _texts(_read(tmp_path, body, styles)) == ["1. one", "a) inner", "2. two", "and more", "3. three"]


def test_a_table_names_its_columns_and_repeats_what_it_repeats(tmp_path: Path) -> None:
    body = (
        "<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>Store</text:p>"
        "</table:table-cell><table:table-cell table:number-columns-spanned='2'><text:p>Litres</text:p>"
        "</table:table-cell><table:covered-table-cell/></table:table-row></table:table-header-rows>"
        "<table:table-row table:number-rows-repeated='2'><table:table-cell><text:p>North</text:p><text:p>pier</text:p>"
        "</table:table-cell><table:table-cell table:number-columns-repeated='2'>"
        f"<text:p>7{_note('footnote', '1', 'full')}</text:p></table:table-cell></table:table-row>"
        "<table:table-row table:number-rows-repeated='1000000'><table:table-cell/></table:table-row></table:table>"
    )
    [table, note] = _read(tmp_path, body).blocks
    assert isinstance(table, Table)
    assert table.header == ("Store", "Litres", "Litres")
    assert list(table.rows) == [TableRow(("North pier", "7", "7"))] * 2
    assert note == Passage("Footnote 1: full")


def test_a_table_without_marked_names_has_them_found(tmp_path: Path) -> None:
    cells = [["Store", "Litres"], ["North", "12"], ["South", "13"]]
    shown = [[f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in row] for row in cells]
    rows = "".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in shown)
    [table] = _read(tmp_path, f"<table:table>{rows}</table:table>").blocks
    assert isinstance(table, Table)
    assert (table.header, len(table.rows)) == (("Store", "Litres"), 2)


def test_pages_follow_the_breaks_that_were_drawn(tmp_path: Path) -> None:
    styles = "<style:style style:name='B'><style:paragraph-properties fo:break-before='page'/></style:style>"
    body = (
        "<text:p>One begins <text:soft-page-break/>and ends.</text:p><text:p>Two</text:p><text:soft-page-break/>"
        "<text:p>Three</text:p><text:p text:style-name='B'>Four</text:p>"
    )
    found = _read(tmp_path, body, styles, "<meta:document-statistic meta:page-count='4'/>")
    assert found.blocks == [
        Passage("One begins and ends.", page=1, breaks=((11, 2),)),
        Passage("Two", page=2),
        Passage("Three", page=3),
        Passage("Four", page=4),
    ]
    assert found.pages == 4


def test_pages_that_nobody_drew_are_not_made_up(tmp_path: Path) -> None:
    found = _read(tmp_path, "<text:p>One</text:p>", meta="<meta:document-statistic meta:page-count='9'/>")
    assert (found.pages, found.blocks) == (None, [Passage("One")])


def test_headers_and_footers_are_read_once_without_page_numbers(tmp_path: Path) -> None:
    header = "<style:header><text:p>Ledger of Kell</text:p></style:header>"
    number = "<text:page-number>3</text:page-number>"
    footer = f"<style:footer><text:p>{number}</text:p><text:p>Page {number}</text:p></style:footer>"
    master = f"<style:master-page>{header}{footer}</style:master-page><style:master-page>{header}</style:master-page>"
    masters = f"<office:master-styles>{master}</office:master-styles>"
    styles = f"<office:document-styles {SPACES}>{masters}</office:document-styles>"
    path = write_document(tmp_path / "a.odt", "<text:p>Words</text:p>", parts={"styles.xml": styles})
    assert _texts(read_text_document(path, Limits())) == ["Ledger of Kell", "Words", "Page"]


def test_charts_formulas_and_documents_inside_are_read(tmp_path: Path) -> None:
    chart = (
        "<chart:chart><chart:title><text:p>Oil</text:p></chart:title><table:table><table:table-header-rows>"
        "<table:table-row><table:table-cell/><table:table-cell><text:p>Litres</text:p></table:table-cell>"
        "</table:table-row></table:table-header-rows><table:table-rows><table:table-row><table:table-cell>"
        "<text:p>North</text:p></table:table-cell><table:table-cell office:value='7'><text:p>7</text:p>"
        "</table:table-cell></table:table-row></table:table-rows></table:table></chart:chart>"
    )
    formula = (
        "<math xmlns='http://www.w3.org/1998/Math/MathML'><semantics><mi>a</mi>"
        "<annotation encoding='StarMath 5.0'>a over b</annotation></semantics></math>"
    )
    names = ("chart", "formula", "inner", "gone")
    objects = "".join(f"<draw:frame><draw:object xlink:href='./{name}'/></draw:frame>" for name in names)
    path = write_document(
        tmp_path / "a.odt",
        f"<text:p>Words{objects}</text:p>",
        parts={
            "chart/content.xml": content("chart", chart),
            "formula/content.xml": formula,
            "inner/content.xml": content("text", "<text:p>Inner words</text:p>"),
        },
    )
    found = read_text_document(path, Limits())
    assert found.blocks == [
        Passage("Words"),
        Table([TableRow(("North", "7"))], ("", "Litres"), "Oil"),
        Passage("a over b"),
        Passage("Inner words"),
    ]
    assert list(found.warnings) == [ReadingWarning(WarningCode.PART_UNREAD, part="gone")]


def test_a_flat_file_is_read_likewise(tmp_path: Path) -> None:
    path = tmp_path / "a.fodt"
    path.write_text(
        f"<office:document {SPACES}><office:meta><dc:title>Flat</dc:title></office:meta><office:body><office:text>"
        "<text:p>Words</text:p></office:text></office:body></office:document>"
    )
    found = read_text_document(path, Limits())
    assert (found.title, found.blocks) == ("Flat", [Passage("Words")])


def test_a_protected_document_is_refused(tmp_path: Path) -> None:
    manifest = (
        "<m:manifest xmlns:m='urn:oasis:names:tc:opendocument:xmlns:manifest:1.0'>"
        "<m:file-entry m:full-path='content.xml'><m:encryption-data/></m:file-entry></m:manifest>"
    )
    path = write_document(tmp_path / "a.odt", "", parts={"META-INF/manifest.xml": manifest})
    with pytest.raises(ParseFailed) as refused:
        read_text_document(path, Limits())
    assert refused.value.code == "encrypted"
