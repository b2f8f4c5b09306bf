"""Make answers comparable: SQuAD's normalisation, its multilingual form, and numbers by value.

English follows the evaluation script of SQuAD 1.1 (lower case, no punctuation, no articles, single spaces). The other
languages follow that of MLQA (Lewis et al., 2020, arXiv:1910.07475): their own articles, punctuation by Unicode
category, and Chinese split into characters.
"""

import re
import unicodedata
from typing import Final

_ARTICLES: Final = {
    "ar": re.compile("\\s\u0627\u0644|^\u0627\u0644"),
    "de": re.compile(r"\b(ein|eine|einen|einem|eines|einer|der|die|das|den|dem|des)\b"),
    "en": re.compile(r"\b(a|an|the)\b"),
    "es": re.compile(r"\b(un|una|unos|unas|el|la|los|las)\b"),
}
_MARKER: Final = re.compile(r"\s*\[\d+\]")
_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")
_THOUSANDS: Final = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_CJK: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


def tokens(text: str, language: str = "en") -> list[str]:
    """Return the words of an answer that count, in order; [1] and the like are markers, not words."""
    plain = "".join(each for each in without_markers(text).lower() if not _is_punctuation(each))
    if language in _ARTICLES:
        plain = _ARTICLES[language].sub(" ", plain)
    if language == "zh":
        plain = _CJK.sub(lambda found: f" {found[0]} ", plain)
    return plain.split()


def without_markers(text: str) -> str:
    """Return the answer as it reads without its citation markers."""
    return _MARKER.sub("", text)


def numbers(text: str) -> frozenset[str]:
    """Return the values of the numbers in `text`: 2,910,000 is 2910000, digits of any script are equal."""
    folded = "".join(str(unicodedata.decimal(each)) if each.isdecimal() else each for each in text)
    return frozenset(_value(found) for found in _NUMBER.findall(folded))


def _value(written: str) -> str:
    if _THOUSANDS.fullmatch(written):
        return written.replace(",", "")
    return written


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character)[0] in {"P", "S"}
