"""The numbers and bullets that Word shows before the paragraphs of lists."""

import re
from dataclasses import dataclass
from typing import Final

from ingestion.formats.office.namespaces import Element, W
from ingestion.formats.office.numerals import numeral
from ingestion.formats.office.word.styles import Styles, is_on, switch, value, whole
from ingestion.formats.office.word.symbols import bullet

_LEVELS: Final = 9
_PLACE: Final = re.compile(r"%([1-9])")
_LINKS: Final = 4
_LABEL_CHARS: Final = 100


@dataclass(frozen=True, slots=True)
class _Level:
    form: str = "decimal"
    text: str = ""
    start: int = 1
    font: str = ""
    restarts: bool = True
    digits_only: bool = False
    space: str = " "


class ListLabels:
    """Counts the paragraphs of a document's lists in the order in which they are asked for."""

    def __init__(self, root: Element | None, styles: Styles) -> None:
        """Take the first element of the part of numberings; None where there is none."""
        self._styles = styles
        each = [] if root is None else root.findall(f"{W}num")
        self._lists = {one.get(f"{W}numId", ""): one for one in each}
        kinds = [] if root is None else root.findall(f"{W}abstractNum")
        self._kinds = {one.get(f"{W}abstractNumId", ""): one for one in kinds}
        self._linked = {value(one, "styleLink"): one for one in kinds if value(one, "styleLink")}
        self._levels: dict[str, list[_Level]] = {}
        self._counts: dict[str, list[int | None]] = {}
        self._begun: set[str] = set()

    def label(self, numbering: str, level: int | None, style: str) -> str:
        """Return what stands before the next paragraph of a list, with the space after it; empty without a list.

        A list whose `level` is not said may tie it to the paragraph's style.
        """
        kind = self._kind(numbering)
        if kind is None:
            return ""
        if level is None:
            tied = (one for one in kind.iterfind(f"{W}lvl") if value(one, "pStyle") == style)
            level = next((whole(one.get(f"{W}ilvl", "")) or 0 for one in tied), 0)
        level = min(level, _LEVELS - 1)
        levels = self._shown(numbering, kind)
        return self._text(levels, self._count(numbering, kind, levels, level), level)

    def _kind(self, numbering: str) -> Element | None:
        kind = self._kinds.get(value(self._lists.get(numbering), "abstractNumId"))
        for _ in range(_LINKS):
            link = value(kind, "numStyleLink")
            if not link:
                break
            kind = self._linked.get(link, kind)
        return kind

    def _shown(self, numbering: str, kind: Element) -> list[_Level]:
        if numbering not in self._levels:
            levels = [_Level() for _ in range(_LEVELS)]
            own = self._lists[numbering].findall(f"{W}lvlOverride/{W}lvl")
            for one in (*kind.findall(f"{W}lvl"), *own):
                place = whole(one.get(f"{W}ilvl", ""))
                if place is not None and place < _LEVELS:
                    levels[place] = _level(one)
            self._levels[numbering] = levels
        return self._levels[numbering]

    def _count(self, numbering: str, kind: Element, levels: list[_Level], level: int) -> list[int]:
        counts = self._counts.setdefault(kind.get(f"{W}abstractNumId", ""), [None] * _LEVELS)
        if numbering not in self._begun:
            self._begun.add(numbering)
            for one in self._lists[numbering].iterfind(f"{W}lvlOverride"):
                start, place = whole(value(one, "startOverride")), whole(one.get(f"{W}ilvl", ""))
                if start is not None and place is not None and place < _LEVELS:
                    counts[place] = start - 1
        for place in range(level + 1):
            counts[place] = levels[place].start - (place == level) if counts[place] is None else counts[place]
        counts[level] = (counts[level] or 0) + 1
        for place in range(level + 1, _LEVELS):
            counts[place] = None if levels[place].restarts else counts[place]
        return [count or 0 for count in counts]

    def _text(self, levels: list[_Level], counts: list[int], level: int) -> str:
        shown = levels[level]
        if shown.form == "none" and "%" not in shown.text:
            return f"{shown.text}{shown.space}" if shown.text else ""
        if shown.form == "bullet":
            sign = bullet(shown.text, shown.font)
            return f"{sign}{shown.space}" if sign.strip() else ""

        def number(place: re.Match[str]) -> str:
            of = int(place.group(1)) - 1
            form = levels[of].form
            return "" if form == "none" else numeral("decimal" if shown.digits_only else form, counts[of])

        text = _PLACE.sub(number, shown.text)
        return f"{text}{shown.space}" if text.strip() else ""


def _level(element: Element) -> _Level:
    fonts = element.find(f"{W}rPr/{W}rFonts")
    is_hidden = bool(switch(element.find(f"{W}rPr"), "vanish"))
    start, restart = whole(value(element, "start")), element.find(f"{W}lvlRestart")
    return _Level(
        value(element, "numFmt") or "decimal",
        "" if is_hidden else value(element, "lvlText")[:_LABEL_CHARS],
        1 if start is None else start,
        "" if fonts is None else fonts.get(f"{W}hAnsi") or fonts.get(f"{W}ascii") or "",
        restart is None or restart.get(f"{W}val") != "0",
        is_on(element.find(f"{W}isLgl")),
        "" if value(element, "suff") == "nothing" else " ",
    )
