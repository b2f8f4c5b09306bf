"""What one sentence, row or claim states, taken apart: its words, numbers, dates, names, codes and its polarity."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, Self

import Stemmer

from retrieval.citations.reading.languages.tables import Language, Phrase, fold, languages
from retrieval.citations.reading.moments import Moment, moments
from retrieval.citations.reading.names import names, pieces
from retrieval.citations.reading.quantities import Quantity, quantities
from retrieval.citations.reading.tokens import HAN, Kind, Token, cleaned, tokens

_HAN_RUN: Final = re.compile(f"[{HAN}]+")
_STEMMED: Final = {"en": "english", "de": "german", "es": "spanish", "fr": "french", "ru": "russian", "ar": "arabic"}
# The scripts that are told apart, each with the character after its last; what lies between is none of them.
_SCRIPTS: Final = (("latin", "\u0370"), ("", "\u0400"), ("cyrillic", "\u0530"), ("", "\u0600"), ("arabic", "\u0700"))
_RATE_ENDINGS: Final = ("ly", "lich", "ual", "uales", "anal", "anales", "ario", "aria", "uel", "uelle", "annum", "dien")
_PARTED: Final = re.compile("[-_/&@]")
_NOTHING: Final = frozenset[str]()
_KEY: Final = 7  # letters of a stem that are compared
_SURE: Final = 0.15  # least share of a text's words that are function words of the language it is taken for
_BREAKS: Final = frozenset({",", ";", ":", "|", "\n", ".", "!", "?", "\u060c", "\u061b", "\u061f", "\u3001", "\u3002"})


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a statement between two marks: what it holds, and how it is meant.

    `aside` is one in brackets, which speaks of what stands before it; `lead` one before a colon, which holds for what
    follows; `contrast` one that begins with a word such as `but`. `subject` is the first content word, `sides` are the
    pairs of opposites that its words belong to, `negations` how often it negates.
    """

    keys: frozenset[str]
    quantities: tuple[Quantity, ...]
    moments: tuple[Moment, ...]
    weekdays: frozenset[int]
    names: frozenset[str]
    codes: frozenset[str]
    negations: int
    sides: frozenset[tuple[str, int]]
    rates: frozenset[str]
    only: bool
    not_only: bool
    words: frozenset[str]
    aside: bool = False
    lead: bool = False
    contrast: bool = False
    subject: str = ""

    @property
    def valued(self) -> bool:
        """Tell whether it holds anything that must agree."""
        return bool(self.quantities or self.moments or self.names or self.codes)


@dataclass(frozen=True, slots=True)
class Statement:
    """A text taken apart into clauses, and what these hold in all; `plain` are its keys without numbers and dates.

    `language` is a code, "" where none is sure.
    """

    clauses: tuple[Clause, ...]
    language: str
    script: str
    keys: frozenset[str]
    plain: frozenset[str]
    quantities: tuple[Quantity, ...]
    moments: tuple[Moment, ...]
    weekdays: frozenset[int]
    names: frozenset[str]
    codes: frozenset[str]
    words: frozenset[str]
    sides: frozenset[tuple[str, int]]
    rates: frozenset[str]

    @classmethod
    def of(cls, clauses: Sequence[Clause], language: str, script: str, *, around: frozenset[str] = _NOTHING) -> Self:
        """Put clauses together; `around` are content words that hold for all of them."""
        keys = around.union(*(each.keys for each in clauses))
        return cls(
            tuple(clauses),
            language,
            script,
            keys=keys,
            plain=frozenset(key for key in keys if not key[0].isdigit() and not key.startswith("month ")),
            quantities=tuple(number for each in clauses for number in each.quantities),
            moments=tuple(moment for each in clauses for moment in each.moments),
            weekdays=frozenset(day for each in clauses for day in each.weekdays),
            names=_NOTHING.union(*(each.names for each in clauses)),
            codes=_NOTHING.union(*(each.codes for each in clauses)),
            words=_NOTHING.union(*(each.words for each in clauses)),
            sides=frozenset(side for each in clauses for side in each.sides),
            rates=_NOTHING.union(*(each.rates for each in clauses)),
        )


