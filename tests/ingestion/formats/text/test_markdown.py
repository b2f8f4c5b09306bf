"""Markdown is read as it is shown, and what is no markup stays as it is written."""

import pytest

from ingestion.chunk import BlockKind
from ingestion.formats.content import Passage, Table
from ingestion.formats.text.markdown import markdown_blocks

SHOWN = {
    "code in a line": ("Use `Map<String, Buoy>` *here*.", ["Use Map<String, Buoy> here."]),
    "angle brackets": ("List<Lamp> and <your-station>.", ["List<Lamp> and <your-station>."]),
    "angle brackets that begin a line": ("<your-station>\nstays", ["<your-station> stays"]),
    "a type named as an element": ("Map<Section> of Table<Label>", ["Map<Section> of Table<Label>"]),
    "HTML": ("a <b>bold</b> <span hidden>zz</span>word", ["a bold word"]),
    "accordion": ("<details><summary>When?</summary>\n\nAt *nine*.\n\n</details>", ["When?", "At nine."]),
    "comment": ("<!-- zz -->\n\nText", ["Text"]),
    "fence": ("```c\nif (a < b)\n    x[^1] = $y$;\n```", ["if (a < b)\n    x[^1] = $y$;"]),
    "indented code": ("    a <b>\n      c", ["a <b>\n  c"]),
    "tasks": ("- [x] done\n- [ ] open", ["[x] done", "[ ] open"]),
    "numbers": ("3. three\n4. four", ["3. three", "4. four"]),
    "footnotes": (
        "One[^1]. Two[^b].\n\nNext.\n\n[^1]: First\n    more\n\n[^b]: `B`\n[^c]: Unused",
        ["One[^1]. Two[^b].", "Footnote 1: First more", "Footnote b: B", "Next.", "Footnote c: Unused"],
    ),
    "a link and an address": ("[Pier](http://x) <https://a.b/c> ![Map](m.png)", ["Pier https://a.b/c Map"]),
    "links of a wiki": ("[[Page|the page]] and [[Other]]", ["the page and Other"]),
    "formulas": (r"$a_b*c*d$, \(x\_1\), $$\{y\}$$, $5 and $6", [r"$a_b*c*d$, \(x\_1\), $$\{y\}$$, $5 and $6"]),
    "callouts": ("> [!NOTE]\n> Mind it.\n\n> [!tip]- Hint\n> Do", ["Note", "Mind it.", "Hint", "Do"]),
    "definitions": ("Draught\n: 2 m\n\nBeam\n\n: 4 m", ["Draught: 2 m", "Beam: 4 m"]),
    "rules": ("---\nText, not values\n---\n\nmore", ["Text, not values", "more"]),
    "deep quotes": (">" * 60 + " deep", ["deep"]),
}


@pytest.mark.parametrize(("text", "texts"), SHOWN.values(), ids=SHOWN)
def test_what_is_shown_is_read(text: str, texts: list[str]) -> None:
    blocks, _title = markdown_blocks(text)
    assert [block.text for block in blocks if isinstance(block, Passage)] == texts


def test_a_table_has_names_and_rows() -> None:
    blocks, _title = markdown_blocks("| A | B |\n|--|:-:|\n| `x` | a\\|b |\n")
    (table,) = blocks
    assert isinstance(table, Table)
    assert table.header == ("A", "B")
    assert [row.cells for row in table.rows] == [("x", "a|b")]


@pytest.mark.parametrize("mark", ["---", "+++"])
def test_front_matter_is_read_and_names_the_text(mark: str) -> None:
    sign = ":" if mark == "---" else " ="
    blocks, title = markdown_blocks(f'{mark}\r\ntitle{sign} "Tolls"\r\nauthor{sign} Ada\r\n{mark}\r\n# Head\r\n')
    assert title == "Tolls"
    assert blocks == [
        Passage(f'title{sign} "Tolls"\nauthor{sign} Ada', BlockKind.LINES),
        Passage("Head", BlockKind.HEADING),
    ]


@pytest.mark.parametrize("unit", ["[", "![](", "[^", "$", "\\(", "<a ", "> ", "[[", "`", "*", "_a", "&", "|\n", "<!--"])
def test_markup_repeated_without_sense_ends(unit: str) -> None:
    assert markdown_blocks(unit * 10_000)[1] is None
