"""Small documents in every format, written by the libraries that define them, all with the same words in them."""

import email.message
import io
import zipfile
from collections.abc import Callable, Mapping

import docx
import openpyxl
import pptx
from fpdf import FPDF
from PIL import Image, ImageDraw, ImageFont

HEADING = "The harbour ledger"
SENTENCE = "The northern crane was repaired on Tuesday by two engineers."
CELLS = (("Crane", "Tonnes"), ("North", "42"), ("South", "17"))
ROWS = tuple(" | ".join(row) for row in CELLS)


def _saved(save: Callable[[io.BytesIO], object]) -> bytes:
    out = io.BytesIO()
    save(out)
    return out.getvalue()


def made_docx() -> bytes:
    document = docx.Document()
    document.add_heading(HEADING, 0)
    document.add_paragraph(SENTENCE)
    table = document.add_table(len(CELLS), 2)
    for row, cells in zip(table.rows, CELLS, strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    return _saved(document.save)


def made_pptx(slides: int = 2) -> bytes:
    deck = pptx.Presentation()
    for number in range(1, slides + 1):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = HEADING if number == 1 else f"Slide {number}"
        slide.placeholders[1].text = SENTENCE if number == slides else f"Words on slide {number}."
    return _saved(deck.save)


def made_xlsx() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in CELLS:
        sheet.append(row)
    sheet.append(["note", SENTENCE])
    return _saved(book.save)


def made_pdf(pages: tuple[str, ...] = (HEADING, SENTENCE), *, password: str = "") -> bytes:
    document = FPDF()
    document.set_font("helvetica", size=14)
    if password:
        document.set_encryption(owner_password=password, user_password=password)
    for text in pages:
        document.add_page()
        document.multi_cell(0, 8, text)
    return bytes(document.output())


def raw_pdf(page: str = "", tree: str = "", *more: bytes) -> bytes:
    """Return a PDF of one page, whose dictionary and page tree hold what is given; `more` objects count from 4."""
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages{tree or '/Kids[3 0 R]/Count 1'}>>".encode(),
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]{page}>>".encode(),
        *more,
    )
    out, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    table = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return out + table % (size, rows, size, len(out))


def pdf_stream(content: bytes, more: str = "") -> bytes:
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(content), more.encode(), content)


def made_epub(body: str = f"<h1>{HEADING}</h1><p>{SENTENCE}</p>") -> bytes:
    container = (
        '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="i"><metadata '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="i">1</dc:identifier>'
        f'<dc:title>{HEADING}</dc:title><dc:language>en</dc:language></metadata><manifest><item id="c" href="c.xhtml" '
        'media-type="application/xhtml+xml"/></manifest><spine><itemref idref="c"/></spine></package>'
    )
    page = f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>c</title></head><body>{body}</body></html>'
    return zipped(
        {"mimetype": "application/epub+zip", "META-INF/container.xml": container, "book.opf": package, "c.xhtml": page}
    )


def made_odt(extra: str = "") -> bytes:
    """Return a text document, with `extra` XML at the end of its text."""
    kind, names = "application/vnd.oasis.opendocument.text", "urn:oasis:names:tc:opendocument:xmlns"
    spaces = f'xmlns:office="{names}:office:1.0" xmlns:text="{names}:text:1.0"'
    text = f'<text:h text:outline-level="1">{HEADING}</text:h><text:p>{SENTENCE}</text:p>{extra}'
    content = f"<office:document-content {spaces}><office:body><office:text>{text}</office:text></office:body>"
    return zipped({"mimetype": kind, "content.xml": f"{content}</office:document-content>"})


def made_eml(html: str | None = None, attachments: dict[str, bytes] | None = None) -> bytes:
    message = email.message.EmailMessage()
    message["Subject"] = HEADING
    message["From"] = "Ada <ada@example.org>"
    message["To"] = "bob@example.org"
    message.set_content(SENTENCE)
    if html is not None:
        message.add_alternative(html, subtype="html")
    for name, content in (attachments or {}).items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def made_png(text: str = SENTENCE) -> bytes:
    image = Image.new("RGB", (1400, 200), "white")
    ImageDraw.Draw(image).text((40, 80), text, fill="black", font=ImageFont.load_default(36))
    return _saved(lambda out: image.save(out, "PNG"))


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            kind = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name), content, kind)
    return out.getvalue()


HTML = (
    f"<html><head><title>{HEADING}</title></head><body><p>{SENTENCE}</p><table>"
    + "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in CELLS)
    + "</table></body></html>"
)
RTF = r"{\rtf1\ansi{\b " + HEADING + r"}\par\par " + SENTENCE + r"\par}"
XML = (
    "<?xml version='1.0'?><log><entry><crane>North</crane><tonnes>42</tonnes></entry>"
    f"<p>{SENTENCE} <b>Now</b> it lifts.</p></log>"
)
JSON = f'{{"cranes": [{{"name": "North", "tonnes": 42}}, {{"name": "South", "tonnes": 17}}], "note": "{SENTENCE}"}}'

DOCUMENTS: dict[str, Callable[[], bytes]] = {
    "a.txt": f"{HEADING}\n{SENTENCE}\n".encode,
    "a.md": f"# {HEADING}\n\n{SENTENCE}\n".encode,
    "a.rst": f"{HEADING}\n{'=' * len(HEADING)}\n\n{SENTENCE}\n".encode,
    "a.org": f"* {HEADING}\n\n{SENTENCE}\n".encode,
    "a.html": HTML.encode,
    "a.xml": XML.encode,
    "a.csv": ("\n".join(",".join(row) for row in CELLS) + f"\nnote,{SENTENCE}\n").encode,
    "a.tsv": ("\n".join("\t".join(row) for row in CELLS) + f"\nnote\t{SENTENCE}\n").encode,
    "a.json": JSON.encode,
    "a.jsonl": f'{{"name": "North"}}\n{{"note": "{SENTENCE}"}}\n'.encode,
    "a.rtf": RTF.encode,
    "a.docx": made_docx,
    "a.pptx": made_pptx,
    "a.xlsx": made_xlsx,
    "a.odt": made_odt,
    "a.epub": made_epub,
    "a.eml": made_eml,
    "a.pdf": made_pdf,
}
