"""Writes a source as a workbook, one sheet for each level 1 heading."""

import io
import re

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from examples.writers.archive import settled
from examples.writers.blocks import Block, Items, Paragraph, Source, Table, sections


def xlsx_bytes(source: Source) -> bytes:
    """Return the XLSX of a source; plain integers become numbers, every other cell stays as written.

    Raises ValueError for headings below level 1 and for charts, which a sheet here does not carry.
    """
    workbook = Workbook()
    first = workbook.active
    if first is not None:
        workbook.remove(first)
    workbook.properties.title, workbook.properties.creator = source.fields["title"], source.fields["author"]
    for title, blocks in sections(source.blocks):
        sheet: Worksheet = workbook.create_sheet(title)
        for block in blocks:
            _put(sheet, block)
    out = io.BytesIO()
    workbook.save(out)
    return settled(out.getvalue())


def _put(sheet: Worksheet, block: Block) -> None:
    match block:
        case Paragraph(text):
            sheet.append([text])
        case Items(texts, _):
            for text in texts:
                sheet.append([text])
        case Table(rows):
            _table(sheet, rows)
        case _:
            raise ValueError(f"a sheet does not carry {block!r}")


def _table(sheet: Worksheet, rows: tuple[tuple[str, ...], ...]) -> None:
    for row in rows:
        sheet.append([int(cell) if re.fullmatch(r"[1-9]\d*", cell) else cell for cell in row])
        if row is rows[0]:
            for cell in sheet[sheet.max_row]:
                cell.font = Font(bold=True)
    for column in range(len(rows[0])):
        width = max(len(row[column]) for row in rows) + 2
        sheet.column_dimensions[get_column_letter(column + 1)].width = min(width, 60)
