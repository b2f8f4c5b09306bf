"""The characters of a PDF's page as pdfium sees them, put together into words with their places."""

import ctypes
import math
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium_raw

from ingestion.formats.pdf.text import scripts
from ingestion.formats.pdf.text.scripts import Array

_POINTER: Final = ctypes.c_void_p
_HYPHEN_CODE: Final = 2
"""What pdfium calls a hyphen at the end of a line."""
_SHIFT: Final = 0.2
_MOST_ACCENTS: Final = 5_000
_NEAR: Final = 120
_GAP: Final = 0.45
_BACK: Final = 0.3
_LEVEL: Final = 1e-3
_ALMOST_STRAIGHT: Final = 1
_BOLD_WEIGHT: Final = 600
_FORCE_BOLD: Final = 1 << 18
_FIXED_PITCH: Final = 1
_BOLD: Final = 1
_FIXED: Final = 2
_EMBEDDED: Final = 4
_NO_LETTERS: Final = ((0, 0x20), (0x7F, 0xA0), (0xD800, 0xF900), (0xF0000, 0x110000))
"""Control characters, halves of characters, and what is left to private use."""
_REPLACEMENT: Final = 0xFFFD
_BULLET: Final = "•"
_SYMBOLS_A_PAGE: Final = 5
_SYMBOLS_SHARE: Final = 0.02
_SYMBOLS: Final = range(0xF000, 0xF100)
_SPACES: Final = np.array([9, 10, 13, 32, 0xA0, 0x1680, *range(0x2000, 0x200C), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000])
_ACCENTS: Final = dict(
    zip(
        "\u00b4`\u00a8\u02c6^\u02dc~\u00af\u02d8\u02d9\u02da\u02c7\u02dd\u00b8\u02db",
        "\u0301\u0300\u0308\u0302\u0302\u0303\u0303\u0304\u0306\u0307\u030a\u030c\u030b\u0327\u0328",
        strict=True,
    )
)
_ACCENT_CODES: Final = np.array([ord(accent) for accent in _ACCENTS])
_DOTLESS: Final = str.maketrans("ıȷ", "ij")
_UNSEEN: Final = str.maketrans("", "", "\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff")


@dataclass(frozen=True, slots=True)
class Word:
    """Letters without a space between them.

    `left`, `right` and `base` (the line that the letters stand on, downwards) are points in a page turned so that the
    word reads level: `turn` says by how many degrees, counter-clockwise. `spaced`: a space follows in the file.
    """

    text: str
    left: float
    right: float
    base: float
    size: float
    turn: int = 0
    bold: bool = False
    fixed: bool = False
    spaced: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """The words of a page, how many of its letters could not be told, and whether their shapes are in the file."""

    words: Sequence[Word]
    unknown: int
    are_shapes_known: bool = True


@dataclass(frozen=True, slots=True)
class _Glyphs:
    codes: Array
    unknown: Array
    spaces: Array
    typed: Array
    """Spaces that stand in the file, where others follow from distances only."""
    left: Array
    right: Array
    base: Array
    size: Array
    turn: Array
    style: Array


def _fast(name: str, result: type, *arguments: type) -> Callable[..., int]:
    """Return a function of pdfium that takes addresses: called for each character, it makes no objects."""
    address = ctypes.cast(getattr(pdfium_raw, name), _POINTER).value or 0
    function: Callable[..., int] = ctypes.CFUNCTYPE(result, *arguments)(address)
    return function


_unicode: Final = _fast("FPDFText_GetUnicode", ctypes.c_uint, _POINTER, ctypes.c_int)
_unmapped: Final = _fast("FPDFText_HasUnicodeMapError", ctypes.c_int, _POINTER, ctypes.c_int)
_object: Final = _fast("FPDFText_GetTextObject", _POINTER, _POINTER, ctypes.c_int)
_box: Final = _fast("FPDFText_GetCharBox", ctypes.c_int, _POINTER, ctypes.c_int, *[_POINTER] * 4)
_origin: Final = _fast("FPDFText_GetCharOrigin", ctypes.c_int, _POINTER, ctypes.c_int, _POINTER, _POINTER)


def read_words(page: pypdfium2.PdfPage) -> Reading:
    """Return the words of `page` in the order in which they are drawn."""
    text_page = page.get_textpage()
    try:
        count = pdfium_raw.FPDFText_CountChars(text_page.raw)
        if count <= 0:
            return Reading((), 0)
        glyphs = _glyphs(text_page.raw, count, page.get_rotation(), page.get_bbox())
    finally:
        text_page.close()
    return _reading(glyphs)


