"""Whether a sentence or row proves a claim: everything in the claim that can be false must be said there too.

Rules this module enforces:

- each number of the claim stands there with the same unit, or counts the same thing; a bound is not turned round;
- each date, weekday, code and name stands there; what the question or the document's name says is known anyway;
- the part of the source that speaks of the same negates as often, and uses no opposite of the claim's words;
- a value belongs to the part of the sentence that shares most with the claim, not to its neighbour;
- in one language at least half of the claim's words stand there. Of two languages no words can be compared: then a
  number, date, code or name has to agree, and nothing else may differ.
"""

from typing import Final

from retrieval.citations.agreement import Context, agreeing
from retrieval.citations.placement import misplaced, unit_words, values_of_parts
from retrieval.citations.polarity import elsewhere, polarity_of_all, same_polarity
from retrieval.citations.reading.names import known
from retrieval.citations.reading.quantities import equal
from retrieval.citations.reading.statement import Statement

# Shares of a claim's words that its proof must hold: alone, and beside a value that agrees. Measured on CLAPNQ.
_LEAST_SHARED: Final = 0.5
_LEAST_BESIDE_VALUE: Final = 0.3


def proves(source: Statement, claim: Statement, context: Context, *, row: bool = False) -> bool:
    """Tell whether `source`, which may be a row of a table, says all that `claim` says."""
    foreign = bool(claim.language and source.language and claim.language != source.language)
    foreign = foreign or bool(claim.script and source.script and claim.script != source.script)
    anchors = agreeing(source, claim, context, foreign=foreign, row=row)
    if anchors is None or (claim.rates and source.rates and not claim.rates & source.rates):
        return False
    if foreign:
        return anchors > 0 and polarity_of_all(source, claim)
    return (
        _covered(source, claim, context, anchored=anchors > 0, row=row)
        and all(same_polarity(source, clause) for clause in claim.clauses)
        and not misplaced(source, claim)
        and not elsewhere(source, claim)
    )


def may_prove(source: Statement, claim: Statement, context: Context) -> bool:
    """Tell whether a claim may be the source in other words: a value of it agrees, and nothing says otherwise."""
    anchors = agreeing(source, claim, context, foreign=True)
    if not anchors or misplaced(source, claim):
        return False
    return polarity_of_all(source, claim) and all(same_polarity(source, clause) for clause in claim.clauses)


def _covered(source: Statement, claim: Statement, context: Context, *, anchored: bool, row: bool) -> bool:
    """Tell whether enough of the claim's words stand in the source, and of what the question does not say too.

    Beside a value that agrees only the other words are counted: what is said of it must stand there too. A row names
    things and does not say what of them, so there its names count.
    """
    if anchored:
        values = frozenset[str]() if row else values_of_parts(claim.clauses, with_names=True) | unit_words(claim)
        about = claim.keys - values
        if not about:
            return not context.question.keys or bool(context.question.keys & source.keys)
        count = len(about & source.keys) + len(claim.sides & source.sides)
        return count >= _LEAST_BESIDE_VALUE * len(about) and (row or _tells_new(source, claim, context, about))
    if not claim.keys:
        return False
    new = claim.keys - context.question.keys
    count = len(_found(claim.keys, source))
    enough = count >= max(_LEAST_SHARED * len(claim.keys), min(2, len(claim.keys)))
    return enough and len(_found(new, source)) >= _LEAST_SHARED * len(new)


def _tells_new(source: Statement, claim: Statement, context: Context, about: frozenset[str]) -> bool:
    """Tell whether what a claim without new figures adds to the question stands in the source for the most part."""
    asked = context.question
    figures = any(not any(equal(each, other) for other in asked.quantities) for each in claim.quantities)
    new = about - asked.keys
    if figures or claim.moments or claim.codes - asked.codes or not new:
        return True
    shared = len(_found(new, source)) / len(new)
    named = len(claim.names - asked.words) > 1
    return shared >= _LEAST_SHARED if named else shared > _LEAST_SHARED


def _found(keys: frozenset[str], source: Statement) -> frozenset[str]:
    """Return the keys that a source has, also as a name of the same root: `Swedish law`, `laws of Sweden`."""
    return frozenset(key for key in keys if key in source.keys or known(key, source.names))
