"""Drawings of Office files: what shapes, pictures, tables, charts and SmartArt say to a reader."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ingestion.formats.content import Passage, Table, TableRow, WarningCode
from ingestion.formats.office.charts import read_chart
from ingestion.formats.office.equations import linear
from ingestion.formats.office.namespaces import A14, DGM, MC, A, Element, M, R, chosen, local_name
from ingestion.formats.office.numerals import numeral
from ingestion.formats.office.package import Package, numbered

Blocks = list[Passage | Table]

_FILE_NAME: Final = re.compile(r"\S*\.(png|jpe?g|gif|bmp|emf|wmf|svg|tiff?|webp)", re.IGNORECASE)
_NOT_CONTENT: Final = frozenset({"slidenum"})
_NUMBERINGS: Final = {
    "alphaLc": "lowerLetter",
    "alphaUc": "upperLetter",
    "romanLc": "lowerRoman",
    "romanUc": "upperRoman",
}
_CONTAINERS: Final = frozenset(
    {"spTree", "grpSp", "wgp", "wpc", "wsDr", "twoCellAnchor", "oneCellAnchor", "absoluteAnchor", "lockedCanvas"}
    | {"relSizeAnchor", "absSizeAnchor", "userShapes", "inline", "anchor", "graphic", "graphicData"}
)
_SHAPES: Final = frozenset({"sp", "wsp", "cxnSp", "pic", "graphicFrame"})


@dataclass(frozen=True, slots=True)
class Drawing:
    """Where drawings stand: in a part of a package, on a page.

    `story` reads the content of a Word text box; `attached` the file that is embedded under an identifier.
    """

    package: Package
    part: str
    page: int | None = None
    story: Callable[[Element], Blocks] | None = None
    attached: Callable[[str], Blocks] | None = None

    def read(self, element: Element) -> Blocks:
        """Return the blocks of a shape, or of all shapes in a container such as a sheet's drawing, in their order."""
        name = local_name(element)
        if name == "AlternateContent":
            branch = chosen(element)
            return [] if branch is None else self._all(branch)
        if name in _CONTAINERS:
            return [] if is_hidden(element) else self._described(element, self._all(element))
        if name in _SHAPES:
            return [] if is_hidden(element) else self._described(element, self._content(element))
        return self._graphic(element)

    def _all(self, container: Element) -> Blocks:
        return [block for each in container for block in self.read(each)]

    def _described(self, shape: Element, inside: Blocks) -> Blocks:
        text = description(shape)
        if not text:
            return inside
        is_picture = local_name(shape) == "pic" or shape.find(".//{*}pic") is not None
        passage = Passage(f"Picture: {text}" if is_picture else text, page=self.page)
        return [passage, *(block for block in inside if block != passage)]

    def _content(self, shape: Element) -> Blocks:
        blocks: Blocks = []
        for child in shape:
            name = local_name(child)
            if name == "txBody":
                blocks += self.passages(child)
            elif name == "txbx" and self.story:
                blocks += [block for content in child for block in self.story(content)]
            elif name == "graphic":
                blocks += self._all(child)
        return blocks

    def _graphic(self, element: Element) -> Blocks:
        name, identifier = local_name(element), element.get(f"{R}id", "")
        if name == "chart":
            return self._chart(identifier)
        if name == "relIds" and element.tag.startswith(DGM):
            return self._diagram(element.get(f"{R}dm", ""))
        if name == "oleObj":
            picture = [block for each in element.iterchildren("{*}pic") for block in self.read(each)]
            return [*(self.attached(identifier) if self.attached and identifier else ()), *picture]
        if element.tag == f"{A}tbl":
            return [table] if (table := self.table(element)) else []
        return []

    def passages(self, body: Element) -> Blocks:
        """Return the paragraphs of a text body."""
        return [Passage(text, page=self.page) for text in paragraphs(body)]

    def table(self, element: Element) -> Table | None:
        """Return a table of DrawingML; its first row names the columns where it is told apart."""
        rows = [_cells(row) for row in element.iterchildren(f"{A}tr")]
        rows = [row for row in rows if any(row)]
        if not rows:
            return None
        properties = element.find(f"{A}tblPr")
        first = properties is not None and properties.get("firstRow") in {"1", "true"}
        header = rows.pop(0) if first and len(rows) > 1 and len(rows[0]) > 1 else ()
        return Table([TableRow(row, self.page) for row in rows], header, page=self.page)

    def _chart(self, identifier: str) -> Blocks:
        relation = self.package.relations(self.part).get(identifier)
        if relation is None or relation.external:
            self.package.warn(WarningCode.PART_UNREAD, "chart", self.page)
            return []
        blocks = read_chart(self.package, relation.target, self.page)
        for shapes in self.package.related(relation.target, "chartUserShapes"):
            root = self.package.root(shapes.target, numbered("drawing", shapes.target), self.page)
            blocks += [] if root is None else Drawing(self.package, shapes.target, self.page).read(root)
        return blocks

    def _diagram(self, identifier: str) -> Blocks:
        relation = self.package.relations(self.part).get(identifier)
        part = relation.target if relation else ""
        root = self.package.root(part, numbered("SmartArt", part), self.page)
        return [] if root is None else [Passage(text, page=self.page) for text in _nodes(root)]


