"""Numbers in one form, whatever parts their thousands and decimals: `1,250.00`, `1.250,00` and `1 250` are 1250."""

import re
from typing import Final

# As they stand in folded text, digits in ASCII. Spaces and apostrophes part thousands only.
GROUPED: Final = (
    r"\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?(?!\d)"
    r"|\d{1,3}(?:\.\d{3})+,\d+(?!\d)"
    r"|\d{1,3}(?:[ '\u2019]\d{3})+(?:[.,]\d+)?(?!\d)"
    r"|\d+,(?:\d\d?|\d{4,})(?![\d,])"
)
NUMBER: Final = re.compile(rf"{GROUPED}|\d+(?:\.\d+)+")
PLAIN: Final = re.compile(r"\d+(?:\.\d+)+")

_POINTS: Final = re.compile(r"\d{1,3}(?:\.\d{3})+")
_SEPARATOR: Final = re.compile(r"[ ,.'\u2019]")
_THOUSAND: Final = 3


def number_terms(token: str) -> list[str]:
    """Return the terms of a number, its likeliest reading first.

    `1,250` and `1.250` are one thousand in some places and one and a quarter in others: both are one term, the same.
    `12,14` may be two numbers.
    """
    if token.isdigit():
        return [token]
    parts = _SEPARATOR.split(token)
    last = token[-len(parts[-1]) - 1]
    whole, fraction = "".join(parts[:-1]), parts[-1]
    inner = {mark for mark in token[: -len(fraction) - 1] if not mark.isdigit()}
    if last in " '\u2019":
        return [whole + fraction, *(parts if last == " " else ())]
    if inner and last not in inner:  # the last mark is another: a decimal point or comma
        return _decimals(whole, fraction)
    if inner or len(parts) > 2:  # noqa: PLR2004 - thousands, or the points of a version
        grouped = last == "," or _POINTS.fullmatch(token)
        return ([whole + fraction] if grouped else []) + ([token] if last == "." else [])
    if len(fraction) == _THOUSAND and len(whole) <= _THOUSAND and not whole.startswith("0"):
        return [whole + fraction]
    return _decimals(whole, fraction) + (parts if last == "," else [])


def _decimals(whole: str, fraction: str) -> list[str]:
    """Return a decimal number as written and without the zeros at its end."""
    plain = fraction.rstrip("0")
    short = f"{whole}.{plain}" if plain else whole
    return list(dict.fromkeys((short, f"{whole}.{fraction}")))