def read(text: str, *, language: str = "", sure: bool = False) -> Statement:
    """Take a text apart; `language` is that of what is around it, for a text that does not tell its own."""
    numbered, dates = moments(cleaned(text))
    found = tokens(numbered)
    words = [token.folded for token in found if token.kind is Kind.WORD]
    script = _script(words)
    own = language if sure and language else _language(words, script)
    known = languages()[own or language or "en"]
    parts = [_clause(part, dates, known, first=place == 0) for place, part in enumerate(_clauses(found, known))]
    return Statement.of(_led(parts), own, script)


def _led(parts: Sequence[Clause]) -> list[Clause]:
    """Let what stands before a colon hold for what follows: `Absent: A, B`."""
    found: list[Clause] = []
    lead: Clause | None = None
    for part in parts:
        if lead is not None:
            part = replace(part, sides=part.sides | lead.sides, negations=part.negations + lead.negations)  # noqa: PLW2901 - the same clause, led
        found.append(part)
        if part.lead:
            lead = part
    return found


def keys(text: str, language: str = "") -> frozenset[str]:
    """Return the content words of a text as they are compared."""
    return read(text, language=language).keys


def _script(words: Sequence[str]) -> str:
    """Return the script most of the words are written in: latin, cyrillic, arabic, han, or "" for none of these."""
    counts: dict[str, int] = {}
    for word in words:
        first = word[0]
        name = "han" if _HAN_RUN.match(first) else next((name for name, last in _SCRIPTS if first < last), "")
        counts[name] = counts.get(name, 0) + 1
    return max(counts, key=lambda name: counts[name], default="")


def _language(words: Sequence[str], script: str) -> str:
    """Return the language whose function words a text has most of, "" where none is sure."""
    alone = {"cyrillic": "ru", "arabic": "ar", "han": "zh"}.get(script)
    if alone or not words:
        return alone or ""
    counts = {code: sum(word in each.function for word in words) for code, each in languages().items()}
    best, second = sorted(counts, key=lambda code: -counts[code])[:2]
    return best if counts[best] > counts[second] and counts[best] >= _SURE * len(words) else ""


def _clauses(found: Sequence[Token], language: Language) -> list[list[Token]]:
    """Part tokens at marks, at brackets and before words such as `but`; a colon stays with the clause that it ends."""
    parts: list[list[Token]] = [[]]
    for place, token in enumerate(found):
        mark = token.kind is Kind.MARK and (token.text in _BREAKS or token.text.startswith("--"))
        dash = token.text == "-" and place > 0 and found[place - 1].kind is Kind.WORD
        turn = token.kind is Kind.WORD and token.folded in language.but
        both = token.folded in language.joining and _number_on_both(found, place)
        if mark or dash or turn or both or token.text in "()":
            parts.append([])
        if token.text == ":" and len(parts) > 1:
            parts[-2].append(token)
        elif not mark and token.text != ")":
            parts[-1].append(token)
    return [part for part in parts if any(token.kind is not Kind.MARK for token in part)] or [[]]


def _number_on_both(found: Sequence[Token], place: int) -> bool:
    """Tell whether `and` stands between two parts that have a number and more each."""
    before, after = found[max(0, place - 6) : place], found[place + 1 : place + 7]
    return all(
        any(token.kind is Kind.NUMBER for token in side[:-1] if side)
        and sum(token.kind is Kind.WORD for token in side) > 1
        for side in (before, after)
    )


