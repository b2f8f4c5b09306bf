"""What styles of a Word document say about a paragraph: a heading, hidden, numbered."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ingestion.formats.office.namespaces import Element, W

_CHAIN: Final = 20
_LEVELS: Final = 9
# Word itself writes "heading 1" in every language; other programs write what they show.
_HEADING: Final = re.compile(
    r"(heading|title|subtitle|überschrift|titel|untertitel|titre|sous-titre|título|titulo|subtítulo|titolo|sottotitolo"
    r"|kop|rubrik|overskrift|otsikko|nagłówek|nadpis|címsor|заголовок|επικεφαλίδα|başl\u0131k|标题|標題|見出し|표제|제목)"
    r"\s*\d*",
    re.IGNORECASE,
)
_OFF: Final = frozenset({"0", "false", "off"})


@dataclass(frozen=True, slots=True)
class ParagraphStyle:
    """What a style says of paragraphs; `level` is that of its list, None where the list tells it."""

    is_heading: bool = False
    is_hidden: bool | None = None
    is_caption: bool = False
    breaks_page: bool = False
    numbering: str = ""
    level: int | None = None


def is_on(element: Element | None) -> bool:
    """Return whether a property of Word's that is on or off is on; one that is missing is off."""
    return element is not None and element.get(f"{W}val", "1") not in _OFF


def switch(properties: Element | None, name: str) -> bool | None:
    """Return whether a property is on or off; None where nothing is said."""
    found = None if properties is None else properties.find(f"{W}{name}")
    return None if found is None else is_on(found)


def value(properties: Element | None, name: str) -> str:
    """Return the value of a property, which may stand in another (`numPr/w:ilvl`); empty where there is none."""
    found = None if properties is None else properties.find(f"{W}{name}")
    return "" if found is None else str(found.get(f"{W}val", ""))


def whole(text: str) -> int | None:
    """Return a number of a few digits; None for anything else."""
    return int(text) if text.isdecimal() and len(text) < 10 else None  # noqa: PLR2004 - Word's integers have no more


class Styles:
    """The styles of a document, each with what it takes over from those it is based on."""

    def __init__(self, root: Element | None) -> None:
        """Take the first element of the part of styles; None where there is none."""
        each = [] if root is None else root.findall(f"{W}style")
        self._styles = {one.get(f"{W}styleId", ""): one for one in each}
        paragraphs = (one for one in each if one.get(f"{W}type") == "paragraph")
        self._usual = next(
            (one.get(f"{W}styleId", "") for one in paragraphs if one.get(f"{W}default") not in {None, *_OFF}), ""
        )
        self._found: dict[str, ParagraphStyle] = {}

    def style(self, identifier: str) -> ParagraphStyle:
        """Return what a style says; the usual one of paragraphs where none is named."""
        identifier = identifier or self._usual
        if identifier not in self._found:
            self._found[identifier] = self._resolved(identifier)
        return self._found[identifier]

    def header_row(self, identifier: str) -> bool:
        """Return whether a style of tables shows the first row unlike the others."""
        return any(
            part.get(f"{W}type") == "firstRow" and len(part) > 0
            for style in self._chain(identifier)
            for part in style.iterfind(f"{W}tblStylePr")
        )

    def _chain(self, identifier: str) -> Iterator[Element]:
        for _ in range(_CHAIN):
            style = self._styles.get(identifier)
            if style is None:
                return
            yield style
            identifier = value(style, "basedOn")

    def _resolved(self, identifier: str) -> ParagraphStyle:
        chain = list(self._chain(identifier))
        properties = [style.find(f"{W}pPr") for style in chain]
        names = [value(style, "name") for style in chain]
        outline = next(filter(None, (value(each, "outlineLvl") for each in properties)), "")
        is_heading = (whole(outline) or 0) < _LEVELS if outline else any(_HEADING.fullmatch(name) for name in names)
        hidden = (switch(style.find(f"{W}rPr"), "vanish") for style in chain)
        breaks = (switch(each, "pageBreakBefore") for each in properties)
        levels = (whole(value(each, f"numPr/{W}ilvl")) for each in properties)
        return ParagraphStyle(
            is_heading,
            next((each for each in hidden if each is not None), None),
            any(name.lower() == "caption" for name in names),
            next((each for each in breaks if each is not None), False),
            next(filter(None, (value(each, f"numPr/{W}numId") for each in properties)), ""),
            next((each for each in levels if each is not None), None),
        )
