"""Numbers as one section of a number format shows them: fixed, percent, scientific and fractions."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final

from ingestion.formats.tables.number_formats.patterns import Section, Symbol, SymbolKind

_PLAIN_CHARS: Final = 11
_SMALL: Final = 1e-4
_LARGE: Final = 1e17
_DENOMINATOR_DIGITS: Final = 6


def show_general(value: float) -> str:
    """Return `value` as a cell without a number format shows it, but whole numbers with all their digits."""
    if abs(value) < _LARGE and value == int(value):
        return str(int(value))
    if abs(value) < _SMALL or abs(value) >= _LARGE:
        mantissa, exponent = f"{value:.5E}".split("E")
        return f"{mantissa.rstrip('0').rstrip('.')}E{int(exponent):+03d}"
    decimals = max(_PLAIN_CHARS - 1 - len(str(int(abs(value)))), 2)
    return f"{_rounded(Decimal(repr(value)), decimals):f}".rstrip("0").rstrip(".")


def show_number(value: float, section: Section) -> str:
    """Return `value`, signed where it is negative, as `section` shows it.

    Raises InvalidOperation for what has too many digits.
    """
    if section.has(SymbolKind.GENERAL, SymbolKind.TEXT):
        general = (SymbolKind.GENERAL, SymbolKind.TEXT)
        return "".join(show_general(value) if symbol.kind in general else symbol.text for symbol in section.symbols)
    places = [place for place, symbol in enumerate(section.symbols) if symbol.kind is SymbolKind.DIGIT]
    if not places:
        return "".join(symbol.text for symbol in section.symbols)
    exact = abs(Decimal(repr(value))) * 100 ** sum(symbol.kind is SymbolKind.PERCENT for symbol in section.symbols)
    if section.has(SymbolKind.SLASH):
        shown = _with_fraction(exact, section.symbols, places)
    elif section.has(SymbolKind.EXPONENT):
        shown = _scientific(exact, section.symbols, places)
    else:
        shown = _fixed(exact, section.symbols, places)
    return f"-{shown}" if value < 0 and any(letter in "123456789" for letter in shown) else shown


def _rounded(value: Decimal, decimals: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def _fixed(value: Decimal, symbols: Sequence[Symbol], places: Sequence[int]) -> str:
    point = next((place for place, symbol in enumerate(symbols) if symbol.kind is SymbolKind.POINT), len(symbols))
    wholes = [place for place in places if place < point]
    decimals = [place for place in places if place > point]
    last = symbols[places[-1]].text
    value = value.scaleb(-3 * (len(last) - len(last.rstrip(","))))
    pattern = "".join(symbols[place].text for place in decimals).replace(",", "")
    digits, _, rest = f"{_rounded(value, len(pattern)):f}".partition(".")
    rest = _without_optional(rest, pattern)
    shares = _whole_shares(digits, [symbols[place].text for place in wholes])
    for place in decimals:
        count = len(symbols[place].text.replace(",", ""))
        shares.append(rest[:count])
        rest = rest[count:]
    shown = dict(zip((*wholes, *decimals), shares, strict=True))
    has_decimals = any(shown[place] for place in decimals)
    return "".join(
        shown.get(place, "" if place == point and not has_decimals else symbol.text)
        for place, symbol in enumerate(symbols)
    )


def _without_optional(decimals: str, pattern: str) -> str:
    least = len(pattern.rstrip("#?"))
    return decimals[:least] + decimals[least:].rstrip("0")


def _whole_shares(digits: str, patterns: Sequence[str]) -> list[str]:
    """Return what each of the runs of placeholders shows of the whole number `digits`: the first takes what is over."""
    if not patterns:
        return []
    least = sum(pattern.count("0") for pattern in patterns)
    digits = digits.lstrip("0").rjust(least, "0")
    if len(patterns) == 1:
        return [_grouped(digits) if "," in patterns[0].rstrip(",") else digits]
    shares: list[str] = []
    for pattern in reversed(patterns[1:]):
        count = len(pattern.replace(",", ""))
        shares.append(digits[-count:])
        digits = digits[:-count]
    return [digits, *reversed(shares)]


def _grouped(digits: str) -> str:
    first = len(digits) % 3
    groups = [digits[start : start + 3] for start in range(first, len(digits), 3)]
    return ",".join([digits[:first], *groups] if first else groups)


def _scientific(value: Decimal, symbols: Sequence[Symbol], places: Sequence[int]) -> str:
    mark = next(place for place, symbol in enumerate(symbols) if symbol.kind is SymbolKind.EXPONENT)
    before = [place for place in places if place < mark]
    after = [place for place in places if place > mark]
    point = next((place for place, symbol in enumerate(symbols) if symbol.kind is SymbolKind.POINT), mark)
    step = max(sum(len(symbols[place].text) for place in before if place < point), 1)
    pattern = "".join(symbols[place].text for place in before if place > point)
    exponent = (value.adjusted() // step) * step if value else 0
    mantissa = _rounded(value.scaleb(-exponent), len(pattern))
    if mantissa and mantissa.adjusted() >= step:
        exponent += step
        mantissa = _rounded(value.scaleb(-exponent), len(pattern))
    whole, _, rest = f"{mantissa:f}".partition(".")
    rest = _without_optional(rest, pattern)
    sign = "-" if exponent < 0 else "+" if symbols[mark].text.endswith("+") else ""
    shown = f"{whole}.{rest}" if rest else whole
    width = sum(len(symbols[place].text) for place in after)
    head = "".join(symbol.text for symbol in symbols[: min((*before, point))])
    tail = "".join(symbol.text for place, symbol in enumerate(symbols) if place > (after or [mark])[-1])
    return f"{head}{shown}E{sign}{str(abs(exponent)).zfill(width)}{tail}"


def _with_fraction(value: Decimal, symbols: Sequence[Symbol], places: Sequence[int]) -> str:
    slash = next(place for place, symbol in enumerate(symbols) if symbol.kind is SymbolKind.SLASH)
    end = slash + 1
    while end < len(symbols) and all(letter in "0123456789#?" for letter in symbols[end].text):
        end += 1
    pattern = "".join(symbol.text for symbol in symbols[slash + 1 : end])
    above = [place for place in places if place < slash]
    if not pattern or not above:
        return _fixed(value, symbols, places)
    whole = int(value) if len(above) > 1 else 0
    part = Fraction(value - whole)
    if pattern.isdigit() and pattern.strip("0"):
        lower = int(pattern)
        upper = int(part * lower + Fraction(1, 2))
    else:
        near = part.limit_denominator(10 ** min(len(pattern), _DENOMINATOR_DIGITS) - 1)
        upper, lower = near.numerator, near.denominator
    if len(above) > 1 and upper == lower:
        whole, upper = whole + 1, 0
    shown = [str(whole)] if len(above) > 1 and (whole or not upper) else []
    if upper or len(above) == 1:
        shown.append(f"{upper}/{lower}")
    head = "".join(symbol.text for symbol in symbols[: above[0]])
    return f"{head}{' '.join(shown)}{''.join(symbol.text for symbol in symbols[end:])}"
