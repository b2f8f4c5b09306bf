"""Whether a sentence holds the kind of thing a question asks for: a name, a time, a number, a reason, a way."""

import re
from typing import Final

from retrieval.question import Question
from retrieval.sought import BECAUSE, Sought
from tenancy.models.terms.months import FULL_MONTHS

_NUMBER: Final = re.compile(
    r"\d+|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|hundred|"
    r"thousand|million|billion|half|third|quarter|dozen|once|twice|eine?[ns]?|zwei|drei|vier|fünf|sechs|sieben|acht|"
    r"neun|zehn|elf|zwölf|zwanzig|dreißig|hundert|tausend|deux|trois|quatre|cinq|sept|huit|neuf|dix|douze|vingt|"
    r"trente|cent|mille|dos|tres|cuatro|cinco|siete|ocho|nueve|diez|doce|veinte|treinta|cien|mil)\b"
    r"|[一二三四五六七八九十百千万億亿两]+|один|два|три|четыре|пять|шесть|семь|восемь|девять|десять|сто"
)
_TIME: Final = re.compile(
    r"\b(?:1\d{3}|2[01]\d{2})s?\b|\d{1,2}[:.]\d{2}\b|\b\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b|\d+ ?[年月日世]|"
    r"\b(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|century|centuries|bc|ad|spring|summer|autumn|"
    r"winter|noon|midnight|jahrhundert\w*|siècle\w*|siglo\w*|secolo|век\w*)\b|"
    r"\b(?:hours?|days?|weeks?|months?|years?|decades?) (?:after|before|later|ago|earlier)\b"
)
# Numbers of days and years, and of clauses: no amounts.
_DATED: Final = re.compile(
    r"\b\d{1,2}(?:st|nd|rd|th|\.)? (?:de |of )?(?:"
    + "|".join(sorted((name for name in FULL_MONTHS if not name[0].isdigit()), key=len, reverse=True))
    + r")\b(?:,? (?:de )?\d{4})?|\b(?:19|20)\d{2}\b|\b\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b|\b\d{1,2}:\d{2}\b|"
    r"\b(?:clauses?|sections?|articles?|§+) \d+(?:\.\d+)*(?: (?:and|or|to) \d+(?:\.\d+)*)?"
)
_WORD: Final = re.compile(r"[^\W\d_]+")
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
        return BECAUSE.search(lowered) is not None
    if sought is Sought.MANNER:
        return _MANNER.search(lowered) is not None
    if sought is Sought.NUMBER:
        return _brings(question, _NUMBER, _DATED.sub(" ", lowered))
    return _brings(question, _TIME, lowered) or any(
        word in FULL_MONTHS and word not in question.lowered for word in _WORD.findall(lowered)
    )


def _brings(question: Question, pattern: re.Pattern[str], lowered: str) -> bool:
    """Tell whether the pattern finds something that the question does not have."""
    return any(found[0] not in question.lowered for found in pattern.finditer(lowered))
