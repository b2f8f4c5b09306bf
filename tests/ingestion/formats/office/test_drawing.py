"""Charts, SmartArt and text boxes of any Office file say what is in them."""

from pathlib import Path

import pytest
from lxml import etree

from ingestion.formats.content import Passage, ReadingWarning, Table, WarningCode
from ingestion.formats.office.charts import read_chart, shown
from ingestion.formats.office.drawing import Blocks, Drawing
from ingestion.formats.office.package import Package
from tests.ingestion.formats.office.made_parts import declared, packed, relationships
from tests.ingestion.formats.office.slides.made import words

_CHART = '<c:chart r:id="c"/>'
_SMART_ART = '<dgm:relIds r:dm="d"/>'
_MAIN = "xl/drawings/drawing1.xml"


def _text(name: str, text: str) -> str:
    return f"<c:{name}><c:tx><c:rich>{words(text)}</c:rich></c:tx></c:{name}>"


def _cache(kind: str, *values: str, code: str = "General") -> str:
    points = "".join(f'<c:pt idx="{n}"><c:v>{value}</c:v></c:pt>' for n, value in enumerate(values) if value)
    return f"<c:{kind}Ref><c:{kind}Cache><c:formatCode>{code}</c:formatCode>{points}</c:{kind}Cache></c:{kind}Ref>"


def _series(name: str, categories: str, values: str) -> str:
    return f"<c:ser><c:tx>{_cache('str', name)}</c:tx><c:cat>{categories}</c:cat><c:val>{values}</c:val></c:ser>"


def _chart(inside: str, title: str = "Sales") -> str:
    return f"<c:chartSpace><c:chart>{_text('title', title)}<c:plotArea>{inside}</c:plotArea></c:chart></c:chartSpace>"


def _read_chart(folder: Path, chart: str) -> tuple[Blocks, list[ReadingWarning]]:
    path = packed(folder / "a.xlsx", {"xl/charts/chart2.xml": chart})
    with Package(path, _MAIN) as package:
        return read_chart(package, "xl/charts/chart2.xml", 3), package.warnings


def _only_table(blocks: Blocks) -> tuple[str, tuple[str, ...], list[tuple[str, ...]]]:
    (table,) = (block for block in blocks if isinstance(block, Table))
    return table.caption, table.header, [row.cells for row in table.rows]


def test_chart_is_a_table_of_its_series(tmp_path: Path) -> None:
    quarters = _cache("str", "Q1", "Q2")
    chart = (
        f"<c:barChart>{_series('North', quarters, _cache('num', '1', '2.5'))}"
        f"{_series('South', quarters, _cache('num', '0.30000000000000004', ''))}</c:barChart>"
        f"<c:catAx>{_text('title', 'Quarter')}</c:catAx><c:valAx>{_text('title', 'EUR million')}</c:valAx>"
    )
    blocks, warnings = _read_chart(tmp_path, _chart(chart))
    assert _only_table(blocks) == ("Sales", ("Quarter", "North", "South"), [("Q1", "1", "0.3"), ("Q2", "2.5", "")])
    assert blocks[1:] == [Passage("EUR million", page=3)]
    assert warnings == []


def test_points_of_a_cloud_have_both_values(tmp_path: Path) -> None:
    series = (
        f"<c:ser><c:tx><c:v>{name}</c:v></c:tx>"
        f"<c:xVal>{_cache('num', *x)}</c:xVal><c:yVal>{_cache('num', *y)}</c:yVal></c:ser>"
        for name, x, y in (("A", ("1", "2"), ("3", "4")), ("B", ("5",), ("6",)))
    )
    blocks, _ = _read_chart(tmp_path, _chart(f"<c:scatterChart>{''.join(series)}</c:scatterChart>"))
    assert [(block.header, [row.cells for row in block.rows]) for block in blocks if isinstance(block, Table)] == [
        (("", "A"), [("1", "3"), ("2", "4")]),
        (("", "B"), [("5", "6")]),
    ]


def test_categories_of_two_levels_are_named_by_both(tmp_path: Path) -> None:
    points = (
        '<c:pt idx="0"><c:v>Jan</c:v></c:pt><c:pt idx="1"><c:v>Feb</c:v></c:pt>',
        '<c:pt idx="0"><c:v>2026</c:v></c:pt>',
    )
    levels = "".join(f"<c:lvl>{each}</c:lvl>" for each in points)
    categories = f"<c:multiLvlStrRef><c:multiLvlStrCache>{levels}</c:multiLvlStrCache></c:multiLvlStrRef>"
    blocks, _ = _read_chart(tmp_path, _chart(_series("A", categories, _cache("num", "1", "2"))))
    assert _only_table(blocks)[2] == [("2026 Jan", "1"), ("2026 Feb", "2")]


def test_chart_without_values_is_a_warning(tmp_path: Path) -> None:
    blocks, warnings = _read_chart(tmp_path, _chart("<c:ser/>"))
    assert blocks == [Passage("Sales", page=3)]
    assert warnings == [ReadingWarning(WarningCode.PART_UNREAD, 3, "chart 2")]


