"""Turns text into weighted terms for the sparse half of a search (BM25).

Nothing here remembers a word: there is no cache, so no call can tell what an earlier one, perhaps another tenant's,
was about. The statistics that IDF needs belong to the tenant and arrive as arguments.

BM25: Robertson and Zaragoza, 2009, https://doi.org/10.1561/1500000019. Stems: Snowball English,
https://snowballstem.org.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from hashlib import blake2b

import Stemmer

_K1 = 1.2
_B = 0.75
# Fixed, so that a document's weights never depend on what else is stored; measured at most .004 nDCG worse.
_AVERAGE_LENGTH = 128
_ID_BYTES = 4

# Function words only; none that is also a month, a country, a testament or a victory when its capital is gone.
STOP_WORDS = frozenset(
    """
    a about above after again against all also am an and any are as at be because been before being below between both
    but by can could did do does doing down during each few for from further had has have having he her here hers
    herself him himself his how i if in into is it its itself just me might more most must my myself no nor not of
    off on once only or other our ours ourselves out over own same shall she should so some such than that the their
    theirs them themselves then there these they this those through to too under until up upon very was we were
    what when where which while who whom whose why with would you your yours yourself yourselves
    s t d ll m re ve doesn didn isn aren wasn weren wouldn couldn shouldn hasn haven hadn
    """.split()  # noqa: SIM905 - words read best as words
)

# Scripts written without spaces between words, or (Korean) with endings that no English stemmer takes off.
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
# Combining marks, which Python's word class leaves out although words are written with them.
_MARKS = "".join(char for char in map(chr, range(0x300, 0x1_1000)) if unicodedata.category(char) in {"Mn", "Mc"})
_LETTER = rf"(?:[^\W_{_CJK}]|[{_MARKS}])"
_NUMBER = r"\d{1,3}(?:,\d{3})+(?!\d)"
_JOINER = "[-_./:@&'\u2019\u2010\u2011]"
_ASCII = re.compile(rf"{_NUMBER}|[a-z0-9]+(?:{_JOINER}[a-z0-9]+)*")
_UNICODE = re.compile(rf"{_NUMBER}|{_LETTER}+(?:{_JOINER}{_LETTER}+)*|[{_CJK}]+")
_CJK_RUN = re.compile(f"[{_CJK}]+")
_SPLIT = re.compile(_JOINER)
_LOOSE = re.compile("[/.:@]")  # joiners that make one term of their parts only among digits
_CLOSED_UP = re.compile("[-_/:@&'\u2019\u2010\u2011]")  # all joiners but the point, which tells 3.5 from 35
_DECIMAL = re.compile(r"\d+(?:\.\d+)+")
_DIGIT = re.compile(r"\d")
_RUN = re.compile(r"[^\W\d]+|\d+")
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")  # they break words on the screen, not in the mind

_MOST_PARTS = 4  # of a term that is kept whole; longer ones are paths
_SHORTEST_RUN = 2
_LONGEST_TERM = 64
_CONTRACTED = frozenset({"s", "t", "d", "m", "ll", "re", "ve"})


def term_counts(text: str) -> dict[str, int]:
    """Return how often each term occurs in `text`.

    Text is NFKC and case-folded; English stop words are left out and words stemmed. `INV-2041` gives `inv2041` beside
    `inv` and `2041`, `1,250` gives `1250`, and Chinese, Japanese and Korean runs give overlapping pairs of characters.
    """
    folded = _folded(text)
    counts: Counter[str] = Counter()
    for token, count in Counter((_ASCII if folded.isascii() else _UNICODE).findall(folded)).items():
        for term in _terms(token):
            if term not in STOP_WORDS:
                counts[term[:_LONGEST_TERM]] += count
    stems: Counter[str] = Counter()
    # A stemmer of our own for each text: they are not made to be shared by threads, and take a microsecond to make.
    stemmer = Stemmer.Stemmer("english", 0)
    for stem, count in zip(stemmer.stemWords(list(counts)), counts.values(), strict=True):
        stems[stem] += count
    return dict(stems)


def document_weights(counts: Mapping[str, int]) -> dict[str, float]:
    """Return BM25's term-frequency part for each term of a text (k1 1.2, b .75, average length fixed at 128)."""
    length = sum(counts.values())
    penalty = _K1 * (1 - _B + _B * length / _AVERAGE_LENGTH)
    return {term: count * (_K1 + 1) / (count + penalty) for term, count in counts.items()}


def idf(document_frequency: int, total: int) -> float:
    """Return BM25's weight of a term that `document_frequency` of `total` texts have; never negative."""
    return max(0.0, math.log1p((total - document_frequency + 0.5) / (document_frequency + 0.5)))


def term_id(key: bytes, term: str) -> int:
    """Return a 32-bit id of `term` that without `key` (at most 64 bytes) tells nothing about the term."""
    return int.from_bytes(blake2b(term.encode(), key=key, digest_size=_ID_BYTES).digest(), "big")


def keyed_sparse(key: bytes, weights: Mapping[str, float]) -> tuple[list[int], list[float]]:
    """Return the ids of `weights`, ascending and each once, and their weights; terms that share an id are summed."""
    summed: dict[int, float] = {}
    for term, weight in sorted(weights.items()):  # sorted, so that equal weights give equal bits
        number = term_id(key, term)
        summed[number] = summed.get(number, 0.0) + weight
    ids = sorted(summed)
    return ids, [summed[number] for number in ids]


def _folded(text: str) -> str:
    """Return `text` case-folded in compatibility form, without invisible break marks."""
    if text.isascii():
        return text.lower()
    composed = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    return unicodedata.normalize("NFKC", composed.casefold())


def _terms(token: str) -> Iterator[str]:
    """Yield the terms of one token: a word, a number, joined words, or a run of characters without spaces."""
    if token.isascii() and token.isalpha():
        yield token
    elif "," in token:
        yield token.replace(",", "")
    elif _DECIMAL.fullmatch(token):
        yield token
    elif _CJK_RUN.fullmatch(token):
        yield from (token[i : i + 2] for i in range(max(1, len(token) - 1)))
    else:
        yield from _parts(token)


def _parts(token: str) -> Iterator[str]:
    """Yield the parts of a token, and the token closed up if it is an identifier, a date or a hyphenated word."""
    parts = _SPLIT.split(token)
    for part in parts:
        yield part
        runs = _RUN.findall(part)
        if len(runs) > 1:
            yield from (run for run in runs if len(run) >= _SHORTEST_RUN)
    whole = 1 < len(parts) <= _MOST_PARTS and parts[-1] not in _CONTRACTED
    if whole and (_DIGIT.search(token) or not _LOOSE.search(token)):
        yield _CLOSED_UP.sub("", token)
