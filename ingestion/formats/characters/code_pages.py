# ruff: noqa: RUF001 - letters and signs of other scripts are what this is about
"""The encoding from before Unicode that a text is in: the one that makes the likeliest text of its bytes.

A candidate is an encoding with a language. An encoding gives each text bytes of its own, so the likelihoods of the
same bytes under different candidates can be compared: letters by their shares in the language, and neighbours by what
stands side by side in words (capitals first, no signs inside, one script).
"""

import codecs
import math
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from ingestion.formats.characters.letters import CYRILLIC, EASTERN, LATIN, OTHERS, SHARES

_ALPHABETS: Final = MappingProxyType({**LATIN, **CYRILLIC, **OTHERS})
_WESTERN: Final = ("en", "de", "fr", "es", "pt", "it", "nl", "sv", "da", "fi", "is")
_CENTRAL: Final = ("pl", "cs", "sk", "hu", "ro", "hr", "de", "en")
_BALTIC: Final = ("lt", "lv", "et", "en")
_SINGLE: Final[Mapping[str, tuple[float, tuple[str, ...]]]] = MappingProxyType(
    {
        "cp1252": (0, _WESTERN),
        "cp1251": (0, tuple(CYRILLIC)),
        "cp1250": (-1, _CENTRAL),
        "cp1253": (-1, ("el", "en")),
        "cp1254": (-1, ("tr", "en")),
        "cp1255": (-1, ("he", "en")),
        "cp1256": (-1, ("ar", "en")),
        "cp1257": (-0.8, _BALTIC),
        "cp1258": (-2, ("vi",)),
        "cp874": (-1, ("th",)),
        "koi8_r": (-1.5, ("ru",)),
        "koi8_u": (-2, ("uk",)),
        "iso8859_2": (-2, _CENTRAL),
        "iso8859_5": (-2.5, tuple(CYRILLIC)),
        "iso8859_6": (-3, ("ar",)),
        "iso8859_7": (-2, ("el",)),
        "iso8859_13": (-2.5, _BALTIC),
        "iso8859_15": (-2, _WESTERN),
        "iso8859_16": (-3, ("ro",)),
        "mac_roman": (-3, _WESTERN),
        "mac_cyrillic": (-3, tuple(CYRILLIC)),
        "cp866": (-2.5, tuple(CYRILLIC)),
        "cp850": (-3.5, _WESTERN),
        "cp852": (-3.5, _CENTRAL),
    }
)
_DOUBLE: Final[Mapping[str, tuple[float, str]]] = MappingProxyType(
    {
        "gb18030": (0, "zh-hans"),
        "cp932": (0, "ja"),
        "cp949": (0, "ko"),
        "cp950": (-0.5, "zh-hant"),
        "euc_jp": (-1, "ja"),
    }
)
_ASCII: Final = 128
_UNKNOWN: Final = -15.0  # a byte that means nothing
_CONTROL: Final = -13.0
_ODD_SIGN: Final = -9.5
_SIGN: Final = -5.5
_SIGNS: Final = frozenset("«»„“”‘’–—…°€§©®№¿¡·•£½×±²³\xa0™‹›")
_FOREIGN: Final = -9.0  # a letter of the script that the language does not use
_STRANGE: Final = -12.0  # a letter of another script
_DOUBT: Final = 10.0
_KEPT: Final = 0.4  # the likelihood that a declared encoding may lack, for each byte that is not ASCII

_BEFORE_HANGUL: Final = "\u1100"
_LOWER, _UPPER, _ROMAN_LOWER, _ROMAN_UPPER, _MARK, _DIGIT, _GAP, _UNCASED = range(8)
_NEIGHBOURS: Final[Mapping[tuple[int, int], float]] = MappingProxyType(
    {
        (_LOWER, _UPPER): -5,
        (_ROMAN_LOWER, _UPPER): -5,
        (_LOWER, _ROMAN_UPPER): -5,
        (_ROMAN_LOWER, _ROMAN_UPPER): -3,
        (_GAP, _UPPER): -1.5,
        (_DIGIT, _UPPER): -3,
        (_MARK, _UPPER): -1.5,
        (_UPPER, _UPPER): -0.7,
        (_ROMAN_UPPER, _UPPER): -0.7,
        (_MARK, _LOWER): -3,
        (_MARK, _ROMAN_LOWER): -3,
        (_LOWER, _MARK): -2,
        (_ROMAN_LOWER, _MARK): -2,
        (_UPPER, _MARK): -2.5,
        (_ROMAN_UPPER, _MARK): -2.5,
        (_DIGIT, _LOWER): -3,
        (_LOWER, _DIGIT): -2,
    }
)
_MIXED: Final = -5.0  # a letter of the script beside a Roman one


