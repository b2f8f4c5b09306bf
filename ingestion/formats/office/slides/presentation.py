"""Reading PowerPoint files: each slide is a page, with its notes and comments."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ingestion.formats.content import Content, Passage, WarningCode
from ingestion.formats.office.drawing import Blocks, Drawing, paragraphs
from ingestion.formats.office.embedded import EmbeddedFiles
from ingestion.formats.office.namespaces import P14, A, Element, P, R
from ingestion.formats.office.package import Package
from ingestion.formats.office.slides.shapes import SlideShapes
from ingestion.parse.outcome import Limits, ParseFailed

_MAIN: Final = "ppt/presentation.xml"


def read_pptx(path: Path, limits: Limits) -> Content:
    """Read the slides of a presentation in their order, hidden ones too."""
    with Package(path, _MAIN) as package:
        return _Deck(package, EmbeddedFiles(package, path, limits)).content()


class _Deck:
    """The slides, and what they share: sections, authors of comments, layouts."""

    def __init__(self, package: Package, files: EmbeddedFiles) -> None:
        self._package = package
        self._files = files
        self._root = package.main_root("presentation")
        self._shapes = SlideShapes(package)
        self._sections = self._section_starts()
        self._authors = self._comment_authors()

    def content(self) -> Content:
        """Read all."""
        blocks: Blocks = []
        slides = list(self._slides())
        read = 0
        for page, (identifier, part) in enumerate(slides, 1):
            root = self._package.root(part, f"slide {page}", page)
            if identifier in self._sections:
                blocks.append(Passage(f"Section: {self._sections[identifier]}", page=page))
            if root is not None:
                read += 1
                blocks += self._slide(root, part, page)
        if slides and not read:
            raise ParseFailed("damaged")
        package = self._package
        return Content(blocks, package.title(), len(slides) or None, parts=package.parts, warnings=package.warnings)

    def _slides(self) -> Iterator[tuple[str, str]]:
        relations = self._package.relations(self._package.main)
        for each in self._root.iterfind(f"{P}sldIdLst/{P}sldId"):
            relation = relations.get(each.get(f"{R}id", ""))
            yield each.get("id", ""), relation.target if relation else ""

    def _slide(self, root: Element, part: str, page: int) -> Blocks:
        drawing = Drawing(
            self._package, part, page, attached=lambda identifier: self._files.read(part, identifier, page)
        )
        blocks = self._shapes.read(root, drawing)
        if not blocks and next(root.iter(f"{A}blip"), None) is not None:
            self._package.warn(WarningCode.PAGE_WITHOUT_TEXT, page=page)
        return [
            *blocks,
            *self._shapes.read_layout(root, part, page),
            *self._notes(part, page),
            *self._comments(part, page),
        ]

    def _notes(self, part: str, page: int) -> Blocks:
        blocks: Blocks = []
        for relation in self._package.related(part, "notesSlide"):
            root = self._package.root(relation.target, f"notes of slide {page}", page)
            if root is not None:
                blocks += self._shapes.read_notes(root, Drawing(self._package, relation.target, page))
        if blocks and isinstance(blocks[0], Passage):
            blocks[0] = Passage(f"Notes: {blocks[0].text}", page=page)
        return blocks

    def _comments(self, part: str, page: int) -> Iterator[Passage]:
        # Those of newer versions stand in a namespace of their own, with answers in them.
        for relation in self._package.related(part, "comments"):
            root = self._package.root(relation.target, f"comments on slide {page}", page)
            for comment in () if root is None else root.iter("{*}cm", "{*}reply"):
                body = comment.find("{*}txBody")
                said = comment.findtext("{*}text") or "" if body is None else "\n".join(paragraphs(body))
                author = self._authors.get(comment.get("authorId", ""), "")
                if said.strip():
                    yield Passage(f"Comment by {author}: {said}" if author else f"Comment: {said}", page=page)

    def _comment_authors(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for kind in ("commentAuthors", "authors"):
            for relation in self._package.related(self._package.main, kind):
                root = self._package.auxiliary(relation.target)
                each = () if root is None else root.iter("{*}cmAuthor", "{*}author")
                found |= {one.get("id", ""): " ".join(one.get("name", "").split()) for one in each}
        return found

    def _section_starts(self) -> dict[str, str]:
        """Return the names of sections by the slide that each begins with; one that holds all slides says nothing."""
        sections = list(self._root.iter(f"{P14}section"))
        starts = {}
        for section in sections if len(sections) > 1 else ():
            first = section.find(f"{P14}sldIdLst/{P14}sldId")
            name = " ".join(section.get("name", "").split())
            if first is not None and name:
                starts[first.get("id", "")] = name
        return starts
