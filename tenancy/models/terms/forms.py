"""Whether a word of a text is a form of one that is asked for, and what all such forms begin with or hold."""

from collections.abc import Sequence
from typing import Final

from tenancy.models.terms.asked import AskedTerm, spellings
from tenancy.models.terms.dates import HOURS, written_dates
from tenancy.models.terms.languages import ENGLISH, Language
from tenancy.models.terms.months import names_of
from tenancy.models.terms.numbers import NUMBER, number_terms
from tenancy.models.terms.parts import parts
from tenancy.models.terms.segments import folded, segments, tokens
from tenancy.models.terms.stems import bare, stems

_SHORT: Final = 3
_LONG: Final = 5
_SURE: Final = 0.7  # from this weight on a term stands for the whole word


def roots_of(asked: AskedTerm) -> tuple[tuple[str, ...], bool]:
    """Return what every form of a word has, without accents, and whether forms may have it inside and not in front.

    There are several where a word is spelled in several ways.
    """
    word = bare(asked.word)
    if not asked.languages:
        return (next(iter(asked.terms)) if asked.is_number else word,), False
    first, stem = asked.languages[0], asked.stems[0]
    if first.prefixes and word[0] in first.prefixes and len(word) > _SHORT:
        return (word[1:],), True
    if not word.startswith(stem[:_SHORT]) and stem in word:  # the stemmer takes off what comes before
        return (stem,), True
    shared = [_common(word, each) for each in asked.stems]
    root = _shortened(min((each for each in shared if len(each) >= _SHORT), key=len, default=word), word, first)
    spelled = (bare(each) for each in spellings(asked.word))
    others = (each[: len(root) + len(each) - len(word)] for each in spelled)
    return tuple(dict.fromkeys((root, *others))), any(
        each.has_parts for each in asked.languages
    ) or first.name == "arabic"


def _shortened(root: str, word: str, language: Language) -> str:
    """Return as much of a root as the text's forms surely have: stemmers may change its last letter."""
    if language.name == "german" and "ss" in word[: len(root) + 1]:  # a text may write one letter
        root = word[: word.index("ss")] or root
    if root[-1] in "ie" and len(root) >= _SHORT:  # the English stemmer writes y as i and may add an e
        return root[:-1]
    return root[:-1] if language is not ENGLISH and len(root) > _LONG else root


def _common(first: str, second: str) -> str:
    """Return what two words begin with."""
    differs = (place for place, (one, other) in enumerate(zip(first, second, strict=False)) if one != other)
    return first[: next(differs, min(len(first), len(second)))]


def is_form(asked: AskedTerm, word: str) -> bool:
    """Tell whether a word of a text is a form of the asked one, or a compound that has it as a part."""
    plain = folded(word)
    if plain == asked.word:
        return True
    pieces = [plain] if plain.isalpha() else [piece for token in tokens(plain) for piece in segments(token)]
    if _one_is_sure(asked, pieces) or any(_one_is_sure(asked, stems(pieces, each)) for each in asked.languages):
        return True
    language = next((each for each in asked.languages if each.has_parts), None)
    return language is not None and _one_is_sure(asked, stems(list(parts(plain, language)), language))


def _one_is_sure(asked: AskedTerm, terms: Sequence[str]) -> bool:
    return any(asked.terms.get(term, 0.0) >= _SURE for term in terms)


def places_of_date(asked: AskedTerm, text: str) -> list[int]:
    """Return where a text, in lower case with its digits in ASCII, has a date or time that is the asked one."""
    wanted = {term for term in asked.terms if len(term) == len(asked.word)}
    months = {name for term in wanted for name in names_of(term)}
    return [each.start for each in written_dates(text, months | HOURS) if not wanted.isdisjoint(each.terms)]


def places_of_number(asked: AskedTerm, text: str) -> list[int]:
    """Return where a text has a number that is the asked one, whatever parts its thousands and decimals."""
    return [
        match.start() for match in NUMBER.finditer(text) if any(term in asked.terms for term in number_terms(match[0]))
    ]