def code_page(sample: bytes, declared: str | None = None) -> str:
    """Return the likeliest encoding of `sample`; `declared`, the name of a codec, where it is hardly less likely."""
    scores = dict(_scores(sample))
    best = max(scores, key=lambda name: (scores[name], name))
    if declared is None or declared == best:
        return best
    high = sum(byte >= _ASCII for byte in sample)
    own = scores.get(declared)
    if own is None:
        own = _score_of_any(sample, declared)
    return declared if own >= scores[best] - _DOUBT - _KEPT * high else best


def _scores(sample: bytes) -> Iterator[tuple[str, float]]:
    singles, pairs = Counter(sample), Counter(zip(b" " + sample, sample, strict=False))
    for encoding, (prior, languages) in _SINGLE.items():
        yield encoding, prior + _single_score(encoding, languages, singles, pairs)
    for encoding, (prior, language) in _DOUBLE.items():
        yield encoding, prior + _double_score(sample, encoding, language)


def _score_of_any(sample: bytes, encoding: str) -> float:
    if len(codecs.decode(b"\xb0\xa1", encoding, "replace")) == 1:
        return max(_double_score(sample, encoding, language) for language in EASTERN)
    singles, pairs = Counter(sample), Counter(zip(b" " + sample, sample, strict=False))
    return _single_score(encoding, tuple(_ALPHABETS), singles, pairs)


def _single_score(
    encoding: str, languages: tuple[str, ...], singles: Counter[int], pairs: Counter[tuple[int, int]]
) -> float:
    latin = languages[0] in LATIN
    classes = _classes(encoding)
    neighbours = 0.0
    for (before, after), count in pairs.items():
        if before < _ASCII and after < _ASCII:
            continue
        kinds = classes[before], classes[after]
        cost = _NEIGHBOURS.get(kinds, 0.0)
        if not latin and _mixes(*kinds):
            cost = _MIXED
        neighbours += count * cost
    return neighbours + max(
        sum(count * chances[byte] for byte, count in singles.items())
        for chances in (_chances(encoding, language) for language in languages)
    )


def _mixes(one: int, other: int) -> bool:
    roman, own = {_ROMAN_LOWER, _ROMAN_UPPER}, {_LOWER, _UPPER, _UNCASED}
    return (one in roman and other in own) or (one in own and other in roman)


@lru_cache(maxsize=64)
def _meanings(encoding: str) -> tuple[str, ...]:
    return tuple(bytes((byte,)).decode(encoding, errors="replace") for byte in range(256))


@lru_cache(maxsize=64)
def _classes(encoding: str) -> tuple[int, ...]:
    return tuple(_class(letter) for letter in _meanings(encoding))


def _class(letter: str) -> int:
    if letter.isascii():
        if letter.isalpha():
            return _ROMAN_LOWER if letter.islower() else _ROMAN_UPPER
        return _DIGIT if letter.isdigit() else _GAP
    if letter in "ªº’\xa0" or unicodedata.combining(letter):
        return _UNCASED
    if letter.isalpha():
        return _LOWER if letter.islower() else _UPPER if letter.isupper() else _UNCASED
    return _MARK


@lru_cache(maxsize=512)
def _chances(encoding: str, language: str) -> tuple[float, ...]:
    """Return the logarithm of the likelihood of each byte that `encoding` makes a letter or sign of `language`."""
    shares = _shares(language)
    script = _script(_ALPHABETS[language][0])
    return tuple(_chance(letter, shares, script) for letter in _meanings(encoding))


@lru_cache(maxsize=64)
def _shares(language: str) -> Mapping[str, float]:
    groups = [group.strip("-") for group in _ALPHABETS[language].split()]
    shares = {letter: share for share, group in zip(SHARES, groups, strict=False) for letter in group}
    whole = math.log(sum(shares.values()))
    own = {letter: math.log(share) - whole for letter, share in shares.items()}
    return own if language in LATIN else {**_shares("en"), **own}  # foreign words stand in any text


