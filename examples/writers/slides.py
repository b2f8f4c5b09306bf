"""Writes a source as a deck, one slide for each level 1 heading."""

import io
from dataclasses import dataclass
from typing import Final

from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE
from pptx.slide import Slide
from pptx.text.text import TextFrame
from pptx.util import Inches, Length, Pt

from examples.writers.archive import settled
from examples.writers.blocks import Block, Chart, Heading, Items, Paragraph, Source, Table, sections

LEFT: Final = Inches(0.6)
WIDTH: Final = Inches(8.8)
TITLE_AND_SUBTITLE: Final = 0
TITLE_ONLY: Final = 5


@dataclass(frozen=True, slots=True)
class _Place:
    slide: Slide
    top: Length


def pptx_bytes(source: Source) -> bytes:
    """Return the PPTX of a source whose fields are `title`, `author` and `date`."""
    fields = source.fields
    deck = Presentation()
    deck.core_properties.title, deck.core_properties.author = fields["title"], fields["author"]
    cover = deck.slides.add_slide(deck.slide_layouts[TITLE_AND_SUBTITLE])
    _title(cover, fields["title"], 34)
    subtitle = cover.placeholders[1].text_frame
    subtitle.text = f"{fields['author']}\n{fields['date']}"
    for title, blocks in sections(source.blocks):
        slide = deck.slides.add_slide(deck.slide_layouts[TITLE_ONLY])
        _title(slide, title, 26)
        top: Length = Inches(1.4)
        for block in blocks:
            top = _put(_Place(slide, top), block)
    out = io.BytesIO()
    deck.save(out)
    return settled(out.getvalue())


def _title(slide: Slide, text: str, size: int) -> None:
    title = slide.shapes.title
    if title is None:
        raise ValueError(f"the layout has no title for {text!r}")
    title.text_frame.text = text
    title.text_frame.paragraphs[0].font.size = Pt(size)


def _put(place: _Place, block: Block) -> Length:
    match block:
        case Heading(_, text):
            return _texts(place, (text,), bold=True)
        case Paragraph(text):
            return _texts(place, (text,))
        case Items(texts, numbered):
            marks = (f"{number}." if numbered else "\u2022" for number in range(1, len(texts) + 1))
            return _texts(place, tuple(f"{mark} {text}" for mark, text in zip(marks, texts, strict=True)))
        case Table(rows):
            return _table(place, rows)
        case Chart(title, bars):
            return _chart(place, title, bars)


def _texts(place: _Place, texts: tuple[str, ...], *, bold: bool = False) -> Length:
    lines = sum(1 + len(text) // 88 for text in texts)
    height = Inches(0.29 * lines + 0.12)
    frame: TextFrame = place.slide.shapes.add_textbox(LEFT, place.top, WIDTH, height).text_frame
    frame.word_wrap = True
    frame.text = "\n".join(texts)
    for paragraph in frame.paragraphs:
        paragraph.font.size = Pt(15)
        paragraph.font.bold = bold
    return Length(place.top + height)


def _table(place: _Place, rows: tuple[tuple[str, ...], ...]) -> Length:
    height = Inches(0.33 * len(rows))
    table = place.slide.shapes.add_table(len(rows), len(rows[0]), LEFT, place.top, WIDTH, height).table
    longest = [max(len(row[column]) for row in rows) + 4 for column in range(len(rows[0]))]
    for column, length in enumerate(longest):
        table.columns[column].width = Length(WIDTH * length // sum(longest))
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            cell = table.cell(number, column)
            cell.text = text
            cell.text_frame.paragraphs[0].font.size = Pt(12)
    return Length(place.top + height + Inches(0.2))


def _chart(place: _Place, title: str, bars: tuple[tuple[str, float], ...]) -> Length:
    top = _texts(place, (title,), bold=True)
    longest = max(value for _, value in bars)
    for label, value in bars:
        name = place.slide.shapes.add_textbox(LEFT, top, Inches(2.6), Inches(0.34)).text_frame
        name.text = f"{label}: {value:,g}"
        name.paragraphs[0].font.size = Pt(12)
        width = Length(int(Inches(6) * value / longest))
        bar = place.slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(3.3), top, width, Inches(0.26))
        bar.name = f"bar of {label}"
        top = Length(top + Inches(0.36))
    return top
