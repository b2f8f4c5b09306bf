"""The shapes of slides: titles first, the others in reading order, and what layouts show on every slide once."""

from collections.abc import Iterator
from typing import Final

from ingestion.chunk import BlockKind
from ingestion.formats.content import Passage
from ingestion.formats.office.drawing import Blocks, Drawing, paragraphs
from ingestion.formats.office.namespaces import MC, A, Element, P, chosen
from ingestion.formats.office.package import Package, numbered
from ingestion.formats.office.slides.reading_order import Box, reading_order

_TITLES: Final = frozenset({"title", "ctrTitle"})
_RUNNING: Final = frozenset({"ftr", "dt", "hdr"})
_NOT_CONTENT: Final = frozenset({"sldNum", "sldImg"})
_USUAL_TYPES: Final = {"ctrTitle": "title", "subTitle": "body", "obj": "body", "": "body"}
_TRUE: Final = frozenset({"1", "true", None})
_HEADING_CHARS: Final = 150

_Boxes = dict[str, Box]


class SlideShapes:
    """Reads shapes; what stands on many slides alike, such as a footer, is read once."""

    def __init__(self, package: Package) -> None:
        """Take the package of the slides."""
        self._package = package
        self._said: set[str] = set()
        self._layouts: dict[str, tuple[Element | None, _Boxes]] = {}
        self._read: set[str] = set()

    def read(self, root: Element, drawing: Drawing) -> Blocks:
        """Return what is on a slide, its title first."""
        shapes = list(_shapes(root.find(f"{P}cSld/{P}spTree")))
        inherited = self._inherited(drawing.part)
        titles = [shape for shape in shapes if _type(shape) in _TITLES]
        others = [shape for shape in shapes if _type(shape) not in _TITLES]
        said = [(shape, found) for shape in others if (found := self._shape(shape, drawing))]
        order = reading_order([_box(shape, inherited) for shape, _ in said])
        blocks: Blocks = []
        for title in titles:
            body = title.find(f"{P}txBody")
            text = "" if body is None else " ".join(" ".join(paragraphs(body)).split())
            if text:
                kind = BlockKind.HEADING if len(text) <= _HEADING_CHARS else BlockKind.PROSE
                blocks.append(Passage(text, kind, drawing.page))
        return [*blocks, *(block for place in order for block in said[place][1])]

    def read_notes(self, root: Element, drawing: Drawing) -> Blocks:
        """Return what is on a page of notes, but for the slide and the numbers on it."""
        shapes = _shapes(root.find(f"{P}cSld/{P}spTree"))
        return [block for shape in shapes for block in self._shape(shape, drawing)]

    def read_layout(self, root: Element, part: str, page: int) -> Blocks:
        """Return what the layout and the master of a slide show on it of their own, the first time only."""
        blocks: Blocks = []
        for kind in ("slideLayout", "slideMaster"):
            part = next((one.target for one in self._package.related(part, kind)), "")
            if not part or root.get("showMasterSp") not in _TRUE:
                break
            above = self._layout(part)[0]
            if above is None:
                break
            if part not in self._read:
                self._read.add(part)
                drawing = Drawing(self._package, part, page)
                shapes = (shape for shape in _shapes(above.find(f"{P}cSld/{P}spTree")) if _placeholder(shape) is None)
                blocks += [block for shape in shapes for block in self._once(drawing.read(shape))]
            root = above
        return blocks

    def _shape(self, shape: Element, drawing: Drawing) -> Blocks:
        kind = _type(shape)
        if kind in _NOT_CONTENT:
            return []
        blocks = drawing.read(shape)
        return self._once(blocks) if kind in _RUNNING else blocks

    def _once(self, blocks: Blocks) -> Blocks:
        said = "\n".join(block.text for block in blocks if isinstance(block, Passage))
        if said in self._said:
            return []
        self._said.add(said)
        return blocks

    def _layout(self, part: str) -> tuple[Element | None, _Boxes]:
        if part not in self._layouts:
            kind = "slide master" if "master" in part.lower() else "slide layout"
            root = self._package.root(part, numbered(kind, part))
            boxes: _Boxes = {}
            for shape in () if root is None else _shapes(root.find(f"{P}cSld/{P}spTree")):
                box = _own_box(shape)
                if box is not None and _placeholder(shape) is not None:
                    boxes |= dict.fromkeys(_names(shape), box)
            self._layouts[part] = root, boxes
        return self._layouts[part]

    def _inherited(self, slide: str) -> list[_Boxes]:
        found = []
        part = slide
        for kind in ("slideLayout", "slideMaster"):
            part = next((one.target for one in self._package.related(part, kind)), "")
            if part:
                found.append(self._layout(part)[1])
        return found


def _shapes(tree: Element | None) -> Iterator[Element]:
    for child in () if tree is None else tree:
        branch = chosen(child) if child.tag == f"{MC}AlternateContent" else None
        yield from (child,) if branch is None else branch


def _placeholder(shape: Element) -> Element | None:
    return shape.find(f"*/{P}nvPr/{P}ph")


def _type(shape: Element) -> str | None:
    placeholder = _placeholder(shape)
    return None if placeholder is None else str(placeholder.get("type", ""))


def _names(shape: Element) -> list[str]:
    # A placeholder takes its place from the one with its index, or else from that of its type.
    placeholder = _placeholder(shape)
    if placeholder is None:
        return []
    kind = placeholder.get("type", "")
    return [f"#{placeholder.get('idx', '0')}", _USUAL_TYPES.get(kind, kind)]


def _box(shape: Element, inherited: list[_Boxes]) -> Box | None:
    own = _own_box(shape)
    if own is not None:
        return own
    return next((boxes[name] for boxes in inherited for name in _names(shape) if name in boxes), None)


def _own_box(shape: Element) -> Box | None:
    place = shape.find(f"{P}spPr/{A}xfrm")
    for other in (f"{P}grpSpPr/{A}xfrm", f"{P}xfrm"):
        place = shape.find(other) if place is None else place
    offset = None if place is None else place.find(f"{A}off")
    size = None if place is None else place.find(f"{A}ext")
    if offset is None or size is None:
        return None
    try:
        left, top = int(offset.get("x", "")), int(offset.get("y", ""))
        return Box(left, top, left + int(size.get("cx", "")), top + int(size.get("cy", "")))
    except ValueError:
        return None
