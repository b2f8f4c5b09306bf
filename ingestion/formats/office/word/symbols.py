"""Letters of the fonts Symbol and Wingdings as the characters that they show."""

import re
from typing import Final

_PRIVATE: Final = re.compile("[\uf020-\uf0ff]")
_FIRST_PRIVATE: Final = 0xF000


def _row(start: int, signs: str) -> dict[int, str]:
    return {start + place: sign for place, sign in enumerate(signs) if sign != " "}


_SYMBOL: Final = {
    0x20: " ",
    **_row(0x21, "!∀#∃%&∋()*+,-./0123456789:;<=>?"),
    **_row(
        0x40, "≅\u0391\u0392\u03a7Δ\u0395ΦΓ\u0397\u0399ϑ\u039aΛ\u039c\u039d\u039fΠΘ\u03a1Σ\u03a4\u03a5ςΩΞΨ\u0396[∴]⊥_"
    ),
    **_row(0x60, "‾\u03b1βχδεφ\u03b3η\u03b9ϕκλμ\u03bd\u03bfπθ\u03c1\u03c3τ\u03c5ϖωξψζ{|}~"),
    **_row(0xA0, "€\u03d2\u2032≤/∞ƒ♣♦♥♠↔←↑→↓°±\u2033≥\u00d7∝∂•÷≠≡≈…  ↵"),
    **_row(0xC0, "ℵℑℜ℘⊗⊕∅∩\u222a⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧\u2228⇔⇐⇑⇒⇓"),
    **_row(0xE0, "◊⟨®©™∑"),
    0xF1: "⟩",
    0xF2: "∫",
}
_WINGDINGS: Final = {
    **_row(0x28, "☎"), **_row(0x2A, "✉"), **_row(0x46, "☞"), **_row(0x4A, "☺☻☹"), **_row(0x6C, "●"),
    **_row(0x6E, "■☐"), **_row(0x76, "❖"), **_row(0x80, "⓪①②③④⑤⑥⑦⑧⑨⑩⓿❶❷❸❹❺❻❼❽❾❿"), **_row(0x9F, "•"),
    **_row(0xA7, "▪☐"), **_row(0xAB, "★"), **_row(0xD8, "➢"), **_row(0xDF, "←→↑↓"), **_row(0xE8, "➔"),
    **_row(0xEF, "⇦⇨⇧⇩"), **_row(0xFB, "✘✔☒☑"),
}  # fmt: skip
_WINGDINGS_2: Final = {**_row(0x4F, "✗✓☒☑☒☒"), 0xA3: "☐"}
_WEBDINGS: Final = {0x61: "✔", 0x72: "✘", 0x63: "☐"}
_FONTS: Final = {"symbol": _SYMBOL, "wingdings": _WINGDINGS, "wingdings 2": _WINGDINGS_2, "webdings": _WEBDINGS}


def symbol(font: str, code: str) -> str:
    """Return what a font of symbols shows for a hexadecimal code; empty where no character is known for it."""
    try:
        return _sign(font, int(code, 16))
    except ValueError:
        return ""


def _sign(font: str, code: int) -> str:
    signs = _FONTS.get(font.lower(), _WINGDINGS)
    return signs.get(code - _FIRST_PRIVATE if code >= _FIRST_PRIVATE else code, "")


def readable(text: str, font: str) -> str:
    """Return `text` with the private letters of fonts of symbols as characters."""
    return _PRIVATE.sub(lambda found: _sign(font, ord(found.group())), text)


def bullet(text: str, font: str) -> str:
    """Return the sign before an item of a list; a dot for those that only their font can draw."""
    if font.lower() in _FONTS or _PRIVATE.search(text) or text == "o":
        return "•" if len(text) == 1 else "".join(_sign(font, ord(letter)) for letter in text)
    return text
