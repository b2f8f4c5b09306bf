"""The terms of a text and how often it has each: stems in the language it is in, numbers, dates, pairs of characters.

Nothing here remembers a word: there is no cache, so no call can tell what an earlier one, perhaps another tenant's,
was about.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from tenancy.models.terms.dates import written_dates
from tenancy.models.terms.languages import LATIN, LATIN_END, NO_LANGUAGE, Language, language_of, script_of
from tenancy.models.terms.parts import parts
from tenancy.models.terms.segments import acronyms, folded, segment_counts
from tenancy.models.terms.stems import stems

# What a part of a compound counts in a document, of a word of its own.
_PART: Final = 0.3


def term_counts(text: str) -> dict[str, int]:
    """Return how often each term occurs in `text`.

    Text is NFKC and case-folded; function words are left out, unless capitals make them names, and words stemmed as
    the text's language says. `INV-2041` gives `inv2041` beside `inv` and `2041`, `1,250` gives `1250`, a date
    `2027-03-04`, `2027-03` and `--03-04` beside its words, and runs without spaces overlapping pairs of characters.
    """
    counts: Counter[str] = Counter()
    for _, words, stemmed in _read(text):
        for stem, count in zip(stemmed, words.values(), strict=True):
            counts[stem] += count
    return dict(counts)


def document_counts(text: str) -> dict[str, float]:
    """Return what a document is found by: its terms, and at a lower count the parts that its long words may have."""
    counts: dict[str, float] = {}
    pieces: dict[str, float] = {}
    for language, words, stemmed in _read(text):
        for stem, count in zip(stemmed, words.values(), strict=True):
            counts[stem] = counts.get(stem, 0.0) + count
        if language.has_parts:
            _add_parts(words, language, pieces)
    for piece, share in pieces.items():
        counts[piece] = counts.get(piece, 0.0) + share
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


def _read(text: str) -> Iterator[tuple[Language, dict[str, int], list[str]]]:
    """Yield each language of a text, how often it has each word of it that is no function word, and their stems."""
    plain = folded(text)
    counts = segment_counts(plain)
    dated = written_dates(plain, counts.keys())
    named = acronyms(text)
    for script, words in by_script(counts).items():
        language = language_of(words, script)
        kept = _kept(words, counts, language, named)
        yield language, kept, stems(list(kept), language)
    if dated:
        extra = Counter(term for date in dated for term in date.terms if term not in counts)
        yield NO_LANGUAGE, extra, list(extra)


def _kept(
    words: Iterable[str], counts: Mapping[str, int], language: Language, named: Mapping[str, int]
) -> dict[str, int]:
    stop = language.stop_words
    kept = {word: counts[word] for word in words if word not in stop}
    if named:
        kept.update((word, named[word]) for word in words if word in stop and word in named)
    return kept


def _add_parts(words: Mapping[str, int], language: Language, pieces: dict[str, float]) -> None:
    found = [(part, count) for word, count in words.items() for part in parts(word, language)]
    stemmed = stems([part for part, _ in found], language)
    for (_, count), stem in zip(found, stemmed, strict=True):
        pieces[stem] = max(pieces.get(stem, 0.0), _PART * count)
