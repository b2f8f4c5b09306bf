"""The text of a part of a Word document in reading order: paragraphs, tables, and what is anchored in them."""

import posixpath
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from ingestion.formats.content import Passage, WarningCode
from ingestion.formats.office.drawing import Blocks, Drawing
from ingestion.formats.office.equations import linear
from ingestion.formats.office.namespaces import MC, Element, M, R, W, chosen
from ingestion.formats.office.word.fields import Fields, form_control
from ingestion.formats.office.word.legacy_drawing import LegacyDrawing
from ingestion.formats.office.word.notes import Note, labelled
from ingestion.formats.office.word.paging import PageCount
from ingestion.formats.office.word.paragraph import ParagraphText
from ingestion.formats.office.word.place import Place, Surroundings
from ingestion.formats.office.word.styles import ParagraphStyle, is_on, switch, value, whole
from ingestion.formats.office.word.symbols import readable, symbol
from ingestion.formats.office.word.table import read_table

_PRIVATE_FROM: Final = "\uf020"
_REVISED: Final = ("del", "moveFrom")


class Story:
    """Reads a part, a cell or a text box. `end_section` takes the properties at the end of each section of a body."""

    def __init__(
        self,
        around: Surroundings,
        place: Place,
        notes: Blocks | None = None,
        end_section: Callable[[Element], Blocks] | None = None,
    ) -> None:
        """Begin at `place`; `notes` gathers those of a cell, which stand below its table."""
        self.blocks: Blocks = []
        self.around = around
        self.place = place
        self._end_section = end_section
        self._notes: Blocks = [] if notes is None else notes
        self._keeps_notes = notes is None
        self._text = ParagraphText(place.pages)
        self._anchored: Blocks = []
        self._style = ParagraphStyle()
        self._captions = 0

    def read(self, container: Element) -> Blocks:
        """Return the blocks in `container`."""
        self.walk(container)
        self.end_paragraph(None)
        return self.blocks

    def inner(self, *, in_cell: bool) -> "Story":
        """Return a story inside this one; the notes of cells stand below their table."""
        return Story(self.around, self.place, self._notes if in_cell else None)

    @property
    def caption(self) -> str:
        """What the last block says if it is a caption."""
        last = self.blocks[-1] if self.blocks and self._captions == len(self.blocks) else None
        return last.text if isinstance(last, Passage) else ""

    def walk(self, container: Iterable[Element]) -> None:
        """Read what is in `container`, of whatever kind."""
        for child in container:
            handle = _HANDLERS.get(child.tag)
            if handle is not None:
                handle(self, child)

    def end_paragraph(self, properties: Element | None, style: str = "") -> None:
        """Make a block of what was read, and put below it what is anchored in it."""
        label = self._label(properties, style)
        outline = whole(value(properties, "outlineLvl"))
        heading = self._style.is_heading if outline is None else outline < 9  # noqa: PLR2004 - the level of a text body
        passage = self._text.passage(label, heading=heading)
        if passage is not None:
            self.blocks.append(passage)
            self._captions = len(self.blocks) if self._style.is_caption else 0
        self._text = ParagraphText(self.place.pages)
        self.blocks += self._anchored
        self._anchored = []
        self.end_block()

    def end_block(self) -> None:
        """Put the notes below what refers to them."""
        if self._keeps_notes:
            self.blocks += self._notes
            self._notes.clear()

    def write(self, text: str) -> None:
        """Add text to the paragraph, if it stands in no instruction of a field."""
        if not self.place.fields.hide:
            self._text.add(text)

    def _label(self, properties: Element | None, style: str) -> str:
        if properties is None and not self._style.numbering:
            return ""
        own = value(properties, f"numPr/{W}numId")
        level = whole(value(properties, f"numPr/{W}ilvl"))
        return self.around.labels.label(
            own or self._style.numbering, self._style.level if level is None else level, style
        )

    def paragraph(self, paragraph: Element) -> None:
        """Read a paragraph; where its mark is deleted, the next one continues it."""
        properties = paragraph.find(f"{W}pPr")
        style = value(properties, "pStyle")
        self._style = self.around.styles.style(style)
        before = switch(properties, "pageBreakBefore")
        if self._style.breaks_page if before is None else before:
            self.place.pages.break_before()
        self.walk(paragraph)
        if properties is None:
            self.end_paragraph(None, style)
            return
        mark = properties.find(f"{W}rPr")
        is_joined = mark is not None and (
            any(mark.find(f"{W}{name}") is not None for name in _REVISED) or bool(switch(mark, "vanish"))
        )
        if not is_joined:
            self.end_paragraph(properties, style)
        section = properties.find(f"{W}sectPr")
        if section is not None:
            self.section(section)

    def section(self, properties: Element) -> None:
        """End a section."""
        if self._end_section is not None:
            self.end_paragraph(None)
            self.blocks += self._end_section(properties)

    def run(self, run: Element) -> None:
        """Read a run; of a hidden one only the marks of pages and fields."""
        properties = run.find(f"{W}rPr")
        if self._is_hidden(properties):
            self.walk(child for child in run if child.tag in _MARKS)
            return
        for child in run:
            if child.tag == _TEXT:
                text = child.text or ""
                if any(letter >= _PRIVATE_FROM for letter in text):
                    text = readable(text, _font(properties))
                self.write(text)
            else:
                handle = _HANDLERS.get(child.tag)
                if handle is not None:
                    handle(self, child)

    def _is_hidden(self, properties: Element | None) -> bool:
        hidden = switch(properties, "vanish")
        if hidden is None and (style := value(properties, "rStyle")):
            hidden = self.around.styles.style(style).is_hidden
        return bool(self._style.is_hidden if hidden is None else hidden)

    def table(self, table: Element) -> None:
        """Read a table; the notes in it stand below it."""
        self.end_paragraph(None)
        self.blocks += read_table(self, table)
        self.end_block()

    def control(self, control: Element) -> None:
        """Read a content control, unless it shows the text that asks for some."""
        properties = control.find(f"{W}sdtPr")
        if properties is None or not is_on(properties.find(f"{W}showingPlcHdr")):
            self.walk(control.iterchildren(f"{W}sdtContent"))

    def alternatives(self, element: Element) -> None:
        """Read the one of several drawings of the same that is shown."""
        branch = chosen(element)
        self.walk(() if branch is None else branch)

    def equation(self, element: Element) -> None:
        """Write an equation as a line."""
        self.write(linear(element))

    def symbol(self, element: Element) -> None:
        """Write a letter of a font of symbols."""
        self.write(symbol(element.get(f"{W}font", ""), element.get(f"{W}char", "")))

    def line_end(self, element: Element) -> None:
        """End a line or a page."""
        if element.get(f"{W}type") == "page":
            self.write(" ")
            self.place.pages.break_here()
        else:
            self.write("\n")

    def drawing(self, element: Element) -> None:
        """Read shapes and pictures, to stand below the paragraph."""
        if not self.place.fields.hide:
            part, pages = self.place.part, self.place.pages
            pages.write("", begins=True)
            reader = Drawing(self.around.package, part, pages.number, self._box, self._embedded)
            self._anchored += [block for child in element for block in reader.read(child)]

    def legacy_drawing(self, element: Element) -> None:
        """Read shapes as older versions of Word write them, and embedded files."""
        if not self.place.fields.hide:
            self.place.pages.write("", begins=True)
            reader = LegacyDrawing(self.place.pages.number, self._box, self._embedded)
            self._anchored += reader.read(element)

    def _box(self, content: Element) -> Blocks:
        return self.inner(in_cell=False).read(content)

    def _embedded(self, identifier: str, *, named: bool = True) -> Blocks:
        return self.around.files.read(self.place.part, identifier, self.place.pages.number, named=named)

    def foreign_text(self, element: Element) -> None:
        """Read a file of another format that stands for a part of the text."""
        self.end_paragraph(None)
        self.blocks += self._embedded(element.get(f"{R}id", ""), named=False)

    def reference(self, element: Element) -> None:
        """Read the note that is referred to."""
        kind = element.tag.removeprefix(W).removesuffix("Reference")
        place = self.place
        note = self.around.notes[kind].take(element, place.section, (place.sections, place.pages.number))
        if note is not None:
            self._notes += self.note(note)

    def note(self, note: Note) -> Blocks:
        """Return what a note says, below its label."""
        place = Place(note.part, Fields(note.element), PageCount(self.place.pages.number))
        return labelled(Story(self.around, place).read(note.element), note.label)


