"""How good an answer to an ordinary question is, as its reader would say."""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from benchmarks.answers.ordinary.questions import OrdinaryQuestion

LONGEST: Final = 400
"""An answer of more characters than this is noise to somebody who asked a short question."""
_CELL_BREAK: Final = " | "
_MARKER: Final = re.compile(r"\s*\[\d+\]")
_SENTENCE_ENDS: Final = frozenset(".!?:;…。！？")  # noqa: RUF001  # the ends of sentences in Chinese
_CLOSING: Final = "\"'»”’)*_ "  # noqa: RUF001  # closing quotation marks


class AnswerGrade(StrEnum):
    """What a reader makes of an answer."""

    RIGHT = "right"
    NOISY = "noisy"
    """Right, but too long, or cut off amid a sentence."""
    WRONG = "wrong"
    REFUSED = "refused"


def grade(question: OrdinaryQuestion, answer: str, *, is_refused: bool, cut_off: bool) -> AnswerGrade:
    """Return the grade of an answer. To a question without an answer everything but a refusal is wrong."""
    if is_refused:
        return AnswerGrade.REFUSED
    lines = _MARKER.sub("", answer).splitlines()
    # A computed number has to be said: some cell of a row that is shown may hold the same one.
    shown = _plain("\n".join(each for each in lines if not (question.is_computed and _CELL_BREAK in each)))
    if not any(_first_of(parts, shown) is not None for parts in question.alternatives):
        return AnswerGrade.WRONG
    if question.older and _is_older_first(question, shown):
        return AnswerGrade.WRONG
    return AnswerGrade.NOISY if cut_off or len(answer) > LONGEST else AnswerGrade.RIGHT


def ends_amid_a_sentence(quote: str, following: str) -> bool:
    """Tell whether a quote stops before its sentence or line does; `following` is what follows it there."""
    last = quote.rstrip(_CLOSING)[-1:]
    return bool(following.strip(" ")) and not following.startswith("\n") and last not in _SENTENCE_ENDS


def _is_older_first(question: OrdinaryQuestion, shown: str) -> bool:
    older = _first_of([question.older], shown)
    newer = min(place for parts in question.alternatives if (place := _first_of(parts, shown)) is not None)
    return older is not None and older < newer


def _first_of(parts: Sequence[str], shown: str) -> int | None:
    """Return where the first of the parts begins, None if one is missing. A number is not found within another."""
    found = [re.search(rf"(?<!\w)(?<!\d[.,]){re.escape(_plain(part))}(?!\w|[.,]\d)", shown) for part in parts]
    starts = [each.start() for each in found if each is not None]
    return min(starts) if len(starts) == len(found) else None


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