def _chance(letter: str, shares: Mapping[str, float], script: str) -> float:
    known = shares.get(letter, shares.get(letter.lower()))
    if known is not None:
        return known
    if letter.isascii():
        return -4.0 if (letter.isprintable() and not letter.isalpha()) or letter.isspace() else _SIGN
    if letter == "\ufffd":
        return _UNKNOWN
    if letter.isalpha():
        return _FOREIGN if _script(letter) == script else _STRANGE
    if letter in _SIGNS:
        return _SIGN
    return _ODD_SIGN if letter.isprintable() else _CONTROL


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").split(" ")[0]


def _double_score(sample: bytes, encoding: str, language: str) -> float:
    text = sample.decode(encoding, errors="replace")
    common = _common(language)
    score, before = 0.0, " "
    for letter, count in Counter(text).items():
        score += count * _eastern_chance(letter, common, language)
    for letter in text:
        # Roman letters and half-wide ones stand in groups: each change of them costs.
        if letter.isalpha() and before.isalpha() and letter.isascii() != before.isascii():
            score -= 3.0 if letter.islower() or before.islower() else 1.5
        if _is_narrow(letter):
            score += 3.0 if _is_narrow(before) or not before.isalpha() else 0.0
        before = letter
    return score


_HIRAGANA: Final = "のにはたをでとしていかなるがれまくもさりこっだすよあらけ"
_IDEOGRAPHS: Final = ("\u4e00", "\u9fff")


def _is_narrow(letter: str) -> bool:
    return "\uff61" <= letter <= "\uff9f"


@lru_cache(maxsize=8)
def _common(language: str) -> Mapping[str, float]:
    """Return the logarithms of the likelihoods of a language's commonest characters, in four steps by their order."""
    letters = list(dict.fromkeys(EASTERN[language]))
    share = 0.6 if language != "ja" else 0.25
    quarter = -(-len(letters) // 4)
    steps = (0.48, 0.24, 0.16, 0.12)
    known = {letter: math.log(share * steps[at // quarter] / quarter) for at, letter in enumerate(letters)}
    if language == "ja":
        known |= {letter: math.log(0.35 / len(_HIRAGANA)) for letter in _HIRAGANA}
    return known


def _eastern_chance(letter: str, common: Mapping[str, float], language: str) -> float:  # noqa: PLR0911 - a table in words
    known = common.get(letter)
    if known is not None:
        return known
    if letter.isascii():
        return _shares("en").get(letter.lower(), -4.0 if letter.isprintable() or letter.isspace() else _SIGN)
    if letter == "\ufffd":
        return _UNKNOWN
    if letter in "，。、；：？！（）「」《》・ー　～":
        return -5.0
    if "\u3041" <= letter <= "\u30ff":
        return -6.5 if language == "ja" else -11.0
    if "\uac00" <= letter <= "\ud7a3":
        return (-8.5 if _is_basic(letter, "euc_kr") else -12.0) if language == "ko" else -14.0
    if _IDEOGRAPHS[0] <= letter <= _IDEOGRAPHS[1]:
        return _ideograph_chance(letter, language)
    return _SIGN - 1.5 if _is_narrow(letter) or letter in _SIGNS or "\uff01" <= letter <= "\uff5e" else -11.0


def _ideograph_chance(letter: str, language: str) -> float:
    if language == "ko":
        return -12.0
    # In the national sets, the characters of everyday use come first, and the rare ones after them.
    everyday = {"zh-hans": ("gb2312", 0xD7), "zh-hant": ("big5", 0xC6), "ja": ("euc_jp", 0xCF)}[language]
    raw = letter.encode(everyday[0], errors="ignore")
    if len(raw) != 2:  # noqa: PLR2004 - bytes of a character
        return -14.0
    return -9.0 if raw[0] <= everyday[1] else -12.0


def is_usual(letter: str) -> bool:
    """Whether a character is one of an alphabet, or one of the commonest of the East."""
    if letter < _BEFORE_HANGUL:
        return letter.isprintable() or letter in "\t\n\r\f" or bool(unicodedata.combining(letter))
    return "\u2010" <= letter <= "\u2030" or "\u3001" <= letter <= "\u30ff" or letter in _usual_letters()


@lru_cache(maxsize=1)
def _usual_letters() -> frozenset[str]:
    return frozenset("".join(EASTERN.values()) + "，：；？！（）")


def _is_basic(letter: str, encoding: str) -> bool:
    return bool(letter.encode(encoding, errors="ignore"))
