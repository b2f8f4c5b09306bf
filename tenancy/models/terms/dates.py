"""Dates and times of day, however they are written, as terms of one form: `2027-03-04`, `2027-03`, `--03-04`, `14:30`.

Where day and month may be either (03/04/2027) both readings are given. All functions take folded text: case-folded, in
compatibility form, digits in ASCII.
"""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from tenancy.models.terms.months import FULL_MONTHS, MONTHS, THAI_MONTHS


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A date or time as a text writes it, from `start` to `end`; `terms` is what it is found by, the fullest first."""

    start: int
    end: int
    terms: tuple[str, ...]


_YEARS: Final = range(1000, 2300)
_BUDDHIST: Final = 543  # years that the Thai calendar is ahead
_ERAS: Final = {"令和": 2018, "平成": 1988, "昭和": 1925}
_CENTURY_TURN: Final = 70  # 4/3/69 is in this century, 4/3/70 in the last

# What may be a date or time by itself: digits with what parts them, or eight of them.
_DIGITAL: Final = re.compile(r"[0-9](?:[0-9]{0,3}[-/.:hapu][\w./:-]*\w|[0-9]{7}(?!\w)|[0-9]?h)")
_NUMBER: Final = re.compile("[0-9]")
_NUMERIC: Final = re.compile(
    r"(\d{4})([-/.])(\d{1,2})(?:\2(\d{1,2}))?|(\d{1,2})([-/.])(\d{1,2})\6(\d{4}|\d\d)|(\d\d?)[/.](\d{4})"
)
_COMPACT: Final = re.compile(r"((?:19|20)\d\d)(0[1-9]|1[0-2])([0-3]\d)")
_JOINED: Final = re.compile(r"(\d{1,2})[-/.]([^\W\d_]{3,10})\.?[-/.](\d{4}|\d\d)")
_CLOCK: Final = re.compile(r"([01]?\d|2[0-3])(?::([0-5]\d)(?::[0-5]\d)?|[.h]?([0-5]\d)?)([ap]m|uhr|hrs?|h)?")
_IDEOGRAPHIC: Final = re.compile(
    r"(?:(\d{4})|(令和|平成|昭和)\s?(\d{1,2}|元))\s?[年년]\s?(\d{1,2})\s?[月월](?:\s?(\d{1,2})\s?[日号號일])?"
)
_NUMBERED_MONTH: Final = re.compile(r"(?:(\d{1,2})\s)?tháng\s(\d{1,2})(?:\s?(?:,|/|năm)\s?(\d{4}))?")

_OF: Final = r"(?:,|\s|de |del |of |do |года? )*"
_DAY_BEFORE: Final = re.compile(
    r"(?:(?<!\d)(\d{1,2})(?:st|nd|rd|th|er)?\.?\s?(?:[-\u2013\u2014]|to|bis|and|und|y|et|e)\s?)?"
    r"(?<![\d.,])(\d{1,2})(?:st|nd|rd|th|er|\u00ba|o|[-\u2011]?(?:e|го|ого|е))?\.?\s?"
    r"(?:de |d['\u2019]|of |the |den )?$"
)
_YEAR_BEFORE: Final = re.compile(r"(?<!\d)(\d{4})\.?,?\s$")
_YEAR_AFTER: Final = re.compile(rf"\.?{_OF}(\d{{4}})(?![\d])")
_DAY_AFTER: Final = re.compile(
    r"\.?\s(\d{1,2})(?:st|nd|rd|th|er)?(?:\s?[-\u2013\u2014]\s?(\d{1,2}))?(?![\d.,:/%]\d|\d|\s?%)"
)
_WINDOW: Final = 24
_THAI: Final = re.compile("[\u0e01-\u0e5b]")

# Words that make a time of a number beside them.
HOURS: Final = frozenset(("am", "pm", "m", "uhr", "h", "hrs", "kl", "klo", "las", "às", "alle"))
_TIME: Final = re.compile(r"([01]?\d|2[0-3])(?:[:.h]([0-5]\d))?(?:\s?([ap])\.?m\b|\s(?:uhr|hrs?|h)\b)")
_TIME_AFTER: Final = re.compile(r"\b(?:kl\.?|klo|a las|às|alle)\s([01]?\d|2[0-3])(?:[:.h]([0-5]\d))?(?![\d.,:/])")
_NOON: Final = 12


def written_dates(folded: str, words: AbstractSet[str]) -> list[WrittenDate]:
    """Return the dates and times in a text with the distinct folded `words`, in order of appearance."""
    if not _NUMBER.search(folded):
        return []
    found = [date for run in _DIGITAL.finditer(folded) for date in _in_digits(folded, run)]
    found += _by_name(folded, words)
    if not HOURS.isdisjoint(words):
        found += _times(folded)
    return sorted(found, key=lambda each: each.start)


def _in_digits(text: str, match: re.Match[str]) -> Iterator[WrittenDate]:
    """Yield the date or time that a run of digits is by itself."""
    run, start, end = match[0], match.start(), match.end()
    if text[start - 1 : start].isalnum():
        return
    terms: list[str] = []
    if not run[-1].isdigit() or ":" in run or "h" in run:
        clock = _CLOCK.fullmatch(run)
        terms = _time(clock) if clock else []
    elif numeric := _NUMERIC.fullmatch(run):
        terms = [term for reading in _readings(*numeric.groups()) for term in _terms(*reading)]
    elif compact := _COMPACT.fullmatch(run):
        terms = _terms(*map(int, compact.groups()))
    elif (joined := _JOINED.fullmatch(run)) and joined[2] in MONTHS:
        terms = _terms(_full_year(joined[3]), MONTHS[joined[2]], int(joined[1]))
    if terms:
        yield WrittenDate(start, end, tuple(dict.fromkeys(terms)))


def _readings(*groups: str | None) -> list[tuple[int, int, int | None]]:
    """Return what year, month and day the groups of a numeric date may be."""
    year, mark, month, day, first, other, second, last, lone, after = groups
    if year and month:
        return [(int(year), int(month), int(day) if day else None)] if day or mark != "." else []
    if lone and after:
        return [(int(after), int(lone), None)]
    if not (first and second and last):
        return []
    readings: list[tuple[int, int, int | None]] = [(_full_year(last), int(second), int(first))]
    if other != ".":
        readings.append((_full_year(last), int(first), int(second)))
    return readings


def _by_name(text: str, words: AbstractSet[str]) -> Iterator[WrittenDate]:
    for name in MONTHS.keys() & words:
        yield from _around(text, name, MONTHS[name], whole=True)
    if text.isascii():
        return
    if "年" in text or "년" in text:
        for match in _IDEOGRAPHIC.finditer(text):
            year = int(match[1]) if match[1] else _ERAS[match[2]] + (1 if match[3] == "元" else int(match[3]))
            yield from _dated(match, year, int(match[4]), match[5])
    if "tháng" in words:
        for match in _NUMBERED_MONTH.finditer(text):
            yield from _dated(match, int(match[3]) if match[3] else None, int(match[2]), match[1])
    if _THAI.search(text):
        for number, name in enumerate(THAI_MONTHS, start=1):
            yield from _around(text, name, number, whole=False)


def _around(text: str, name: str, month: int, *, whole: bool) -> Iterator[WrittenDate]:
    """Yield the dates that the numbers on both sides of a month's name make with it."""
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        if not whole or not (text[at - 1 : at].isalnum() or text[end : end + 1].isalpha()):
            yield from _beside(text, at, end, month, full=name in FULL_MONTHS or not whole)
        at = text.find(name, end)


