"""The tokens of a text: words, numbers, codes, signs and the marks between them, each in its folded form."""

import re
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from typing import Final

from retrieval.citations.reading.languages.tables import languages, plain

HAN: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_MOST_HAN: Final = 4  # characters of the longest word in the tables
_UNSEEN: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_DASHES: Final = re.compile("[\u2010\u2011\u2012\u2013\u2014\u2212]")
_QUOTES: Final = re.compile("[\u2018\u2019\u02bc`\u00b4]")
_TOKEN: Final = re.compile(
    rf"(?P<moment>\x00\d+\x00)"
    rf"|(?P<phone>\+\d[\d ()/-]{{6,}}\d)"
    rf"|(?P<number>(?<![^\W_{HAN}])\d{{1,3}}(?:[ '\u00a0]\d{{3}})+(?![\d\w])|(?<![^\W_{HAN}])\d+(?:[.,]\d+)*)"
    rf"|(?P<han>[{HAN}]+)"
    rf"|(?P<word>[^\W\d_{HAN}](?:[^\W_{HAN}]|(?<=\w)[-'_/.&@](?=[^\W_{HAN}]))*)"
    r"|(?P<sign>\u00b0[CFcf]?|[%\u2030\u066a\u20ac$\u00a3\u00a5\u20bd\u20b9+\u2103])"
    r"|(?P<mark>\n|\||--+|[-,;:.!?()\[\]\"\u060c\u061b\u061f\u3001\u3002\uff0c])"
)
_DIGIT: Final = re.compile(r"\d")
_GLUED: Final = re.compile(r"(?<=\d)(?=[^\W\d_])")


class Kind(Enum):
    """What a token is."""

    WORD = auto()
    NUMBER = auto()
    CODE = auto()
    SIGN = auto()
    MOMENT = auto()
    MARK = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text as it is written, and folded; of a moment `folded` is its place among the moments read."""

    text: str
    folded: str
    kind: Kind


def cleaned(text: str) -> str:
    """Return a text as it is taken apart: no accents, one sign for each dash and quote, ASCII digits."""
    text = text.replace("\0", " ")  # what moments are marked by
    if not text.isascii():
        text = _QUOTES.sub("'", _DASHES.sub("-", plain(_UNSEEN.sub("", text).replace("\u00df", "ss"))))
        text = "".join(str(ord_digit) if (ord_digit := _digit(char)) >= 0 else char for char in text)
    return text


def tokens(text: str) -> list[Token]:
    """Split a cleaned text, in which moments are already written as their numbers between null characters."""
    found: list[Token] = []
    for match in _TOKEN.finditer(_GLUED.sub(" ", text) if _DIGIT.search(text) else text):
        written, kind = match[0], match.lastgroup
        if kind == "han":
            found.extend(Token(word, word, Kind.WORD) for word in _words(written))
        elif kind == "word":
            folded = written.lower()
            found.append(Token(written, folded, Kind.CODE if _DIGIT.search(folded) else Kind.WORD))
        elif kind == "moment":
            found.append(Token(written, written.strip("\0"), Kind.MOMENT))
        elif kind == "phone":
            found.append(Token(written, re.sub(r"\D", "", written), Kind.CODE))
        else:
            known = {"number": Kind.NUMBER, "sign": Kind.SIGN}.get(kind or "", Kind.MARK)
            found.append(Token(written, written.lower(), known))
    return found


def _digit(char: str) -> int:
    """Return the value of a digit of another script, -1 for anything else."""
    return int(char) if char.isdecimal() and not char.isascii() else -1


def _words(run: str) -> list[str]:
    """Split a run without spaces into the longest words of the tables; what is in none stands alone."""
    known, found, at = _han(), list[str](), 0
    while at < len(run):
        size = next((size for size in range(_MOST_HAN, 1, -1) if run[at : at + size] in known), 1)
        found.append(run[at : at + size])
        at += size
    return found


@cache
def _han() -> frozenset[str]:
    """Return the words of the Chinese tables that have more than one character."""
    chinese = languages()["zh"]
    phrases = (*chinese.harmless, *chinese.at_least, *chinese.at_most, *chinese.courtesy)
    words = {
        *(word for phrase in phrases for word in phrase), *chinese.function, *chinese.negation.whole,
        *chinese.only.whole, *chinese.but, *chinese.units, *chinese.scales, *chinese.weekdays,
        *chinese.opposites, *chinese.titles,
    }  # fmt: skip
    return frozenset(word for word in words if 1 < len(word) <= _MOST_HAN)
