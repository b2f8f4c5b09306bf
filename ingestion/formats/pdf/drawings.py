"""What is drawn on a PDF's page that is no text, for pages that hold little text."""

from dataclasses import dataclass
from typing import Final

import pypdfium2
import pypdfium2.raw as pdfium_raw
from PIL import Image

_MOST_OBJECTS: Final = 2_000
_DEPTH: Final = 4
_DOTS_AN_INCH: Final = 300
_POINTS_AN_INCH: Final = 72
_MOST_PIXELS: Final = 24_000_000


@dataclass(frozen=True, slots=True)
class Drawing:
    """Whether anything is drawn on a page, and which part of the page its largest picture takes."""

    anything: bool
    picture: float


def survey(page: pypdfium2.PdfPage) -> Drawing:
    """Look at the objects of `page`, and into its forms."""
    width, height = page.get_size()
    count = pdfium_raw.FPDFPage_CountObjects(page.raw)
    objects = [pdfium_raw.FPDFPage_GetObject(page.raw, number) for number in range(min(count, _MOST_OBJECTS))]
    return Drawing(count > 0, _largest(objects, max(width * height, 1.0), _DEPTH))


def _largest(objects: list[object], area: float, depth: int) -> float:
    largest = 0.0
    for each in objects:
        kind = pdfium_raw.FPDFPageObj_GetType(each)
        if kind == pdfium_raw.FPDF_PAGEOBJ_IMAGE:
            largest = max(largest, _area(each) / area)
        elif kind == pdfium_raw.FPDF_PAGEOBJ_FORM and depth:
            count = pdfium_raw.FPDFFormObj_CountObjects(each)
            inner = [pdfium_raw.FPDFFormObj_GetObject(each, number) for number in range(min(max(count, 0), 100))]
            if _largest(inner, 1.0, depth - 1) > 0:
                largest = max(largest, _area(each) / area)
    return largest


def _area(each: object) -> float:
    left, bottom, right, top = (pdfium_raw.FS_FLOAT() for _ in range(4))
    if not pdfium_raw.FPDFPageObj_GetBounds(each, left, bottom, right, top):
        return 0.0
    area: float = abs((right.value - left.value) * (top.value - bottom.value))
    return area


def picture_of(page: pypdfium2.PdfPage) -> Image.Image:
    """Return `page` as a picture in shades of grey, sharp enough to recognise text, within a bound on its size."""
    width, height = page.get_size()
    scale = min(_DOTS_AN_INCH / _POINTS_AN_INCH, (_MOST_PIXELS / max(width * height, 1.0)) ** 0.5)
    picture: Image.Image = page.render(scale=scale, grayscale=True, may_draw_forms=False).to_pil()
    return picture
