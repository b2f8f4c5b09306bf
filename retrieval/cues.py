"""Whether a sentence holds the kind of thing a question asks for: a name, a time, a number, a reason, a way."""

import re
from typing import Final

from retrieval.question import Question
from retrieval.sought import Sought

_NUMBER: Final = re.compile(
    r"\d+|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|hundred|"
    r"thousand|million|billion|half|third|quarter|dozen|once|twice)\b"
)
_TIME: Final = re.compile(
    r"\b(?:1\d{3}|20\d{2})s?\b|\d{1,2}[:.]\d{2}\b|\b\d{1,4}[-/]\d{1,2}[-/]\d{1,4}\b|"
    r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december|monday|tuesday|"
    r"wednesday|thursday|friday|saturday|sunday|century|centuries|bc|ad|spring|summer|autumn|winter|noon|midnight)\b|"
    r"\b(?:hours?|days?|weeks?|months?|years?|decades?) (?:after|before|later|ago|earlier)\b"
)
_REASON: Final = re.compile(
    r"\b(?:because|since|due to|so that|in order to|as a result|therefore|thus|caus(?:e|es|ed|ing)|reasons?|owing to|"
    r"le(?:d|ads?) to|results? (?:in|from)|resulted|to (?:prevent|avoid|reduce|allow|help|protect|ensure|make))\b"
)
_MANNER: Final = re.compile(r"\b(?:by|using|through|via|with|method|means|process|steps?|click|open|select)\b")
# A capital letter inside a sentence: people and places look alike to a pattern.
_NAME: Final = re.compile(r"(?<=[\w,'\u2019\"\u201c(|:] )[\"\u201c(]?([A-Z][\w'\u2019-]+)|(?<=\()([A-Z][\w'\u2019-]+)")


def fits(question: Question, text: str) -> bool:
    """Tell whether `text` holds a candidate of the kind sought that the question did not itself bring along."""
    sought = question.sought
    if sought is Sought.ANYTHING:
        return True
    if sought in {Sought.PERSON, Sought.PLACE}:
        return any((found[1] or found[2]).lower() not in question.lowered for found in _NAME.finditer(text))
    lowered = text.lower()
    if sought is Sought.REASON:
        return _REASON.search(lowered) is not None
    if sought is Sought.MANNER:
        return _MANNER.search(lowered) is not None
    pattern = _NUMBER if sought is Sought.NUMBER else _TIME
    return any(found[0] not in question.lowered for found in pattern.finditer(lowered))
