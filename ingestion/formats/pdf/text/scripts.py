"""The direction and the spacing of scripts: right-to-left text as it is read, Chinese and Japanese without spaces."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

_RTL: Final = re.compile("[\u0590-\u065f\u066a-\u06ef\u06fa-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_LTR: Final = re.compile("[A-Za-z\u00c0-\u058f\u0900-\ud7ff]")
_UNSPACED: Final = re.compile("[\u2e80-\u312f\u3190-\ua4cf\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]")
_RTL_CODES: Final = (
    (0x590, 0x660),
    (0x66A, 0x6F0),
    (0x6FA, 0x900),
    (0xFB1D, 0xFE00),
    (0xFE70, 0xFEFD),
)
"""Hebrew, Arabic and their neighbours, without Arabic's own digits."""
_WITHIN_NUMBERS: Final = ".,:/-%"


def within(codes: Array, ranges: Sequence[tuple[int, int]]) -> Array:
    """Return for each of an array of code points whether it is in one of `ranges`, the ends of which are not."""
    found = np.zeros(len(codes), dtype=bool)
    for first, end in ranges:
        found |= (codes >= first) & (codes < end)
    return found


def is_rtl_code(codes: Array) -> Array:
    """Return for each of an array of code points whether it is a letter of a right-to-left script."""
    return within(codes, _RTL_CODES)


def is_rtl(text: str) -> bool:
    """Tell whether a line of `text` runs from right to left: most of its letters do."""
    return _RTL.search(text) is not None and len(_RTL.findall(text)) >= len(_LTR.findall(text))


def unspaced(before: str, after: str) -> bool:
    """Tell whether two characters stand side by side without a space, as Chinese and Japanese ones do."""
    return _UNSPACED.match(before) is not None and _UNSPACED.match(after) is not None


def logical_word(text: str, middles: Array) -> str:
    """Return a word with right-to-left letters in the order they are read; `middles` says where each letter stands."""
    clusters: list[tuple[float, str]] = []
    for letter, middle in zip(text, middles.tolist(), strict=True):
        if clusters and unicodedata.combining(letter):
            clusters[-1] = (clusters[-1][0], clusters[-1][1] + letter)
        else:
            clusters.append((middle, letter))
    from_right = sorted(clusters, key=lambda each: -each[0])
    out: list[str] = []
    held: list[str] = []
    for _, letter in from_right:
        if letter[0].isdigit() or _LTR.match(letter) or (held and letter in _WITHIN_NUMBERS):
            held.append(letter)
            continue
        out += [*_from_left(held), letter]
        held = []
    return "".join([*out, *_from_left(held)])


def _from_left(held: list[str]) -> list[str]:
    """Return a number or a Latin word that was gathered from the right; a stop after it stays after it."""
    tail: list[str] = []
    while held and held[-1] in _WITHIN_NUMBERS[:-1]:
        tail.append(held.pop())
    return [*reversed(held), *reversed(tail)]


def reading_order(texts: Sequence[str]) -> list[int]:
    """Return in which order the words of a line, given from left to right, are read."""
    numbers = list(range(len(texts)))
    if not any(_RTL.search(text) for text in texts):
        return numbers
    base_rtl = is_rtl("".join(texts))
    runs: list[tuple[bool, list[int]]] = []
    for number in numbers:
        rtl = _word_is_rtl(texts[number], base_rtl=base_rtl)
        if runs and runs[-1][0] is rtl:
            runs[-1][1].append(number)
        else:
            runs.append((rtl, [number]))
    ordered: list[int] = []
    for rtl, run in reversed(runs) if base_rtl else runs:
        ordered += reversed(run) if rtl else run
    return ordered


def _word_is_rtl(text: str, *, base_rtl: bool) -> bool:
    if _RTL.search(text):
        return True
    if _LTR.search(text) or any(letter.isdigit() for letter in text):
        return False
    return base_rtl