def _font(properties: Element | None) -> str:
    fonts = None if properties is None else properties.find(f"{W}rFonts")
    return "" if fonts is None else str(fonts.get(f"{W}hAnsi") or fonts.get(f"{W}ascii") or "")


def _writes(text: str) -> Callable[[Story, Element], None]:
    return lambda story, _: story.write(text)


def _inside(story: Story, element: Element) -> None:
    story.walk(element)


def _page_end(story: Story, _: Element) -> None:
    story.place.pages.drawn_break()


def _field(story: Story, element: Element) -> None:
    story.write(form_control(element))
    story.place.fields.follow(element)


def _subdocument(story: Story, element: Element) -> None:
    relation = story.around.package.relations(story.place.part).get(element.get(f"{R}id", ""))
    name = posixpath.basename(relation.target) if relation else ""
    story.around.package.warn(WarningCode.PART_UNREAD, name or "subdocument")


def _ruby(story: Story, element: Element) -> None:
    # The reading of a word is written above it; here it follows in brackets.
    base, reading = element.find(f"{W}rubyBase"), element.find(f"{W}rt")
    story.walk(() if base is None else base)
    if reading is not None and "".join(reading.itertext()).strip():
        story.write("(")
        story.walk(reading)
        story.write(")")


_TEXT: Final = f"{W}t"
_MARKS: Final = frozenset({f"{W}fldChar", f"{W}lastRenderedPageBreak"})
_HANDLERS: Final[Mapping[str, Callable[[Story, Element], None]]] = {
    f"{W}p": Story.paragraph,
    f"{W}r": Story.run,
    f"{W}tbl": Story.table,
    f"{W}sdt": Story.control,
    **{f"{W}{name}": _inside for name in ("ins", "moveTo", "hyperlink", "smartTag", "customXml", "fldSimple", "dir")},
    **{f"{W}{name}": _inside for name in ("body", "bdo", "sdtContent", "txbxContent")},
    f"{MC}AlternateContent": Story.alternatives,
    f"{M}oMath": Story.equation,
    f"{M}oMathPara": Story.equation,
    f"{W}t": lambda story, element: story.write(element.text or ""),
    f"{W}tab": _writes("\t"),
    f"{W}ptab": _writes("\t"),
    f"{W}cr": _writes("\n"),
    f"{W}noBreakHyphen": _writes("-"),
    f"{W}br": Story.line_end,
    f"{W}sym": Story.symbol,
    f"{W}ruby": _ruby,
    f"{W}fldChar": _field,
    f"{W}lastRenderedPageBreak": _page_end,
    f"{W}drawing": Story.drawing,
    f"{W}pict": Story.legacy_drawing,
    f"{W}object": Story.legacy_drawing,
    f"{W}subDoc": _subdocument,
    f"{W}altChunk": Story.foreign_text,
    f"{W}footnoteReference": Story.reference,
    f"{W}endnoteReference": Story.reference,
    f"{W}commentReference": Story.reference,
    f"{W}sectPr": Story.section,
}