def _beside(text: str, at: int, end: int, month: int, *, full: bool) -> Iterator[WrittenDate]:
    low = max(0, at - _WINDOW)
    before, after = text[low:at], text[end : end + _WINDOW]
    day, days = _DAY_BEFORE.search(before), list[int]()
    start, stop, year = at, end, None
    if day:
        days = [int(each) for each in day.groups() if each]
        start = low + day.start(day.lastindex or 0) if len(days) == 1 else low + day.start()
    else:
        day = _DAY_AFTER.match(after)
        if day:
            days, stop = [int(each) for each in day.groups() if each], end + day.end()
    year_after = _YEAR_AFTER.match(text[stop : stop + _WINDOW])
    year_before = None if year_after else _YEAR_BEFORE.search(before)
    if year_after:
        year, stop = int(year_after[1]), stop + year_after.end()
    elif year_before and not (day and start < at):
        year, start = int(year_before[1]), low + year_before.start()
    if year is None and not (days and full):
        return
    terms = tuple(dict.fromkeys(term for day in days or (None,) for term in _terms(year, month, day)))
    if terms:
        yield WrittenDate(start, stop, terms)


def _times(text: str) -> Iterator[WrittenDate]:
    """Yield the times that a word beside them tells from other numbers, such as `2.30 p.m.` or `kl. 14.30`."""
    for match in _TIME.finditer(text):
        if not text[match.start() - 1 : match.start()].isalnum():
            yield WrittenDate(match.start(), match.end(), (_clock(match[1], match[2], match[3]),))
    for match in _TIME_AFTER.finditer(text):
        yield WrittenDate(match.start(1), match.end(), (_clock(match[1], match[2], None),))


def _time(clock: re.Match[str]) -> list[str]:
    return [_clock(clock[1], clock[2] or clock[3], (clock[4] or "")[:1])]


def _clock(hour: str, minutes: str | None, half: str | None) -> str:
    """Return a time as 24 hours have it; `half` is the first letter of am or pm."""
    value = int(hour)
    if half in {"a", "p"}:
        value = value % _NOON + (_NOON if half == "p" else 0)
    return f"{value:02}:{minutes or '00'}"


def _dated(match: re.Match[str], year: int | None, month: int, day: str | None) -> Iterator[WrittenDate]:
    terms = _terms(year, month, int(day) if day else None)
    if terms:
        yield WrittenDate(match.start(), match.end(), tuple(terms))


def _terms(year: int | None, month: int, day: int | None) -> list[str]:
    """Return the terms of a date, the fullest first; none if there is no such day."""
    if year is not None and year - _BUDDHIST in range(1850, 2100) and year not in _YEARS:
        year -= _BUDDHIST
    if not 1 <= month <= 12 or (day is not None and not 1 <= day <= 31) or (year is not None and year not in _YEARS):  # noqa: PLR2004 - months and days
        return []
    found: list[str] = []
    if day is not None and year is not None:
        found.append(f"{year}-{month:02}-{day:02}")
    if day is not None:
        found.append(f"--{month:02}-{day:02}")
    if year is not None:
        found += [f"{year}-{month:02}", str(year)]
    return found


def _full_year(digits: str) -> int:
    """Return a year of which the last two digits may be all that is written."""
    year = int(digits)
    if len(digits) > 2:  # noqa: PLR2004 - two digits leave the century out
        return year
    return year + (2000 if year < _CENTURY_TURN else 1900)
