"""What a person sees of a web page is its text, in the order of the page."""

from pathlib import Path

import pytest

from ingestion.chunk import BlockKind
from ingestion.formats.content import Content, Passage, Table, WarningCode
from ingestion.formats.text.html import read_html
from ingestion.parse.outcome import Limits


def _read(tmp_path: Path, page: str | bytes) -> Content:
    path = tmp_path / "document.html"
    path.write_bytes(page if isinstance(page, bytes) else page.encode())
    return read_html(path, Limits())


def _texts(content: Content) -> list[str]:
    return [block.text for block in content.blocks if isinstance(block, Passage)]


def _tables(content: Content) -> list[tuple[tuple[str, ...], list[tuple[str, ...]]]]:
    tables = [block for block in content.blocks if isinstance(block, Table)]
    return [(table.header, [row.cells for row in table.rows]) for table in tables]


XHTML = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body>'
SEEN = {
    "accordion": ("<details><summary>When?</summary><p>At nine.</p></details>", ["When?", "At nine."]),
    "figure": ("<figure><img src=a alt=Map><figcaption>Depth 2.7</figcaption></figure>", ["Map", "Depth 2.7"]),
    "form": ("<label>Name <input value=Ada></label><input type=radio checked>Yes", ["Name Ada [x] Yes"]),
    "choice": ("<select><option>Oak<option selected>Ash</select>", ["Oak, Ash"]),
    "text area": ("<textarea>one\n two</textarea>", ["one\n two"]),
    "terms": ("<dl><dt>Draught</dt><dd>2 m</dd><dt>A<dt>B<dd><p>C</p></dl>", ["Draught: 2 m", "A, B: C"]),
    "a term alone": ("<dl><dt>Draught</dt></dl><p>Next.</p>", ["Draught", "Next."]),
    "nested list": ("<ol start=2><li>Two<ul><li>Sub</li></ul><li><p>Three</ol>", ["2. Two", "Sub", "3. Three"]),
    "a list item without text": ("<ol><li></li></ol><p>After", ["After"]),
    "program": ("<pre><code>if on:\n    return 7\n</code></pre>", ["if on:\n    return 7"]),
    "address": ("<address>Pier 4<br>Port</address>", ["Pier 4\nPort"]),
    "paragraphs by breaks": ("One.<br><br>Two.", ["One.", "Two."]),
    "readings": ("<ruby>港<rp>(</rp><rt>みなと</rt><rp>)</rp></ruby>", ["港(みなと)"]),
    "formula": ('<math><mi>x</mi><annotation encoding="application/x-tex">x^2</annotation></math>', ["$x^2$"]),
    "formula of a script": ('<p>Is <script type="math/tex">x^2</script>.', ["Is $x^2$."]),
    "drawing": ("<svg><title>Buoy</title><text>Light 4</text></svg>", ["Buoy", "Light 4"]),
    "frame": ('<iframe srcdoc="<p>In it</p>"></iframe>', ["In it"]),
    "navigation": ("<nav>Home</nav><main>Body</main><aside>Note</aside>", ["Home", "Body", "Note"]),
    "words of several elements": ("<p>un<b>broken</b> w&shy;ord&nbsp;s", ["unbroken word s"]),
    "old Word": ("<html xmlns:o='urn:x'><xml><o:a>no</o:a></xml><p class=MsoNormal>A<o:p></o:p></p>", ["A"]),
    "comment without end": ("<p>One</p><!-- lost? <p>Two</p>", ["One", "lost?", "Two"]),
    "script without end": ("<p>One</p><script><p>Two</p>", ["One", "Two"]),
    "title without end": ("<title>T<body><p>Two</p>", ["T", "Two"]),
    "XHTML": (f'{XHTML}<script src="a"/><p>A&nbsp;b</p></body></html>', ["A b"]),
    "broken XHTML": (f"{XHTML}<p>A<br><p>B</html>", ["A", "B"]),
    "marked section": ("<p>a <![CDATA[<b> & c]]></p>", ["a <b> & c"]),
    "long heading": (f"<h1>{'w ' * 100}</h1>", [("w " * 100).strip()]),
}


