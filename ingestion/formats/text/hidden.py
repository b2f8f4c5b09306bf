"""Which elements of a web page a person does not see."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

_NEVER: Final = frozenset(
    {"script", "style", "template", "noscript", "head", "meta", "link", "base", "xml", "datalist", "colgroup", "param"}
    | {"source", "track", "audio", "video", "frameset", "annotation-xml"}
)
_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
_PIECE: Final = re.compile(r"[^{}]*[{}]")
_SELECTOR: Final = re.compile(r"([a-zA-Z][\w-]*)?([.#])(-?[A-Za-z_][\w-]*)")
_HIDES: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?![.\d])|mso-hide\s*:\s*all"
    r"|text-indent\s*:\s*-\d{3,}|(?:left|top|right|margin-left)\s*:\s*-(?:9\d\d|\d{4,})"
    r"|clip\s*:\s*rect\(\s*(?:0|1px)[\s,0px1]*\)|clip-path\s*:\s*inset\(\s*(?:50|100)%",
    re.IGNORECASE,
)
_SHOWS: Final = re.compile(r"display\s*:\s*(?!none)[a-z]|visibility\s*:\s*visible", re.IGNORECASE)
_SHEET_CHARS: Final = 1 << 20
_TWICE: Final = frozenset({"katex-html", "mathjax_preview", "mathjax", "mjx-chtml", "mjx-container"})
_ICONS: Final = re.compile(r"\b(material-icons|material-symbols)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Visibility:
    """What the rules of a page's own style sheets hide: classes and ids, each alone or on one kind of element."""

    rules: Mapping[tuple[str, str, str], bool] = field(default_factory=dict)

    def hides(self, element: etree._Element, name: str) -> bool:
        """Whether `element`, called `name`, is not seen with all that is in it."""
        attributes = element.attrib
        if name in _NEVER or not attributes:
            return name in _NEVER or name == "dialog"
        style = attributes.get("style", "")
        return (
            attributes.get("hidden", "until-found").lower() != "until-found"
            or (name == "dialog" and "open" not in attributes)
            or (attributes.get("aria-hidden") == "true" and _is_double(attributes.get("class", "")))
            or _HIDES.search(style) is not None
            or (bool(self.rules) and _SHOWS.search(style) is None and self._ruled_out(element, name))
        )

    def _ruled_out(self, element: etree._Element, name: str) -> bool:
        found = False
        keys = [("#", element.get("id", ""))] + [(".", each) for each in element.get("class", "").split()]
        for kind, word in keys:
            for on in ("", name):
                found = self.rules.get((on, kind, word), found)
        return found


def _is_double(classes: str) -> bool:
    return not _TWICE.isdisjoint(classes.lower().split()) or _ICONS.search(classes) is not None


def visibility_of(root: etree._Element) -> Visibility:
    """Return what the style sheets inside the page at `root` hide."""
    rules: dict[tuple[str, str, str], bool] = {}
    left = _SHEET_CHARS
    for sheet in root.iter("style", "{*}style"):
        text = (sheet.text or "")[:left]
        left -= len(text)
        rules.update(_rules(text))
    return Visibility({key: hidden for key, hidden in rules.items() if hidden})


def _rules(sheet: str) -> Iterator[tuple[tuple[str, str, str], bool]]:
    """Yield what a style sheet says of simple selectors, but not inside rules for one medium only."""
    openings: list[str] = []
    special = 0
    for piece in _PIECE.finditer(_COMMENT.sub("", sheet)):
        if piece.group().endswith("{"):
            openings.append(piece.group()[:-1].rpartition(";")[2].strip())
            special += openings[-1].startswith("@")
        elif openings:
            opening = openings.pop()
            special -= opening.startswith("@")
            if special == 0:
                yield from _declared(opening, piece.group())


def _declared(selectors: str, declarations: str) -> Iterator[tuple[tuple[str, str, str], bool]]:
    hides = _HIDES.search(declarations) is not None
    if not hides and _SHOWS.search(declarations) is None:
        return
    for selector in selectors.split(","):
        simple = _SELECTOR.fullmatch(selector.strip())
        if simple:
            yield ((simple.group(1) or "").lower(), simple.group(2), simple.group(3)), hides
