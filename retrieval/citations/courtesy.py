"""What in an answer is no claim: headings, lead-ins and polite phrases; and what a mere yes or no says."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from retrieval.citations.markers import Claim
from retrieval.citations.passages import Passage
from retrieval.citations.reading.languages.tables import Phrase, languages
from retrieval.citations.reading.statement import Statement, keys, read
from retrieval.citations.reading.tokens import HAN, cleaned

_MOST_HEADING_WORDS: Final = 8
_HEADING: Final = re.compile(r"#{1,6} |\*\*[^*]+\*\*:?$|__[^_]+__:?$")
_LISTED: Final = re.compile(r"\s*(?:[-*\u2022]|\(?\d{1,3}[.)])\s")
_STOPS: Final = ".!\u3002\u06d4\uff01"
_WORD: Final = re.compile(r"[^\W_]+")


def is_heading(claim: Claim, following: str) -> bool:
    """Tell whether a line only introduces what follows: it ends in a colon, asks, or stands as a title over a list."""
    text = claim.text.strip()
    if text[-1] in ":?\uff1a\uff1f\u061f" or _HEADING.match(text):
        return True
    if not _WORD.search(text):
        return True
    short = len(text.split()) <= _MOST_HEADING_WORDS and text[-1] not in _STOPS and not _LISTED.match(text)
    return short and not claim.numbers and _LISTED.match(following) is not None


def bare_reply(text: str, asked: Statement) -> Statement | None:
    """Return what a mere yes or no states: the question, affirmed or denied; None for any other text."""
    language = languages()[asked.language or "en"]
    words = _words(text)
    if len(words) != 1 or words[0] not in language.yes | language.no:
        return None
    denied = words[0] in language.no
    first = [replace(each, negations=each.negations + denied) for each in asked.clauses]
    return Statement.of(first, asked.language, asked.script)


def is_courtesy(text: str, asked: Statement, passages: Sequence[Passage]) -> bool:
    """Tell whether a sentence is a polite phrase that states nothing: no figure, no name, nothing from the passages."""
    statement = read(text, language=asked.language)
    words = _words(text)
    phrases = [(code, each) for code, language in languages().items() for each in language.courtesy]
    code, phrase = next(((code, each) for code, each in phrases if _position(words, each) >= 0), ("", ()))
    named = any(name not in asked.words for name in statement.names)
    if not phrase or statement.quantities or statement.moments or named or statement.codes:
        return False
    said = statement.keys - asked.keys - keys(" ".join(phrase).replace("*", ""), code)
    return not any(said & keys(passage.hit.text, code) for passage in passages)


def _words(text: str) -> list[str]:
    lowered = cleaned(text).lower()
    if re.search(f"[{HAN}]", lowered):
        return list(lowered)
    return _WORD.findall(lowered)


def _position(words: Sequence[str], phrase: Phrase) -> int:
    """Return where a phrase begins among words, -1 where it does not; `word*` fits what begins so."""
    wanted = list(phrase[0]) if len(phrase) == 1 and len(phrase[0]) > 1 and not phrase[0].isascii() else list(phrase)
    if not wanted[0].endswith("*") and wanted[0] not in words:
        return -1
    for at in range(len(words) - len(wanted) + 1):
        if all(_fits(word, each) for word, each in zip(words[at:], wanted, strict=False)):
            return at
    return -1


def _fits(word: str, wanted: str) -> bool:
    return word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted
