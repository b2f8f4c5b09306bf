"""Dates, times and durations as a number format shows them; a day is 1, counted from the start of 1900 or of 1904."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Final

from ingestion.formats.tables.number_formats.patterns import Section, Symbol, SymbolKind

_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SECONDS_A_DAY: Final = 86_400
_LAST_DAY: Final = 2_958_466
_LEAP_BUG: Final = 60  # Excel counts a 29th of February 1900, which never was
_NOON: Final = 12
_MONTH_LETTER: Final = 5
_NAME: Final = 4
_SHORT_NAME: Final = 3


@dataclass(frozen=True, slots=True)
class _Moment:
    when: datetime
    seconds: Decimal
    """All of it in seconds, for durations."""
    fraction: Decimal
    halves: bool


def is_date(section: Section) -> bool:
    """Whether a section of a number format shows dates or times."""
    return section.has(SymbolKind.DATE, SymbolKind.ELAPSED)


def show_date(value: float, section: Section, *, since_1904: bool) -> str | None:
    """Return `value` in days as `section` shows it; None where that is no date at all, which Excel fills with #."""
    elapsed = section.has(SymbolKind.ELAPSED)
    if not elapsed and not 0 <= value < _LAST_DAY:
        return None
    places = _fraction_places(section.symbols)
    seconds = (Decimal(repr(value)) * _SECONDS_A_DAY).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    if abs(seconds) > _LAST_DAY * _SECONDS_A_DAY:
        return None
    whole = int(seconds)
    days, rest = divmod(abs(whole) if elapsed else whole, _SECONDS_A_DAY)
    halves = any(symbol.text.upper() in {"AM/PM", "A/P", "上午/下午"} for symbol in section.symbols)
    moment = _Moment(_day(days, since_1904=since_1904) + timedelta(seconds=rest), seconds, abs(seconds) % 1, halves)
    shown = "".join(_parts(section.symbols, moment))
    return f"-{shown}" if elapsed and seconds < 0 else shown


def _day(days: int, *, since_1904: bool) -> datetime:
    if since_1904:
        return datetime(1904, 1, 1) + timedelta(days=days)  # noqa: DTZ001 - a sheet's dates have no zone
    start = datetime(1899, 12, 31) if days < _LEAP_BUG else datetime(1899, 12, 30)  # noqa: DTZ001 - likewise
    return start + timedelta(days=days)


def _fraction_places(symbols: Sequence[Symbol]) -> int:
    for before, symbol in pairwise(symbols):
        if before.kind is SymbolKind.POINT and symbol.kind is SymbolKind.DIGIT:
            return min(len(symbol.text), 3)
    return 0


def _parts(symbols: Sequence[Symbol], moment: _Moment) -> list[str]:
    parts: list[str] = []
    for place, symbol in enumerate(symbols):
        if symbol.kind is SymbolKind.ELAPSED:
            parts.append(_elapsed(symbol.text, moment))
        elif symbol.kind is SymbolKind.DATE:
            minutes = symbol.text[0] in "mM" and _is_minutes(symbols, place)
            parts.append(_date_part("i" * len(symbol.text) if minutes else symbol.text.lower(), moment))
        elif symbol.kind is SymbolKind.DIGIT:
            parts.append(
                _fraction(symbol.text, moment) if place and symbols[place - 1].kind is SymbolKind.POINT else ""
            )
        elif symbol.kind is not SymbolKind.TEXT:
            parts.append(symbol.text)
    return parts


def _fraction(digits: str, moment: _Moment) -> str:
    return f"{moment.fraction:.3f}"[2 : 2 + min(len(digits), 3)]


def _is_minutes(symbols: Sequence[Symbol], place: int) -> bool:
    """Whether the m at `place` stands next to hours or seconds; elsewhere it means months."""
    timely = (SymbolKind.DATE, SymbolKind.ELAPSED)
    before = next((symbol.text[0].lower() for symbol in reversed(symbols[:place]) if symbol.kind in timely), "")
    after = next((symbol.text[0].lower() for symbol in symbols[place + 1 :] if symbol.kind in timely), "")
    return before == "h" or after == "s"


def _elapsed(unit: str, moment: _Moment) -> str:
    size = {"h": 3600, "m": 60, "s": 1}[unit[0].lower()]
    return str(int(abs(moment.seconds)) // size).zfill(len(unit))


def _date_part(letters: str, moment: _Moment) -> str:
    when, count = moment.when, len(letters)
    letter = letters[0]
    if letters in {"am/pm", "a/p", "上午/下午"}:
        late = when.hour >= _NOON
        return {"am/pm": ("AM", "PM"), "a/p": ("A", "P")}.get(letters, ("上午", "下午"))[late]
    if letter in "yeb":
        return f"{when.year % 100:02d}" if letter == "y" and count < _SHORT_NAME else f"{when.year:04d}"
    if letter == "m":
        return _month(when, count)
    if letter in "da":
        return _weekday(when, count) if count >= _SHORT_NAME else str(when.day).zfill(count)
    if letter == "g":
        return ""
    hour = (when.hour % _NOON or _NOON) if moment.halves else when.hour
    return str({"h": hour, "i": when.minute, "s": when.second}[letter]).zfill(min(count, 2))


def _month(when: datetime, count: int) -> str:
    name = _MONTHS[when.month - 1]
    if count == _MONTH_LETTER:
        return name[0]
    if count >= _SHORT_NAME:
        return name if count >= _NAME else name[:_SHORT_NAME]
    return str(when.month).zfill(count)


def _weekday(when: datetime, count: int) -> str:
    name = _DAYS[when.weekday()]
    return name if count >= _NAME else name[:_SHORT_NAME]
