"""Numbers with what they count: a value in any usual writing, its unit or the noun beside it, and whether it bounds."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum, auto
from typing import Final

from retrieval.citations.reading.languages.tables import Language, Phrase, signs
from retrieval.citations.reading.tokens import Kind, Token

_LABELLED: Final = "#"  # `week 19` is no number of weeks
_ORDINAL: Final = "ordinal"
_GROUPED: Final = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_ENDING: Final = re.compile(r"st|nd|rd|th|er|e|eme|re|o|a")
_AHEAD: Final = 3  # words between a number and its unit, as in `20 additional working days`
_BACK: Final = 3
_TENS: Final = 20
_TEEN_TENS: Final = (60, 80)  # French counts on to 79 and 99
_HUNDRED: Final = 100
_COMMA_GROUPS: Final = frozenset({"en", "zh", "ar"})
_UNITS: Final = ("ein", "zwei", "drei", "vier", "funf", "sechs", "sieben", "acht", "neun")


class Bound(Enum):
    """Whether a number is a least or a most."""

    NONE = auto()
    LEAST = auto()
    MOST = auto()


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number: its possible values, its unit ("" where none is known), the word it counts, how it is meant.

    `qualifier` tells working days from calendar days; `former` is the first end of `from A to B`. Units that are exact
    multiples are turned into one; `written` is the unit as it stands, `likely` the value in the language's own writing.
    `place` is that of its token.
    """

    values: frozenset[Decimal]
    unit: str = ""
    noun: str = ""
    qualifier: str = ""
    bound: Bound = Bound.NONE
    former: bool = False
    place: int = 0
    worded: bool = False
    likely: Decimal = Decimal(0)
    written: str = ""


def quantities(found: Sequence[Token], language: Language) -> list[Quantity]:
    """Return the numbers among some tokens, in order."""
    read: list[Quantity] = []
    at = 0
    while at < len(found):
        values, size, unit = _number(found, at, language)
        if values:
            likely = _likely(values, found[at].text, language)
            value = Quantity(values, unit, place=at, worded=found[at].kind is Kind.WORD, likely=likely, written=unit)
            read.append(_counted(value, found, at + size, language) if not unit else value)
            read[-1] = replace(read[-1], bound=_bound(found, at, at + size, language))
        at += size
    return _shared(read, found, language)


def equal(one: Quantity, other: Quantity) -> bool:
    """Tell whether two quantities have one value; in different units only the likely readings count."""
    if one.written != other.written and one.unit == other.unit and one.unit:
        return one.likely == other.likely
    return bool(one.values & other.values)


def comparable(one: Quantity, other: Quantity) -> bool:
    """Tell whether two quantities could be values of one thing: their units measure the same, or one has none."""
    return not one.unit or not other.unit or signs().kind(one.unit) == signs().kind(other.unit)


def named_unit(words: Sequence[str], language: Language) -> str:
    """Return the first unit or currency among folded words, "" without one."""
    return next((unit for word in words if (unit := _unit(word, language))), "")


def values_of(text: str) -> frozenset[Decimal]:
    """Return what a written number may mean: separators of thousands and decimals change places between countries."""
    plain = re.sub(r"[ '\u00a0]", "", text)
    readings = {plain.replace(",", "")} if _thousands(plain, ",") else set[str]()
    if _thousands(plain, "."):
        readings.add(plain.replace(".", "").replace(",", "."))
    if plain.count(",") == 1 and plain.rfind(",") > plain.rfind("."):
        readings.add(plain.replace(".", "").replace(",", "."))
    if plain.count(".") == 1 and plain.rfind(".") > plain.rfind(","):
        readings.add(plain.replace(",", ""))
    if plain.isdecimal():
        readings.add(plain)
    return frozenset(Decimal(each) for each in readings if re.fullmatch(r"\d+(?:\.\d+)?", each))


def _thousands(text: str, mark: str) -> bool:
    whole = text.rsplit("." if mark == "," else ",", 1)[0]
    return mark in whole and _GROUPED.fullmatch(whole) is not None


def _number(found: Sequence[Token], at: int, language: Language) -> tuple[frozenset[Decimal], int, str]:
    """Read a number that begins at `at`: its values, how many tokens it takes, and its unit if that is told."""
    token = found[at]
    if token.kind is Kind.NUMBER:
        values, size = values_of(token.text) or frozenset({Decimal(0)}), 1
        if at + 1 < len(found) and _ENDING.fullmatch(found[at + 1].folded) and found[at + 1].text.islower():
            return values, 2, _ORDINAL
    elif token.kind is Kind.WORD:
        if token.folded in language.ordinals:
            return frozenset({Decimal(language.ordinals[token.folded])}), 1, _ORDINAL
        value, size = _worded(found, at, language.numerals)
        if size == 0:
            return frozenset(), 1, ""
        values = frozenset({Decimal(value)})
    else:
        return frozenset(), 1, ""
    while at + size < len(found) and found[at + size].folded.rstrip(".") in language.scales:
        factor = language.scales[found[at + size].folded.rstrip(".")]
        values, size = frozenset(value * factor for value in values), size + 1
    return values, size, ""


def _worded(found: Sequence[Token], at: int, numerals: Mapping[str, int]) -> tuple[int, int]:
    """Read a number written in words: its value, and how many tokens it takes (0 for none)."""
    word = found[at].folded
    joined = _joined(word, numerals)
    if joined is None:
        return 0, 0
    value, size = joined, 1
    while at + size < len(found):
        word = found[at + size].folded
        linked = word in {"y", "et", "-"} and at + size + 1 < len(found)
        following = numerals.get(found[at + size + 1].folded if linked else word)
        if following is None or not _goes_on(value, following):
            break
        value, size = value + following, size + (2 if linked else 1)
    return value, size


