"""XML keeps its values with their names, and reads as a text where it is one."""

from pathlib import Path

import pytest

from ingestion.chunk import BlockKind
from ingestion.formats.content import Content, Passage, ReadingWarning, Table, WarningCode
from ingestion.formats.records.xml import read_xml
from ingestion.parse.outcome import Limits, ParseFailed


def _read(tmp_path: Path, text: str | bytes) -> Content:
    path = tmp_path / "document.xml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_xml(path, Limits())


def _texts(content: Content) -> list[str]:
    return [block.text for block in content.blocks if isinstance(block, Passage)]


def _tables(content: Content) -> list[tuple[str, tuple[str, ...], list[tuple[str, ...]]]]:
    tables = [block for block in content.blocks if isinstance(block, Table)]
    return [(table.caption, table.header, [row.cells for row in table.rows]) for table in tables]


TEXTS = {
    "attributes": (
        '<s><i no="7/B" price="9.50">Lamp</i><i no="8/C" price="1"/></s>',
        ["no: 7/B\nprice: 9.50\ni: Lamp", "no: 8/C\nprice: 1"],
    ),
    "an attribute of a value": ('<s><price cur="EUR">9</price><n>A</n></s>', ["price: 9 (cur: EUR)\nn: A"]),
    "an attribute without a value": ('<s><link href="a"/><n>A</n></s>', ["link href: a\nn: A"]),
    "running text": ('<s><p>Take <part no="7">the lamp</part> now.</p></s>', ["p: Take the lamp (no: 7) now."]),
    "sections marked as text": ("<s><t><![CDATA[a <i> & c]]></t></s>", ["t: a <i> & c"]),
    "name spaces": ('<x:s xmlns:x="u" x:id="4"><x:n>A</x:n></x:s>', ["id: 4\nn: A"]),
    "entities of HTML": ("<s><n>A&nbsp;&eacute; &amp; b</n></s>", ["n: A é & b"]),
    "comments": ("<s><!-- zz --><n>A<!-- zz --> b</n><?zz zz?></s>", ["n: A b"]),
    "one value": ("<s>only</s>", ["s: only"]),
    "HTML in text": ("<s><d>&lt;p&gt;One&lt;/p&gt;&lt;p hidden&gt;zz&lt;/p&gt;Two</d></s>", ["One", "Two"]),
    "drawing": ("<svg><g><text x='1' y='2'>Pier <tspan>4</tspan></text></g></svg>", ["text: Pier 4 (x: 1, y: 2)"]),
}


@pytest.mark.parametrize(("text", "texts"), TEXTS.values(), ids=TEXTS)
def test_each_value_has_its_name(tmp_path: Path, text: str, texts: list[str]) -> None:
    content = _read(tmp_path, text)
    assert _texts(content) == texts
    assert content.warnings == []


def test_records_of_the_same_values_are_a_table(tmp_path: Path) -> None:
    rows = "".join(f'<b no="{n:02}"><n>N{n}</n><l u="m">{n}</l><t>x</t><t>y</t></b>' for n in range(3))
    content = _read(tmp_path, f'<port><berths side="north">{rows}</berths></port>')
    cells = [(f"{n:02}", f"N{n}", "m", f"{n}", "x, y") for n in range(3)]
    assert _tables(content) == [("berths north", ("no", "n", "l u", "l", "t"), cells)]


def test_names_with_values_are_a_table(tmp_path: Path) -> None:
    content = _read(tmp_path, '<r><s n="a">A</s><s n="b">B</s><s n="c">C</s></r>')
    assert _tables(content) == [("r", ("n", "s"), [("a", "A"), ("b", "B"), ("c", "C")])]


@pytest.mark.parametrize("encoding", ["windows-1251", "koi8-r", "utf-8", "utf-16"])
def test_the_declared_encoding_is_used(tmp_path: Path, encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>\n<s><n>Шкаф сорок семь</n></s>'
    assert _texts(_read(tmp_path, text.encode(encoding))) == ["n: Шкаф сорок семь"]


DOCUMENT = """<article xmlns="http://docbook.org/ns/docbook"><info><title>Harbour</title></info><section>
<title>One</title><para>Text <emphasis>in</emphasis> <link href="x">a</link> line.
<footnote><para>Note</para></footnote></para>
<programlisting>a
  b</programlisting><orderedlist><listitem><para>x</para></listitem></orderedlist><table><tgroup><thead><row><entry>A</entry>
<entry>B</entry></row></thead><tbody><row><entry>1</entry><entry>2</entry></row></tbody></tgroup></table></section></article>"""


def test_a_document_is_read_as_a_page(tmp_path: Path) -> None:
    content = _read(tmp_path, DOCUMENT)
    assert _texts(content) == ["Harbour", "One", "Text in a line.", "Note", "a\n  b", "1. x"]
    assert content.blocks[0] == Passage("Harbour", BlockKind.HEADING)
    assert _tables(content) == [("", ("A", "B"), [("1", "2")])]


def test_a_page_is_read_as_one(tmp_path: Path) -> None:
    page = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">'
    page += "<head><title>T</title></head><body><p>A</p></body></html>"
    content = _read(tmp_path, page)
    assert (content.title, _texts(content)) == ("T", ["A"])


def test_what_stands_before_the_damage_is_read(tmp_path: Path) -> None:
    content = _read(tmp_path, "<a><b>one</b><c>two</c><d>thr")
    assert _texts(content) == ["b: one\nc: two\nd: thr"]
    assert content.warnings == [ReadingWarning(WarningCode.PART_UNREAD)]


@pytest.mark.parametrize("text", ["no XML", "", "<", "<a", "<a></b>"])
def test_what_is_no_xml_is_damaged(tmp_path: Path, text: str) -> None:
    with pytest.raises(ParseFailed) as failed:
        _read(tmp_path, text)
    assert failed.value.code == "damaged"


@pytest.mark.parametrize("entity", ["SYSTEM 'file:///etc/passwd'", "'haha'"])
def test_no_entity_is_expanded(tmp_path: Path, entity: str) -> None:
    content = _read(tmp_path, f"<!DOCTYPE a [<!ENTITY e {entity}>]><a><b>one &e; two</b></a>")
    assert _texts(content) == ["b: one two"]


def test_depth_and_length_cost_in_proportion(tmp_path: Path) -> None:
    deep = "<a x='1' y='2'>" * 1000 + "end" + "</a>" * 1000
    assert "end" in _texts(_read(tmp_path, deep))[-1]
    rows = '<i a="1" b="2"/>' * 50_000
    assert len(_tables(_read(tmp_path, f"<r>{rows}</r>"))[0][2]) == 50_000
