"""JSON is read value by value, each with its name, as it is written."""

from pathlib import Path

import pytest

from ingestion.formats.content import Content, Passage, ReadingWarning, Table, WarningCode
from ingestion.formats.records.json import read_json, read_ndjson
from ingestion.parse.outcome import Limits, ParseFailed


def _read(tmp_path: Path, text: str, *, lines: bool = False) -> Content:
    path = tmp_path / "document.json"
    path.write_bytes(text.encode())
    return (read_ndjson if lines else read_json)(path, Limits())


def _texts(content: Content) -> list[str]:
    return [block.text for block in content.blocks if isinstance(block, Passage)]


def _table(content: Content) -> tuple[str, tuple[str, ...], list[tuple[str, ...]]]:
    (table,) = (block for block in content.blocks if isinstance(block, Table))
    return table.caption, table.header, [row.cells for row in table.rows]


TEXTS = {
    "values": ('{"id": "0047", "sum": 1.10, "on": true, "none": null}', ["id: 0047\nsum: 1.10\non: true"]),
    "a long number": (
        '{"id": 12345678901234567890, "x": 1e400, "y": NaN}',
        ["id: 12345678901234567890\nx: 1e400\ny: NaN"],
    ),
    "objects in objects": ('{"a": {"b": {"c": 1, "d": [1, "x"]}}}', ["a.b.c: 1\na.b.d: 1, x"]),
    "lists in lists": ('{"at": [[1.0, 2], [3, 4]]}', ["at: [1.0, 2], [3, 4]"]),
    "unlike objects": ('[{"a": 1}, {"b": [{"c": 2}]}, 3]', ["a: 1", "b.1.c: 2", "3"]),
    "names that stand twice": ('{"a": 1, "a": 2}', ["a: 1\na: 2"]),
    "a byte-order mark": ('\ufeff{"a": 1}', ["a: 1"]),
    "comments and commas": ('{"a": "// no", /* x */ "b": [1, 2,], // y\n}', ["a: // no\nb: 1, 2"]),
    "several values": ('{"a": 1}\n{"b": {"c": 2}}', ["a: 1", "b.c: 2"]),
    "a line end in a string": ('{"a": "x\ny"}', ["a: x y"]),
    "nothing but a value": ('"only"', ["only"]),
    "elements": ('[{"type": "T", "element_id": "1", "text": "One"}]', ["One"]),
}


@pytest.mark.parametrize(("text", "texts"), TEXTS.values(), ids=TEXTS)
def test_each_value_has_its_name(tmp_path: Path, text: str, texts: list[str]) -> None:
    content = _read(tmp_path, text)
    assert _texts(content) == texts
    assert content.warnings == []


def test_alike_objects_are_a_table(tmp_path: Path) -> None:
    text = '{"port": "N", "berths": [{"id": "01", "at": {"x": 1}}, {"id": "02", "at": {"x": 2}, "tags": ["a", "b"]}]}'
    content = _read(tmp_path, text)
    assert _texts(content) == ["port: N"]
    assert _table(content) == ("berths", ("id", "at.x", "tags"), [("01", "1", ""), ("02", "2", "a, b")])


def test_objects_with_long_texts_are_no_table(tmp_path: Path) -> None:
    long = "word " * 100
    content = _read(tmp_path, f'[{{"a": "1", "t": "{long}"}}, {{"a": "2", "t": "x"}}]')
    assert _texts(content) == ["a: 1", f"t: {long}", "a: 2\nt: x"]


def test_a_broken_line_fails_alone(tmp_path: Path) -> None:
    content = _read(tmp_path, '{"id":"A-1"}\n{"id":"A-2"\n\n{"id":"A-3", "t": "a\u2028b"}\n', lines=True)
    assert _table(content)[2] == [("A-1", ""), ("A-3", "a\u2028b")]
    assert content.warnings == [ReadingWarning(WarningCode.RECORD_UNREAD, part="line 2")]
    assert content.parts == 3


def test_a_line_nested_without_end_fails_alone(tmp_path: Path) -> None:
    content = _read(tmp_path, '{"a": 1}\n' + "[" * 100_000 + '\n{"a": 2}\n', lines=True)
    assert content.warnings == [ReadingWarning(WarningCode.RECORD_UNREAD, part="line 2")]


def test_a_value_over_several_lines_is_read_by_any_name(tmp_path: Path) -> None:
    assert _texts(_read(tmp_path, '{\n "a": 1,\n "b": 2\n}\n', lines=True)) == ["a: 1\nb: 2"]


@pytest.mark.parametrize("text", ["no JSON", '{"a": ', "{}}{", "12 drums\n7"])
@pytest.mark.parametrize("lines", [False, True])
def test_what_is_no_json_is_damaged(tmp_path: Path, text: str, *, lines: bool) -> None:
    with pytest.raises(ParseFailed) as failed:
        _read(tmp_path, text, lines=lines)
    assert failed.value.code == "damaged"
