"""Reading workbooks in the XML of Excel 2002 and 2003, which many programs export under the name of an XLS file."""

from datetime import datetime
from pathlib import Path
from typing import Final, final

from lxml import etree

from ingestion.chunk import BlockKind
from ingestion.formats.content import Content, Passage, ReadingWarning, Table, WarningCode
from ingestion.formats.office.namespaces import Element, local_name
from ingestion.formats.tables.records import cell_line
from ingestion.formats.tables.sheets import Room, Sheet, blocks_of
from ingestion.formats.tables.spans import Area
from ingestion.formats.tables.styles import freed, streamed
from ingestion.formats.tables.values import BUILT_IN, GENERAL, show, shows_date
from ingestion.formats.tables.worksheet import letters_of
from ingestion.parse.outcome import Limits, ParseFailed

_SS: Final = "{urn:schemas-microsoft-com:office:spreadsheet}"
_MOST_COLUMNS: Final = 1 << 14
_MOST_ROWS: Final = 1 << 20
_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet's dates have no zone
_NAMED: Final = {
    "General": GENERAL,
    "General Number": GENERAL,
    "General Date": BUILT_IN[22],
    "Long Date": "d mmmm yyyy",
    "Medium Date": BUILT_IN[15],
    "Short Date": BUILT_IN[14],
    "Long Time": BUILT_IN[19],
    "Medium Time": BUILT_IN[18],
    "Short Time": BUILT_IN[20],
    "Currency": BUILT_IN[8],
    "Euro Currency": "[$€] #,##0.00",
    "Fixed": BUILT_IN[2],
    "Standard": BUILT_IN[4],
    "Percent": BUILT_IN[10],
    "Scientific": BUILT_IN[11],
    "Yes/No": '"Yes";"Yes";"No"',
    "True/False": '"True";"True";"False"',
    "On/Off": '"On";"On";"Off"',
}


def read_xml_workbook(path: Path, limits: Limits) -> Content:
    """Read such a workbook, a page for each of its sheets. Raises ParseFailed where none can be read."""
    reader = _Reader(Room(limits))
    is_whole = reader.read(path.read_bytes())
    blocks: list[Passage | Table] = []
    for page, sheet in enumerate(reader.sheets, start=1):
        found = list(blocks_of(sheet, page, reader.room))
        if found and not any(isinstance(block, Table) for block in found):
            found.insert(0, Passage(sheet.name, BlockKind.HEADING, page))
        blocks += found
    if not reader.sheets or (not blocks and not is_whole):
        raise ParseFailed("damaged")
    pages = len(reader.sheets)
    warnings = [] if is_whole else [ReadingWarning(WarningCode.PART_UNREAD, pages, reader.sheets[-1].name)]
    return Content(blocks, pages=pages, headings=False, parts=pages, warnings=warnings)


@final
class _Reader:
    """Reads the sheets of a workbook as they come."""

    def __init__(self, room: Room) -> None:
        self._codes: dict[str, str] = {}
        self._current: Element | None = None
        self._row = 0
        self.room = room
        self.sheets: list[Sheet] = []

    def read(self, data: bytes) -> bool:
        """Read all; return False if it is damaged, and read as far as possible."""
        try:
            for element in streamed(data, "Style", "Row", "Worksheet"):
                name = local_name(element)
                if name == "Style":
                    self._take_style(element)
                elif name == "Worksheet":
                    self._enter(element)
                else:
                    self._enter(next(element.iterancestors("{*}Worksheet"), None))
                    self._take_row(element)
                    freed(element)
        except etree.XMLSyntaxError:
            return False
        return True

    def _enter(self, worksheet: Element | None) -> None:
        if worksheet is not None and worksheet is not self._current:
            self._current, self._row = worksheet, 0
            self.sheets.append(Sheet(cell_line(worksheet.get(f"{_SS}Name", "")) or f"Sheet {len(self.sheets) + 1}"))

    def _take_style(self, element: Element) -> None:
        inherited = self._codes.get(element.get(f"{_SS}Parent", ""), GENERAL)
        form = element.find("{*}NumberFormat")
        code = "" if form is None else form.get(f"{_SS}Format", "")
        self._codes[element.get(f"{_SS}ID", "")] = _NAMED.get(code, code) or inherited

    def _take_row(self, row: Element) -> None:
        if not self.sheets:
            return
        self._row = _number(row, "Index", self._row + 1, _MOST_ROWS)
        cells: dict[int, str] = {}
        column = 0
        for cell in row.iterchildren("{*}Cell"):
            column = _number(cell, "Index", column + 1, _MOST_COLUMNS)
            text = self._shown(cell, row)
            if text:
                cells[column] = text
            self._take_comment(cell, column)
            wide, high = (_number(cell, name, 0, _MOST_ROWS) for name in ("MergeAcross", "MergeDown"))
            if wide or high:
                self.sheets[-1].merges.append(Area(self._row, column, self._row + high, column + wide))
            column += min(wide, _MOST_COLUMNS)
        if cells:
            self.room.take(sum(map(len, cells.values())) + len(cells))
            self.sheets[-1].rows[self._row] = cells
        self._row += _number(row, "Span", 0, _MOST_ROWS)

    def _take_comment(self, cell: Element, column: int) -> None:
        for comment in cell.iterchildren("{*}Comment"):
            author = cell_line(comment.get(f"{_SS}Author", ""))
            text = cell_line(" ".join(comment.itertext())).removeprefix(f"{author}:").strip()
            by = f"Comment by {author} on" if author else "Comment on"
            place = f"{letters_of(column)}{self._row}"
            self.sheets[-1].remarks.setdefault((self._row, column), []).append(f"{by} {place}: {text}")

    def _shown(self, cell: Element, row: Element) -> str:
        data = cell.find("{*}Data")
        value = "" if data is None else cell_line("".join(data.itertext()))
        if not value:
            formula = cell_line(cell.get(f"{_SS}Formula", ""))
            return formula if data is None else ""
        kind = data.get(f"{_SS}Type", "String")
        code = self._codes.get(cell.get(f"{_SS}StyleID") or row.get(f"{_SS}StyleID") or "Default", GENERAL)
        try:
            if kind == "Number":
                return cell_line(show(float(value), code))
            if kind == "DateTime" and shows_date(code):
                days = (datetime.fromisoformat(value.rstrip("Z")) - _EPOCH).total_seconds() / 86_400
                return cell_line(show(days, code))
        except ValueError:
            return value
        if kind == "DateTime":
            return value.removesuffix(".000").removesuffix("T00:00:00").replace("T", " ")
        return {"0": "FALSE", "1": "TRUE"}.get(value, value) if kind == "Boolean" else value


def _number(element: Element, name: str, usual: int, most: int) -> int:
    text = element.get(f"{_SS}{name}", "")
    return min(int(text), most) if text.isdecimal() and len(text) < 10 else usual  # noqa: PLR2004 - no sheet has more
