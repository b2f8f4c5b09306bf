"""What the cell of a table says beside its words: a figure with its unit, or a day, however it is written.

Rules this module enforces:

* Figures are exact: a whole number of digits and a scale, never a float. A number that begins with a nought is a code.
* What can be read in two ways (`1.234`, `03/04/2027`) is read only where the rest of its column or table tells how.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self

_SYMBOLS: Final = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW", "₺": "TRY", "₽": "RUB"}
CURRENCIES: Final = frozenset(
    """
    AED ARS AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR ISK JPY KRW MXN MYR NOK NZD PEN PHP
    PLN QAR RON RSD RUB SAR SEK SGD THB TRY TWD UAH USD VND ZAR
    """.split()  # noqa: SIM905 - codes read best as words
)
"""Codes of currencies (ISO 4217) that may stand before a number."""
_SIGN: Final = "-+\u2212"
_FIGURE: Final = re.compile(
    rf"(?P<sign>[{_SIGN}]?)\s?(?:(?P<before>[{''.join(_SYMBOLS)}]|[A-Z]{{3}})\s?)?(?P<inner>[{_SIGN}]?)"
    r"(?P<number>\d+(?:[.,'\u2019 \u00a0\u202f]\d+)*)"
    rf"\s?(?P<after>[%\u2030{''.join(_SYMBOLS)}]|\u00b0\s?[CFcf]?|[^\W\d_]{{1,12}}[\u00b2\u00b3]?(?:/[^\W\d_]{{1,12}})?)?\.?"
)
_SPACED: Final = re.compile(r"['\u2019 \u00a0\u202f]")
_GROUPS: Final = 3
_MOST_DIGITS: Final = 18
_ISO_DAY: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.0+)?)?Z?)?")
_NUMERIC_DAY: Final = re.compile(r"(\d{1,2})([./-])\s?(\d{1,2})\2\s?(\d{4})")
_NAMED_DAY: Final = re.compile(
    r"(\d{1,2})(?:\.|st|nd|rd|th|er)?\s(?:de\s|of\s)?([^\W\d_]{3,10})\.?,?\s(?:de\s)?(\d{4})"
)
_MONTH_FIRST: Final = re.compile(r"([^\W\d_]{3,10})\.?\s(\d{1,2})(?:st|nd|rd|th)?,?\s(\d{4})")
_MONTHS: Final = (
    "january januar enero janvier", "february februar febrero fevrier", "march marz marzo mars maerz",
    "april abril avril", "may mai mayo", "june juni junio juin", "july juli julio juillet",
    "august agosto aout", "september septiembre setiembre septembre", "october oktober octubre octobre",
    "november noviembre novembre", "december dezember diciembre decembre",
)  # fmt: skip
_MONTH: Final = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_SHORT: Final = {name[:3]: number for name, number in _MONTH.items() if name[:3] not in {"jui", "mar"}} | {"mar": 3}
_STROKES: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "\u0131": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
_YEAR_MONTHS: Final = 12


@dataclass(frozen=True, slots=True)
class Amount:
    """An exact figure, `digits` / 10 ** `scale`, and its unit: "" without one, a currency by its code."""

    digits: int
    scale: int
    unit: str = ""

    def shortest(self) -> Self:
        """Return the same figure without noughts at the end of its fraction."""
        digits, scale = self.digits, self.scale
        while scale and digits % 10 == 0:
            digits, scale = digits // 10, scale - 1
        return replace(self, digits=digits, scale=scale)


def folded(text: str) -> str:
    """Return `text` without capitals and accents."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.casefold().translate(_STROKES))
    return "".join(part for part in parts if not unicodedata.combining(part))


def decimal_mark(texts: Iterable[str]) -> str | None:
    """Return what parts wholes from fractions in most of the cells that tell: "." or ","; None where none tells."""
    found = {".": 0, ",": 0}
    for text in texts:
        read = _FIGURE.fullmatch(text)
        mark = None if read is None else _told(read["number"])
        if mark is not None:
            found[mark] += 1
    if found["."] == found[","]:
        return None
    return max(found, key=lambda mark: found[mark])


def read_amount(text: str, mark: str | None = None) -> Amount | None:
    """Return the figure that a cell is, None for any other; `mark` is what parts a fraction where that is open."""
    is_owed = text.startswith("(") and text.endswith(")")  # as books write what is owed
    read = _FIGURE.fullmatch(text[1:-1] if is_owed else text)
    if read is None or bool(read["sign"]) + bool(read["inner"]) + is_owed > 1:
        return None
    before = read["before"] or ""
    if len(before) > 1 and before not in CURRENCIES:
        return None  # the letters of a code
    plain = _plain(read["number"], mark)
    if plain is None:
        return None
    whole, _, fraction = plain.partition(".")
    if (len(whole) > 1 and whole[0] == "0") or len(plain) > _MOST_DIGITS:
        return None
    after = (read["after"] or "").replace(" ", "")
    unit = before or after
    if before and after:
        return None
    digits = int(whole + fraction)
    negative = is_owed or (read["sign"] or read["inner"]) in {"-", "\u2212"}
    return Amount(-digits if negative else digits, len(fraction), _SYMBOLS.get(unit, unit))