@pytest.mark.parametrize(("page", "texts"), SEEN.values(), ids=SEEN)
def test_what_is_seen_is_read(tmp_path: Path, page: str, texts: list[str]) -> None:
    content = _read(tmp_path, page)
    assert _texts(content) == texts
    assert content.warnings == []


HIDDEN = {
    "attribute": "<p hidden>zz</p>",
    "display": "<p style='color:red; display : none'>zz</p>",
    "visibility": "<p style='visibility:hidden'>zz</p>",
    "no size": "<p style='font-size:0px'>zz</p>",
    "off the screen": "<p style='position:absolute;left:-9999px'>zz</p>",
    "clipped": "<p style='clip: rect(0 0 0 0)'>zz</p>",
    "class": "<style>.a, .off{display:none}</style><p class='b off'>zz</p>",
    "class of a kind": "<style>/*x*/p.off{color:red;display:none!important}</style><p class=off>zz</p>",
    "id": "<style>@import 'a'; #off{visibility:hidden}</style><div id=off><p>zz</p></div>",
    "field": "<input type=hidden value=zz><input type=password value=zz>",
    "template": "<template><p>zz</p></template>",
    "script": "<script>zz</script><noscript>zz</noscript><style>zz</style>",
    "closed dialog": "<dialog>zz</dialog>",
    "comment": "<!-- zz -->",
    "Word": "<p style='mso-hide:all'>zz</p>",
    "second drawing of a formula": "<span class=katex-html aria-hidden=true>zz</span>",
    "row": "<table><tr><td>a<td>b<tr style='display:none'><td>zz<td>zz<tr><td>c<td>d</table>",
}


@pytest.mark.parametrize("page", HIDDEN.values(), ids=HIDDEN)
def test_what_is_hidden_is_not_read(tmp_path: Path, page: str) -> None:
    content = _read(tmp_path, f"<html><head></head><body><p>before</p>{page}<p>after</p></body></html>")
    assert "zz" not in str(content.blocks)
    assert _texts(content) == ["before", "after"]


@pytest.mark.parametrize(
    "page",
    [
        "<style>.a{display:none} .a{display:block}</style><p class=a>seen",
        "<style>.open .a{display:none}</style><p class=a>seen",
        "<style>@media print{.a{display:none}}</style><p class=a>seen",
        "<style>.a{display:none}</style><p class=a style='display:block'>seen",
        "<p hidden=until-found>seen",
        "<p aria-hidden=true>seen",
        "<p style='font-size:0.8em; text-indent:-12px'>seen",
    ],
)
def test_what_only_looks_hidden_is_read(tmp_path: Path, page: str) -> None:
    assert _texts(_read(tmp_path, page)) == ["seen"]


TABLES = {
    "names in th": ("<tr><th>A<th>B<tr><td>1<td>2", ("A", "B"), [("1", "2")]),
    "names above numbers": ("<tr><td>Order<td>Sum<tr><td>OR-7<td>312", ("Order", "Sum"), [("OR-7", "312")]),
    "names in bold": ("<tr><td><b>A</b><td><b>B</b><tr><td>c<td>d", ("A", "B"), [("c", "d")]),
    "no names": ("<tr><td>Name<td>Ada<tr><td>Role<td>Keeper", (), [("Name", "Ada"), ("Role", "Keeper")]),
    "rows with names": ("<tr><th>A<td>1<tr><th>B<td>2", (), [("A", "1"), ("B", "2")]),
    "two rows of names": (
        "<thead><tr><th rowspan=2>N<th colspan=2>Sum<tr><th>in<th>out<tbody><tr><td>a<td>1<td>2",
        ("N", "Sum in", "Sum out"),
        [("a", "1", "2")],
    ),
    "a cell over rows": ("<tr><th>A<th>B<tr><td rowspan=2>x<td>1<tr><td>2", ("A", "B"), [("x", "1"), ("x", "2")]),
    "an empty column": ("<tr><th>A<th><th>B<tr><td>1<td><td>2", ("A", "B"), [("1", "2")]),
    "a row of its own": (
        "<tr><th>A<th>B<tr><td colspan=2>North<tr><td>1<td>2",
        ("A", "B"),
        [("North", ""), ("1", "2")],
    ),
    "a cell of parts": ("<tr><th>A<th>B<tr><td><p>x</p><ul><li>y</ul><td>1<br>2", ("A", "B"), [("x y", "1 2")]),
}


