"""The text of one OpenDocument paragraph, and what is anchored in it."""

import re
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final

from ingestion.formats.opendocument.names import DRAW, OFFICE, PRESENTATION, TEXT, Element, whole

_SPACES: Final = re.compile(r"[ \t\r\n]+")
_MOST_SPACES: Final = 200
_ANCHORED: Final = frozenset({f"{TEXT}note", f"{OFFICE}annotation"})
_SKIPPED: Final = frozenset(
    {
        f"{TEXT}ruby-text",
        f"{TEXT}script",
        f"{TEXT}tracked-changes",
        f"{OFFICE}annotation-end",
        f"{OFFICE}binary-data",
        f"{OFFICE}event-listeners",
        f"{OFFICE}forms",
    }
)
PAGE_FIELDS: Final = frozenset({f"{TEXT}page-number", f"{TEXT}page-count", f"{TEXT}sheet-name"})


@dataclass(frozen=True, slots=True)
class Line:
    """The text of a paragraph in parts, the elements anchored in it, and before which of its parts pages end."""

    parts: list[str] = field(default_factory=list)
    anchored: list[Element] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All of the text, as it is written."""
        return "".join(self.parts)

    def page_ends(self) -> list[int]:
        """Return where pages end in the text (offsets)."""
        offsets = [0, *accumulate(map(len, self.parts))]
        return [offsets[place] for place in self.ends]


def line_of(paragraph: Element, skipped: frozenset[str] = frozenset()) -> Line:
    """Return what stands in a paragraph or a heading, without the elements that are `skipped`."""
    line = Line()
    _add(line, paragraph, skipped)
    return line


def plain_text(element: Element) -> str:
    """Return the texts of all paragraphs in `element` on one line, without what is anchored in them."""
    lines = (line_of(each).text for each in element.iter(f"{TEXT}p", f"{TEXT}h"))
    return " ".join(" ".join(lines).split())


def _add(line: Line, element: Element, skipped: frozenset[str]) -> None:
    _add_text(line, element.text)
    for child in element:
        tag = child.tag
        if not isinstance(tag, str):
            pass
        elif tag == f"{TEXT}s":
            line.parts.append(" " * whole(child, f"{TEXT}c", 1, _MOST_SPACES))
        elif tag == f"{TEXT}tab":
            line.parts.append("\t")
        elif tag == f"{TEXT}line-break":
            line.parts.append("\n")
        elif tag == f"{TEXT}soft-page-break":
            line.ends.append(len(line.parts))
        elif tag in _ANCHORED or (tag.startswith(DRAW) and tag != f"{DRAW}a"):
            line.anchored.append(child)
        elif tag == f"{TEXT}number":
            _add(line, child, skipped)
            line.parts.append(" ")
        elif tag not in _SKIPPED and tag not in skipped and not tag.startswith(PRESENTATION):
            _add(line, child, skipped)
        _add_text(line, child.tail)


def _add_text(line: Line, text: str | None) -> None:
    if text:
        clean = _SPACES.sub(" ", text)
        follows_space = not line.parts or line.parts[-1].endswith((" ", "\n"))
        line.parts.append(clean.lstrip(" ") if follows_space else clean)
