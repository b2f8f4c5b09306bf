"""In which language a text is, judged by its scripts and function words: what to leave out of it, how to stem it.

Words of two scripts in one text have a language each. A text that says too little to judge is read in its script's
first language, and a question in all that it may be in.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tenancy.models.terms.alphabets import LETTERS_OF
from tenancy.models.terms.stop_words import STOP_WORDS_OF


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """One language: `algorithm` is Snowball's name of its stemmer, None without one.

    `compounds` tells whether it writes several nouns as one long word, `prefixes` which letters it writes before one,
    `letters` those with accents.
    """

    name: str
    algorithm: str | None
    stop_words: frozenset[str] = frozenset()
    compounds: bool = False
    prefixes: str = ""
    letters: frozenset[str] = frozenset()

    @property
    def has_parts(self) -> bool:
        """Whether its words may be found by a part of them."""
        return self.compounds or bool(self.prefixes)


def _languages(*names: str, stemmers: Mapping[str, str | None] | None = None) -> tuple[Language, ...]:
    own = stemmers or {}
    return tuple(
        Language(
            name,
            own.get(name, name),
            STOP_WORDS_OF.get(name, frozenset()),
            compounds=name in _COMPOUNDING,
            letters=LETTERS_OF.get(name, frozenset()),
        )
        for name in names
    )


_COMPOUNDING: Final = frozenset(("german", "dutch", "swedish", "norwegian", "danish", "finnish", "hungarian"))
LATIN: Final = _languages(
    *("english", "german", "french", "spanish", "italian", "portuguese", "dutch", "swedish", "norwegian", "danish"),
    *("finnish", "polish", "czech", "romanian", "hungarian", "turkish", "indonesian", "vietnamese"),
    stemmers={"vietnamese": None},
)
# Ukrainian has no stemmer of its own: the Russian one takes off many of its endings.
_CYRILLIC: Final = _languages("russian", "ukrainian", "serbian", stemmers={"ukrainian": "russian"})
# Hebrew and Arabic write some articles, prepositions and conjunctions, of a letter each, before their word.
_HEBREW: Final = Language("hebrew", None, STOP_WORDS_OF["hebrew"], prefixes="הובלכמש")
_ARABIC: Final = (
    Language("arabic", "arabic", STOP_WORDS_OF["arabic"], prefixes="وفبلك"),
    Language("persian", "persian", STOP_WORDS_OF["persian"]),
)
_GREEK: Final = _languages("greek")
NO_LANGUAGE: Final = Language("none", None)
ENGLISH: Final = LATIN[0]
LATIN_END: Final = "\u0250"

# Where a script ends, ascending, and the languages written in it; what lies between has no language of its own.
_SCRIPTS: Final = (
    (0x250, LATIN),
    (0x370, (NO_LANGUAGE,)),
    (0x400, _GREEK),
    (0x530, _CYRILLIC),
    (0x590, _languages("armenian")),
    (0x600, (_HEBREW,)),
    (0x780, _ARABIC),
    (0x900, (NO_LANGUAGE,)),
    (0x980, _languages("hindi")),
    (0xB80, (NO_LANGUAGE,)),
    (0xC00, _languages("tamil")),
    (0x1E00, (NO_LANGUAGE,)),
    (0x1F00, LATIN),
    (0x2000, _GREEK),
)
_WRITTEN_IN: Final = {language: family for _, family in _SCRIPTS for language in family}


def _function_words() -> dict[str, tuple[tuple[Language, float], ...]]:
    """Return which languages each function word speaks for, and how much: one that many share says little."""
    shared: dict[str, list[Language]] = {}
    for language in _WRITTEN_IN:
        for word in language.stop_words:
            shared.setdefault(word, []).append(language)
    return {word: tuple((each, 1 / len(found)) for each in found) for word, found in shared.items()}


FUNCTION_WORDS: Final = _function_words()
# What tells a language: words of one letter are letters as often, and a list of names has a few of any language.
_TELLING: Final = FUNCTION_WORDS.keys() - {word for word in FUNCTION_WORDS if len(word) == 1}
_LEAST_WORDS: Final = 2
_LEAST_SHARE: Final = 0.06
# A text with this share of its function words in its script's first language is in it: most are, and fast to tell.
_PLAINLY: Final = 0.9
# Of a question, every language is possible that has this share of what speaks for the likeliest.
_IN_REACH: Final = 0.5


def script_of(word: str) -> tuple[Language, ...]:
    """Return the languages that are written in the script of a word's first letter, the likeliest first."""
    first = ord(word[0])
    return next((family for end, family in _SCRIPTS if first < end), (NO_LANGUAGE,))


def languages_of(words: Collection[str], script: Sequence[Language]) -> tuple[Language, ...]:
    """Return the language of a text whose distinct folded words in one script are `words`.

    Where they do not tell, it is the first of the script, and the others that it may be in follow.
    """
    first = script[0]
    if len(script) == 1:
        return (first,)
    found = _TELLING & set(words)
    if len(found) >= _LEAST_SHARE * len(words):
        if len(found & first.stop_words) >= max(_LEAST_WORDS, _PLAINLY * len(found)):
            return (first,)
        scores = _scores(found, script, least=_LEAST_WORDS)
        if scores:
            return (max(scores, key=lambda language: scores[language]),)
    return (first, *(each for each in possible_languages(words, script) if each is not first))


def possible_languages(words: Iterable[str], script: Sequence[Language]) -> tuple[Language, ...]:
    """Return the languages of a script that have all the letters with accents that are in `words`, and its first."""
    letters = {letter for word in words if not word.isascii() for letter in word if not letter.isascii()}
    found = tuple(each for each in script if letters <= each.letters)
    return found if script[0] in found else (*found, script[0])


def likely_languages(words: Iterable[str], script: Sequence[Language]) -> tuple[Language, ...]:
    """Return the languages that a question with these folded words may be in, the likeliest first, if any shows."""
    scores = _scores(_TELLING & set(words), script, least=1)
    reach = max(scores.values(), default=0.0) * _IN_REACH
    return tuple(sorted((each for each in scores if scores[each] >= reach), key=lambda each: -scores[each]))


def _scores(found: Iterable[str], script: Sequence[Language], *, least: int) -> dict[Language, float]:
    """Return how much the function words `found` speak for each language that has at least `least` of them."""
    scores: dict[Language, float] = {}
    counts: dict[Language, int] = {}
    for word in found:
        for language, weight in FUNCTION_WORDS[word]:
            scores[language] = scores.get(language, 0.0) + weight
            counts[language] = counts.get(language, 0) + 1
    return {each: scores[each] for each in script if counts.get(each, 0) >= least}
