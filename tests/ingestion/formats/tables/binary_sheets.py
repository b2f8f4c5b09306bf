"""XLS workbooks of one sheet, written record by record as Excel 5 does."""

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

_BOOK: Final = 0x0005
_SHEET: Final = 0x0010


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _start(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHH", 0x0500, kind, 0x0DBB, 1996))


def _cell(row: int, column: int, value: object, style: int) -> bytes:
    place = struct.pack("<HHH", row, column, style)
    if isinstance(value, bool):
        return _record(0x0205, place + struct.pack("<BB", value, 0))
    if isinstance(value, str):
        text = value.encode("cp1252")
        return _record(0x0204, place + struct.pack("<H", len(text)) + text)
    assert isinstance(value, int | float)
    return _record(0x0203, place + struct.pack("<d", value))


def write_old_workbook(
    path: Path, rows: Sequence[Sequence[object]], formats: Mapping[int, str], styles: Mapping[tuple[int, int], int]
) -> Path:
    """Write a workbook whose sheet is called Oil; `styles` name the format of a cell by its row and column, from 0."""
    numbers = sorted(formats)
    texts = {number: formats[number].encode("cp1252") for number in numbers}
    head = _start(_BOOK) + _record(0x0042, struct.pack("<H", 1252))
    font = _record(0x0031, struct.pack("<HHHHHBBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 0, 0, 5) + b"Arial")
    forms = b"".join(
        _record(0x041E, struct.pack("<HB", number, len(texts[number])) + texts[number]) for number in numbers
    )
    looks = b"".join(_record(0x00E0, struct.pack("<HHHHII", 0, number, 0, 0x20, 0, 0)) for number in (0, *numbers))
    end = _record(0x000A, b"")
    name = b"Oil"
    bound = len(head + font * 4 + forms + looks + end) + 4 + 7 + len(name)
    listed = _record(0x0085, struct.pack("<IBBB", bound, 0, 0, len(name)) + name)
    place_of = {number: place for place, number in enumerate((0, *numbers))}
    cells = b"".join(
        _cell(down, right, value, place_of[styles.get((down, right), 0)])
        for down, row in enumerate(rows)
        for right, value in enumerate(row)
        if value is not None
    )
    path.write_bytes(head + font * 4 + forms + looks + listed + end + _start(_SHEET) + cells + end)
    return path
