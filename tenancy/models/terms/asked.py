"""What a question asks documents for: each of its words with all the terms that may stand for it in a document."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tenancy.models.terms.counts import by_script
from tenancy.models.terms.dates import WrittenDate, written_dates
from tenancy.models.terms.languages import LATIN, Language, likely_languages
from tenancy.models.terms.parts import cuts, parts
from tenancy.models.terms.segments import acronyms, folded, is_number, segments, tokens
from tenancy.models.terms.stems import bare, stems

# What a term counts that is not the word's stem in a likely language: of other spellings, and in other languages.
_SPELLED: Final = 0.7
_DOUBTFUL: Final = 0.5
_PART: Final = 0.4
_YEAR: Final = 0.5
_INCOMPLETE: Final = 0.3
_TWO_LETTERS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
# Two letters for one, between consonants: in Mueller, and not in blue, queue or does.
_LONG_NUMBER: Final = 4  # from here on a text may part its thousands
_UMLAUT: Final = re.compile(r"(?<=[b-df-hj-np-tv-z])(?:ae|oe|ue)(?=[b-df-hj-np-tv-z])")


@dataclass(frozen=True, slots=True)
class AskedTerm:
    """One word, number or date of a question, and the `terms` that it is found by: the likeliest first, with weights.

    `word` is folded, `written` the token it is from. Where it is a word, `stems` has its stem in each of the likely
    `languages`.
    """

    word: str
    written: str
    terms: Mapping[str, float]
    languages: tuple[Language, ...] = ()
    stems: tuple[str, ...] = ()
    is_date: bool = False
    is_number: bool = False
    in_capitals: bool = False


def question_weights(question: str) -> dict[str, float]:
    """Return the terms that a question is searched by and what each counts, at most 1.0."""
    weights: dict[str, float] = {}
    for asked in asked_terms(question):
        for term, weight in asked.terms.items():
            weights[term] = max(weights.get(term, 0.0), weight)
    return weights


def asked_terms(question: str) -> tuple[AskedTerm, ...]:
    """Return the dates, words and numbers of a question without its function words, unless it has no other words."""
    plain = folded(question)
    written = _written(plain)
    dates = written_dates(plain, written.keys())
    if dates:
        for date in reversed(dates):
            plain = f"{plain[: date.start]} {plain[date.end :]}"
        written = _written(plain)
    named = acronyms(question)
    found = {date.terms[0]: _asked_date(date) for date in dates}
    asked: dict[str, AskedTerm] = {}
    plenty: set[str] = set()
    for script, group in by_script(written).items():
        likely = likely_languages(group, script)
        plenty.update(
            word
            for word in group
            if word not in named and any(word in each.stop_words for each in likely or script[:1])
        )
        for each in _asked_words(group, written, script, likely):
            asked[each.word] = each if each.word not in named else replace(each, in_capitals=True)
    kept = [word for word in written if word not in plenty] or ([] if found else list(written))
    found.update((word, asked[word]) for word in kept)
    return tuple(found.values())


def _written(plain: str) -> dict[str, str]:
    """Return the words and numbers of a folded question, each with the token it is a part of."""
    found: dict[str, str] = {}
    for token in tokens(plain):
        if is_number(token):
            found.setdefault(token, token)
        else:
            for segment in segments(token):
                found.setdefault(segment, token)
    return found


def _asked_date(date: WrittenDate) -> AskedTerm:
    """Return a date with what is known of it where less is written: its month, its year."""
    weights: dict[str, float] = {}
    for term in date.terms:
        if len(term) == len(date.terms[0]):
            weights[term] = 1.0
        else:
            weights[term] = _YEAR if term.isdigit() else _INCOMPLETE
    return AskedTerm(date.terms[0], date.terms[0], weights, is_date=True)


def _asked_number(token: str) -> AskedTerm:
    first, *others = segments(token)
    return AskedTerm(token, token, {first: 1.0, **dict.fromkeys(others, _SPELLED)}, stems=(first,), is_number=True)


def _asked_words(
    group: Sequence[str], written: Mapping[str, str], script: tuple[Language, ...], likely: tuple[Language, ...]
) -> Iterator[AskedTerm]:
    """Yield the words of a question in one script with their stems in every language that they may be in.

    The first language of a script is always among them: a text that says too little of its language is stored in it.
    """
    sure = likely or _unjudged(group, script)
    rest = [each for each in (script[:1] if likely else script) if each not in sure]
    stemmed = [stems(group, language) for language in sure]
    doubted = [stems(group, language) for language in rest]
    others = [_others(group, language) for language in sure]
    for place, word in enumerate(group):
        token = written[word]
        if is_number(token) or (word.isdigit() and len(word) >= _LONG_NUMBER):
            yield _asked_number(word)
            continue
        own = tuple(found[place] for found in stemmed)
        weights = dict.fromkeys(own, 1.0)
        for found in others:
            for stem, weight in found.get(word, ()):
                weights.setdefault(stem, weight)
        for doubtful in doubted:
            weights.setdefault(doubtful[place], _DOUBTFUL)
        yield AskedTerm(word, token, weights, sure, own)


def _unjudged(group: Sequence[str], script: tuple[Language, ...]) -> tuple[Language, ...]:
    """Return the languages of words that tell of none: any, if their letters say that it is not the first.

    German is one of the two that are likely in any case, for it may be a compound.
    """
    if script is not LATIN or not all(word.isascii() for word in group):
        return script
    return LATIN[:2]


def _others(group: Sequence[str], language: Language) -> dict[str, list[tuple[str, float]]]:
    """Return what else words may be found by, and what that counts: other spellings, parts of long words."""
    forms: list[tuple[str, str, float]] = []
    for word in group:
        forms += [(word, form, _SPELLED) for form in spellings(word)]
        if language.has_parts:
            count = _PART if language.compounds else _SPELLED
            forms += [(word, part, count) for part in parts(word, language)]
    found: dict[str, list[tuple[str, float]]] = {}
    for (word, _, weight), stem in zip(forms, stems([form for _, form, _ in forms], language), strict=True):
        found.setdefault(word, []).append((stem, weight))
    return found


def spellings(word: str) -> Iterator[str]:
    """Yield other ways to write a word: without its accents, an umlaut as two letters or two letters as one."""
    if not word.isascii():
        plain = bare(word)
        if plain != word:
            yield plain
        spelled = word.translate(_TWO_LETTERS)
        if spelled != word:
            yield bare(spelled)
    else:
        joined = _UMLAUT.sub(lambda letters: letters[0][0], word)
        if joined != word:
            yield joined


def halves(asked: AskedTerm) -> Iterator[tuple[AskedTerm, AskedTerm]]:
    """Yield the pairs of words that a compound may be of, in the likeliest language that writes compounds."""
    language = next((each for each in asked.languages if each.compounds), None)
    if language is None:
        return
    for pair in cuts(asked.word):
        first, second = (
            AskedTerm(part, part, {stem: 1.0}, (language,), (stem,))
            for part, stem in zip(pair, stems(pair, language), strict=True)
        )
        yield first, second