def _told(number: str) -> str | None:
    """Return the decimal mark that a number shows by itself."""
    marks = [letter for letter in number if letter in ".,"]
    if not marks:
        return None
    if len(set(marks)) > 1:
        return marks[-1]
    other = "," if marks[0] == "." else "."
    if len(marks) > 1:
        return other
    whole, _, fraction = _SPACED.sub("", number).partition(marks[0])
    sure = len(fraction) != _GROUPS or len(whole) > _GROUPS or whole == "0"
    return marks[0] if sure else None


def _plain(number: str, mark: str | None) -> str | None:
    """Return a number with a point for its fraction and nothing else; None where it is none, or open."""
    if number.isdecimal() and number.isascii():
        return number
    told = _told(number)
    if told is None and any(letter in ".," for letter in number):
        told = mark or ("." if "," in number else None)  # 1,234 has a separator of thousands unless something tells
        if told is None:
            return None
    whole, point, fraction = number.partition(told) if told else (number, "", "")
    if _parted(fraction) != [fraction]:
        return None
    groups = _parted(whole)
    if len(groups) > 1 and (
        not groups[0] or len(groups[0]) > _GROUPS or any(len(each) != _GROUPS for each in groups[1:])
    ):
        return None
    closed = "".join(groups) + ("." if point else "") + fraction
    return closed if closed.isascii() else None


def _parted(number: str) -> list[str]:
    return re.split(r"[.,'\u2019 \u00a0\u202f]", number)


def month_first(texts: Iterable[str]) -> bool | None:
    """Tell whether days such as 03/14/2027 name the month first; None where none of them tells, or they disagree."""
    found: set[bool] = set()
    for text in texts:
        read = _NUMERIC_DAY.fullmatch(text)
        if read is None:
            continue
        first, mark, second = int(read[1]), read[2], int(read[3])
        is_told = mark == "." or first > _YEAR_MONTHS or second > _YEAR_MONTHS
        if is_told:
            found.add(mark != "." and first <= _YEAR_MONTHS)
    return found.pop() if len(found) == 1 else None


def read_moment(text: str, *, months_first: bool | None = None) -> int | None:
    """Return the day, or second, that a cell is, in seconds since the calendar began; None for any other."""
    if read := _ISO_DAY.fullmatch(text):
        return _seconds(*(int(part or 0) for part in read.groups()))
    if read := _NUMERIC_DAY.fullmatch(text):
        first, second, year = int(read[1]), int(read[3]), int(read[4])
        if read[2] == "." or first > _YEAR_MONTHS or first == second:
            months_first = False
        elif second > _YEAR_MONTHS:
            months_first = True
        if months_first is None:
            return None
        return _seconds(year, *((first, second) if months_first else (second, first)))
    if read := _NAMED_DAY.fullmatch(text):
        return _named(read[3], read[2], read[1])
    if read := _MONTH_FIRST.fullmatch(text):
        return _named(read[3], read[1], read[2])
    return None


def _named(year: str, name: str, day: str) -> int | None:
    plain = folded(name)
    month = _MONTH.get(plain) or (_SHORT.get(plain[:3]) if len(plain) <= len("sept") else None)
    return None if month is None else _seconds(int(year), month, int(day))


def _seconds(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> int | None:
    try:
        moment = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - compared with its like only
    except ValueError:
        return None
    return (moment.toordinal() * 24 + hour) * 3600 + minute * 60 + second


def written_like(sample: str, digits: int, scale: int) -> str:
    """Return `digits` / 10 ** `scale` written as the figure `sample`: its unit, its marks, thousands parted or not."""
    read = _FIGURE.fullmatch(sample)
    number = sample if read is None else read["number"]
    parts = re.split(r"\d+", number)
    mark = decimal_mark([number]) or ("," if "." in number and len(parts) > len(("", ".", "")) else ".")
    apart = next((part for part in parts if part and part != mark), "")
    whole, fraction = divmod(abs(digits), 10**scale)
    shown = f"{whole:,}".replace(",", apart) + (f"{mark}{fraction:0{scale}d}" if scale else "")
    sign = "-" if digits < 0 else ""
    if read is None:
        return sign + shown
    start, end = read.span("number")
    before = sample[:start].translate(dict.fromkeys(map(ord, _SIGN)))
    return f"{sign}{before}{shown}{sample[end:]}"
