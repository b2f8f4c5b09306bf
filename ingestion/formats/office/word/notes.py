"""Footnotes, endnotes and comments of a Word document, each to be read once where it is referred to."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ingestion.formats.content import Passage, WarningCode
from ingestion.formats.office.drawing import Blocks
from ingestion.formats.office.namespaces import Element, W
from ingestion.formats.office.numerals import numeral
from ingestion.formats.office.package import Package
from ingestion.formats.office.word.styles import value, whole

_NOT_NOTES: Final = frozenset({"separator", "continuationSeparator", "continuationNotice"})


@dataclass(frozen=True, slots=True)
class Note:
    """A note: its content, its part, and the words before it."""

    element: Element
    part: str
    label: str


class Notes:
    """The notes of a kind: "footnote", "endnote" or "comment"."""

    def __init__(self, package: Package, kind: str, settings: Element | None) -> None:
        """Read the part of the notes; `settings` says how they are numbered."""
        self._package = package
        self._kind = kind
        self._usual = None if settings is None else settings.find(f"{W}{kind}Pr")
        self._left: dict[str, Element] = {}
        self._part = ""
        self._count = 0
        self._scope: tuple[str, int] = ("", 0)
        relation = next(package.related(package.main, f"{kind}s"), None)
        self._is_there = relation is not None
        root = package.root(relation.target, f"{kind}s") if relation else None
        if relation and root is not None:
            self._part = relation.target
            notes = root.iter(f"{W}{kind}")
            self._left = {one.get(f"{W}id", ""): one for one in notes if one.get(f"{W}type") not in _NOT_NOTES}

    def take(self, reference: Element, section: Element | None, place: tuple[int, int]) -> Note | None:
        """Return the note that a reference asks for; None where it was read before, or is missing.

        `place` is the number of the section and of the page: in each of them the numbers may start anew.
        """
        if not self._is_there:
            self._package.warn(WarningCode.PART_UNREAD, f"{self._kind}s")
        own_mark = reference.get(f"{W}customMarkFollows") not in {None, "0", "false"}
        number = "" if own_mark or self._kind == "comment" else self._number(section, place)
        element = self._left.pop(reference.get(f"{W}id", ""), None)
        return None if element is None else Note(element, self._part, self._label(element, number))

    def unreferenced(self, root: Element) -> Iterator[Note]:
        """Yield the notes that nothing under `root` refers to."""
        referred = {one.get(f"{W}id", "") for one in root.iter(f"{W}{self._kind}Reference")}
        for identifier, element in self._left.items():
            if identifier not in referred:
                yield Note(element, self._part, self._label(element, ""))

    def _label(self, element: Element, number: str) -> str:
        if self._kind == "comment":
            author = " ".join(element.get(f"{W}author", "").split())
            return f"Comment by {author}: " if author else "Comment: "
        return f"{self._kind.capitalize()} {number}: " if number else f"{self._kind.capitalize()}: "

    def _number(self, section: Element | None, place: tuple[int, int]) -> str:
        own = None if section is None else section.find(f"{W}{self._kind}Pr")
        form, start, restart = (
            value(own, name) or value(self._usual, name) for name in ("numFmt", "numStart", "numRestart")
        )
        scope = (restart, {"eachSect": place[0], "eachPage": place[1]}.get(restart, 0))
        if scope != self._scope or not self._count:
            self._scope = scope
            self._count = (whole(start) or 1) - 1
        self._count += 1
        return numeral(form or ("lowerRoman" if self._kind == "endnote" else "decimal"), self._count)


def labelled(blocks: Blocks, label: str) -> Blocks:
    """Return blocks of prose with a label before the first."""
    prose: Blocks = [Passage(one.text, page=one.page) if isinstance(one, Passage) else one for one in blocks]
    if prose and isinstance(prose[0], Passage):
        return [Passage(f"{label}{prose[0].text}", page=prose[0].page), *prose[1:]]
    return [Passage(label.rstrip(": ")), *prose] if prose else []
