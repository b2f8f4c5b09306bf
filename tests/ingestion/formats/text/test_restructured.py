"""reStructuredText and Org are read as they are shown, and nothing that is shown is lost."""

from pathlib import Path

import pytest

from ingestion.chunk import BlockKind
from ingestion.formats.content import Content, Passage, Table
from ingestion.formats.text.org import read_org
from ingestion.formats.text.restructured import read_restructured
from ingestion.parse.outcome import Limits


def _read(tmp_path: Path, text: str, *, org: bool = False) -> Content:
    path = tmp_path / "document"
    path.write_text(text, encoding="utf-8")
    return (read_org if org else read_restructured)(path, Limits())


def _texts(content: Content) -> list[str]:
    return [block.text for block in content.blocks if isinstance(block, Passage)]


def _tables(content: Content) -> list[tuple[str, tuple[str, ...], list[tuple[str, ...]]]]:
    tables = [block for block in content.blocks if isinstance(block, Table)]
    return [(table.caption, table.header, [row.cells for row in table.rows]) for table in tables]


RESTRUCTURED = {
    "sections": ("====\nHead\n====\n\nOne\n---\nText\nwraps.", ["Head", "One", "Text wraps."]),
    "literal block": ("So::\n\n    if on:\n        return 7\n\nAfter.", ["So:", "if on:\n    return 7", "After."]),
    "quoted literal": ("::\n\n> one\n> two\n\nAfter.", ["> one\n> two", "After."]),
    "lists": ("- one\n  more\n\n  - sub\n- two\n\n#. a\n2. b", ["one more", "sub", "two", "a", "2. b"]),
    "an initial": ("A. Lovelace wrote\nof engines.", ["A. Lovelace wrote of engines."]),
    "terms": ("Draught\n    2 m\n\nBeam : width\n  - 4 m", ["Draught: 2 m", "Beam : width: 4 m"]),
    "fields": (":Author: Ada\n:Date: today\n  or so", ["Author: Ada\nDate: today or so"]),
    "header": (
        "PEP: 1\nTitle: Tolls\nAuthor: Ada,\n        Bo\n\nText.",
        ["PEP: 1\nTitle: Tolls\nAuthor: Ada,\n        Bo", "Text."],
    ),
    "marks": ("**b** *i* ``x*y`` `T <u>`_ `ref`_ :func:`~a.b` name_ a\\ b \\*", ["b i x*y T ref a.b name_ ab *"]),
    "names that are links": (".. _name: http://x\n\nSee name_ and __init__.", ["See name and __init__."]),
    "substitutions": (".. |v| replace:: 1.10\n\nVersion |v|, |w|.", ["Version 1.10, |w|."]),
    "notes": (
        "One [1]_.\n\nTwo [#]_, three [#]_.\n\n.. [1] First\n   more\n.. [#] https://a\n.. [#] https://b\n.. [X] U",
        [
            "One [1].",
            "Footnote 1: First more",
            "Two [2], three [3].",
            "Footnote 2: https://a",
            "Footnote 3: https://b",
            "[X]: U",
        ],
    ),
    "comments": (".. zz\n   zz\n\n..\n   zz\n\nText.", ["Text."]),
    "code": (".. code-block:: c\n   :linenos:\n\n   a;\n     b;\n\nText.", ["a;\n  b;", "Text."]),
    "admonition": (".. note:: Mind\n   it.\n\n   More.\n", ["Note: Mind it.", "More."]),
    "version": (".. versionadded:: 3.1\n   The lamp.", ["New in version: 3.1 The lamp."]),
    "figure": (".. figure:: a.png\n   :alt: Map\n\n   The *caption*.", ["Map", "The caption."]),
    "unknown directive": (".. berth:: North\n   :depth: 2\n\n   Text.", ["North", "Text."]),
    "object": (".. py:function:: lamp(on)\n\n   Lights it.", ["lamp(on)", "Lights it."]),
    "unshown": (".. toctree::\n   :maxdepth: 2\n\n   zz\n\n.. contents:: zz\n\nText.", ["Text."]),
    "verse": ("| One\n|   two *x*\n", ["One\n  two x"]),
    "doctest": (">>> lamp(1)\n7719\n\nText.", [">>> lamp(1)\n7719", "Text."]),
    "quotation": ("Text.\n\n    Quoted\n    text.\n", ["Text.", "Quoted text."]),
    "HTML": (".. raw:: html\n\n   <p>a <b>b</b></p>\n", ["a b"]),
    "formula": (":math:`x^2`\n\n.. math:: y_1\n", ["$x^2$", "$$y_1$$"]),
}


