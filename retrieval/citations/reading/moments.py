"""Dates and times of day in the usual writings, each read as one value, or as two where a writing is ambiguous."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

from retrieval.citations.reading.languages.tables import months

Date = tuple[int | None, int | None, int | None]
"""Year, month and day; None for what a writing leaves open."""

_MONTHS: Final = 12
_DAYS: Final = 31
_CENTURY: Final = 2000
_NOON: Final = 12
_AMBIGUOUS: Final = frozenset({"may", "march", "mars", "mar", "mai", "dec", "set", "sept", "sep", "ago", "jan", "out"})


@dataclass(frozen=True, slots=True)
class Moment:
    """A date by its possible readings, or a time of day in minutes."""

    readings: tuple[Date, ...] = ()
    minutes: int | None = None


@cache
def _written() -> re.Pattern[str]:
    """Return one pattern for all writings; the group that matched tells which it was."""
    names = "|".join(sorted(map(re.escape, months()), key=len, reverse=True))
    month = rf"(?P<{{0}}>{names})\.?(?![^\W_])"
    year = (
        r"(?:\s*,?\s*(?:of |de |del |von )?(?P<{0}>\d{{4}})(?!\d)(?:\s?\u0433\b\.?|\s?\u0433\u043e\u0434\u0430?\b)?)?"
    )
    ordinal = r"(?:st|nd|rd|th|er|º|°|\.)?"
    return re.compile(
        r"(?<![\w.,/-])(?:"
        r"(?P<iy>\d{4})[-/.](?P<im>\d{1,2})[-/.](?P<id>\d{1,2})(?![\d-])"
        r"|(?P<nd>\d{1,2})(?P<sep>[./-])(?P<nm>\d{1,2})(?P=sep)(?P<ny>\d{4}|\d{2})(?![\d/-])"
        r"|(?P<cy>\d{4})年(?:(?P<cm>\d{1,2})月(?:(?P<cd>\d{1,2})[日号])?)?"
        r"|(?P<em>\d{1,2})月(?:(?P<ed>\d{1,2})[日号])?"
        rf"|(?P<dd>\d{{1,2}}){ordinal}\s*(?:of |de |d')?{month.format('dm')}{year.format('dy')}"
        rf"|{month.format('mm')}\s+(?P<md>\d{{1,2}})(?!\d|[.,:]\d)(?:st|nd|rd|th)?{year.format('my')}"
        rf"|{month.format('om')}\s*(?:,|of|de|del)?\s*(?P<oy>\d{{4}})(?!\d)"
        rf"|{month.format('am')}"
        r"|(?P<hh>[01]?\d|2[0-3]):(?P<mi>[0-5]\d)(?::[0-5]\d)?(?!\d)(?:\s*(?P<half>[ap])\.?m\b\.?|\s*(?:uhr|h)\b)?"
        r"|(?P<ph>1[0-2]|0?[1-9])(?:[.:](?P<pm>[0-5]\d))?\s*(?P<phalf>[ap])\.?\s?m\b\.?"
        r"|(?P<uh>[01]?\d|2[0-3])(?:\.(?P<um>[0-5]\d))?\s*uhr\b"
        r"|(?P<fh>[01]?\d|2[0-3])\s?h\s?(?P<fm>[0-5]\d)\b"
        r")"
    )


def moments(text: str) -> tuple[str, list[Moment]]:
    """Return a cleaned text with each date and time replaced by its number between null characters, and these."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
    found: list[Moment] = []
    pieces: list[str] = []
    end = 0
    for match in _written().finditer(lowered.replace("\0", " ")):
        moment = _moment(match, text)
        if moment is None:
            continue
        pieces += [text[end : match.start()], f" \0{len(found)}\0 "]
        found.append(moment)
        end = match.end()
    return "".join((*pieces, text[end:])), found


def agree(claimed: Moment, offered: Moment, years: frozenset[int]) -> bool:
    """Tell whether a moment says all that the claimed one says; a year may be one of `years`, known from around it."""
    if claimed.minutes is not None or offered.minutes is not None:
        return claimed.minutes == offered.minutes
    return any(_says(one, other, years) for one in claimed.readings for other in offered.readings)


def weekday(moment: Moment) -> Iterator[int]:
    """Yield the weekdays, from 1 for Monday, on which the readings of a whole date fall."""
    for year, month, day in moment.readings:
        if year and month and day:
            yield date(year, month, day).isoweekday()


def _says(claimed: Date, offered: Date, years: frozenset[int]) -> bool:
    year, month, day = claimed
    if year is not None and year != offered[0] and not (offered[0] is None and year in years):
        return False
    return (month is None or month == offered[1]) and (day is None or day == offered[2])


def _moment(match: re.Match[str], text: str) -> Moment | None:
    """Read what matched; None for what only looks like a date."""
    part = match.groupdict()
    minutes = _minutes(part)
    if minutes is not None:
        return Moment(minutes=minutes)
    name = part["am"]
    if name is not None and (not text[match.start()].isupper() or (name in _AMBIGUOUS and match.start() == 0)):
        return None if name.isascii() and (name in _AMBIGUOUS or len(name) <= _SHORT) else _known([(None, name, None)])
    return _known(_readings(part))


_SHORT: Final = 4


def _readings(part: dict[str, str | None]) -> list[tuple[str | None, str | None, str | None]]:
    if part["nd"]:
        year, one, two = part["ny"], part["nd"], part["nm"]
        return [(year, two, one)] if part["sep"] == "." else [(year, two, one), (year, one, two)]
    for year, month, day in (("iy", "im", "id"), ("cy", "cm", "cd"), ("dy", "dm", "dd"), ("my", "mm", "md")):
        if part[month] or part[year]:
            return [(part[year], part[month], part[day])]
    if part["em"]:
        return [(None, part["em"], part["ed"])]
    return [(part["oy"], part["om"] or part["am"], None)]


def _known(readings: list[tuple[str | None, str | None, str | None]]) -> Moment | None:
    """Return the readings that are days of a calendar."""
    good: list[Date] = []
    for year, month, day in readings:
        number = None if month is None else int(month) if month.isdecimal() else months()[month]
        read = (_year(year), number, int(day) if day else None)
        if _possible(read):
            good.append(read)
    return Moment(tuple(dict.fromkeys(good))) if good else None


def _year(year: str | None) -> int | None:
    if not year:
        return None
    return int(year) if len(year) > len("99") else _CENTURY + int(year)


def _possible(read: Date) -> bool:
    year, month, day = read
    if month is not None and not 1 <= month <= _MONTHS:
        return False
    if day is None:
        return True
    try:
        date(year or _CENTURY, month or 1, day)
    except ValueError:
        return False
    return True


def _minutes(part: dict[str, str | None]) -> int | None:
    """Return minutes since midnight where the match is a time of day."""
    for hour, minute, half in (("hh", "mi", "half"), ("ph", "pm", "phalf"), ("uh", "um", None), ("fh", "fm", None)):
        if part[hour] is None:
            continue
        hours = int(part[hour] or 0)
        afternoon = part[half] if half else None
        if afternoon:
            hours = hours % _NOON + (_NOON if afternoon == "p" else 0)
        return hours * 60 + int(part[minute] or 0)
    return None
