"""Walking over the content of OpenDocument texts: paragraphs, lists, tables, and what is anchored in them."""

from collections.abc import Iterable, Iterator
from typing import Final, final

from ingestion.chunk import BlockKind
from ingestion.formats.content import Passage, Table, WarningCode
from ingestion.formats.opendocument.archive import Archive
from ingestion.formats.opendocument.grids import table_blocks
from ingestion.formats.opendocument.inline import PAGE_FIELDS, Line, line_of, plain_text
from ingestion.formats.opendocument.names import (
    DC,
    DRAW,
    MATH,
    OFFICE,
    PRESENTATION,
    SVG,
    TABLE,
    TEXT,
    XLINK,
    XML,
    Element,
    whole,
)
from ingestion.formats.opendocument.objects import chart_blocks, formula_text
from ingestion.formats.opendocument.styles import Styles

Blocks = Iterator[Passage | Table]

_SKIPPED: Final = frozenset(
    {
        f"{TEXT}tracked-changes",
        f"{TABLE}tracked-changes",
        f"{OFFICE}forms",
        f"{OFFICE}event-listeners",
        f"{OFFICE}binary-data",
        f"{OFFICE}annotation-end",
        f"{SVG}title",
        f"{SVG}desc",
        f"{DRAW}glue-point",
        f"{DRAW}enhanced-geometry",
        f"{TABLE}table-template",
    }
)
_NOTES: Final = {"footnote": "Footnote", "endnote": "Endnote"}
_MOST_NUMBER: Final = 99_999


