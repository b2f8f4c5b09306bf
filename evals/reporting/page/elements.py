"""HTML and SVG elements, made so that text can only ever be text."""

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from evals.reporting.visible import visible

Child = ET.Element | str | None


def tag(name: str, /, *children: Child, **attributes: str | float) -> ET.Element:
    """Return an element; texts among `children` and attribute values are made visible here and escaped on writing.

    A trailing underscore in an attribute's name is dropped (`class_`), others become hyphens (`stroke_width`).
    """
    element = ET.Element(name, {_attribute(key): visible(str(value)) for key, value in attributes.items()})
    for child in children:
        append(element, child)
    return element


def append(element: ET.Element, child: Child) -> None:
    """Add a child or a text behind what `element` holds already."""
    if child is None:
        return
    if isinstance(child, ET.Element):
        element.append(child)
        return
    text = visible(child, lines=True)
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def table(caption: str, heads: Iterable[str], rows: Iterable[Iterable[Child]], *, class_: str = "") -> ET.Element:
    """Return a table that scrolls by itself on a narrow screen; the first cell of a row is its header."""
    head = tag("thead", tag("tr", *(tag("th", one, scope="col") for one in heads)))
    body = tag("tbody", *(_row(list(cells)) for cells in rows))
    inner = tag("table", tag("caption", caption), head, body, class_=class_)
    return tag("div", inner, class_="scroll", tabindex="0", role="region", aria_label=caption)


def listed(items: Iterable[Child]) -> ET.Element:
    """Return a bulleted list."""
    return tag("ul", *(tag("li", one) for one in items))


def section(title: str, anchor: str, *children: Child) -> ET.Element:
    """Return a section with its heading."""
    return tag("section", tag("h2", title, id=anchor), *children, aria_labelledby=anchor)


def words(*children: Child, class_: str = "") -> ET.Element:
    """Return a paragraph."""
    return tag("p", *children, class_=class_) if class_ else tag("p", *children)


def code(text: str) -> ET.Element:
    """Return a text as code."""
    return tag("code", text)


def _row(cells: list[Child]) -> ET.Element:
    first = cells[:1]
    return tag("tr", *(tag("th", one, scope="row") for one in first), *(_cell(one) for one in cells[1:]))


def _cell(content: Child) -> ET.Element:
    if isinstance(content, ET.Element) and content.tag == "td":
        return content
    return tag("td", content)


def _attribute(name: str) -> str:
    return name.removesuffix("_").replace("_", "-")
