"""Reading the cells of one worksheet of an XLSX workbook, row by row."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, final

from lxml import etree
from openpyxl.formula.tokenizer import TokenizerError
from openpyxl.formula.translate import Translator, TranslatorError

from ingestion.formats.office.namespaces import Element, local_name
from ingestion.formats.tables.records import cell_line
from ingestion.formats.tables.sheets import Room, Sheet
from ingestion.formats.tables.spans import Area
from ingestion.formats.tables.styles import CellStyles, freed, rich_text, streamed, unescaped
from ingestion.formats.tables.values import show_text, shows_date

_REFERENCE: Final = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})(?::\$?([A-Za-z]{1,3})\$?(\d{1,7}))?")
_FUTURE: Final = re.compile(r"_xl(?:fn|ws|udf|pm)\.")
_FIELD: Final = re.compile(r'&(?:"[^"]*"|K[0-9A-Fa-f]{6}|\d{1,3}|[A-Z&])')
_TRUTHS: Final = {"0": "FALSE", "1": "TRUE", "false": "FALSE", "true": "TRUE"}
_FORMULA_CHARS: Final = 8192
_MOST_MOVED: Final = 1_000_000  # letters of formulas that are moved to their cells; it takes two seconds


@dataclass(frozen=True, slots=True)
class Values:
    """What a workbook's cells refer to; `uncomputed` says that a stored 0 need not be a formula's result."""

    texts: Sequence[str]
    styles: CellStyles
    uncomputed: bool = False


def area_of(reference: str, header: int = 0) -> Area | None:
    """Return the area that a reference such as "A1:C9" means, None where it means none."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        return None
    left, top, right, bottom = found.groups()
    return Area(int(top), column_of(left), int(bottom or top), column_of(right or left), header)


def column_of(letters: str) -> int:
    """Return the number of a column, from 1, by its letters."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def letters_of(column: int) -> str:
    """Return the letters of a column by its number, from 1."""
    letters = ""
    while column:
        column, place = divmod(column - 1, 26)
        letters = chr(ord("A") + place) + letters
    return letters


@final
class WorksheetReader:
    """Reads a worksheet into a sheet; `footing` is what is printed above and below every page."""

    def __init__(self, sheet: Sheet, values: Values, room: Room) -> None:
        """Read into `sheet` what refers to `values`."""
        self._sheet = sheet
        self._values = values
        self._room = room
        self._columns: dict[str, int] = {}
        self._masters: dict[str, tuple[str, str]] = {}
        self._row = 0
        self._moving = 0
        self.footing: list[str] = []

    def read(self, data: bytes) -> bool:
        """Read the part; return False if it is damaged, and read as far as possible."""
        try:
            for element in streamed(data, "row", "mergeCell", "autoFilter", "oddHeader", "oddFooter", "firstHeader"):
                name = local_name(element)
                if name == "row":
                    self._read_row(element)
                    freed(element)
                elif name == "mergeCell":
                    self._merge(element.get("ref", ""))
                elif name == "autoFilter":
                    self._filter(element)
                elif text := cell_line(_FIELD.sub(" ", element.text or "")):
                    self.footing.append(text)
        except etree.XMLSyntaxError:
            return False
        return True

    def _merge(self, reference: str) -> None:
        area = area_of(reference)
        if area is not None:
            self._sheet.merges.append(area)

    def _filter(self, element: Element) -> None:
        area = area_of(element.get("ref", ""))
        if area is not None:
            self._sheet.filters.append(area)

    def _read_row(self, element: Element) -> None:
        given = element.get("r", "")
        self._row = int(given) if given.isdecimal() else self._row + 1
        cells: dict[int, str] = {}
        column = 0
        taken = 0
        for cell in element:
            reference = cell.get("r")
            column = self._column(reference) if reference else column + 1
            text = self._shown(cell)
            if text:
                cells[column] = text
                taken += len(text) + 1
        if cells:
            self._room.take(taken)
            self._sheet.rows.setdefault(self._row, {}).update(cells)

    def _column(self, reference: str) -> int:
        letters = reference.rstrip("0123456789")
        known = self._columns.get(letters)
        if known is None:
            known = self._columns[letters] = column_of("".join(filter(str.isalpha, letters))[:3])
        return known

    def _shown(self, cell: Element) -> str:
        kind = cell.get("t", "n")
        value = formula = None
        for child in cell:
            tag = child.tag
            if tag.endswith("}v"):
                value = child.text or ""
            elif tag.endswith("}f"):
                formula = child
            elif tag.endswith("}is"):
                return rich_text(child)
        if formula is not None:
            written = self._formula(formula, cell.get("r", ""))
            is_stored = bool(value) or (kind == "str" and value is not None)
            if written and (not is_stored or (self._values.uncomputed and value == "0")):
                return written
        return self._value(kind, value, int(cell.get("s") or 0)) if value else ""

    def _value(self, kind: str, value: str, style: int) -> str:
        if kind == "n":
            return self._values.styles.shown(value, style)
        if kind == "s":
            text = self._values.texts[int(value)] if value.isdecimal() and int(value) < len(self._values.texts) else ""
            return show_text(text, self._values.styles.code(style)) if style else text
        if kind == "b":
            return _TRUTHS.get(value, value)
        if kind == "d":
            return self._date(value, style)
        return unescaped(value)

    def _date(self, value: str, style: int) -> str:
        try:
            moment = datetime.fromisoformat(value.rstrip("Z"))
        except ValueError:
            return cell_line(value)
        styles = self._values.styles
        if shows_date(styles.code(style)):
            return styles.shown(repr(styles.days(moment)), style)
        return cell_line(value).replace("T00:00:00", "").replace("T", " ")

    def _formula(self, element: Element, reference: str) -> str:
        text, group = element.text or "", element.get("si", "")
        if element.get("t") == "shared":
            if text:
                self._masters[group] = (text, reference)
            else:
                text = self._moved(group, reference)
        text = _FUTURE.sub("", text)[:_FORMULA_CHARS]
        return cell_line(f"={text}") if text else ""

    def _moved(self, group: str, reference: str) -> str:
        text, origin = self._masters.get(group, ("", ""))
        self._moving += len(text)
        if not text or not origin or not reference or self._moving > _MOST_MOVED:
            return text
        try:
            return str(Translator(f"={text}", origin).translate_formula(reference))[1:]
        except (TokenizerError, TranslatorError, ValueError):
            return text
