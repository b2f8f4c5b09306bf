"""Reading a PDF page by page: its text in reading order, what is written onto it, what is embedded in it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pypdfium2
import pypdfium2.raw as pdfium_raw

from ingestion.formats.content import Content, ReadingWarning, WarningCode
from ingestion.formats.pdf.attachments import ReadPdf, embedded, read_attachments
from ingestion.formats.pdf.composition import compose
from ingestion.formats.pdf.drawings import picture_of
from ingestion.formats.pdf.margins import running
from ingestion.formats.pdf.recognition import is_installed, recognise
from ingestion.formats.pdf.sheets import Sheet, read_sheet
from ingestion.formats.pdf.text.hyphens import Joiner
from ingestion.parse.outcome import Limits, ParseFailed

_LETTERS_TO_SPARE: Final = 2


def read_pdf(path: Path, limits: Limits) -> Content:
    """Read a PDF. Raises ParseFailed when it is protected, too long, or holds no text."""
    return _read(path, limits, _read_embedded)


def _read_embedded(path: Path, limits: Limits) -> Content:
    """Read a PDF that is embedded in another: what is embedded in it is named, and not read."""
    return _read(path, limits, None)


def _read(path: Path, limits: Limits, read_embedded: ReadPdf | None) -> Content:
    try:
        with pypdfium2.PdfDocument(path) as document:
            return _content(document, limits, read_embedded)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pdfium_raw.FPDF_ERR_PASSWORD:
            raise ParseFailed("encrypted") from error
        raise ParseFailed("damaged") from error


def warm_up_pdf() -> None:
    """Load pdfium and our own functions by reading a page without anything on it."""
    with pypdfium2.PdfDocument.new() as document:
        read_sheet(document.new_page(100, 100), 1, Joiner().learn, 0)


def _content(document: pypdfium2.PdfDocument, limits: Limits, read_embedded: ReadPdf | None) -> Content:
    pages = len(document)
    if pages > limits.pages:
        raise ParseFailed("too_many_pages")
    if pages == 0:
        raise ParseFailed("damaged")
    joiner = Joiner()
    warnings: list[ReadingWarning] = []
    sheets = _sheets(document, limits, joiner, warnings)
    gone, kept = running([edge for sheet in sheets for edge in sheet.edges], pages)
    sheets = [sheet.without(gone) for sheet in sheets]
    recognised = _recognised(document, sheets, limits)
    warnings += _unread(sheets, recognised)
    blocks = compose(sheets, kept, recognised, joiner)
    noted = [file for sheet in sheets for file in sheet.notes.files]
    attached = read_attachments([*embedded(document, limits), *noted], limits, read_embedded)
    if not blocks and not attached.blocks:
        unread = any(sheet.needs_recognition for sheet in sheets)
        raise ParseFailed("needs_ocr" if unread and not is_installed() else "no_text")
    return Content(
        [*blocks, *attached.blocks],
        document.get_metadata_value("Title") or None,
        pages,
        parts=pages + attached.parts,
        warnings=[*sorted(warnings, key=lambda warning: warning.page or 0), *attached.warnings],
    )


def _sheets(
    document: pypdfium2.PdfDocument, limits: Limits, joiner: Joiner, warnings: list[ReadingWarning]
) -> list[Sheet]:
    if document.get_formtype() != pdfium_raw.FORMTYPE_NONE:
        document.init_forms()
    sheets: list[Sheet] = []
    letters = 0
    for number in range(1, len(document) + 1):
        try:
            page = document[number - 1]
            sheets.append(read_sheet(page, number, joiner.learn, limits.document_bytes))
            page.close()
        except pypdfium2.PdfiumError:
            warnings.append(ReadingWarning(WarningCode.PART_UNREAD, page=number))
            continue
        letters += sheets[-1].letters
        if letters > _LETTERS_TO_SPARE * limits.text_chars:
            raise ParseFailed("too_large")
    if not sheets:
        raise ParseFailed("damaged")
    return sheets


def _recognised(document: pypdfium2.PdfDocument, sheets: Sequence[Sheet], limits: Limits) -> dict[int, list[str]]:
    """Return the paragraphs of the pages that only text recognition can read, as many as it may."""
    wanted = [sheet.number for sheet in sheets if sheet.needs_recognition]
    if len(wanted) > limits.ocr_pages and len(wanted) == len(sheets):
        raise ParseFailed("no_text")
    found: dict[int, list[str]] = {}
    if not is_installed():
        return found
    for number in wanted[: limits.ocr_pages]:
        page = document[number - 1]
        try:
            texts = recognise(picture_of(page))
        except pypdfium2.PdfiumError:  # a page that cannot be drawn
            texts = []
        page.close()
        if texts:
            found[number] = texts
    return found


def _unread(sheets: Sequence[Sheet], recognised: dict[int, list[str]]) -> list[ReadingWarning]:
    warnings = []
    for sheet in sheets:
        if sheet.number in recognised:
            warnings.append(ReadingWarning(WarningCode.TEXT_RECOGNISED, page=sheet.number))
        elif sheet.is_without_text:
            warnings.append(ReadingWarning(WarningCode.PAGE_WITHOUT_TEXT, page=sheet.number))
        elif sheet.unknown:
            warnings.append(ReadingWarning(WarningCode.LETTERS_UNKNOWN, page=sheet.number))
    return warnings
