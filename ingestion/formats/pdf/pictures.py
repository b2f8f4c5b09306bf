"""Reading pictures: the text that is recognised in each of their frames."""

from pathlib import Path
from typing import Final

import pi_heif
from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from ingestion.formats.content import Content, Passage, ReadingWarning, WarningCode
from ingestion.formats.pdf.recognition import is_installed, recognise
from ingestion.parse.outcome import Limits, ParseFailed

_FORMATS: Final = ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "HEIF")

pi_heif.register_heif_opener()


def read_image(path: Path, limits: Limits) -> Content:
    """Recognise the text in a picture, a page for each frame. Raises ParseFailed where no recognition is installed."""
    if not is_installed():
        raise ParseFailed("needs_ocr")
    blocks: list[Passage] = []
    warnings: list[ReadingWarning] = []
    pages = 0
    try:
        with Image.open(path, formats=_FORMATS) as picture:
            for pages, frame in enumerate(ImageSequence.Iterator(picture), start=1):
                texts = recognise(ImageOps.exif_transpose(frame)) if pages <= limits.ocr_pages else []
                blocks += [Passage(text, page=pages) for text in texts]
                code = WarningCode.TEXT_RECOGNISED if texts else WarningCode.PAGE_WITHOUT_TEXT
                warnings.append(ReadingWarning(code, page=pages))
                if pages >= limits.pages:
                    break
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        if not blocks:
            raise ParseFailed("damaged") from error
        warnings.append(ReadingWarning(WarningCode.PAGE_WITHOUT_TEXT, page=pages + 1))
    if not blocks:
        raise ParseFailed("no_text")
    return Content(blocks, pages=pages, parts=max(pages, 1), warnings=warnings)
