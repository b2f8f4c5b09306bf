"""Right-to-left text of a PDF comes in the order in which it is read, Chinese and Japanese without spaces."""

from pathlib import Path

import pytest

from tests.ingestion.formats.pdf.made import made_pdf, read, texts

HEBREW = "מפתח המגדלור בארון 27 של Ada היום"
ARABIC = "مفتاح المنارة في الخزانة رقم 27 اليوم"


def _drawn(visual: str, *, from_right: bool, step: float = 6.6) -> tuple[bytes, dict[int, str]]:
    """Return `visual`, given from left to right, drawn letter by letter, and what the codes mean."""
    codes: dict[str, int] = {}
    places = []
    for at, letter in enumerate(visual):
        if letter != " ":
            places.append((70 + step * at, codes.setdefault(letter, 0x41 + len(codes))))
    drawn = [f"BT /F4 11 Tf 1 0 0 1 {x} 700 Tm <{code:02x}> Tj ET\n" for x, code in places]
    return "".join(reversed(drawn) if from_right else drawn).encode(), {code: text for text, code in codes.items()}


def _visual(logical: str) -> str:
    """Return a right-to-left line as it is seen from left to right; Latin words and numbers keep their way."""
    return " ".join(word if word.isascii() else word[::-1] for word in reversed(logical.split()))


@pytest.mark.parametrize("from_right", [False, True], ids=["drawn from left", "drawn from right"])
@pytest.mark.parametrize("line", [HEBREW, ARABIC], ids=["hebrew", "arabic"])
def test_right_to_left_lines_are_in_logical_order(tmp_path: Path, line: str, *, from_right: bool) -> None:
    content, letters = _drawn(_visual(line), from_right=from_right)
    assert texts(read(tmp_path, made_pdf([content], letters=letters, base="Courier"))) == [line]


def test_a_hebrew_word_in_an_english_line(tmp_path: Path) -> None:
    content, letters = _drawn("the key מפתח is here".replace("מפתח", "מפתח"[::-1]), from_right=False)
    assert texts(read(tmp_path, made_pdf([content], letters=letters, base="Courier"))) == ["the key מפתח is here"]


@pytest.mark.parametrize("step", [6.6, 9], ids=["close", "spread"])
def test_chinese_lines_get_no_spaces(tmp_path: Path, step: float) -> None:
    content, letters = _drawn("灯塔的钥匙在柜子里面", from_right=False, step=step)
    second = content.replace(b" 700 Tm", b" 686 Tm")
    found = texts(read(tmp_path, made_pdf([content + second], letters=letters)))
    assert found == ["灯塔的钥匙在柜子里面" * 2]
