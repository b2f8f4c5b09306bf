"""What a question asks for: its weighted terms and the kind of answer it wants."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from retrieval.passages.identifiers import Identifier, identifiers
from retrieval.passages.occurrences import Term, lower, term_of
from retrieval.sought import Sought, sought
from tenancy.models.terms import AskedTerm, asked_terms, halves


@dataclass(frozen=True, slots=True)
class Question:
    """A question read once: `terms` in order of appearance, `lowered` for telling old words from new ones.

    `identifiers` are the numbers and codes in it.
    """

    terms: tuple[Term, ...]
    total: float
    sought: Sought
    lowered: str
    identifiers: tuple[Identifier, ...] = ()


def read_question(question: str, idf: Callable[[str], float]) -> Question:
    """Return the question's terms weighted by `idf` (a term's inverse document frequency) and what it asks for."""
    lowered = lower(question).written
    terms = tuple(term for asked in asked_terms(question) for term in _terms(asked, idf))
    return Question(terms, sum(term.weight for term in terms), sought(lowered), lowered, identifiers(lowered))


def _terms(asked: AskedTerm, idf: Callable[[str], float]) -> Iterator[Term]:
    """Yield a word of the question as one term, or as two if the tenant knows it by its parts only."""
    weights = {term: max(0.0, idf(term)) for term in asked.terms}
    own, unknown = min(weights[term] for term, count in asked.terms.items() if count == 1.0), max(weights.values())
    if own == unknown:
        known = [pair for pair in halves(asked) if all(weights[half.stems[0]] < unknown for half in pair)]
        if known:
            best = max(known, key=lambda pair: sum(weights[half.stems[0]] for half in pair))
            yield from (term_of(half, weights[half.stems[0]]) for half in best)
            return
    yield term_of(asked, own)