@pytest.mark.parametrize(("rows", "header", "cells"), TABLES.values(), ids=TABLES)
def test_a_table_is_rows_below_names(
    tmp_path: Path, rows: str, header: tuple[str, ...], cells: list[tuple[str, ...]]
) -> None:
    assert _tables(_read(tmp_path, f"<table>{rows}</table>")) == [(header, cells)]


def test_a_table_has_its_caption(tmp_path: Path) -> None:
    content = _read(tmp_path, "<table><caption>Tolls</caption><tr><th>A<th>B<tr><td>1<td>2</table>")
    (table,) = content.blocks
    assert isinstance(table, Table)
    assert table.caption == "Tolls"


@pytest.mark.parametrize(
    "page",
    [
        "<table role=presentation><tr><td>one<td>two<tr><td>three<td>four</table>",
        "<table><tr><td>one<td><table><tr><td>two</table><tr><td>three<td>four</table>",
        "<table><tr><td><h2>one</h2><td>two<tr><td>three<td>four</table>",
        "<table><tr><td>one<tr><td>two<tr><td>three<tr><td>four</table>",
        "<table><tr><td>one<td>two<td>three<td>four</table>",
    ],
)
def test_a_table_that_only_places_things_is_prose(tmp_path: Path, page: str) -> None:
    assert _texts(_read(tmp_path, page)) == ["one", "two", "three", "four"]


def test_a_cell_of_any_span_costs_little(tmp_path: Path) -> None:
    page = "<table><tr><td colspan=100000000 rowspan=100000000>a</td><td>b</td></tr><tr><td>c</td></tr></table>"
    assert len(str(_read(tmp_path, page))) < 2000


@pytest.mark.parametrize("tag", ["font", "div", "b", "p", "table", "tr", "ul", "blockquote"])
def test_a_page_of_any_depth_keeps_its_end(tmp_path: Path, tag: str) -> None:
    assert "the end" in "".join(_texts(_read(tmp_path, f"<{tag}>a" * 3000 + "<p>the end")))


def test_a_picture_in_the_page_costs_nothing(tmp_path: Path) -> None:
    page = f'<p>before<img src="data:image/png;base64,{"A" * 20_000_000}" alt="Map">after</p>'
    assert _texts(_read(tmp_path, page)) == ["before Map after"]


def test_a_page_is_read_in_the_encoding_it_declares(tmp_path: Path) -> None:
    page = '<meta http-equiv=Content-Type content="text/html; charset=koi8-r"><p>Ключ'
    assert _texts(_read(tmp_path, page.encode("koi8-r"))) == ["Ключ"]


def test_bytes_that_mean_nothing_are_told_of(tmp_path: Path) -> None:
    content = _read(tmp_path, "<p>Größe, Maß, Höhe".encode() + b"\xff</p>")
    assert [warning.code for warning in content.warnings] == [WarningCode.CHARACTERS_REPLACED]


@pytest.mark.parametrize(
    ("page", "kind"),
    [("<h2>A</h2>", BlockKind.HEADING), ("<p>A</p>", BlockKind.PROSE), ("<pre>A</pre>", BlockKind.LINES)],
)
def test_a_block_is_of_its_kind(tmp_path: Path, page: str, kind: BlockKind) -> None:
    assert _read(tmp_path, page).blocks == [Passage("A", kind)]
