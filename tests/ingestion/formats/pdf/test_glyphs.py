"""The letters of a PDF: ligatures and accents whole, and those that cannot be told never text."""

from pathlib import Path

import pytest

from ingestion.formats.content import ReadingWarning, WarningCode
from ingestion.parse.outcome import ParseFailed
from tests.ingestion.formats.pdf.made import column, made_pdf, read, shown, texts

KNOWN = "The northern crane was inspected by two engineers."
UNKNOWN = b"BT /F5 11 Tf 1 0 0 1 70 700 Tm <0024002500260027002800290030> Tj ET\n"


@pytest.mark.parametrize(
    ("letters", "seen"),
    [
        ({0x41: "\ufb03", 0x42: "c", 0x43: "e", 0x44: "o"}, "office"),
        ({0x41: "ffi", 0x42: "c", 0x43: "e", 0x44: "o"}, "office"),
        ({0x41: "f\u00adfi", 0x42: "c", 0x43: "e", 0x44: "o"}, "office"),
    ],
    ids=["ligature", "three letters", "soft hyphen"],
)
def test_ligatures_are_letters(tmp_path: Path, letters: dict[int, str], seen: str) -> None:
    content = b"BT /F4 11 Tf 1 0 0 1 70 700 Tm <44414243> Tj ET"
    assert texts(read(tmp_path, made_pdf([content], letters=letters))) == [seen]


def test_an_accent_drawn_over_a_letter_is_on_it(tmp_path: Path) -> None:
    content = shown(70, 700, "Jegou") + shown(76.6, 700, "´")
    assert texts(read(tmp_path, made_pdf([content]))) == ["Jégou"]


@pytest.mark.parametrize("code", ["\ue001", "\ufffd", "\x01"], ids=["private", "replacement", "control"])
def test_letters_that_mean_nothing_are_a_warning(tmp_path: Path, code: str) -> None:
    content = column(70, 780, [KNOWN]) + b"BT /F4 11 Tf 1 0 0 1 70 700 Tm <414243> Tj ET"
    pdf = made_pdf([column(70, 700, [KNOWN]), content], letters=dict.fromkeys((0x41, 0x42, 0x43), code))
    found = read(tmp_path, pdf)
    assert texts(found) == [KNOWN, KNOWN]
    assert found.warnings == [ReadingWarning(WarningCode.LETTERS_UNKNOWN, page=2)]


def test_letters_without_a_map_are_a_warning(tmp_path: Path) -> None:
    found = read(tmp_path, made_pdf([column(70, 780, [KNOWN]) + UNKNOWN]))
    assert texts(found) == [KNOWN]
    assert found.warnings == [ReadingWarning(WarningCode.LETTERS_UNKNOWN, page=1)]


def test_a_document_of_unknown_letters_fails(tmp_path: Path) -> None:
    with pytest.raises(ParseFailed) as failed:
        read(tmp_path, made_pdf([UNKNOWN]))
    assert failed.value.code == "no_text"


def test_a_symbol_fonts_bullet_is_a_bullet(tmp_path: Path) -> None:
    content = b"BT /F4 11 Tf 1 0 0 1 70 700 Tm <41> Tj ET\n" + shown(90, 700, KNOWN)
    found = read(tmp_path, made_pdf([content], letters={0x41: "\uf0b7"}))
    assert (texts(found), found.warnings) == ([f"• {KNOWN}"], [])
