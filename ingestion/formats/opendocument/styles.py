"""What OpenDocument styles say about paragraphs and lists: headings, lines, page breaks and numbers."""

from typing import Final, final

from ingestion.formats.office.numerals import numeral
from ingestion.formats.opendocument.names import FO, STYLE, TEXT, Element, whole

_TITLES: Final = frozenset({"Title", "Subtitle"})
_LINES: Final = "Preformatted_20_Text"
_MOST_PARENTS: Final = 20
_MOST_NUMBER: Final = 99_999
_FORMS: Final = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}


@final
class Styles:
    """The styles of a document by their names."""

    def __init__(self, *roots: Element | None) -> None:
        """Take the styles in the parts of a document; of two of one name, the later counts."""
        self._paragraphs: dict[str, Element] = {}
        self._lists: dict[str, Element] = {}
        for root in roots:
            for each in () if root is None else root.iter(f"{STYLE}style", f"{TEXT}list-style"):
                known = self._lists if each.tag == f"{TEXT}list-style" else self._paragraphs
                known[each.get(f"{STYLE}name", "")] = each

    def is_title(self, paragraph: Element) -> bool:
        """Whether a paragraph is the document's title or subtitle."""
        return not _TITLES.isdisjoint(self._names(paragraph))

    def is_lines(self, paragraph: Element) -> bool:
        """Whether the spaces and line ends of a paragraph mean something."""
        return _LINES in self._names(paragraph)

    def breaks_before(self, element: Element, name: str) -> bool:
        """Whether a page begins with an element whose style is the value of its attribute `name`."""
        style = self._paragraphs.get(element.get(name, ""))
        if style is None:
            return False
        return bool(style.get(f"{STYLE}master-page-name")) or self._break(style, "break-before")

    def breaks_after(self, element: Element, name: str) -> bool:
        """Whether a page ends with an element, likewise."""
        style = self._paragraphs.get(element.get(name, ""))
        return style is not None and self._break(style, "break-after")

    def number(self, style: str, level: int, count: int) -> str:
        """Return the number that a list of a style shows before its item `count`; empty where it shows a bullet."""
        found = self._lists.get(style)
        for each in () if found is None else found.iterchildren(f"{TEXT}list-level-style-number"):
            if whole(each, f"{TEXT}level", 0, 99) == level:
                form = each.get(f"{STYLE}num-format", "")
                shown = numeral(_FORMS.get(form, "decimal"), count) if form else ""
                return f"{each.get(f'{STYLE}num-prefix', '')}{shown}{each.get(f'{STYLE}num-suffix', '')}"
        return ""

    def first_number(self, style: str, level: int) -> int:
        """Return with what number a list of a style begins."""
        found = self._lists.get(style)
        for each in () if found is None else found.iterchildren(f"{TEXT}list-level-style-number"):
            if whole(each, f"{TEXT}level", 0, 99) == level:
                return whole(each, f"{TEXT}start-value", 1, _MOST_NUMBER)
        return 1

    def _break(self, style: Element, name: str) -> bool:
        properties = style.find(f"{STYLE}paragraph-properties")
        if properties is None:
            properties = style.find(f"{STYLE}table-properties")
        return properties is not None and properties.get(f"{FO}{name}") == "page"

    def _names(self, paragraph: Element) -> list[str]:
        names: list[str] = []
        name = paragraph.get(f"{TEXT}style-name", "")
        while name and len(names) < _MOST_PARENTS:
            names.append(name)
            style = self._paragraphs.get(name)
            name = "" if style is None else style.get(f"{STYLE}parent-style-name", "")
        return names
