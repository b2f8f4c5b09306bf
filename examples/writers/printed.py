"""Writes a source as a PDF with real text, tables and bar charts."""

from datetime import UTC, datetime
from typing import Final, cast

from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos
from fpdf.fonts import FontFace

from examples.writers.blocks import Block, Chart, Heading, Items, Paragraph, Source, Table

FACE: Final = "Helvetica"
INK: Final = (35, 60, 95)


class _Sheets(FPDF):
    """A4 pages with a running foot; FPDF calls `footer` itself, which is why this inherits."""

    def __init__(self, foot: str) -> None:
        super().__init__(format="A4")
        self.foot = foot
        self.set_margins(22, 20, 22)
        self.set_auto_page_break(auto=True, margin=22)
        self.set_creation_date(datetime(2025, 7, 1, 9, tzinfo=UTC))
        self.set_producer("examples/build.py")
        # Uncompressed, so that the bytes do not depend on the machine's zlib.
        self.set_compression(False)

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font(FACE, "", 8)
        self.cell(0, 5, f"{self.foot}, page {self.page_no()}", align="C")


def pdf_bytes(source: Source) -> bytes:
    """Return the PDF of a source whose fields are `title`, `author`, `date` and, optionally, `note`."""
    fields = source.fields
    pdf = _Sheets(fields["author"])
    pdf.set_title(fields["title"])
    pdf.set_author(fields["author"])
    pdf.add_page()
    _line(pdf, fields["author"].upper(), 9, "B")
    pdf.ln(3)
    _line(pdf, fields["title"], 17, "B")
    _line(pdf, " | ".join(fields[key] for key in ("date", "note") if key in fields), 9, "I")
    pdf.ln(4)
    for block in source.blocks:
        _put(pdf, block)
    return bytes(pdf.output())


def _put(pdf: _Sheets, block: Block) -> None:
    match block:
        case Heading(level, text):
            if pdf.will_page_break(50):
                pdf.add_page()
            pdf.ln(2)
            _line(pdf, text, 13 if level == 1 else 11, "B")
            pdf.ln(1)
        case Paragraph(text):
            _keep_whole(pdf, text)
            _line(pdf, text, 10, "")
            pdf.ln(2.2)
        case Items(texts, numbered):
            _items(pdf, texts, numbered=numbered)
        case Table(rows):
            _table(pdf, rows)
        case Chart(title, bars):
            _chart(pdf, title, bars)


def _keep_whole(pdf: _Sheets, text: str) -> None:
    pdf.set_font(FACE, "", 10)
    height = pdf.multi_cell(0, 5.2, text, dry_run=True, output=MethodReturnValue.HEIGHT)
    if pdf.will_page_break(cast("float", height)):
        pdf.add_page()


def _line(pdf: _Sheets, text: str, size: float, style: str) -> None:
    pdf.set_font(FACE, style, size)
    pdf.multi_cell(0, size * 0.52, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _items(pdf: _Sheets, texts: tuple[str, ...], *, numbered: bool) -> None:
    pdf.set_font(FACE, "", 10)
    for number, text in enumerate(texts, 1):
        pdf.cell(8, 5.2, f"{number}." if numbered else "-", align="R")
        pdf.set_x(pdf.get_x() + 2)
        pdf.multi_cell(0, 5.2, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.ln(2.2)


def _table(pdf: _Sheets, rows: tuple[tuple[str, ...], ...]) -> None:
    pdf.set_font(FACE, "", 8.5)
    longest = [min(max(len(row[column]) for row in rows), 48) + 3 for column in range(len(rows[0]))]
    head = FontFace(emphasis="BOLD", fill_color=(225, 231, 240))
    with pdf.table(col_widths=tuple(longest), headings_style=head, text_align="LEFT", line_height=4.8) as table:
        for row in rows:
            cells = table.row()
            for cell in row:
                cells.cell(cell)
    pdf.ln(3)


def _chart(pdf: _Sheets, title: str, bars: tuple[tuple[str, float], ...]) -> None:
    if pdf.will_page_break(12 + 7 * len(bars)):
        pdf.add_page()
    _line(pdf, f"Figure: {title}", 9, "I")
    pdf.set_font(FACE, "", 8.5)
    scale = 80 / max(value for _, value in bars)
    for label, value in bars:
        top = pdf.get_y()
        pdf.cell(48, 6, label)
        with pdf.local_context(fill_color=INK):
            pdf.rect(pdf.get_x(), top + 1, value * scale, 4, style="F")
        pdf.set_x(pdf.get_x() + value * scale + 2)
        pdf.cell(0, 6, f"{value:,g}", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.ln(3)
