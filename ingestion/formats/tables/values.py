"""A number as its cell shows it: the number formats of spreadsheets, applied.

Names of months and days are English, the decimal point is a point: a file does not say in which language it is looked
at. The short date of the reader's own country (format 14) is shown as 2027-03-31.
"""

from collections.abc import Callable, Mapping
from decimal import InvalidOperation
from functools import lru_cache
from math import isfinite
from types import MappingProxyType
from typing import Final

from ingestion.formats.tables.number_formats.dates import is_date, show_date
from ingestion.formats.tables.number_formats.numbers import show_general, show_number
from ingestion.formats.tables.number_formats.patterns import Section, SymbolKind, sections_of

GENERAL: Final = "General"
_ISO_DATE: Final = "yyyy-mm-dd"
_CJK_DATES: Final = (*range(27, 32), 36, *range(50, 55), 57, 58)
_CJK_TIMES: Final = (*range(32, 36), 55, 56)

BUILT_IN: Final[Mapping[int, str]] = MappingProxyType(
    {
        0: GENERAL,
        1: "0",
        2: "0.00",
        3: "#,##0",
        4: "#,##0.00",
        5: '"$"#,##0;-"$"#,##0',
        6: '"$"#,##0;-"$"#,##0',
        7: '"$"#,##0.00;-"$"#,##0.00',
        8: '"$"#,##0.00;-"$"#,##0.00',
        9: "0%",
        10: "0.00%",
        11: "0.00E+00",
        12: "# ?/?",
        13: "# ??/??",
        14: _ISO_DATE,
        15: "d-mmm-yy",
        16: "d-mmm",
        17: "mmm-yy",
        18: "h:mm AM/PM",
        19: "h:mm:ss AM/PM",
        20: "h:mm",
        21: "h:mm:ss",
        22: f"{_ISO_DATE} h:mm",
        37: "#,##0;(#,##0)",
        38: "#,##0;(#,##0)",
        39: "#,##0.00;(#,##0.00)",
        40: "#,##0.00;(#,##0.00)",
        41: '#,##0;-#,##0;"-"',
        42: '"$"#,##0;-"$"#,##0;"-"',
        43: '#,##0.00;-#,##0.00;"-"',
        44: '"$"#,##0.00;-"$"#,##0.00;"-"',
        45: "mm:ss",
        46: "[h]:mm:ss",
        47: "mm:ss.0",
        48: "##0.0E+0",
        49: "@",
        **dict.fromkeys(_CJK_DATES, _ISO_DATE),
        **dict.fromkeys(_CJK_TIMES, "h:mm"),
    }
)
"""Number formats that have a number only (ECMA-376 part 1, 18.8.30)."""

_COMPARE: Final[Mapping[str, Callable[[float, float], bool]]] = MappingProxyType(
    {
        "<": lambda one, other: one < other,
        ">": lambda one, other: one > other,
        "<=": lambda one, other: one <= other,
        ">=": lambda one, other: one >= other,
        "=": lambda one, other: one == other,
        "<>": lambda one, other: one != other,
    }
)


def show(value: float, code: str, *, since_1904: bool = False) -> str:
    """Return `value` as the number format `code` shows it; a format that cannot be followed shows the plain number."""
    if not isfinite(value):
        return str(value)
    sections = _sections(code)
    if not any(section.symbols for section in sections):
        return show_general(value)  # ";;;" hides it from the eye only
    section, signed = _chosen(sections, value)
    if is_date(section):
        shown = show_date(value, section, since_1904=since_1904)
        return show_general(value) if shown is None else shown.strip()
    try:
        return show_number(value if signed else abs(value), section).strip()
    except (InvalidOperation, OverflowError, ValueError):
        return show_general(value)


def show_text(text: str, code: str) -> str:
    """Return `text` as the number format `code` shows it: only the part for text has a say."""
    if "@" not in code or code == "@":
        return text
    section = next((section for section in reversed(_sections(code)) if section.has(SymbolKind.TEXT)), None)
    if section is None:
        return text
    return "".join(text if symbol.kind is SymbolKind.TEXT else symbol.text for symbol in section.symbols).strip()


def shows_date(code: str) -> bool:
    """Whether the number format `code` shows dates or times."""
    return is_date(_sections(code)[0])


@lru_cache(maxsize=4096)
def _sections(code: str) -> tuple[Section, ...]:
    return sections_of(code)


def _chosen(sections: tuple[Section, ...], value: float) -> tuple[Section, bool]:
    """Return the section for `value`, and whether it has to write the sign of a negative number itself."""
    numbers = sections[:3] if len(sections) > 3 else sections  # noqa: PLR2004 - the fourth is for text
    if any(section.condition for section in numbers):
        for place, section in enumerate(numbers):
            if section.condition is None or _COMPARE[section.condition[0]](value, section.condition[1]):
                return section, place == 0 or section.condition is None
        return numbers[-1], True
    if len(sections) > 1 and sections[-1].has(SymbolKind.TEXT):
        numbers = tuple(section for section in numbers if not section.has(SymbolKind.TEXT)) or numbers
    if value < 0 and len(numbers) > 1:
        return numbers[1], False
    if value == 0 and len(numbers) > 2:  # noqa: PLR2004 - the third is for zero
        return numbers[2], True
    return numbers[0], True
