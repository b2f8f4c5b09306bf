"""What was written onto a page of a PDF: typed text, comments, the values of form fields."""

import ctypes
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pypdfium2
import pypdfium2.raw as pdfium_raw

from ingestion.formats.pdf.attachments import EmbeddedFile, embedded_file

_MOST: Final = 5_000
_HIDDEN: Final = pdfium_raw.FPDF_ANNOT_FLAG_HIDDEN | pdfium_raw.FPDF_ANNOT_FLAG_NOVIEW
_SILENT: Final = frozenset((pdfium_raw.FPDF_ANNOT_LINK, pdfium_raw.FPDF_ANNOT_POPUP, pdfium_raw.FPDF_ANNOT_WIDGET))
_TICKED: Final = frozenset((pdfium_raw.FPDF_FORMFIELD_CHECKBOX, pdfium_raw.FPDF_FORMFIELD_RADIOBUTTON))
_VALUED: Final = frozenset(
    (pdfium_raw.FPDF_FORMFIELD_TEXTFIELD, pdfium_raw.FPDF_FORMFIELD_COMBOBOX, pdfium_raw.FPDF_FORMFIELD_LISTBOX)
)
_MOST_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Comment:
    """What is written beside or onto a page's text, and its place in points, downwards."""

    text: str
    left: float
    height: float


@dataclass(frozen=True, slots=True)
class Notes:
    """What is on a page: `comments` in order, the `fields` that are filled in, a line each, and attached `files`."""

    comments: tuple[Comment, ...]
    fields: tuple[str, ...]
    files: tuple[EmbeddedFile, ...] = ()


def read_notes(page: pypdfium2.PdfPage, most_bytes: int) -> Notes:
    """Return the comments on `page` and its form fields that have a value, files of at most `most_bytes`."""
    comments: dict[str, Comment] = {}
    files: list[EmbeddedFile] = []
    fields: list[str] = []
    form = page.formenv.raw if page.formenv else None
    for number in range(min(pdfium_raw.FPDFPage_GetAnnotCount(page.raw), _MOST)):
        note = pdfium_raw.FPDFPage_GetAnnot(page.raw, number)
        if not note:
            continue
        try:
            if pdfium_raw.FPDFAnnot_GetFlags(note) & _HIDDEN:
                continue
            kind = pdfium_raw.FPDFAnnot_GetSubtype(note)
            if kind == pdfium_raw.FPDF_ANNOT_WIDGET and form:
                fields += _field(form, note)
            elif kind not in _SILENT:
                text = _comment(note, kind)
                comments.setdefault(text, Comment(text, *_place(note)))
            if kind == pdfium_raw.FPDF_ANNOT_FILEATTACHMENT:
                handle = pdfium_raw.FPDFAnnot_GetFileAttachment(note)
                files += [embedded_file(handle, most_bytes)] if handle else []
        finally:
            pdfium_raw.FPDFPage_CloseAnnot(note)
    comments.pop("", None)
    return Notes(tuple(comments.values()), tuple(dict.fromkeys(fields)), tuple(files))


def _comment(note: object, kind: int) -> str:
    text = _string(note, b"Contents").strip()
    if not text or kind == pdfium_raw.FPDF_ANNOT_FREETEXT:
        return text
    author = " ".join(_string(note, b"T").split())
    return f"Comment by {author}: {text}" if author else f"Comment: {text}"


def _place(note: object) -> tuple[float, float]:
    rect = pdfium_raw.FS_RECTF()
    if not pdfium_raw.FPDFAnnot_GetRect(note, rect):
        return 0.0, math.inf
    return rect.left, -(rect.top + rect.bottom) / 2


def _field(form: object, note: object) -> list[str]:
    kind = pdfium_raw.FPDFAnnot_GetFormFieldType(form, note)
    value = ""
    if kind in _TICKED:
        if pdfium_raw.FPDFAnnot_IsChecked(form, note):
            value = _utf16(pdfium_raw.FPDFAnnot_GetFormFieldExportValue, form, note) or "yes"
    elif kind in _VALUED:
        value = _utf16(pdfium_raw.FPDFAnnot_GetFormFieldValue, form, note)
    value = " ".join(value.split())
    if not value:
        return []
    name = _utf16(pdfium_raw.FPDFAnnot_GetFormFieldAlternateName, form, note)
    name = " ".join((name or _utf16(pdfium_raw.FPDFAnnot_GetFormFieldName, form, note)).split())
    return [f"{name}: {value}" if name else value]


def _string(note: object, key: bytes) -> str:
    return _utf16(pdfium_raw.FPDFAnnot_GetStringValue, note, key)


def _utf16(function: Callable[..., int], *arguments: object) -> str:
    """Return what a function of pdfium writes into a buffer as UTF-16 with a closing null, lengths in bytes."""
    length = function(*arguments, None, 0)
    if not 2 < length <= _MOST_BYTES:  # noqa: PLR2004 - the null alone
        return ""
    buffer = (pdfium_raw.FPDF_WCHAR * (length // 2 + 1))()
    function(*arguments, buffer, length)
    text = ctypes.string_at(buffer, length).decode("utf-16-le", "replace").rstrip("\0")
    return "".join("\n" if letter == "\r" else letter for letter in text if letter.isprintable() or letter in "\r\n\t")