def _clause(part: Sequence[Token], dates: Sequence[Moment], language: Language, *, first: bool) -> Clause:
    lead = bool(part) and part[-1].text == ":"
    part = part[:-1] if lead else part
    words = [token.folded for token in part if token.kind is Kind.WORD]
    numbers = tuple(quantities(part, language))
    content = next((word for word in words if word not in language.function), "")
    here = tuple(dates[int(token.folded)] for token in part if token.kind is Kind.MOMENT)
    codes = frozenset(_closed(token.folded) for token in part if token.kind is Kind.CODE)
    return Clause(
        keys=_keys(words, language) | codes | _spelled(part, here),
        quantities=numbers,
        moments=here,
        weekdays=frozenset(language.weekdays[word] for word in words if word in language.weekdays),
        names=frozenset(names(part, language, first=first)),
        codes=codes,
        negations=_negations(words, language),
        sides=frozenset(side for word in words for side in language.sides(word)),
        rates=_rates(part, language),
        only=_exclusive(words, language),
        not_only=any(word in language.only for word in words) and not _exclusive(words, language),
        words=frozenset(piece for word in words for piece in (word, *pieces(word))),
        aside=part[0].text == "(" if part else False,
        lead=lead,
        contrast=bool(words) and words[0] in language.but,
        subject=next(iter(_keys([content], language)), "") if content else "",
    )


def _closed(code: str) -> str:
    return re.sub(r"[-'_/.&@]", "", code)


def _spelled(part: Sequence[Token], dates: Iterable[Moment]) -> frozenset[str]:
    """Return numbers and months as words, for comparing what two clauses are about."""
    numbers = {re.sub(r"[ ',]", "", token.text) for token in part if token.kind is Kind.NUMBER}
    return frozenset(numbers) | {f"month {month}" for each in dates for _, month, _ in each.readings if month}


def _keys(words: Sequence[str], language: Language) -> frozenset[str]:
    """Return the content words stemmed and cut; of a script without spaces, pairs of characters."""
    if any(_HAN_RUN.match(word) for word in words):
        return _pairs(words, language)
    content = [
        part
        for word in words
        for part in _PARTED.split(word.split("'")[0])
        if part and part not in language.function and part not in language.negation
    ]
    algorithm = _STEMMED.get(language.code)
    stems = Stemmer.Stemmer(algorithm, 0).stemWords(content) if algorithm else content
    return frozenset(key for stem in stems if (key := fold(stem)[:_KEY]))


def _pairs(words: Sequence[str], language: Language) -> frozenset[str]:
    found: set[str] = set()
    run = ""
    for word in (*words, " "):
        if _HAN_RUN.match(word) and word not in language.function:
            run += word
            continue
        found.update(run[at : at + 2] for at in range(max(1, len(run) - 1)) if run)
        run = ""
        if word.strip() and not _HAN_RUN.match(word):
            found.add(word)
    return frozenset(found)


def _negations(words: Sequence[str], language: Language) -> int:
    """Count negations: words that only echo one count where there is no other, phrases that are none do not."""
    main = echo = 0
    for place, word in enumerate(words):
        if word in language.negation or word.endswith("n't") or word.startswith(("n'", "non-", "nicht-")):
            main += not _begins(language.harmless, words, place)
        elif word in language.echo:
            echo = 1
    return main or echo


def _begins(phrases: Sequence[Phrase], words: Sequence[str], at: int) -> bool:
    """Tell whether one of some phrases stands at a place among words, or around it where its second word does."""
    return any(
        tuple(words[start : start + len(phrase)]) == phrase
        for phrase in phrases
        for start in (at, at - phrase.index(words[at]) if words[at] in phrase else at)
        if start >= 0
    )


def _exclusive(words: Sequence[str], language: Language) -> bool:
    """Tell whether a clause says `only`; `not only` does not."""
    return any(
        word in language.only and not (place and words[place - 1] in language.negation)
        for place, word in enumerate(words)
    )


def _is_rate(word: str) -> bool:
    """Tell whether a word for a unit of time is `daily`, not `day`."""
    return word.endswith(_RATE_ENDINGS)


def _rates(part: Sequence[Token], language: Language) -> frozenset[str]:
    """Return the units after `per`, `each` or `a`."""
    found: set[str] = set()
    for one, other in pairwise(part):
        if one.folded in language.rates and other.folded in language.units:
            found.add(language.units[other.folded])
    found.update(
        language.units[each.folded] for each in part if each.folded in language.units and _is_rate(each.folded)
    )
    return frozenset(found)
