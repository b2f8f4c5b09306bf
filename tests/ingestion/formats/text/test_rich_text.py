"""Rich text is read in the code pages of its fonts, and what is not shown stays out."""

from pathlib import Path

import pytest

from ingestion.chunk import BlockKind
from ingestion.formats.content import Content, Passage, Table, WarningCode
from ingestion.formats.text.rich_text import read_rtf
from ingestion.parse.outcome import Limits


def _read(tmp_path: Path, text: str | bytes) -> Content:
    path = tmp_path / "document.rtf"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("ascii"))
    return read_rtf(path, Limits())


def _texts(content: Content) -> list[str]:
    return [block.text for block in content.blocks if isinstance(block, Passage)]


def _escaped(text: str, encoding: str) -> str:
    return "".join(f"\\'{byte:02x}" for byte in text.encode(encoding))


LETTERS = {
    "code page": (r"\ansi\ansicpg1251", "Ключ", "cp1251"),
    "set of a font": (r"\ansi\ansicpg1252\deff0{\fonttbl{\f0\fcharset204 Arial;}}\f0 ", "Ключ", "cp1251"),
    "font by its name": (r"\ansi\deff0{\fonttbl{\f0\fnil Arial CYR;}}\f0 ", "Ключ", "cp1251"),
    "Western font, other page": (r"\ansi\ansicpg1250\deff0{\fonttbl{\f0\fcharset0 Arial;}}", "Žluťoučký kůň", "cp1250"),
    "two bytes": (r"\ansi\ansicpg932\deff0{\fonttbl{\f0\fcharset128 Gothic;}}", "表の予備", "cp932"),
    "Chinese": (r"\ansi\deff0{\fonttbl{\f0\fcharset134 SimSun;}}", "钥匙", "gb18030"),
    "none": (r"\ansi", "Ключ от маяка лежит в шкафу", "cp1251"),
    "Macintosh": (r"\mac", "Größe", "mac_roman"),
}


@pytest.mark.parametrize(("head", "text", "encoding"), LETTERS.values(), ids=LETTERS)
def test_letters_are_read_in_their_code_page(tmp_path: Path, head: str, text: str, encoding: str) -> None:
    assert _texts(_read(tmp_path, rf"{{\rtf1{head} {_escaped(text, encoding)}\par}}")) == [text]


TEXTS = {
    "Unicode": (r"\uc1 \u1050?\u1083\'eb\u-10179?\u-8704? \uc2\u252ab \uc0\u252 x", "Кл😀 ü üx"),
    "a letter of two bytes, one of them a sign": ("\\f1 \\'95\\\\", "表"),
    "signs": (r"\ldblquote a\rdblquote\~b\_c d\-e \{f\}\emdash g", "“a” b-c de {f}—g"),
    "a field": (r"{\field{\*\fldinst HYPERLINK x}{\fldrslt link}} here", "link here"),
    "hidden": (r"a {\v zz}b \v zz\v0 c {\deleted zz}{\revised d}", "a b c d"),
    "a picture": (r"a {\pict\wmetafile8 ffaa00}{\object{\*\objdata ff}{\result b}}", "a b"),
    "bytes of a picture": ("a {\\pict\\bin5 }{}\\\\}b", "a b"),
    "unknown places": (r"a {\*\unknown zz {zz}}b", "a b"),
    "two forms of a text": (r"{\upr{zz}{\*\ud{b}}}", "b"),
    "an item": (r"{\pntext\f2\'b7\tab}item", "item"),
    "a number": (r"{\listtext 1.\tab}item", "1. item"),
}


@pytest.mark.parametrize(("text", "shown"), TEXTS.values(), ids=TEXTS)
def test_what_is_shown_is_read(tmp_path: Path, text: str, shown: str) -> None:
    fonts = r"{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset128 Gothic;}{\f2\fcharset2 Symbol;}}"
    assert _texts(_read(tmp_path, rf"{{\rtf1\ansi{fonts}\f0 {text}\par}}")) == [shown]


def test_paragraphs_lines_and_headings_are_told_apart(tmp_path: Path) -> None:
    styles = r"{\stylesheet{\s0 Normal;}{\s3 heading 1;}}"
    text = rf"{{\rtf1{styles}{{\info{{\title Harbour}}}}\pard\s3 Head\par\pard\s0 One\line two\par\pard Last}}"
    content = _read(tmp_path, text)
    assert content.title == "Harbour"
    assert content.blocks == [
        Passage("Head", BlockKind.HEADING),
        Passage("One\ntwo", BlockKind.LINES),
        Passage("Last"),
    ]


def test_notes_stand_after_their_paragraph(tmp_path: Path) -> None:
    note = r"{\super\chftn}{\footnote\pard {\super\chftn} Low {\b water}.}"
    comment = r"{\*\atnid A}{\*\atnauthor Ada}{\*\annotation\pard Check.}"
    content = _read(tmp_path, rf"{{\rtf1 Depth{note} 2 m{comment}.\par Next{note}.}}")
    assert _texts(content) == [
        "Depth[1] 2 m.",
        "Footnote 1: Low water.",
        "Comment by Ada: Check.",
        "Next[2].",
        "Footnote 2: Low water.",
    ]


def test_a_header_is_read_once_and_a_text_box_after_its_paragraph(tmp_path: Path) -> None:
    header = r"{\header\pard Harbour Office\par}"
    box = r"{\shp{\*\shpinst{\sp{\sn x}{\sv zz}}{\shptxt\pard In the box\par}}{\shprslt zz}}"
    content = _read(tmp_path, rf"{{\rtf1{header}{header}One {box}two\par}}")
    assert _texts(content) == ["Harbour Office", "One two", "In the box"]


def test_a_table_has_names_and_rows(tmp_path: Path) -> None:
    row = r"\trowd{}\cellx1\cellx2\pard\intbl {}\cell {}\par more\cell\row"
    rows = [
        row.replace("{}", "%s") % cells for cells in ((r"\trhdr", "Berth", "Depth"), ("", "A1", "2.7"), ("", "B2", "3"))
    ]
    content = _read(tmp_path, rf"{{\rtf1 Before\par{''.join(rows)}\pard After\par}}")
    (table,) = (block for block in content.blocks if isinstance(block, Table))
    assert table.header == ("Berth", "Depth more")
    assert [row.cells for row in table.rows] == [("A1", "2.7 more"), ("B2", "3 more")]
    assert _texts(content) == ["Before", "After"]


def test_letters_that_mean_nothing_are_told_of(tmp_path: Path) -> None:
    content = _read(tmp_path, r"{\rtf1\ansi\ansicpg932 a\'81\par}")
    assert [warning.code for warning in content.warnings] == [WarningCode.CHARACTERS_REPLACED]


@pytest.mark.parametrize(
    "text", ["{\\rtf1 " + "{" * 200_000 + "a", "{\\rtf1 a" + "}" * 9, "\\u-99999999 a", "{\\rtf1\\bin999999 a"]
)
def test_damage_ends_with_an_answer(tmp_path: Path, text: str) -> None:
    assert len(_texts(_read(tmp_path, text))) <= 1
