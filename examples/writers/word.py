"""Writes a source as a Word document."""

import io
from datetime import UTC, datetime

from docx import Document
from docx.document import Document as WordDocument
from docx.shared import Pt

from examples.writers.archive import settled
from examples.writers.blocks import Block, Chart, Heading, Items, Paragraph, Source, Table


def docx_bytes(source: Source) -> bytes:
    """Return the DOCX of a source whose fields are `title`, `author`, `date` and, optionally, `note`.

    Raises ValueError for a chart, which only decks and PDFs carry.
    """
    fields = source.fields
    document = Document()
    document.styles["Normal"].font.size = Pt(10.5)
    properties = document.core_properties
    properties.title, properties.author, properties.comments = fields["title"], fields["author"], ""
    properties.created = properties.modified = datetime(2025, 7, 1, 9, tzinfo=UTC)
    document.sections[0].footer.paragraphs[0].text = fields["author"]
    document.add_heading(fields["title"], 0)
    document.add_paragraph(" | ".join(fields[key] for key in ("author", "date", "note") if key in fields))
    for block in source.blocks:
        _put(document, block)
    out = io.BytesIO()
    document.save(out)
    return settled(out.getvalue())


def _put(document: WordDocument, block: Block) -> None:
    match block:
        case Heading(level, text):
            document.add_heading(text, level)
        case Paragraph(text):
            document.add_paragraph(text)
        case Items(texts, numbered):
            for text in texts:
                document.add_paragraph(text, style="List Number" if numbered else "List Bullet")
        case Table(rows):
            table = document.add_table(rows=0, cols=len(rows[0]), style="Light Grid Accent 1")
            for row in rows:
                for cell, text in zip(table.add_row().cells, row, strict=True):
                    cell.text = text
            document.add_paragraph()
        case Chart(title, _):
            raise ValueError(f"a Word document carries no chart: {title}")