def _glyphs(
    handle: "ctypes._Pointer[Any]", count: int, rotation: int, shown: tuple[float, float, float, float]
) -> _Glyphs:
    address = ctypes.addressof(handle.contents)
    numbers = range(count)
    codes = np.array([_unicode(address, number) for number in numbers], dtype=np.int64)
    objects = np.array([_object(address, number) or 0 for number in numbers], dtype=np.uint64)
    unmapped = np.array([_unmapped(address, number) for number in numbers], dtype=bool)
    boxes = np.zeros((count, 4))
    origins = np.zeros((count, 2))
    at, to = boxes.ctypes.data, origins.ctypes.data
    for number in numbers:
        _box(address, number, at, at + 8, at + 16, at + 24)
        _origin(address, number, to, to + 8)
        at += 32
        to += 16
    generated = objects == 0
    spaces = np.isin(codes, _SPACES) | generated | _outside(boxes, shown)
    unknown = ~spaces & (unmapped | _untold(codes))
    hyphens = np.flatnonzero(codes == _HYPHEN_CODE)
    for number in hyphens.tolist():
        if pdfium_raw.FPDFText_IsHyphen(handle, number) == 1:
            codes[number], unknown[number] = ord("-"), False
    _mark_bullets(codes, unknown, spaces)
    starts = np.flatnonzero(np.diff(objects, prepend=objects[0] + 1))
    lengths = np.diff(starts, append=count)
    runs = [_style(handle, int(start), rotation) for start in starts]
    size, cosine, sine, turn, style = (np.repeat(np.array(column), lengths) for column in zip(*runs, strict=True))
    left, right = _extent(boxes, origins, cosine, sine)
    base = origins[:, 0] * sine - origins[:, 1] * cosine
    tall = np.maximum.reduceat(np.where(spaces, 0, np.maximum(boxes[:, 3] - boxes[:, 2], 0)), starts)
    size = np.where(size < np.repeat(tall, lengths) / 2, np.repeat(tall, lengths), size)
    glyphs = _Glyphs(codes, unknown, spaces, spaces & ~generated, left, right, base, size, turn, style)
    _set_accents(glyphs)
    return glyphs


def _outside(boxes: Array, shown: tuple[float, float, float, float]) -> Array:
    """Tell which characters lie beyond what is shown of the page: half of a spread, marks of a printer."""
    left, bottom, right, top = shown
    across, up = (boxes[:, 0] + boxes[:, 1]) / 2, (boxes[:, 2] + boxes[:, 3]) / 2
    return (across < left - 1) | (across > right + 1) | (up < bottom - 1) | (up > top + 1)


def _untold(codes: Array) -> Array:
    return scripts.within(codes, _NO_LETTERS) | ((codes & 0xFFFF) >= _REPLACEMENT)


def _mark_bullets(codes: Array, unknown: Array, spaces: Array) -> None:
    """Take a symbol font's character that stands alone for a bullet."""
    for number in np.flatnonzero(unknown).tolist():
        alone = (number == 0 or spaces[number - 1]) and (number + 1 == len(codes) or spaces[number + 1])
        if alone and int(codes[number]) in _SYMBOLS:
            codes[number], unknown[number] = ord(_BULLET), False


def _set_accents(glyphs: _Glyphs) -> None:
    """Put an accent that is drawn over a letter onto that letter, as some typesetting programs part them."""
    count = len(glyphs.codes)
    for at in np.flatnonzero(np.isin(glyphs.codes, _ACCENT_CODES))[:_MOST_ACCENTS].tolist():
        near = np.arange(max(at - _NEAR, 0), min(at + _NEAR, count))
        overlap = np.minimum(glyphs.right[at], glyphs.right[near]) - np.maximum(glyphs.left[at], glyphs.left[near])
        overlap[glyphs.spaces[near] | (np.abs(glyphs.base[near] - glyphs.base[at]) > glyphs.size[at] / 3)] = 0
        overlap[near == at] = 0
        beside = int(near[overlap.argmax()])
        letter = chr(int(glyphs.codes[beside])).translate(_DOTLESS)
        whole = unicodedata.normalize("NFC", letter + _ACCENTS[chr(int(glyphs.codes[at]))])
        if len(whole) == 1 and overlap.max() > (glyphs.right[at] - glyphs.left[at]) / 2:
            glyphs.codes[beside], glyphs.codes[at] = ord(whole), 0


def _style(handle: object, number: int, rotation: int) -> tuple[float, float, float, int, int]:
    """Return the size of the run that begins with a character, the way it goes, its turn as shown, and its style."""
    matrix = pdfium_raw.FS_MATRIX()
    if not pdfium_raw.FPDFText_GetMatrix(handle, number, matrix):
        return 1.0, 1.0, 0.0, 0, 0
    size = pdfium_raw.FPDFText_GetFontSize(handle, number) * (math.hypot(matrix.c, matrix.d) or 1.0)
    degrees = math.degrees(math.atan2(matrix.b, matrix.a)) if matrix.a or matrix.b else 0.0
    upright = round(degrees / 90) * 90
    way = upright if abs(degrees - upright) <= _ALMOST_STRAIGHT else round(degrees)
    cosine, sine = (round(each(math.radians(way)), 6) for each in (math.cos, math.sin))
    flags = ctypes.c_int()
    name = ctypes.create_string_buffer(128)
    pdfium_raw.FPDFText_GetFontInfo(handle, number, name, len(name), flags)
    weight = pdfium_raw.FPDFText_GetFontWeight(handle, number)
    called = name.value.lower()
    bold = b"bold" in called or b"black" in called or b"heavy" in called or weight >= _BOLD_WEIGHT
    fixed = bool(flags.value & _FIXED_PITCH) or b"mono" in called or b"courier" in called
    drawn = pdfium_raw.FPDFText_GetTextObject(handle, number)
    embedded = bool(drawn) and pdfium_raw.FPDFFont_GetIsEmbedded(pdfium_raw.FPDFTextObj_GetFont(drawn)) == 1
    style = _BOLD * (bold or bool(flags.value & _FORCE_BOLD)) + _FIXED * fixed + _EMBEDDED * embedded
    return abs(size), cosine, sine, (way - rotation) % 360, style


