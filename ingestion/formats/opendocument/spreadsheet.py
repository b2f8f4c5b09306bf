"""Reading OpenDocument spreadsheets, row by row, a page for each of their sheets."""

import io
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final, final

from lxml import etree

from ingestion.chunk import BlockKind
from ingestion.formats.content import Content, Passage, Table, WarningCode
from ingestion.formats.opendocument.archive import Archive
from ingestion.formats.opendocument.inline import line_of
from ingestion.formats.opendocument.names import DC, OFFICE, TABLE, TEXT, Element, whole
from ingestion.formats.opendocument.styles import Styles
from ingestion.formats.opendocument.walker import Walker
from ingestion.formats.tables.number_formats.numbers import show_general
from ingestion.formats.tables.records import cell_line
from ingestion.formats.tables.sheets import Room, Sheet, blocks_of
from ingestion.formats.tables.spans import Area
from ingestion.formats.tables.styles import freed
from ingestion.formats.tables.worksheet import letters_of
from ingestion.parse.outcome import Limits, ParseFailed

_MOST_ROWS: Final = 1 << 20
_MOST_COLUMNS: Final = 1 << 14
_MOST_REPEATED: Final = 1000
_REFERENCE: Final = re.compile(r"\[\$?'?([^\]']*?)'?\.?(\$?[A-Z]+\$?\d+)(?::\.?(\$?[A-Z]+\$?\d+))?\]")
_SPANNED: Final = f"{TABLE}number-columns-spanned"
_SPANNED_ROWS: Final = f"{TABLE}number-rows-spanned"
_CELLS: Final = frozenset({f"{TABLE}table-cell", f"{TABLE}covered-table-cell"})


def read_spreadsheet(path: Path, limits: Limits) -> Content:
    """Read a spreadsheet. Raises ParseFailed where it is protected, or none of it can be read."""
    with Archive(path) as archive:
        data = archive.data("content.xml") or (path.read_bytes() if archive.root("content.xml") is not None else b"")
        reader = _SheetReader(archive, Room(limits))
        if not reader.read(data):
            last = reader.sheets[-1].name if reader.sheets else "content"
            archive.warn(WarningCode.PART_UNREAD, last, len(reader.sheets) or None)
        blocks: list[Passage | Table] = []
        for page, sheet in enumerate(reader.sheets, start=1):
            found = list(blocks_of(sheet, page, reader.room))
            if found and not any(isinstance(block, Table) and block.sheet for block in found):
                found.insert(0, Passage(sheet.name, BlockKind.HEADING, page))
            blocks += found
        if not reader.sheets or (not blocks and archive.warnings):
            raise ParseFailed("damaged")
        parts = archive.parts + len(reader.sheets)
        return Content(
            blocks, archive.title(), len(reader.sheets), headings=False, parts=parts, warnings=archive.warnings
        )


