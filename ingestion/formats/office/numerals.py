"""Numbers of list items as Office writes them: 4, iv, d, 4th."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

_ROMAN: Final = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_MOST_ROMAN: Final = 3999
_CIRCLED: Final = 0x2460
_MOST_CIRCLED: Final = 20
_FOOTNOTE_MARKS: Final = "*†‡§"
_LATIN: Final = "abcdefghijklmnopqrstuvwxyz"
_RUSSIAN: Final = "абвгдежзиклмнопрстуфхцчшщэюя"
_TEENS: Final = range(10, 21)


def numeral(form: str, number: int) -> str:
    """Return `number` in a format of Word's (ST_NumberFormat); digits where the format is not known here."""
    write = _FORMS.get(form)
    return write(number) if write and number > 0 else str(number)


def _roman(number: int) -> str:
    if number > _MOST_ROMAN:
        return str(number)
    text = ""
    for value, letters in _ROMAN:
        times, number = divmod(number, value)
        text += letters * times
    return text


def _letters(number: int, alphabet: str) -> str:
    # After z comes aa, then bb: a letter is repeated.
    times, place = divmod(number - 1, len(alphabet))
    return alphabet[place] * (times + 1) if times < len(alphabet) else str(number)


def _ordinal(number: int) -> str:
    return "th" if number % 100 in _TEENS else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _circled(number: int) -> str:
    return chr(_CIRCLED + number - 1) if number <= _MOST_CIRCLED else str(number)


_FORMS: Final[Mapping[str, Callable[[int], str]]] = MappingProxyType(
    {
        "lowerRoman": _roman,
        "upperRoman": lambda number: _roman(number).upper(),
        "lowerLetter": lambda number: _letters(number, _LATIN),
        "upperLetter": lambda number: _letters(number, _LATIN).upper(),
        "russianLower": lambda number: _letters(number, _RUSSIAN),
        "russianUpper": lambda number: _letters(number, _RUSSIAN).upper(),
        "chicago": lambda number: _letters(number, _FOOTNOTE_MARKS),
        "decimalZero": lambda number: f"{number:02d}",
        "ordinal": lambda number: f"{number}{_ordinal(number)}",
        "decimalEnclosedCircle": _circled,
    }
)
