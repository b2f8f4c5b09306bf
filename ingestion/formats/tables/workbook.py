"""Reading XLSX workbooks: every sheet by its name, its cells as it shows them, and what is drawn and noted on it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ingestion.chunk import BlockKind
from ingestion.formats.content import Content, Passage, Table, WarningCode
from ingestion.formats.office.drawing import Drawing
from ingestion.formats.office.namespaces import Element, R
from ingestion.formats.office.package import Package, numbered
from ingestion.formats.tables.notes import read_remarks
from ingestion.formats.tables.sheets import Room, Sheet, blocks_of
from ingestion.formats.tables.spans import Area
from ingestion.formats.tables.styles import CellStyles, shared_texts
from ingestion.formats.tables.worksheet import Values, WorksheetReader, area_of
from ingestion.parse.outcome import Limits, ParseFailed

_TRUE: Final = frozenset({"1", "true", "on"})
_MOST_TABLES: Final = 500


@dataclass(frozen=True, slots=True)
class _Place:
    name: str
    part: str
    page: int


def read_workbook(path: Path, limits: Limits) -> Content:
    """Read a workbook in Office Open XML, a page for each of its sheets. Raises ParseFailed when none can be read."""
    with Package(path, "xl/workbook.xml") as package:
        root = package.main_root("workbook")
        places = list(_places(package, root))
        if not places:
            raise ParseFailed("damaged")
        values = _values(package, root)
        room = Room(limits)
        blocks: list[Passage | Table] = []
        for place in places:
            blocks += _sheet_blocks(package, place, values, room)
        if not blocks and package.warnings:
            raise ParseFailed("damaged")
        return Content(
            blocks, package.title(), len(places), headings=False, parts=package.parts, warnings=package.warnings
        )


def _places(package: Package, root: Element) -> Iterator[_Place]:
    relations = package.relations(package.main)
    for page, sheet in enumerate(root.iter("{*}sheet"), start=1):
        relation = relations.get(sheet.get(f"{R}id", ""))
        name = " ".join(sheet.get("name", "").split()) or f"Sheet {page}"
        yield _Place(name, f"xl/worksheets/sheet{page}.xml" if relation is None else relation.target, page)


def _values(package: Package, root: Element) -> Values:
    properties = root.find("{*}workbookPr")
    since_1904 = properties is not None and properties.get("date1904") in _TRUE
    styles = next((package.root(each.target, "styles") for each in package.related(package.main, "styles")), None)
    texts: list[str] = []
    for relation in package.related(package.main, "sharedStrings"):
        package.parts += 1
        data = package.data(relation.target)
        texts, is_whole = shared_texts(data) if data else ([], False)
        if not is_whole:
            package.warn(WarningCode.PART_UNREAD, "shared texts")
    calculation = root.find("{*}calcPr")
    uncomputed = calculation is not None and calculation.get("fullCalcOnLoad") in _TRUE
    return Values(texts, CellStyles(styles, since_1904=since_1904), uncomputed)


def _sheet_blocks(package: Package, place: _Place, values: Values, room: Room) -> list[Passage | Table]:
    sheet = Sheet(place.name)
    package.parts += 1
    data = package.data(place.part)
    reader = WorksheetReader(sheet, values, room)
    if not data or not reader.read(data):
        package.warn(WarningCode.PART_UNREAD, place.name, place.page)
    sheet.known.extend(_tables(package, place))
    sheet.remarks.update(read_remarks(package, place.part, place.page))
    sheet.others.extend(_drawn(package, place))
    sheet.others.extend(Passage(text, page=place.page) for text in dict.fromkeys(reader.footing))
    _warn_of_attached(package, place)
    blocks = list(blocks_of(sheet, place.page, room))
    if blocks and not any(isinstance(block, Table) and block.sheet for block in blocks):
        blocks.insert(0, Passage(place.name, BlockKind.HEADING, place.page))
    return blocks


def _tables(package: Package, place: _Place) -> list[Area]:
    areas = []
    for relation in [*package.related(place.part, "table")][:_MOST_TABLES]:
        root = package.root(relation.target, numbered("table", relation.target), place.page)
        if root is None:
            continue
        header = 0 if root.get("headerRowCount") == "0" else 1
        area = area_of(root.get("ref", ""), header)
        if area is not None:
            areas.append(area)
    return areas


def _drawn(package: Package, place: _Place) -> Iterator[Passage | Table]:
    for relation in package.related(place.part, "drawing"):
        root = package.root(relation.target, numbered("drawing", relation.target), place.page)
        if root is not None:
            for block in Drawing(package, relation.target, place.page).read(root):
                yield replace(block, sheet=place.name) if isinstance(block, Table) else block


def _warn_of_attached(package: Package, place: _Place) -> None:
    for kind in ("package", "oleObject"):
        for relation in package.related(place.part, kind):
            package.parts += 1
            package.warn(WarningCode.ATTACHMENT_UNREAD, relation.target.rpartition("/")[2], place.page)
