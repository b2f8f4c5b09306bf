"""Reading PDF and images: the text that is there, else another reader's, else text recognition."""

import io
import shutil
from pathlib import Path
from typing import Final

import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium_raw
from unstructured.documents.elements import Element
from unstructured.partition.image import partition_image
from unstructured.partition.pdf import partition_pdf
from unstructured.partition.utils.constants import PartitionStrategy

from ingestion.formats.content import Content, Passage
from ingestion.formats.partitioned import partitioned
from ingestion.parse.outcome import Limits, ParseFailed

_LANGUAGES: Final = ["eng"]
_SAMPLE: Final = (
    b"BT /F1 12 Tf 72 700 Td (A heading) Tj 0 -60 Td (A paragraph follows it, in the first column.) Tj ET\n"
    b"BT /F1 12 Tf 340 640 Td (Another stands beside it, in the second.) Tj ET"
)


def read_pdf(path: Path, limits: Limits) -> Content:
    """Read the text of a PDF, page by page. Raises ParseFailed when it is protected, too long, or holds no text."""
    title, pages = _survey(path, limits)
    elements = partition_pdf(str(path), strategy=PartitionStrategy.FAST, languages=_LANGUAGES)
    if _has_text(elements):
        return partitioned(elements, title, pages)
    passages = _with_pdfium(path)
    if any(passage.text.strip() for passage in passages):
        return Content(passages, title, pages)
    if pages > limits.ocr_pages:
        raise ParseFailed("no_text")
    return partitioned(_recognised(path, is_pdf=True), title, pages)


def read_image(path: Path, limits: Limits) -> Content:
    """Recognise the text in an image. Raises ParseFailed where no text recognition is installed."""
    del limits
    return partitioned(_recognised(path, is_pdf=False))


def warm_up_pdf() -> None:
    """Do once what every first PDF would do: late imports, and the layout functions that numba compiles when called."""
    sample = io.BytesIO()
    with pikepdf.new() as document:
        page = document.add_blank_page()
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.obj.Contents = document.make_stream(_SAMPLE)
        document.save(sample)
    sample.seek(0)
    partition_pdf(file=sample, strategy=PartitionStrategy.FAST, languages=_LANGUAGES)


def _survey(path: Path, limits: Limits) -> tuple[str | None, int]:
    try:
        with pypdfium2.PdfDocument(path) as document:
            pages = len(document)
            title = document.get_metadata_value("Title")
    except pypdfium2.PdfiumError as error:
        if error.err_code == pdfium_raw.FPDF_ERR_PASSWORD:
            raise ParseFailed("encrypted") from error
        raise ParseFailed("damaged") from error
    if pages > limits.pages:
        raise ParseFailed("too_many_pages")
    if pages == 0:
        raise ParseFailed("damaged")
    return title or None, pages


def _with_pdfium(path: Path) -> list[Passage]:
    passages: list[Passage] = []
    with pypdfium2.PdfDocument(path) as document:
        for number, page in enumerate(document, start=1):
            text = page.get_textpage().get_text_bounded().replace("\r\n", "\n")
            passages += [Passage(part, page=number) for part in text.split("\n\n")]
    return passages


def _recognised(path: Path, *, is_pdf: bool) -> list[Element]:
    if shutil.which("tesseract") is None or (is_pdf and shutil.which("pdftoppm") is None):
        raise ParseFailed("needs_ocr")
    partition = partition_pdf if is_pdf else partition_image
    elements: list[Element] = partition(str(path), strategy=PartitionStrategy.OCR_ONLY, languages=_LANGUAGES)
    return elements


def _has_text(elements: list[Element]) -> bool:
    return any(element.text.strip() for element in elements)