def test_newer_kinds_of_charts_are_tables(tmp_path: Path) -> None:
    data = (
        '<cx:data id="0"><cx:strDim type="cat"><cx:lvl><cx:pt idx="0">Rent</cx:pt></cx:lvl></cx:strDim>'
        '<cx:numDim type="val"><cx:lvl formatCode="0%"><cx:pt idx="0">0.25</cx:pt></cx:lvl></cx:numDim></cx:data>'
    )
    title = f"<cx:title><cx:tx><cx:rich>{words('Costs')}</cx:rich></cx:tx></cx:title>"
    chart = (
        f"<cx:chartSpace><cx:chartData>{data}</cx:chartData><cx:chart>{title}<cx:plotArea><cx:plotAreaRegion>"
        '<cx:series><cx:tx><cx:txData><cx:v>Share</cx:v></cx:txData></cx:tx><cx:dataId val="0"/></cx:series>'
        "</cx:plotAreaRegion></cx:plotArea></cx:chart></cx:chartSpace>"
    )
    assert _only_table(_read_chart(tmp_path, chart)[0]) == ("Costs", ("", "Share"), [("Rent", "25%")])


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        ("46054", "dd/mm/yyyy", "2026-02-01"),
        ("46054.5", "dd.mm.yy hh:mm", "2026-02-01 12:00"),
        ("0.125", "0.0%", "12.5%"),
        ("1250.5", "#,##0.00", "1250.5"),
        ("100000000", "General", "100000000"),
        ("1E+20", "General", "1E+20"),
        ("#N/A", "General", "#N/A"),
        ("1e99", "yyyy", "1e99"),
    ],
)
def test_value_is_what_the_chart_shows(value: str, code: str, text: str) -> None:
    assert shown(value, code) == text


def _read_drawing(folder: Path, inside: str, parts: dict[str, str], relations: dict[str, tuple[str, str]]) -> Blocks:
    rels = {"xl/drawings/_rels/drawing1.xml.rels": relationships(relations)}
    path = packed(folder / "a.xlsx", {_MAIN: f"<xdr:wsDr>{inside}</xdr:wsDr>", **parts, **rels})
    with Package(path, _MAIN) as package:
        root = package.root(_MAIN, "drawing 1")
        blocks = Drawing(package, _MAIN, 2).read(root)
        assert package.warnings == []
        return blocks


def _frame(graphic: str) -> str:
    return (
        f'<xdr:graphicFrame><a:graphic><a:graphicData uri="">{graphic}</a:graphicData></a:graphic></xdr:graphicFrame>'
    )


def test_drawing_of_a_sheet_is_read_shape_by_shape(tmp_path: Path) -> None:
    inside = (
        f"<xdr:twoCellAnchor><xdr:sp><xdr:txBody>{words('box')}</xdr:txBody></xdr:sp></xdr:twoCellAnchor>"
        '<xdr:oneCellAnchor><xdr:pic><xdr:nvPicPr><xdr:cNvPr descr="A dog"/></xdr:nvPicPr></xdr:pic>'
        "</xdr:oneCellAnchor>"
        f"<xdr:twoCellAnchor>{_frame(_CHART)}</xdr:twoCellAnchor>"
    )
    chart = _chart(_series("A", _cache("str", "x"), _cache("num", "1")))
    blocks = _read_drawing(tmp_path, inside, {"xl/charts/chart1.xml": chart}, {"c": ("chart", "../charts/chart1.xml")})
    assert blocks[:2] == [Passage("box", page=2), Passage("Picture: A dog", page=2)]
    assert _only_table(blocks) == ("Sales", ("", "A"), [("x", "1")])


def test_smart_art_says_its_points_in_the_order_of_its_tree(tmp_path: Path) -> None:
    points = "".join(
        f'<dgm:pt modelId="{key}" {kind}><dgm:prSet {prompt}/><dgm:t>{words(text)}</dgm:t></dgm:pt>'
        for key, kind, prompt, text in [
            ("0", 'type="doc"', "", ""),
            ("3", "", "", "second"),
            ("1", "", "", "first"),
            ("2", "", "", "under first"),
            ("4", "", 'phldr="1"', "[Text]"),
        ]
    )
    lines = "".join(
        f'<dgm:cxn srcId="{source}" destId="{target}" srcOrd="{order}"/>'
        for source, target, order in [("0", "3", 1), ("0", "1", 0), ("1", "2", 0), ("2", "0", 0)]
    )
    model = f"<dgm:dataModel><dgm:ptLst>{points}</dgm:ptLst><dgm:cxnLst>{lines}</dgm:cxnLst></dgm:dataModel>"
    inside = f"<xdr:twoCellAnchor>{_frame(_SMART_ART)}</xdr:twoCellAnchor>"
    blocks = _read_drawing(
        tmp_path, inside, {"xl/diagrams/data1.xml": model}, {"d": ("diagramData", "../diagrams/data1.xml")}
    )
    assert [block.text for block in blocks if isinstance(block, Passage)] == ["first", "under first", "second"]


def test_missing_chart_is_a_warning(tmp_path: Path) -> None:
    with Package(packed(tmp_path / "a.xlsx", {}), _MAIN) as package:
        chart = etree.fromstring(declared(_CHART))
        assert Drawing(package, _MAIN, 2).read(chart) == []
        assert package.warnings == [ReadingWarning(WarningCode.PART_UNREAD, 2, "chart")]