@final
class Walker:
    """Walks over one document; `page` is where it is, None in a document without pages."""

    def __init__(self, archive: Archive, styles: Styles, page: int | None = None) -> None:
        """Begin on `page`."""
        self._archive = archive
        self._styles = styles
        self._began = False
        self._numbers: dict[str, tuple[str, int]] = {}
        self._continued: dict[str, int] = {}
        self._waiting: list[Element] = []
        self.page = page

    def blocks(self, container: Iterable[Element]) -> Blocks:
        """Yield the blocks of all that stands in `container`, in order."""
        for child in container:
            yield from self._block(child)

    def running(self, container: Element) -> Blocks:
        """Yield what stands above or below every page, without its number."""
        for paragraph in container.iter(f"{TEXT}p", f"{TEXT}h"):
            text = line_of(paragraph, PAGE_FIELDS).text.strip()
            if any(letter.isalpha() for letter in text):
                yield Passage(text)

    def _block(self, element: Element) -> Blocks:
        tag = element.tag
        if not isinstance(tag, str) or tag in _SKIPPED or tag.endswith("-source"):
            return
        if tag in {f"{TEXT}p", f"{TEXT}h"}:
            yield from self._paragraph(element)
        elif tag == f"{TEXT}list":
            yield from self._list(element, 1, element.get(f"{TEXT}style-name", ""))
        elif tag == f"{TEXT}soft-page-break":
            self._turn()
        elif tag == f"{TABLE}table":
            yield from self._table(element)
        elif tag in {f"{TEXT}note", f"{OFFICE}annotation"} or tag.startswith(DRAW):
            yield from self.anchored(element)
        else:
            yield from self.blocks(element)

    def _turn(self) -> None:
        self.page = None if self.page is None else self.page + 1

    def _paragraph(self, element: Element, label: str = "") -> Blocks:
        if self._began and self._styles.breaks_before(element, f"{TEXT}style-name"):
            self._turn()
        line = line_of(element)
        start = self.page
        breaks: list[tuple[int, int]] = []
        for offset in line.page_ends():
            self._turn()
            if self.page is not None:
                breaks.append((offset + len(label), self.page))
        if line.text.strip():
            yield Passage(label + line.text.rstrip(), self._kind(element, line), start, tuple(breaks))
        self._began = self._began or bool(line.text.strip() or line.anchored)
        for each in line.anchored:
            yield from self.anchored(each)
        if self._styles.breaks_after(element, f"{TEXT}style-name"):
            self._turn()

    def _kind(self, element: Element, line: Line) -> BlockKind:
        if element.tag == f"{TEXT}h" or self._styles.is_title(element):
            return BlockKind.HEADING
        has_lines = "\n" in line.text.strip() or self._styles.is_lines(element)
        return BlockKind.LINES if has_lines else BlockKind.PROSE

    def _list(self, element: Element, level: int, style: str) -> Blocks:
        style = element.get(f"{TEXT}style-name", style)
        count = self._first_number(element, level, style) - 1
        for item in element:
            if item.tag not in {f"{TEXT}list-item", f"{TEXT}list-header"}:
                continue
            label = ""
            if item.tag == f"{TEXT}list-item":
                count = whole(item, f"{TEXT}start-value", count + 1, _MOST_NUMBER)
                label = self._styles.number(style, level, count)
            for child in item:
                if child.tag == f"{TEXT}list":
                    yield from self._list(child, level + 1, style)
                elif child.tag in {f"{TEXT}p", f"{TEXT}h"} and label:
                    has_own = child.find(f"{TEXT}number") is not None
                    yield from self._paragraph(child, "" if has_own else f"{label} ")
                    label = ""
                elif child.tag != f"{TEXT}number":
                    yield from self._block(child)
        self._continued[style] = count
        if element.get(f"{XML}id"):
            self._continued[element.get(f"{XML}id")] = count

    def _first_number(self, element: Element, level: int, style: str) -> int:
        before = element.get(f"{TEXT}continue-list", "")
        if before in self._continued:
            return self._continued[before] + 1
        if element.get(f"{TEXT}continue-numbering") == "true" and style in self._continued:
            return self._continued[style] + 1
        return self._styles.first_number(style, level)

    def _table(self, element: Element) -> Blocks:
        if self._began and self._styles.breaks_before(element, f"{TABLE}style-name"):
            self._turn()
        self._began = True
        outer, self._waiting = self._waiting, []
        yield from table_blocks(element, self._cell, self.page)
        anchored, self._waiting = self._waiting, outer
        for _ in element.iter(f"{TEXT}soft-page-break"):
            self._turn()
        for each in anchored:
            yield from self.anchored(each)

    def _cell(self, cell: Element) -> str:
        # Notes and remarks of a cell follow the table; a nested table, a list or a text box is part of its text.
        parts: list[str] = []
        for block in cell.iter(f"{TEXT}p", f"{TEXT}h"):
            line = line_of(block)
            self._waiting += [each for each in line.anchored if not _is_text_box(each)]
            if not _is_inside_note(block, cell):
                parts.append(line.text)
        return " ".join(" ".join(parts).split())

    def anchored(self, element: Element) -> Blocks:
        """Yield a note, a remark, or a shape with all that is in it."""
        if element.tag == f"{TEXT}note":
            body = element.find(f"{TEXT}note-body")
            called = _NOTES.get(element.get(f"{TEXT}note-class", ""), "Note")
            number = " ".join((element.findtext(f"{TEXT}note-citation") or "").split())
            yield from self._labelled(body, f"{called} {number}".strip())
        elif element.tag == f"{OFFICE}annotation":
            author = " ".join((element.findtext(f"{DC}creator") or "").split())
            yield from self._labelled(element, f"Comment by {author}" if author else "Comment")
        else:
            yield from self._shape(element)

    def _labelled(self, element: Element | None, label: str) -> Blocks:
        text = "" if element is None else plain_text(element)
        if text:
            yield Passage(f"{label}: {text}", page=self.page)

    def _shape(self, element: Element) -> Blocks:
        if element.get(f"{PRESENTATION}placeholder") == "true":
            return
        for child in element:
            tag = child.tag
            if tag in {f"{DRAW}object", f"{DRAW}object-ole"}:
                yield from self._object(child)
            elif isinstance(tag, str):
                yield from self._block(child)
        said = [" ".join((element.findtext(f"{SVG}{name}") or "").split()) for name in ("title", "desc")]
        text = ". ".join(dict.fromkeys(filter(None, said)))
        if text:
            is_picture = element.find(f"{DRAW}image") is not None and element.find(f"{DRAW}object") is None
            yield Passage(f"Picture: {text}" if is_picture else text, page=self.page)

    def _object(self, element: Element) -> Blocks:
        part = element.get(f"{XLINK}href", "").removeprefix("./").strip("/")
        self._archive.parts += 1
        root = next(iter(element.iterchildren(f"{MATH}math", f"{OFFICE}document")), None)
        if root is None and part:
            root = self._archive.root(f"{part}/content.xml") if element.tag == f"{DRAW}object" else None
        if root is None:
            code = WarningCode.PART_UNREAD if element.tag == f"{DRAW}object" else WarningCode.ATTACHMENT_UNREAD
            self._archive.warn(code, part or "object", self.page)
            return
        if root.tag == f"{MATH}math":
            text = formula_text(root)
            if text:
                yield Passage(text, page=self.page)
            return
        for body in root.iterfind(f"{OFFICE}body/*"):
            inner = Walker(self._archive, Styles(root), self.page)
            yield from chart_blocks(body, self.page) if body.tag == f"{OFFICE}chart" else inner.blocks(body)


def _is_text_box(element: Element) -> bool:
    return element.tag.startswith(DRAW) and element.find(f".//{DRAW}object") is None


def _is_inside_note(block: Element, cell: Element) -> bool:
    parent = block.getparent()
    while parent is not None and parent is not cell:
        if parent.tag in {f"{TEXT}note", f"{OFFICE}annotation"}:
            return True
        parent = parent.getparent()
    return False