@final
class _SheetReader:
    """Reads the sheets of a document's content as they come."""

    def __init__(self, archive: Archive, room: Room) -> None:
        self._archive = archive
        self._row = 0
        self._is_inside = False
        self.room = room
        self.sheets: list[Sheet] = []

    def read(self, data: bytes) -> bool:
        """Read the content; return False if it is damaged, and read as far as possible."""
        tags = tuple(f"{TABLE}{name}" for name in ("table", "table-row", "shapes", "tracked-changes"))
        parsing = etree.iterparse(
            io.BytesIO(data), events=("start", "end"), tag=tags, resolve_entities=False, no_network=True, load_dtd=False
        )
        depth = 0
        try:
            for event, element in parsing:
                name = element.tag.removeprefix(TABLE)
                if name in {"table", "tracked-changes"}:
                    depth += 1 if event == "start" else -1
                if name == "table" and event == "start" and depth == 1:
                    self._begin(element)
                elif event == "end" and depth == 1:
                    self._take(element, name)
        except etree.XMLSyntaxError:
            return False
        return True

    def _begin(self, table: Element) -> None:
        name = " ".join(table.get(f"{TABLE}name", "").split())
        self.sheets.append(Sheet(name or f"Sheet {len(self.sheets) + 1}"))
        self._row = 1

    def _take(self, element: Element, name: str) -> None:
        if not self.sheets or element.getparent().tag == f"{TABLE}tracked-changes":
            return
        if name == "table-row":
            self._take_row(element)
            freed(element)
        elif name == "shapes":
            self._take_shapes(element)

    def _take_shapes(self, shapes: Iterable[Element]) -> None:
        sheet = self.sheets[-1]
        for block in Walker(self._archive, Styles(), len(self.sheets)).blocks(shapes):
            sheet.others.append(replace(block, sheet=sheet.name) if isinstance(block, Table) else block)

    def _take_row(self, row: Element) -> None:
        times = whole(row, f"{TABLE}number-rows-repeated", 1, _MOST_ROWS)
        cells: dict[int, str] = {}
        column = 1
        for cell in row:
            if cell.tag not in _CELLS:
                continue
            count = whole(cell, f"{TABLE}number-columns-repeated", 1, _MOST_COLUMNS)
            if cell.tag == f"{TABLE}table-cell" and (len(cell) or len(cell.attrib)):
                self._take_cell(cell, column, count, cells)
            column += count
        if cells:
            shown = min(times, _MOST_REPEATED)
            self.room.take((sum(map(len, cells.values())) + len(cells)) * shown)
            for place in range(shown):
                self.sheets[-1].rows[self._row + place] = cells
        self._row += times

    def _take_cell(self, cell: Element, column: int, count: int, cells: dict[int, str]) -> None:
        is_plain = len(cell) == 1 and cell[0].tag == f"{TEXT}p" and not len(cell[0])
        if is_plain and cell.get(_SPANNED) is None and cell.get(_SPANNED_ROWS) is None:
            if text := cell_line(cell[0].text or "") or _value(cell):
                cells.update(dict.fromkeys(range(column, column + min(count, _MOST_REPEATED)), text))
            return
        lines = [line_of(each) for each in cell.iterchildren(f"{TEXT}p")]
        text = cell_line(" ".join(line.text for line in lines)) or _value(cell)
        if text:
            cells.update(dict.fromkeys(range(column, column + min(count, _MOST_REPEATED)), text))
        wide = whole(cell, _SPANNED, 1, _MOST_COLUMNS)
        high = whole(cell, _SPANNED_ROWS, 1, _MOST_ROWS)
        sheet = self.sheets[-1]
        if wide > 1 or high > 1:
            sheet.merges.append(Area(self._row, column, self._row + high - 1, column + wide - 1))
        anchored = [*(each for line in lines for each in line.anchored), *cell.iterchildren()]
        for each in anchored:
            if each.tag == f"{OFFICE}annotation":
                self._remark(each, column)
            elif isinstance(each.tag, str) and each.tag != f"{TEXT}p":
                self._take_shapes([each])

    def _remark(self, annotation: Element, column: int) -> None:
        author = cell_line(annotation.findtext(f"{DC}creator") or "")
        text = cell_line(" ".join(line_of(each).text for each in annotation.iter(f"{TEXT}p")))
        place = f"{letters_of(column)}{self._row}"
        by = f"Comment by {author} on {place}" if author else f"Comment on {place}"
        if text:
            self.sheets[-1].remarks.setdefault((self._row, column), []).append(f"{by}: {text}")


def _value(cell: Element) -> str:
    """Return the value of a cell whose file does not hold what it shows, else its formula."""
    kind = _attribute(cell, f"{OFFICE}value-type")
    value = _attribute(cell, f"{OFFICE}value")
    if kind in {"float", "currency", "percentage"} and value:
        try:
            number = float(value)
        except ValueError:
            return value
        return f"{show_general(number * 100)}%" if kind == "percentage" else show_general(number)
    if kind == "boolean":
        return _attribute(cell, f"{OFFICE}boolean-value").upper()
    if kind == "date":
        return _attribute(cell, f"{OFFICE}date-value").removesuffix("T00:00:00").replace("T", " ")
    if kind:
        return _attribute(cell, f"{OFFICE}string-value") or _attribute(cell, f"{OFFICE}time-value")
    formula = _attribute(cell, f"{TABLE}formula").partition("=")[2]
    return f"={_REFERENCE.sub(_plain_reference, formula)}" if formula else ""


def _attribute(cell: Element, name: str) -> str:
    return cell_line(cell.get(name, ""))


def _plain_reference(found: re.Match[str]) -> str:
    sheet, first, last = found.groups()
    return f"{sheet.rstrip('.') + '!' if sheet else ''}{first}{':' + last if last else ''}"
