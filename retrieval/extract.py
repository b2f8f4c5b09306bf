"""The extractive generator: the best-supported sentences of the hits, quoted with exact positions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from retrieval.evidence import Candidate, Evidence, weigh
from retrieval.question import read_question
from tenancy.index.hits import Hit
from tenancy.values.layout import Rows
from tenancy.values.units import Unit

MOST_QUOTES: Final = 3
# Within this much of the best a sentence is quoted too. Gold answer inside the quotes, and quotes per answer, at
# 1.0: XQuAD .89, 1.4; CLAPNQ .79, 1.7; at 2.0: .93, 1.7; .85, 2.2; at 3.0: .94, 2.1; .88, 2.6.
_MARGIN: Final = 2.0


@dataclass(frozen=True, slots=True)
class Quote:
    """A span of one hit's document: `text == extracted[start:end]`, code points; `rows` of the table it is a row of."""

    hit: Hit
    start: int
    end: int
    text: str
    rows: Rows | None = None


@dataclass(frozen=True, slots=True)
class Extraction:
    """The chosen quotes in reading order, and the support in [0, 1] that the hits answer the question."""

    quotes: tuple[Quote, ...]
    support: float


def support(question: str, hits: Sequence[Hit], idf: Callable[[str], float]) -> float:
    """Return how well `hits` support an answer to `question`, in [0, 1]; see `evidence` for how it was calibrated."""
    return weigh(read_question(question, idf), hits).support


def extract(question: str, hits: Sequence[Hit], idf: Callable[[str], float]) -> Extraction:
    """Choose one to three sentences of `hits` (best hit first) that answer `question`; none without hits.

    `idf` gives a stem's inverse document frequency in the tenant. A row of a table knows its table.
    """
    evidence = weigh(read_question(question, idf), hits)
    chosen = _chosen(evidence, hits)
    quotes: list[Quote] = []
    for candidate in _in_reading_order(chosen, hits):
        hit, unit = hits[candidate.rank], candidate.unit
        _append(quotes, _quote(hit, unit))
    return Extraction(tuple(quotes), evidence.support)


def _chosen(evidence: Evidence, hits: Sequence[Hit]) -> list[Candidate]:
    """Return the best candidates, each text once: overlapping chunks and copied documents repeat sentences."""
    chosen: list[Candidate] = []
    seen: set[str] = set()
    for candidate in evidence.candidates:
        if len(chosen) == MOST_QUOTES or candidate.score < evidence.candidates[0].score - _MARGIN:
            break
        text = hits[candidate.rank].text[candidate.unit.start : candidate.unit.end]
        plain = " ".join(text.lower().split())
        # A chunk's border may have cut the sentence that another chunk has whole.
        if not any(plain in other or other in plain for other in seen):
            chosen.append(candidate)
            seen.add(plain)
    return chosen


def _in_reading_order(chosen: list[Candidate], hits: Sequence[Hit]) -> list[Candidate]:
    """Keep documents in the order of their best sentence, and put each one's sentences as it has them."""
    documents = list(dict.fromkeys(hits[candidate.rank].document_id for candidate in chosen))
    return sorted(
        chosen,
        key=lambda candidate: (
            documents.index(hits[candidate.rank].document_id),
            hits[candidate.rank].start + candidate.unit.start,
        ),
    )


def _quote(hit: Hit, unit: Unit) -> Quote:
    """Turn a span of the hit's text into a span of its document."""
    return Quote(hit, hit.start + unit.start, hit.start + unit.end, hit.text[unit.start : unit.end], unit.rows)


def _append(quotes: list[Quote], quote: Quote) -> None:
    """Add a quote unless the same span is there already."""
    if all((quote.hit.document_id, quote.start) != (other.hit.document_id, other.start) for other in quotes):
        quotes.append(quote)