@pytest.mark.parametrize(("text", "texts"), RESTRUCTURED.values(), ids=RESTRUCTURED)
def test_restructured_text_is_read_as_shown(tmp_path: Path, text: str, texts: list[str]) -> None:
    assert _texts(_read(tmp_path, text)) == texts


LIST_TABLE = """.. list-table:: Tolls
   :header-rows: 1

   * - A
     - B
   * - 1
     - x
       y
   * - 2
     - z
"""
TABLES = {
    "grid": (
        "+---+-----+\n| A | B   |\n+===+=====+\n| 1 | x   |\n|   | y   |\n+---+-----+\n| 2 | z   |\n+---+-----+\n",
        "",
    ),
    "simple": ("=== =====\nA   B\n=== =====\n1   x\n    y\n2   z\n=== =====\n", ""),
    "values": (".. csv-table:: Tolls\n   :header: A,B\n\n   1,x y\n   2,z\n", "Tolls"),
    "list": (LIST_TABLE, "Tolls"),
}


@pytest.mark.parametrize(("text", "caption"), TABLES.values(), ids=TABLES)
def test_a_table_has_names_and_rows(tmp_path: Path, text: str, caption: str) -> None:
    content = _read(tmp_path, f"Before.\n\n{text}\nAfter.")
    assert _tables(content) == [(caption, ("A", "B"), [("1", "x y"), ("2", "z")])]
    assert _texts(content) == ["Before.", "After."]


def test_a_header_may_name_the_text(tmp_path: Path) -> None:
    assert _read(tmp_path, "PEP: 1\nTitle: Tolls\n\nText.").title == "Tolls"


ORG = {
    "headings": ("* TODO Head :tag:\nText\nwraps.\n** Sub", ["TODO Head :tag:", "Text wraps.", "Sub"]),
    "marks": ("*b* /i/ =x*y= ~c~ [[http://x][link]] [[http://y]] a/b/c", ["b i x*y c link http://y a/b/c"]),
    "lists": (
        "- one\n  more\n  - sub\n1. two\n- [X] done\n- Beam :: 4 m",
        ["one more", "sub", "1. two", "[X] done", "Beam: 4 m"],
    ),
    "code": ("#+BEGIN_SRC c\n  a;\n    b;\n#+END_SRC\nText", ["a;\n  b;", "Text"]),
    "quotation": ("#+begin_quote\nQuoted\ntext.\n#+end_quote", ["Quoted text."]),
    "comments": ("# zz\n#+begin_comment\nzz\n#+end_comment\nText", ["Text"]),
    "notes": (
        "One[fn:1] two[fn:a:inline].\n\nNext.\n\n[fn:1] First\nmore",
        ["One[1] two[a].", "Footnote 1: First more", "Footnote a: inline", "Next."],
    ),
    "fixed width": (": a\n:   b\nText", ["a\n  b", "Text"]),
    "properties": ("* H\n:PROPERTIES:\n:OWNER: Ada\n:END:\nText", ["H", "OWNER: Ada", "Text"]),
    "a block without end": ("#+BEGIN_SRC\na", ["a"]),
}


@pytest.mark.parametrize(("text", "texts"), ORG.values(), ids=ORG)
def test_org_is_read_as_shown(tmp_path: Path, text: str, texts: list[str]) -> None:
    assert _texts(_read(tmp_path, text, org=True)) == texts


def test_an_org_file_has_its_title_and_tables(tmp_path: Path) -> None:
    content = _read(tmp_path, "#+TITLE: Tolls\n#+CAPTION: Fees\n| A | B |\n|---+---|\n| 1 | *x* |\n", org=True)
    assert content.title == "Tolls"
    assert _tables(content) == [("Fees", ("A", "B"), [("1", "x")])]


@pytest.mark.parametrize("org", [False, True])
@pytest.mark.parametrize("unit", ["> ", "* a\n ", "[", "`", "``a ", "**a ", "|", "+-", "=\n", ".. ", ":a", "- ", " "])
def test_markup_repeated_without_sense_ends(tmp_path: Path, unit: str, *, org: bool) -> None:
    assert _read(tmp_path, unit * 10_000, org=org).pages is None


def test_text_nested_without_end_is_kept(tmp_path: Path) -> None:
    text = "".join(" " * depth + f"- item{depth}\n" for depth in range(300))
    assert "item299" in "\n".join(_texts(_read(tmp_path, text)))


def test_headings_are_headings(tmp_path: Path) -> None:
    assert _read(tmp_path, "Head\n====").blocks == [Passage("Head", BlockKind.HEADING)]
    assert _read(tmp_path, "* Head", org=True).blocks == [Passage("Head", BlockKind.HEADING)]
