"""The pieces of a number format, such as `#,##0.00 "kr";[Red]-0.0%`: its sections, each as symbols.

ECMA-376 part 1, 18.8.31, says what the letters mean.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

SECTION_CHARS: Final = 255
"""The longest format that Excel itself takes; of a longer one the rest is ignored."""


class SymbolKind(Enum):
    """What a piece of a number format stands for."""

    LITERAL = auto()
    """Shown as it is."""
    DIGIT = auto()
    """A run of 0, # and ?, with the commas in it."""
    POINT = auto()
    PERCENT = auto()
    EXPONENT = auto()
    SLASH = auto()
    DATE = auto()
    """A run of one letter of y, m, d, h, s, b, e, g, a or a half of the day."""
    ELAPSED = auto()
    """Hours, minutes or seconds that are not carried over: [h]."""
    GENERAL = auto()
    TEXT = auto()


@dataclass(frozen=True, slots=True)
class Symbol:
    """A piece of a number format as it is written."""

    kind: SymbolKind
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """One of the up to four parts of a number format; `condition` is an operator and what it compares with."""

    symbols: tuple[Symbol, ...]
    kinds: frozenset[SymbolKind]
    condition: tuple[str, float] | None = None

    def has(self, *kinds: SymbolKind) -> bool:
        """Whether a symbol of one of `kinds` is in it."""
        return not self.kinds.isdisjoint(kinds)


_PIECE: Final = re.compile(
    r"""
    "(?P<quoted>[^"]*)"?
    | \\(?P<escaped>.)
    | _.                                                # room as wide as a letter
    | \*(?P<fill>.)                                     # a letter that fills the cell
    | \[(?P<elapsed>h+|m+|s+)\]
    | \[(?P<operator><=|>=|<>|<|>|=)(?P<operand>-?[\d.]+)\]
    | \[\$(?P<currency>[^\]-]*)(?:-[^\]]*)?\]
    | \[[^\]]*\]                                        # colours, locales, digits of other scripts
    | (?P<general>General|Standard|G/Genera)
    | (?P<half>AM/PM|A/P|上午/下午)
    | (?P<exponent>E[+-])
    | (?P<digit>[0\#?][0\#?,]*)
    | (?P<date>y+|m+|d+|h+|s+|b+|e+|g+|a{3,})
    | (?P<end>;)
    | (?P<other>.)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_KINDS: Final = {
    "quoted": SymbolKind.LITERAL,
    "escaped": SymbolKind.LITERAL,
    "currency": SymbolKind.LITERAL,
    "elapsed": SymbolKind.ELAPSED,
    "general": SymbolKind.GENERAL,
    "half": SymbolKind.DATE,
    "exponent": SymbolKind.EXPONENT,
    "digit": SymbolKind.DIGIT,
    "date": SymbolKind.DATE,
}
_OTHERS: Final = {".": SymbolKind.POINT, "%": SymbolKind.PERCENT, "/": SymbolKind.SLASH, "@": SymbolKind.TEXT}


def sections_of(code: str) -> tuple[Section, ...]:
    """Return the sections of the number format `code`, at least one."""
    sections: list[Section] = []
    symbols: list[Symbol] = []
    condition: tuple[str, float] | None = None
    for piece in _PIECE.finditer(code[:SECTION_CHARS]):
        if piece["end"]:
            sections.append(_section(symbols, condition))
            symbols, condition = [], None
        elif piece["operator"]:
            condition = _condition(piece["operator"], piece["operand"])
        else:
            symbols += _symbols(piece)
    sections.append(_section(symbols, condition))
    return tuple(sections)


def _section(symbols: list[Symbol], condition: tuple[str, float] | None) -> Section:
    return Section(tuple(symbols), frozenset(symbol.kind for symbol in symbols), condition)


def _condition(operator: str, operand: str) -> tuple[str, float] | None:
    try:
        return operator, float(operand)
    except ValueError:
        return None


def _symbols(piece: re.Match[str]) -> Iterator[Symbol]:
    for group, kind in _KINDS.items():
        text = piece[group]
        if text:
            yield Symbol(kind, text)
            return
    if piece["other"]:
        yield Symbol(_OTHERS.get(piece["other"], SymbolKind.LITERAL), piece["other"])
    elif piece[0].startswith("_"):
        yield Symbol(SymbolKind.LITERAL, " ")
