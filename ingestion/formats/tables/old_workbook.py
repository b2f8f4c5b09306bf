"""Reading XLS workbooks, of Excel 97 to 2003 and before: the values that a newer one of the same sheets would show."""

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import xlrd
from xlrd.biffh import error_text_from_code
from xlrd.compdoc import CompDocError

from ingestion.chunk import BlockKind
from ingestion.formats.content import Content, Passage, ReadingWarning, Table, WarningCode
from ingestion.formats.tables.records import cell_line
from ingestion.formats.tables.sheets import Room, Sheet, blocks_of
from ingestion.formats.tables.spans import Area
from ingestion.formats.tables.values import BUILT_IN, GENERAL, show, show_text
from ingestion.formats.tables.worksheet import letters_of
from ingestion.parse.outcome import Limits, ParseFailed

_LOCAL_FORMATS: Final = frozenset({14, 22, *range(27, 37), *range(50, 59)})
"""Formats that show a date the way of the reader's country."""
_DAMAGE: Final = (
    xlrd.XLRDError,
    CompDocError,
    struct.error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    OSError,
    TypeError,
    ValueError,
)
"""What xlrd raises on damaged files."""


def read_old_workbook(path: Path, limits: Limits) -> Content:
    """Read a workbook in Excel's old binary format, a page for each of its sheets. Raises ParseFailed."""
    book = _opened(path)
    room = Room(limits)
    blocks: list[Passage | Table] = []
    warnings: list[ReadingWarning] = []
    names = [" ".join(name.split()) for name in book.sheet_names()]
    for page, name in enumerate(names, start=1):
        sheet = Sheet(name)
        try:
            _fill(sheet, book, book.sheet_by_index(page - 1), room)
        except _DAMAGE:
            warnings.append(ReadingWarning(WarningCode.PART_UNREAD, page, name))
        found = list(blocks_of(sheet, page, room))
        if found and not any(isinstance(block, Table) for block in found):
            found.insert(0, Passage(name, BlockKind.HEADING, page))
        blocks += found
        book.unload_sheet(page - 1)
    if not blocks and warnings:
        raise ParseFailed("damaged")
    return Content(blocks, pages=len(names) or None, headings=False, parts=max(len(names), 1), warnings=warnings)


def _opened(path: Path) -> Any:  # noqa: ANN401 - xlrd ships no annotations
    with Path(os.devnull).open("w") as silence:
        for formatting in (True, False):
            try:
                return xlrd.open_workbook(str(path), logfile=silence, formatting_info=formatting, on_demand=True)
            except xlrd.XLRDError as error:
                raise ParseFailed("encrypted" if "encrypted" in str(error).lower() else "damaged") from error
            except _DAMAGE:
                continue  # it may be the formats only
    raise ParseFailed("damaged")


def _fill(sheet: Sheet, book: Any, source: Any, room: Room) -> None:  # noqa: ANN401 - xlrd ships no annotations
    for row in range(source.nrows):
        cells = dict(_cells(book, source, row))
        if cells:
            room.take(sum(map(len, cells.values())) + len(cells))
            sheet.rows[row + 1] = cells
    sheet.merges.extend(Area(top + 1, left + 1, bottom, right) for top, bottom, left, right in source.merged_cells)
    for (row, column), note in source.cell_note_map.items():
        author, text = cell_line(note.author or ""), cell_line(note.text or "")
        text = text.removeprefix(f"{author}:").strip() if author else text
        by = f"Comment by {author} on" if author else "Comment on"
        if text:
            sheet.remarks[row + 1, column + 1] = [f"{by} {letters_of(column + 1)}{row + 1}: {text}"]


def _cells(book: Any, source: Any, row: int) -> Iterator[tuple[int, str]]:  # noqa: ANN401 - xlrd ships no annotations
    values = source.row_values(row)
    for column, kind in enumerate(source.row_types(row)):
        value = values[column]
        if kind in {xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK}:
            continue
        code = _code(book, source.cell_xf_index(row, column)) if book.formatting_info else GENERAL
        if kind in {xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE}:
            if kind == xlrd.XL_CELL_DATE and code == GENERAL:
                code = BUILT_IN[14] if value == int(value) else BUILT_IN[22]
            text = show(value, code, since_1904=book.datemode == 1)
        elif kind == xlrd.XL_CELL_BOOLEAN:
            text = "TRUE" if value else "FALSE"
        elif kind == xlrd.XL_CELL_ERROR:
            text = error_text_from_code.get(value, "#N/A")
        else:
            text = show_text(cell_line(value), code)
        text = cell_line(text)
        if text:
            yield column + 1, text


def _code(book: Any, style: int) -> str:  # noqa: ANN401 - xlrd ships no annotations
    number = book.xf_list[style].format_key if 0 <= style < len(book.xf_list) else 0
    if number in _LOCAL_FORMATS:
        return BUILT_IN[number]
    known = book.format_map.get(number)
    return str(known.format_str) if known is not None else BUILT_IN.get(number, GENERAL)
