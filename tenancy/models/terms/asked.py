"""What a question asks documents for: each of its words with all the terms that may stand for it in a document."""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tenancy.models.terms.counts import by_script
from tenancy.models.terms.dates import WrittenDate, written_dates
from tenancy.models.terms.languages import LATIN, LATIN_END, Language, likely_languages, possible_languages
from tenancy.models.terms.parts import cuts, parts
from tenancy.models.terms.segments import acronyms, capitalised, folded, is_number, segments, tokens
from tenancy.models.terms.stems import bare, stems

# What a term counts that is not the word's stem in a likely language: of other spellings, and in other languages.
_SPELLED: Final = 0.7
_DOUBTFUL: Final = 0.5
_PART: Final = 0.4
_YEAR: Final = 0.4
_INCOMPLETE: Final = 0.3
_TWO_LETTERS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
# Two letters for one, between consonants: in Mueller, and not in blue, queue or does.
# A question with more words than these is asked for by its own stems only: it has enough to be found by.
_FEW_WORDS: Final = 60
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

    def is_in(self, terms: Container[str]) -> bool:
        """Tell whether a text with these terms has it, in one of the languages that it may be in."""
        return any(term in terms for term, weight in self.terms.items() if weight >= _DOUBTFUL)


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
    named, capitals = acronyms(question), capitalised(question)
    found = {date.terms[0]: _asked_date(date) for date in dates}
    likely = {script: (group, likely_languages(group, script)) for script, group in by_script(written).items()}
    kept = {
        word
        for script, (group, languages) in likely.items()
        for word in group
        if word in named or not any(word in each.stop_words for each in languages or script[:1])
    }
    if not kept and not found:
        kept = set(written)
    asked: dict[str, AskedTerm] = {}
    for script, (group, languages) in likely.items():
        chosen = [word for word in group if word in kept]
        for each in _asked_words(chosen, _Reading(written, script, languages, capitals)):
            asked[each.word] = each if each.word not in named else replace(each, in_capitals=True)
    found.update((word, asked[word]) for word in written if word in kept)
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class _Reading:
    """The words of one script of a question: the token of each, the script, its likely languages, capitals."""

    written: Mapping[str, str]
    script: tuple[Language, ...]
    likely: tuple[Language, ...]
    capitals: Container[str]


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


def _asked_words(group: Sequence[str], reading: _Reading) -> Iterator[AskedTerm]:
    """Yield words of a question with their stems in the languages that they are likely to be in, and in others."""
    sure = reading.likely or _unjudged(group, reading.script)
    stemmed = [stems(group, language) for language in sure]
    short = len(group) <= _FEW_WORDS
    others = [_others(group, language) for language in sure] if short else []
    doubted = _doubted(group, reading, sure) if short else {}
    for place, word in enumerate(group):
        token = reading.written[word]
        if is_number(token) or (word.isdigit() and len(word) >= _LONG_NUMBER):
            yield _asked_number(word)
            continue
        own = tuple(found[place] for found in stemmed)
        weights = dict.fromkeys(own, 1.0)
        for found in others:
            for stem, weight in found.get(word, ()):
                weights.setdefault(stem, weight)
        for stem in doubted.get(word, ()):
            weights.setdefault(stem, _DOUBTFUL)
        weights.setdefault(bare(word), _DOUBTFUL)
        yield AskedTerm(word, token, weights, sure, own)


def _doubted(group: Sequence[str], reading: _Reading, sure: tuple[Language, ...]) -> dict[str, list[str]]:
    """Return the stems of words in languages that the question is not in, but a document that answers it may be.

    A text that says too little of its language is stored in its script's first, and names are stored in any: all of
    these are asked for of a word that may be a name, and of all words where nothing tells the question's language.
    """
    names = [word for word in group if word in reading.capitals or not word.isascii()]
    found: dict[str, list[str]] = {}
    for language in reading.script:
        if language not in sure:
            words = group if not reading.likely or language is reading.script[0] else names
            for word, stem in zip(words, stems(words, language), strict=True):
                found.setdefault(word, []).append(stem)
    return found


def _unjudged(group: Sequence[str], script: tuple[Language, ...]) -> tuple[Language, ...]:
    """Return the languages of words that tell of none: those that have their letters.

    Words without accents may be of any language: English is likely, and German, for it may be a compound.
    """
    if script is LATIN and all(word.isascii() for word in group):
        return LATIN[:2]
    return possible_languages(group, script)


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
    if word >= LATIN_END:
        return
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
