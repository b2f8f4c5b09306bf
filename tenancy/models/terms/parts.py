"""The parts of a long word by which it may be found, without a dictionary.

German and its neighbours write several nouns as one word. A cut leaves at least four letters with a vowel on both
sides, and what follows begins as words do: with a vowel, one consonant, or consonants that begin a word. Most cuts are
wrong, and harm little: no text has the parts that they leave. Hebrew writes its articles and prepositions, a letter
each, together with the word that follows.
"""

import re
from collections.abc import Iterator
from typing import Final

from tenancy.models.terms.languages import Language

_SHORTEST: Final = 9
_LONGEST: Final = 48
_LEAST: Final = 4
# From here on a word may have a part in its middle: looked for only before a joint that is plain to see.
_THREE_PARTS: Final = 14
_VOWELS: Final = "aeiouyäöüåøæàáâèéêëìíîïòóôùúû"
_ONSET: Final = re.compile(
    rf"(?:[bcdfghjklmnpqrstvwxz]|bl|br|ch|dr|dw|fj|fl|fr|gl|gn|gr|hj|hv|kl|kn|kr|kv|kw|pf|pfl|pfr|ph|pl|pr|qu|sch|"
    rf"sch[lmnrw]|sj|sk|skj|skr|sl|sm|sn|sp|spl|spr|st|str|sv|th|tj|tr|tsch|tv|tw|vl|vr|wr|zw)?[{_VOWELS}]"
)
_VOWEL: Final = re.compile(f"[{_VOWELS}]")
_JOINT: Final = re.compile(r"[bdfghklmnprt]s$")


def parts(word: str, language: Language) -> Iterator[str]:
    """Yield the parts that a folded word may have, each as it stands in the word, what joins it with it."""
    if language.compounds:
        for first, second in cuts(word):
            yield first
            yield second
        if len(word) >= _THREE_PARTS:
            yield from _middles(word)
    elif len(word) >= _LEAST and word[0] in language.prefixes:
        yield word[1:]


def cuts(word: str) -> Iterator[tuple[str, str]]:
    """Yield the two parts of each possible cut of a folded word."""
    for at in _places(word):
        yield word[:at], word[at:]


def _places(word: str) -> Iterator[int]:
    if _SHORTEST <= len(word) <= _LONGEST:
        for at in range(_LEAST, len(word) - _LEAST + 1):
            if word[at - 1] not in "cq" and _ONSET.match(word, at) and _VOWEL.search(word, 0, at):
                yield at


def _middles(word: str) -> Iterator[str]:
    """Yield what stands between a cut and a joining s further on: the contract in a Hafenvertragsverlängerung."""
    places = list(_places(word))
    for end in places:
        if _JOINT.search(word, 0, end):
            yield from (word[start:end] for start in places if end - start > _LEAST)