def _joined(word: str, numerals: Mapping[str, int]) -> int | None:
    """Return the value of one word, also of `fünfundzwanzig`, `twenty-five` and `quatre-vingt-dix`."""
    if word in numerals:
        return numerals[word]
    if "-" not in word and not (word.startswith(_UNITS) and "und" in word):
        return None
    for link in ("und", "-"):
        parts = word.replace("-et-", "-").split(link)
        values = [numerals.get(part.removesuffix("s") if part == "vingts" else part, -1) for part in parts]
        if len(parts) > 1 and min(values) >= 0:
            if values[:2] == [4, _TENS]:
                values = [4 * _TENS, *values[2:]]
            return sum(values)
    return None


def _goes_on(value: int, following: int) -> bool:
    if value == _HUNDRED:
        return 0 < following < _HUNDRED
    if value in _TEEN_TENS:
        return 0 < following < _TENS
    return value >= _TENS and value % 10 == 0 and value < _HUNDRED and 0 < following < 10  # noqa: PLR2004 - a digit


def _counted(value: Quantity, found: Sequence[Token], after: int, language: Language) -> Quantity:
    """Give a number its unit: the one after it, the sign or currency before it, else the word that follows."""
    noun = qualifier = ""
    for token in found[after : after + 1 + _AHEAD]:
        if token.kind in {Kind.NUMBER, Kind.MOMENT} or (token.kind is Kind.MARK and token.text not in "-("):
            break
        unit = _unit(token.folded, language)
        if unit in {"working", "calendar"}:
            qualifier = unit
            continue
        if unit:
            return _multiple(
                replace(value, unit=unit, noun=token.folded, qualifier=qualifier or _kind_of(token.folded))
            )
        if token.kind is Kind.MARK:
            continue
        if token.folded in language.function or token.kind is not Kind.WORD:
            break
        noun = noun or token.folded
    for token in reversed(found[max(0, value.place - 1) : value.place]):
        unit = _unit(token.folded, language)
        if unit:
            currency = unit.isupper() or token.kind is Kind.SIGN
            return _multiple(replace(value, unit=unit if currency else _LABELLED + unit))
    return replace(value, noun=noun, unit=qualifier and "day")


def _kind_of(word: str) -> str:
    """Tell what kind of days a compound counts, such as `Werktage`."""
    return "working" if word.startswith(("werk", "arbeits", "geschafts")) else ""


def _unit(word: str, language: Language) -> str:
    """Return the unit a folded word or sign names; a German compound is named by its end."""
    known = signs().units.get(word) or language.units.get(word)
    if known or language.code != "de":
        return known or ""
    for ending in ("tagen", "tage", "stunden", "wochen", "monaten", "monate", "jahren", "jahre", "minuten", "euro"):
        if word.endswith(ending) and len(word) > len(ending):
            return language.units.get(ending) or "EUR"
    return ""


def _multiple(value: Quantity) -> Quantity:
    of, factor = signs().multiples.get(value.unit, ("", Decimal(1)))
    values = frozenset(each * factor for each in value.values)
    return replace(value, written=value.unit, unit=of or value.unit, values=values, likely=value.likely * factor)


def _likely(values: frozenset[Decimal], text: str, language: Language) -> Decimal:
    """Return the value of an ambiguous writing in the text's language: `1,200` is a thousand in English only."""
    if len(values) == 1:
        return next(iter(values))
    thousands = ("," in text) == (language.code in _COMMA_GROUPS)
    return max(values) if thousands else min(values)


def _bound(found: Sequence[Token], start: int, end: int, language: Language) -> Bound:
    """Return whether words before a number, or right after it, make it a least or a most."""
    before = [token.folded for token in found[max(0, start - _BACK - 1) : start]]
    if before and _unit(before[-1], language):
        before.pop()  # `up to EUR 130`
    after = [token.folded for token in found[end : end + _BACK]]
    for bound, phrases in ((Bound.MOST, language.at_most), (Bound.LEAST, language.at_least)):
        for phrase in phrases:  # the longest first
            if before and phrase[-1] == before[-1] and tuple(before[-len(phrase) :]) == phrase:
                return bound
            if len(phrase) > 1 and phrase[0] in after and _within(after, phrase):
                return bound
    return Bound.NONE


def _within(words: list[str], phrase: Phrase) -> bool:
    at = words.index(phrase[0])
    return tuple(words[at : at + len(phrase)]) == phrase


def _shared(read: list[Quantity], found: Sequence[Token], language: Language) -> list[Quantity]:
    """Give both ends of a range, and the parts of a list, the unit that is written once; mark `from A` of `to B`."""
    for place in range(len(read) - 2, -1, -1):
        one, other = read[place], read[place + 1]
        between = [token.folded for token in found[one.place + 1 : other.place]]
        plain = [word for word in between if not _unit(word, language)]
        linked = len(plain) == 1 and (plain[0] in language.range or plain[0] == "-")
        if linked and one.unit in {"", other.unit}:
            from_to = plain[0] != "-" and plain[0] not in language.joining
            read[place] = one = replace(one, unit=other.unit, former=from_to)
        if linked and one.unit and not other.unit:
            read[place + 1] = replace(other, unit=one.unit)
    return read
