"""The terms of a text and how often it has each: stems in the language it is in, numbers, dates, pairs of characters.

Nothing here remembers a word: there is no cache, so no call can tell what an earlier one, perhaps another tenant's,
was about.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from tenancy.models.terms.dates import written_dates
from tenancy.models.terms.languages import LATIN, LATIN_END, NO_LANGUAGE, Language, languages_of, script_of
from tenancy.models.terms.parts import parts
from tenancy.models.terms.segments import acronyms, folded, segment_counts
from tenancy.models.terms.stems import stems

# What a part of a compound counts in a document, of a word of its own, and a word without the letter joined to it.
_PART: Final = 0.3
_PREFIXED: Final = 0.6
# What a stem counts in another language that a text may be in, and up to how many words one is read in several.
_DOUBTFUL: Final = 0.5
_LITTLE: Final = 40


def term_counts(text: str) -> dict[str, int]:
    """Return how often each term occurs in `text`.

    Text is NFKC and case-folded; function words are left out, unless capitals make them names, and words stemmed as
    the text's language says. `INV-2041` gives `inv2041` beside `inv` and `2041`, `1,250` gives `1250`, a date
    `2027-03-04`, `2027-03` and `--03-04` beside its words, and runs without spaces overlapping pairs of characters.
    """
    counts: Counter[str] = Counter()
    for languages, words in _read(text):
        for stem, count in zip(stems(list(words), languages[0]), words.values(), strict=True):
            counts[stem] += count
    return dict(counts)


def document_counts(text: str) -> dict[str, float]:
    """Return what a document is found by: its terms, and at lower counts what else its words may be.

    That is the parts that its long words may have and, where little text does not tell its language, other stems.
    """
    counts: dict[str, float] = {}
    less: dict[str, float] = {}
    for languages, words in _read(text):
        language = languages[0]
        for stem, count in zip(stems(list(words), language), words.values(), strict=True):
            counts[stem] = counts.get(stem, 0.0) + count
        if len(languages) > 1 and len(words) <= _LITTLE:
            _add_stems(words, languages[1:], less)
            language = next((each for each in languages if each.has_parts), language)
        if language.has_parts:
            _add_parts(words, language, less)
    for term, share in less.items():
        counts[term] = max(counts.get(term, 0.0), share)
    return counts


def by_script(words: Iterable[str]) -> dict[tuple[Language, ...], list[str]]:
    """Return words by the languages of their script, in order of appearance."""
    latin: list[str] = []
    found = {LATIN: latin}
    for word in words:
        if word < LATIN_END:
            latin.append(word)
        else:
            found.setdefault(script_of(word), []).append(word)
    return found


def _read(text: str) -> Iterator[tuple[tuple[Language, ...], dict[str, int]]]:
    """Yield the languages that each script of a text may be in, and how often it has each word that tells something."""
    plain = folded(text)
    counts = segment_counts(plain)
    dated = written_dates(plain, counts.keys())
    named = acronyms(text)
    for script, words in by_script(counts).items():
        languages = languages_of(words, script)
        yield languages, _kept(words, counts, languages[0], named)
    if dated:
        yield (NO_LANGUAGE,), Counter(term for date in dated for term in date.terms if term not in counts)


def _kept(
    words: Iterable[str], counts: Mapping[str, int], language: Language, named: Mapping[str, int]
) -> dict[str, int]:
    stop = language.stop_words
    kept = {word: counts[word] for word in words if word not in stop}
    if named:
        kept.update((word, named[word]) for word in words if word in stop and word in named)
    return kept


def _add_stems(words: Mapping[str, int], languages: Iterable[Language], less: dict[str, float]) -> None:
    for language in languages:
        for stem, count in zip(stems(list(words), language), words.values(), strict=True):
            less[stem] = max(less.get(stem, 0.0), _DOUBTFUL * count)


def _add_parts(words: Mapping[str, int], language: Language, less: dict[str, float]) -> None:
    share = _PART if language.compounds else _PREFIXED
    found = [(part, share * count) for word, count in words.items() for part in parts(word, language)]
    stemmed = stems([part for part, _ in found], language)
    for (_, count), stem in zip(found, stemmed, strict=True):
        less[stem] = max(less.get(stem, 0.0), count)
