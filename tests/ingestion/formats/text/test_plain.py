"""A plain text keeps the ends of its lines, but where they only wrap a paragraph."""

import textwrap
from pathlib import Path

import pytest

from ingestion.chunk import BlockKind
from ingestion.formats.content import Content, Passage, WarningCode
from ingestion.formats.text.plain import read_text
from ingestion.parse.outcome import Limits

WRAPPED = textwrap.fill(
    "The keeper of the northern light writes the hour and the weather into the book each evening. When the wind is "
    "above force six, the launch stays at the pier until the harbour master lets it go to its berth. All else waits.",
    70,
)


def _read(tmp_path: Path, text: str | bytes) -> Content:
    path = tmp_path / "document.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_text(path, Limits())


def _blocks(content: Content) -> list[tuple[str, BlockKind]]:
    return [(block.text, block.kind) for block in content.blocks if isinstance(block, Passage)]


def test_a_wrapped_paragraph_is_one_line(tmp_path: Path) -> None:
    assert (
        _blocks(_read(tmp_path, f"{WRAPPED}\r\n\r\n{WRAPPED}")) == [(WRAPPED.replace("\n", " "), BlockKind.PROSE)] * 2
    )


def test_a_word_cut_at_its_hyphen_is_whole(tmp_path: Path) -> None:
    text = "Each evening the keeper of the northern light writes to the well-\nknown harbour master on the other side."
    assert _blocks(_read(tmp_path, text)) == [(text.replace("-\n", "-"), BlockKind.PROSE)]


def test_wrapped_ideographs_are_joined_without_spaces(tmp_path: Path) -> None:
    text = "灯塔的钥匙放在四十七号柜子里看守人每天晚上检查灯泡把时"
    text += "\n间和天气写在日志上如果风力超过六级小艇就不出港备用零件\n存放在码头。"
    assert _blocks(_read(tmp_path, text)) == [(text.replace("\n", ""), BlockKind.PROSE)]


LINES = {
    "program": "def lamp(on):\n    if on:\n        return 7719\n    return 0",
    "indented program": "    if on:\n        return 7719",
    "verse": "The sea was calm that night\nand no one on the pier had seen the boat go out\n"
    "in all that light\nfrom moon and lamp.",
    "list": "- check the lamp that stands on the northern pier\n"
    "- write the hour and the weather into the book\n- go home",
    "numbers": "1. check the lamp that stands on the northern pier\n2. write the hour and the weather into the book",
    "table": "Berth     Length    Depth\nA1        12        2.7\nB2        24        3.1",
    "address": "Harbour Office\nPier 4\nNorthport",
    "log": "2024-05-01 10:00:01 INFO lamp lit by keeper number seven\n"
    "2024-05-01 10:00:02 WARN lamp low, oil at two litres only",
    "settings": "keeper = Ada\nlamp = on",
}


@pytest.mark.parametrize("text", LINES.values(), ids=LINES)
def test_lines_stay_lines(tmp_path: Path, text: str) -> None:
    content = _read(tmp_path, f"Before.\n\n{text}\n\nAfter.")
    assert _blocks(content) == [("Before.", BlockKind.PROSE), (text, BlockKind.LINES), ("After.", BlockKind.PROSE)]


def test_a_line_as_long_as_a_paragraph_is_one(tmp_path: Path) -> None:
    long = "The keeper writes. " * 12
    assert _blocks(_read(tmp_path, f"Heading\n{long}\n{long}")) == [
        ("Heading", BlockKind.PROSE),
        (long.strip(), BlockKind.PROSE),
        (long.strip(), BlockKind.PROSE),
    ]


def test_form_feeds_end_pages(tmp_path: Path) -> None:
    content = _read(tmp_path, "one\n\ftwo\n\nthree\f")
    assert [(block.text, block.page) for block in content.blocks if isinstance(block, Passage)] == [
        ("one", 1),
        ("two", 2),
        ("three", 2),
    ]
    assert content.pages == 2


def test_what_steers_a_terminal_is_no_text(tmp_path: Path) -> None:
    assert _blocks(_read(tmp_path, "\x1b[1;31mlamp\x1b[0m N\x08NA\x08A low\u00ad")) == [
        ("lamp NA low", BlockKind.PROSE)
    ]


def test_bytes_that_mean_nothing_are_told_of(tmp_path: Path) -> None:
    content = _read(tmp_path, b"lamp 7\x007")
    assert _blocks(content) == [("lamp 77", BlockKind.PROSE)]
    assert [warning.code for warning in content.warnings] == [WarningCode.CHARACTERS_REPLACED]