def is_hidden(shape: Element) -> bool:
    """Return whether a shape was made invisible."""
    properties = _properties(shape)
    return properties is not None and properties.get("hidden") in {"1", "true"}


def description(shape: Element) -> str:
    """Return the alternative text of a shape, its title first; empty where it has none but a file's name."""
    properties = _properties(shape)
    if properties is None:
        return ""
    said = (spoken(properties.get(name, "")) for name in ("title", "descr"))
    return ". ".join(dict.fromkeys(filter(None, said)))


def spoken(text: str) -> str:
    """Return an alternative text on one line; empty if it is but a file's name."""
    line = " ".join(text.split())
    return "" if _FILE_NAME.fullmatch(line) else line


def _properties(shape: Element) -> Element | None:
    for child in shape:
        name = local_name(child)
        if name in {"cNvPr", "docPr"}:
            return child
        if name.startswith("nv") and name.endswith("Pr"):
            return child.find("{*}cNvPr")
    return None


def paragraphs(body: Element) -> list[str]:
    """Return the paragraphs of a text body that say something, numbered ones with their numbers."""
    found = []
    count: dict[int, int] = {}
    for paragraph in body.iterchildren(f"{A}p"):
        text = _runs(paragraph).strip()
        if not text:
            continue
        properties = paragraph.find(f"{A}pPr")
        level = _whole(properties, "lvl")
        numbering = None if properties is None else properties.find(f"{A}buAutoNum")
        count = {each: number for each, number in count.items() if each < level + (numbering is not None)}
        if numbering is not None:
            count[level] = count.get(level, _whole(numbering, "startAt", 1) - 1) + 1
            text = f"{_label(numbering.get('type', ''), count[level])} {text}"
        found.append(text)
    return found


def _whole(element: Element | None, name: str, usual: int = 0) -> int:
    text = "" if element is None else element.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 6 else usual  # noqa: PLR2004 - no list counts further


def _label(kind: str, number: int) -> str:
    form = next((form for start, form in _NUMBERINGS.items() if kind.startswith(start)), "decimal")
    sign = numeral(form, number)
    if kind.endswith("ParenBoth"):
        return f"({sign})"
    return f"{sign})" if kind.endswith("ParenR") else sign if kind.endswith("Plain") else f"{sign}."


def _runs(paragraph: Element) -> str:
    text = ""
    for child in paragraph:
        name = local_name(child)
        if name == "r" or (name == "fld" and child.get("type") not in _NOT_CONTENT):
            text += "".join(each.text or "" for each in child.iterchildren(f"{A}t"))
        elif name == "br":
            text += "\n"
        elif name == "tab":
            text += "\t"
        elif child.tag == f"{A14}m" or (isinstance(child.tag, str) and child.tag.startswith(M)):
            text += linear(child)
        elif child.tag == f"{MC}AlternateContent" and (branch := chosen(child)) is not None:
            text += _runs(branch)
    return text


def _cells(row: Element) -> tuple[str, ...]:
    # What a merged cell covers is there as a cell of its own, and empty.
    cells = []
    for cell in row.iterchildren(f"{A}tc"):
        body = cell.find(f"{A}txBody")
        cells.append("" if body is None else " ".join(" ".join(paragraphs(body)).split()))
    return tuple(cells)


def _nodes(root: Element) -> list[str]:
    # The points of a SmartArt in the order of its tree; those nobody filled in show a text of the program's.
    points = {point.get("modelId", ""): point for point in root.iter(f"{DGM}pt")}
    children: dict[str, list[tuple[int, str]]] = {}
    for each in root.iter(f"{DGM}cxn"):
        if each.get("type", "parOf") == "parOf":
            children.setdefault(each.get("srcId", ""), []).append((_whole(each, "srcOrd"), each.get("destId", "")))
    waiting = [identifier for identifier, point in points.items() if point.get("type") == "doc"]
    order: dict[str, None] = {}
    while waiting:
        identifier = waiting.pop()
        if identifier in points and identifier not in order:
            order[identifier] = None
            waiting += [child for _, child in sorted(children.get(identifier, ()), reverse=True)]
    return [text for identifier in dict.fromkeys((*order, *points)) for text in _point(points[identifier])]


def _point(point: Element) -> list[str]:
    properties = point.find(f"{DGM}prSet")
    if properties is not None and properties.get("phldr") in {"1", "true"}:
        return []
    body = point.find(f"{DGM}t")
    return [] if body is None else paragraphs(body)
