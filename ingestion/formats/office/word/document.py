"""Reading Word documents, with every part that a person sees."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from ingestion.formats.content import Content, Passage, Table, WarningCode
from ingestion.formats.office.drawing import Blocks
from ingestion.formats.office.embedded import EmbeddedFiles, placed
from ingestion.formats.office.namespaces import Element, R, W
from ingestion.formats.office.package import Package, numbered
from ingestion.formats.office.word.fields import Fields
from ingestion.formats.office.word.notes import Notes, labelled
from ingestion.formats.office.word.numbering import ListLabels
from ingestion.formats.office.word.paging import PageCount
from ingestion.formats.office.word.place import Place, Surroundings
from ingestion.formats.office.word.story import Story
from ingestion.formats.office.word.styles import Styles, value
from ingestion.parse.outcome import Limits, ParseFailed

_MAIN: Final = "word/document.xml"
_SAME_PAGE: Final = frozenset({"continuous", "nextColumn"})
_NOTES: Final = ("footnote", "endnote", "comment")


def read_docx(path: Path, limits: Limits) -> Content:
    """Read a Word document as it looks with all changes accepted. Its pages are those that its breaks tell of."""
    with Package(path, _MAIN) as package:
        return _Body(package, EmbeddedFiles(package, path, limits)).content()


class _Body:
    """The main part, with the headers and footers of its sections."""

    def __init__(self, package: Package, files: EmbeddedFiles) -> None:
        self._package = package
        self._root = package.main_root("document")
        if self._root.find(f"{W}body") is None:
            raise ParseFailed("damaged")
        self._sections = [
            one for one in self._root.iter(f"{W}sectPr") if one.getparent().tag in {f"{W}body", f"{W}pPr"}
        ]
        styles = Styles(self._auxiliary("styles"))
        settings = self._auxiliary("settings")
        notes = {kind: Notes(package, kind, settings) for kind in _NOTES}
        labels = ListLabels(self._auxiliary("numbering"), styles)
        self._around = Surroundings(package, styles, labels, notes, files)
        self._place = Place(package.main, Fields(self._root), PageCount(), next(iter(self._sections), None))
        self._parts_read: set[str] = set()
        self._margins_read: set[tuple[str, ...]] = set()

    def content(self) -> Content:
        """Read all."""
        pages = self._place.pages
        story = Story(self._around, self._place, end_section=self._end_section)
        blocks = story.read(self._root)
        for notes in self._around.notes.values():
            for note in notes.unreferenced(self._root):
                blocks += story.note(note)
        package = self._package
        warnings = package.warnings
        if pages.known is None:
            blocks = [placed(block, None) for block in blocks]
            warnings = [replace(warning, page=None) for warning in warnings]
        return Content(blocks, package.title(), pages.known, parts=package.parts, warnings=warnings)

    def _auxiliary(self, kind: str) -> Element | None:
        relation = next(self._package.related(self._package.main, kind), None)
        return None if relation is None else self._package.auxiliary(relation.target)

    def _end_section(self, properties: Element) -> Blocks:
        place = self._place
        blocks = self._margins(properties)
        place.sections += 1
        place.section = self._sections[place.sections] if place.sections < len(self._sections) else None
        if place.section is not None and value(place.section, "type") not in _SAME_PAGE:
            place.pages.break_here()
        return blocks

    def _margins(self, section: Element) -> Blocks:
        """Return the headers and footers of a section that say what none before did."""
        blocks: Blocks = []
        relations = self._package.relations(self._package.main)
        for reference in section.iterchildren(f"{W}headerReference", f"{W}footerReference"):
            kind = reference.tag.removeprefix(W).removesuffix("Reference")
            relation = relations.get(reference.get(f"{R}id", ""))
            if relation is None:
                self._package.warn(WarningCode.PART_UNREAD, kind)
                continue
            if relation.target in self._parts_read:
                continue
            self._parts_read.add(relation.target)
            root = self._package.root(relation.target, numbered(kind, relation.target))
            if root is not None:
                place = Place(relation.target, Fields(root), PageCount(self._place.pages.number))
                found = Story(self._around, place).read(root)
                said = _said(found)
                if said not in self._margins_read:
                    self._margins_read.add(said)
                    blocks += labelled(found, f"{kind.capitalize()}: ")
        return blocks


def _said(blocks: Sequence[Passage | Table]) -> tuple[str, ...]:
    return tuple(
        block.text if isinstance(block, Passage) else str([row.cells for row in block.rows]) for block in blocks
    )
