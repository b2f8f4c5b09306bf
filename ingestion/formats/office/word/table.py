"""Tables of Word: the rows and cells that are shown, and which row names the columns."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from ingestion.formats.content import Passage, Table, TableRow
from ingestion.formats.office.namespaces import MC, Element, W, chosen
from ingestion.formats.office.word.styles import is_on, switch, value, whole

if TYPE_CHECKING:  # the two read each other's content
    from ingestion.formats.office.drawing import Blocks
    from ingestion.formats.office.word.story import Story

_MOST_COLUMNS: Final = 1000
_MOST_HEADERS: Final = 4
_NAME_CHARS: Final = 80
_FIRST_ROW: Final = 0x20
_COLUMNS_OF_RECORDS: Final = 3
_NUMBER: Final = re.compile(r"[^\w]*\d[\d\s.,:/%()+-]*\w{0,4}[^\w]*")
_WRAPPERS: Final = frozenset({f"{W}{name}" for name in ("ins", "moveTo", "customXml", "sdtContent")})


@dataclass(frozen=True, slots=True)
class _Row:
    element: Element
    page: int
    cells: "list[Blocks]"

    def texts(self) -> tuple[str, ...]:
        return tuple(map(_line, self.cells))


def read_table(story: "Story", table: Element) -> "Blocks":
    """Return a table, or the blocks in it where it only places text on the page."""
    page = story.place.pages.number
    rows = [_read(story, row) for row in _parts(table, f"{W}tr") if not _is_gone(row.find(f"{W}trPr"))]
    rows = [row for row in rows if any(row.cells)]
    if not rows:
        return []
    page = max(page, rows[0].page)
    properties = table.find(f"{W}tblPr")
    caption, described = (" ".join(value(properties, name).split()) for name in ("tblCaption", "tblDescription"))
    if _is_layout(rows):
        said: Blocks = [Passage(text, page=page) for text in dict.fromkeys((caption, described)) if text]
        return [*said, *(block for row in rows for cell in row.cells for block in cell)]
    size = _header_size(story, properties, rows)
    header = tuple(
        " ".join(filter(None, names)) for names in zip_longest(*(row.texts() for row in rows[:size]), fillvalue="")
    )
    body = [TableRow(row.texts(), row.page) for row in rows[size:]]
    before: Blocks = [Passage(described, page=page)] if described and described != caption else []
    return [*before, Table(body, header, caption or story.caption, page=page)]


def _parts(container: Element, tag: str) -> Iterator[Element]:
    # Rows and cells may stand in content controls, in insertions, in either of two alternatives.
    for child in container:
        if child.tag == tag:
            yield child
        elif child.tag in _WRAPPERS:
            yield from _parts(child, tag)
        elif child.tag == f"{W}sdt":
            properties = child.find(f"{W}sdtPr")
            if properties is None or not is_on(properties.find(f"{W}showingPlcHdr")):
                yield from _parts(child, tag)
        elif child.tag == f"{MC}AlternateContent" and (branch := chosen(child)) is not None:
            yield from _parts(branch, tag)


def _is_gone(properties: Element | None) -> bool:
    return properties is not None and (properties.find(f"{W}del") is not None or bool(switch(properties, "hidden")))


def _read(story: "Story", element: Element) -> _Row:
    pages = story.place.pages
    before = last = pages.mark()
    skipped = whole(value(element.find(f"{W}trPr"), "gridBefore")) or 0
    cells: list[Blocks] = [[] for _ in range(min(skipped, _MOST_COLUMNS))]
    for cell in _parts(element, f"{W}tc"):
        properties = cell.find(f"{W}tcPr")
        if properties is not None and properties.find(f"{W}cellDel") is not None:
            continue
        pages.return_to(before)
        inner = story.inner(in_cell=True)
        cells.append(inner.read(cell))
        last = max(last, pages.mark())
        span = whole(value(properties, "gridSpan")) or 1
        cells += [[] for _ in range(min(span - 1, _MOST_COLUMNS - len(cells)))]
    pages.return_to(last)
    return _Row(element, min((_page(cell[0]) for cell in cells if cell), default=before[0]), cells)


def _page(block: Passage | Table) -> int:
    return block.page or 1


def _line(cell: "Blocks") -> str:
    said = (
        block.text
        if isinstance(block, Passage)
        else " ".join([*block.header, *(text for row in block.rows for text in row.cells)])
        for block in cell
    )
    return " ".join(" ".join(said).split())


def _is_layout(rows: list[_Row]) -> bool:
    filled = [cell for row in rows for cell in row.cells if cell]
    if len(filled) == 1:
        return True
    is_line = len(rows) == 1 or all(sum(map(bool, row.cells)) <= 1 for row in rows)
    return is_line and any(len(cell) > 1 or isinstance(cell[0], Table) for cell in filled)


def _header_size(story: "Story", properties: Element | None, rows: list[_Row]) -> int:
    """Return how many rows name the columns; none of a table of one row or one column."""
    columns = max(len(row.cells) for row in rows)
    if len(rows) == 1 or columns == 1:
        return 0
    marked = 0
    for row in rows[: min(len(rows) - 1, _MOST_HEADERS)]:
        mark = row.element.find(f"{W}trPr/{W}tblHeader")
        if not is_on(mark):
            break
        marked += 1
    if marked:
        return marked
    names, *others = (row.texts() for row in rows)
    if not _are_names(names):
        return 0
    is_told_apart = _styled(story, properties) or _is_bold(rows[0].element, rows[1].element) or _is_shaded(rows)
    return int(is_told_apart or (columns >= _COLUMNS_OF_RECORDS and _names_numbers(names, others)))


def _are_names(names: tuple[str, ...]) -> bool:
    filled = [name for name in names if name]
    is_full = all(names[1:]) and len(filled) > 1
    return is_full and len(set(filled)) == len(filled) and all(len(name) <= _NAME_CHARS for name in filled)


def _names_numbers(names: tuple[str, ...], others: list[tuple[str, ...]]) -> bool:
    # Words above a column of numbers name it.
    if any(map(_NUMBER.fullmatch, names)):
        return False
    columns = zip(*(row for row in others if len(row) == len(names)), strict=True)
    return any(any(column) and all(_NUMBER.fullmatch(text) for text in column if text) for column in columns)


def _styled(story: "Story", properties: Element | None) -> bool:
    look = None if properties is None else properties.find(f"{W}tblLook")
    if look is None:
        return False
    first = look.get(f"{W}firstRow")
    bits = look.get(f"{W}val", "0")
    is_first = first in {"1", "true", "on"} if first else bits.isalnum() and bool(_hex(bits) & _FIRST_ROW)
    return is_first and story.around.styles.header_row(value(properties, "tblStyle"))


def _hex(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError:
        return 0


def _is_bold(first: Element, second: Element) -> bool:
    return _all_bold(first) and not _all_bold(second)


def _all_bold(row: Element) -> bool:
    runs = [run for run in row.iter(f"{W}r") if run.findtext(f"{W}t", "").strip()]
    return bool(runs) and all(is_on(run.find(f"{W}rPr/{W}b")) for run in runs)


def _is_shaded(rows: list[_Row]) -> bool:
    fills = [{_fill(cell) for cell in row.element.iterchildren(f"{W}tc")} for row in rows[:2]]
    return "" not in fills[0] and fills[0].isdisjoint(fills[1])


def _fill(cell: Element) -> str:
    shade = cell.find(f"{W}tcPr/{W}shd")
    color = "" if shade is None else shade.get(f"{W}fill", "")
    return "" if color.lower() in {"auto", "ffffff"} else color