def _extent(boxes: Array, origins: Array, cosine: Array, sine: Array) -> tuple[Array, Array]:
    """Return where each character begins and ends along its line, from the box that is level with the page."""
    wide, high = np.abs(boxes[:, 1] - boxes[:, 0]), np.abs(boxes[:, 3] - boxes[:, 2])
    middle = (boxes[:, 0] + boxes[:, 1]) / 2 * cosine + (boxes[:, 2] + boxes[:, 3]) / 2 * sine
    slanted = (np.abs(cosine) > _LEVEL) & (np.abs(sine) > _LEVEL)
    half = np.where(slanted, np.minimum(wide, high) / 2, (wide * np.abs(cosine) + high * np.abs(sine)) / 2)
    start = origins[:, 0] * cosine + origins[:, 1] * sine
    left = np.where(slanted, np.minimum(start, middle), middle - half)
    return left, middle + half


def _borders(glyphs: _Glyphs) -> tuple[Array, Array]:
    """Return where words, and runs of spaces, begin and end."""
    count = len(glyphs.codes)
    rtl = scripts.is_rtl_code(glyphs.codes)
    before = slice(0, count - 1)
    after = slice(1, count)
    size = np.maximum(glyphs.size[before], 0.1)
    onward = glyphs.left[after] - glyphs.right[before]
    backward = glyphs.left[before] - glyphs.right[after]
    sideways = rtl[before] | rtl[after]
    apart = np.where(sideways, np.maximum(onward, backward) > _GAP * size, onward > _GAP * size)
    apart |= ~sideways & (glyphs.left[after] < glyphs.left[before] - _BACK * size)
    apart |= np.abs(glyphs.base[after] - glyphs.base[before]) > _SHIFT * size
    apart |= (glyphs.turn[after] != glyphs.turn[before]) | glyphs.spaces[before] | glyphs.spaces[after]
    starts = np.concatenate(([0], np.flatnonzero(apart) + 1))
    return starts, np.concatenate((starts[1:], [count]))


def _reading(glyphs: _Glyphs) -> Reading:
    starts, ends = _borders(glyphs)
    untold = np.add.reduceat(glyphs.unknown.astype(np.int64), starts)
    unknown = _count_untold(untold, ends - starts, int((~glyphs.spaces).sum()))
    return Reading(tuple(_words(glyphs, starts, ends)), unknown, bool((glyphs.style[glyphs.unknown] & _EMBEDDED).all()))


def _words(glyphs: _Glyphs, starts: Array, ends: Array) -> Iterator[Word]:
    letters = "".join(map(chr, np.where(glyphs.unknown, 0, glyphs.codes).tolist()))
    columns = (
        starts,
        ends,
        glyphs.spaces[starts],
        np.logical_or.reduceat(scripts.is_rtl_code(glyphs.codes), starts),
        np.minimum.reduceat(glyphs.left, starts),
        np.maximum.reduceat(glyphs.right, starts),
        glyphs.base[starts],
        glyphs.size[starts],
        glyphs.turn[starts],
        (glyphs.style[starts] & _BOLD) != 0,
        (glyphs.style[starts] & _FIXED) != 0,
        np.append(glyphs.typed, True)[ends],
    )
    for start, end, space, has_rtl, *place in zip(*(column.tolist() for column in columns), strict=True):
        if space:
            continue
        text = letters[start:end]
        if has_rtl:
            text = scripts.logical_word(text, glyphs.left[start:end] + glyphs.right[start:end])
        text = readable(text)
        if text:
            yield Word(text, *place)


def _count_untold(untold: Array, lengths: Array, letters: int) -> int:
    """Return how many letters cannot be told; a few that stand alone are a formula's symbols, and no letters."""
    alone = int(untold[lengths == 1].sum())
    within = int(untold.sum()) - alone
    return within + (alone if alone > _SYMBOLS_A_PAGE + letters * _SYMBOLS_SHARE else 0)


def readable(text: str) -> str:
    """Return `text` without characters that cannot be seen, ligatures and Arabic letter forms taken apart."""
    if text.isascii():
        return text.replace("\0", "")
    kept = text.replace("\0", "").translate(_UNSEEN)
    if any("\ufb00" <= letter <= "\ufdff" or "\ufe70" <= letter <= "\ufefc" for letter in kept):
        kept = "".join(
            unicodedata.normalize("NFKC", letter) if "\ufb00" <= letter <= "\ufefc" else letter for letter in kept
        )
    return kept[:-1].replace("\u00ad", "") + kept[-1:]
