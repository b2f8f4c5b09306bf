"""The words, numbers and codes of a text in any script, in one form of writing.

Scripts without spaces have no words to see: their runs are cut into overlapping pairs of characters, Thai and its
neighbours of whole clusters (a consonant with its vowels and marks), as any two texts are cut alike.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Final

from tenancy.models.terms.languages import FUNCTION_WORDS
from tenancy.models.terms.numbers import GROUPED, PLAIN, number_terms


def _class_of(categories: set[str]) -> str:
    """Return the characters of Unicode categories as ranges for a regular expression, which compile the faster."""
    points = [point for point in range(0x300, 0x1_1000) if unicodedata.category(chr(point)) in categories]
    starts = [point for place, point in enumerate(points) if place == 0 or points[place - 1] != point - 1]
    ends = [point for place, point in enumerate(points) if place + 1 == len(points) or points[place + 1] != point + 1]
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in zip(starts, ends, strict=True))


# Scripts written without spaces between words, or (Korean) with endings that no stemmer takes off.
_HAN: Final = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HANGUL: Final = "\uac00-\ud7af"
_CLUSTERED: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai and Lao, Burmese, Khmer
_UNSPACED: Final = _HAN + _HANGUL + _CLUSTERED
_UNSPACED_START: Final = "\u0e00"
# Combining marks, which Python's word class leaves out although words are written with them.
_MARKS: Final = _class_of({"Mn", "Mc"})
_LETTER: Final = rf"[^\W_{_UNSPACED}]"
_PART: Final = rf"{_LETTER}+(?:[{_MARKS}]+{_LETTER}*)*"
_JOINER: Final = "[-_./:@&'\u2019\u2010\u2011\u05f3\u05f4]"
# Words that begin with a letter come first, for they are the most.
_ASCII: Final = re.compile(rf"[a-z][a-z0-9]*(?:{_JOINER}[a-z0-9]+)*|{GROUPED}|[0-9][a-z0-9]*(?:{_JOINER}[a-z0-9]+)*")
_UNICODE: Final = re.compile(
    rf"(?![\d{_CLUSTERED}]){_PART}(?:{_JOINER}{_PART})*|{GROUPED}|{_PART}(?:{_JOINER}{_PART})*"
    rf"|[{_HAN}]+|[{_HANGUL}]+|[{_CLUSTERED}]+"
)
_HAN_RUN: Final = re.compile(f"[{_HAN}]+")
_HANGUL_RUN: Final = re.compile(f"[{_HANGUL}]+")
_CLUSTER: Final = re.compile(f"[\u0e40-\u0e44\u0ec0-\u0ec4]?[{_CLUSTERED}][{_MARKS}]*")
_CLUSTER_RUN: Final = re.compile(f"[{_CLUSTERED}]+")
_SPLIT: Final = re.compile(_JOINER)
_LOOSE: Final = re.compile("[/.:@]")  # joiners that make one term of their parts only among digits
_CLOSED_UP: Final = re.compile("[-_/:@&'\u2019\u2010\u2011\u05f3\u05f4]")  # all but the point, which tells 3.5 from 35
_GROUPED: Final = re.compile(rf"(?:{GROUPED})")
_NUMERIC: Final = re.compile(r"\d+(?:[ ,.'\u2019]\d+)+")
_DIGIT: Final = re.compile(r"\d")
_ASCII_RUN: Final = re.compile("[a-z]+|[0-9]+")
_RUN: Final = re.compile(rf"(?:[^\W\d]|[{_MARKS}])+|\d+")
# They break words on the screen, not in the mind; Arabic and Hebrew vowel signs and the stroke that stretches a word.
_INVISIBLE: Final = re.compile(
    "[\u00ad\u061c\u200b\u200d-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u0591-\u05bd\u05bf-\u05c7\u0640\u064b-\u0652\u0670]"
)
# The compatibility form takes apart what Thai and Lao write and type as one.
_DECOMPOSED: Final = (("\u0e4d\u0e32", "\u0e33"), ("\u0ecd\u0eb2", "\u0eb3"))
_OTHER_DIGIT: Final = re.compile(r"[^\D0-9]")
_UPPER: Final = "[A-Z\u00c0-\u00d6\u00d8-\u00de\u0391-\u03a9\u0400-\u042f]"
_CAPITALS: Final = re.compile(rf"{_UPPER}{{2,5}}(?!\w)")
_CAPITALISED: Final = re.compile(rf"{_UPPER}\w*")
_WORD: Final = re.compile(r"[^\W\d_]+")
_LONGEST_ACRONYM: Final = 4

_MOST_PARTS: Final = 4  # of a term that is kept whole; longer ones are paths
_SHORTEST_RUN: Final = 2
_LONGEST_TERM: Final = 64
_CONTRACTED: Final = frozenset({"s", "t", "d", "m", "ll", "re", "ve"})
_ELIDED: Final = frozenset(("c", "d", "j", "l", "m", "n", "qu", "s", "t", "dell", "all", "nell", "sull", "dall", "un"))


def folded(text: str) -> str:
    """Return `text` case-folded in compatibility form, digits in ASCII, without invisible signs and vowel points."""
    if text.isascii():
        return text.lower()
    composed = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    plain = unicodedata.normalize("NFKC", composed.casefold())
    for split, joined in _DECOMPOSED:
        plain = plain.replace(split, joined)
    return _OTHER_DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0])), plain)


def tokens(text: str) -> list[str]:
    """Return the words, numbers, codes and runs of a folded text in order."""
    return (_ASCII if text.isascii() else _UNICODE).findall(text)


def segment_counts(text: str) -> dict[str, int]:
    """Return how often a folded text has each term before it is stemmed."""
    counts: dict[str, int] = Counter(tokens(text))
    for token in [each for each in counts if not _is_whole(each)]:
        count = counts.pop(token)
        for term in segments(token):
            counts[term] = counts.get(term, 0) + count
    return counts


def _is_whole(token: str) -> bool:
    return len(token) <= _LONGEST_TERM and (token.isdigit() or (token.isalpha() and token < _UNSPACED_START))


def segments(token: str) -> Iterator[str]:
    """Yield the terms of one token: a word, a number, joined words, or pairs of a run without spaces."""
    if _is_whole(token):
        yield token
    else:
        for term in _segments(token):
            yield term[:_LONGEST_TERM]


def acronyms(text: str) -> dict[str, int]:
    """Return the function words that a text writes in capitals, as it does names (IT, OR, WHO), and how often.

    In a line of capitals only, such as a heading, nothing tells them apart, unless all its words are that short.
    """
    found: dict[str, int] = {}
    end, telling = -1, False
    for match in _CAPITALS.finditer(text):
        word = match[0].lower()
        if word not in FUNCTION_WORDS or text[match.start() - 1 : match.start()].isalnum():
            continue
        if match.start() >= end:  # each line is looked at once
            start, end = text.rfind("\n", 0, match.start()) + 1, text.find("\n", match.end())
            end = end if end >= 0 else len(text)
            telling = _tells_names(text[start:end])
        if telling:
            found[word] = found.get(word, 0) + 1
    return found


def _tells_names(line: str) -> bool:
    """Tell whether capitals in a line mean something: it has other letters too, or no long word."""
    return not line.isupper() or all(len(word) <= _LONGEST_ACRONYM for word in _WORD.findall(line))


def capitalised(text: str) -> set[str]:
    """Return the words that a text writes with a capital, in lower case: they may be names."""
    return {word.lower() for word in _CAPITALISED.findall(text)}


def is_number(token: str) -> bool:
    """Tell whether a token is a number of which thousands or decimals are parted."""
    return _NUMERIC.fullmatch(token) is not None and bool(_GROUPED.fullmatch(token) or PLAIN.fullmatch(token))


def _segments(token: str) -> Iterator[str]:
    if is_number(token):
        yield from number_terms(token)
    elif token < _UNSPACED_START:
        yield from _parts(token)
    elif _HAN_RUN.fullmatch(token):
        yield from _pairs(token)
    elif _HANGUL_RUN.fullmatch(token):
        yield from _pairs(token)
        if len(token) > 2:  # noqa: PLR2004 - a pair is there already
            yield token
    elif _CLUSTER_RUN.fullmatch(token):
        yield from _cluster_pairs(_CLUSTER.findall(token))
    else:
        yield from _parts(token)


def _pairs(run: str) -> Iterator[str]:
    yield from (run[i : i + 2] for i in range(max(1, len(run) - 1)))


def _cluster_pairs(clusters: list[str]) -> Iterator[str]:
    yield from ("".join(clusters[i : i + 2]) for i in range(max(1, len(clusters) - 1)))


def _parts(token: str) -> Iterator[str]:
    """Yield the parts of a token, and the token closed up if it is an identifier, a date or a hyphenated word."""
    parts, pattern = _SPLIT.split(token), _ASCII_RUN if token.isascii() else _RUN
    for part in parts:
        yield part
        runs = pattern.findall(part)
        if len(runs) > 1:
            yield from (run for run in runs if len(run) >= _SHORTEST_RUN)
    whole = 1 < len(parts) <= _MOST_PARTS and parts[-1] not in _CONTRACTED and parts[0] not in _ELIDED
    if whole and (_DIGIT.search(token) or not _LOOSE.search(token)):
        yield _CLOSED_UP.sub("", token)
