"""Citations: every marker of a model's answer is checked against what was retrieved.

Rules this module enforces:

- a marker that names no retrieved document is dropped;
- a claim keeps its markers only if the numbers, the names and most of the words in it stand in the cited text;
- what is cited is the sentence of the source that shares most with the claim, with exact positions;
- a claim that nothing retrieved supports stays in the answer, marked as unsupported, and carries no citation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from retrieval.claims import Claim, Ground, claims, ground, shared, states_something, supported
from retrieval.extract import Quote
from retrieval.passages.rows import names, units_of
from tenancy.ids import ChunkId, DocumentId
from tenancy.index.hits import Hit

UNSUPPORTED: Final = "[unsupported]"
# One of several cited documents is kept only if it shares at least this much of the claim by itself.
_LEAST_OWN: Final = 0.25


@dataclass(frozen=True, slots=True)
class Citation:
    """What marker [n] of an answer stands for: `quote == extracted[start:end]`, code points of the document's text.

    `page` is where the quote begins, `pages` its first and last; of a table's row `header` names the columns.
    """

    marker: int
    chunk_id: ChunkId
    document_id: DocumentId
    document_name: str
    page: int | None
    pages: tuple[int, int] | None
    quote: str
    start: int
    end: int
    header: tuple[str, ...] | None = None
    sheet: str | None = None


@dataclass(frozen=True, slots=True)
class Cited:
    """An answer with verified markers, numbered from 1 in order of appearance; `unsupported` counts marked claims."""

    text: str
    citations: tuple[Citation, ...]
    unsupported: int


class Numbering:
    """Markers given out in order of appearance, one to each distinct quote."""

    def __init__(self) -> None:
        """Start at 1."""
        self._citations: dict[tuple[DocumentId, int, int], Citation] = {}

    def mark(self, quote: Quote) -> str:
        """Return the marker of `quote`, a new one when it was not cited before."""
        hit = quote.hit
        rows = hit.layout.rows_at(quote.start)
        citation = self._citations.setdefault(
            (hit.document_id, quote.start, quote.end),
            Citation(
                len(self._citations) + 1,
                hit.chunk_id,
                hit.document_id,
                hit.document_name,
                hit.layout.page_at(quote.start),
                hit.layout.page_range(quote.start, quote.end),
                quote.text,
                quote.start,
                quote.end,
                (rows.header or None) if rows else None,
                (rows.sheet or None) if rows else None,
            ),
        )
        return f"[{citation.marker}]"

    @property
    def citations(self) -> tuple[Citation, ...]:
        """All citations given out so far, by marker."""
        return tuple(self._citations.values())


def verify(answer: str, hits: Sequence[Hit], *, question: str, required: bool) -> Cited:
    """Check the markers of a model's `answer` against `hits`, where [n] stands for `hits[n - 1]`.

    With `required` a claim without a marker is checked too: it gets the citation that supports it, or the mark of an
    unsupported one. Without `required` it is left as it is.
    """
    sources = [ground(hit.text, *names(hit)) for hit in hits]
    context = ground(question, *(hit.document_name for hit in hits))
    numbering = Numbering()
    pieces: list[str] = []
    unsupported = 0
    for claim in claims(answer):
        cited = _cited(claim, sources, context, every=required or bool(claim.numbers))
        pieces += [claim.before, claim.text]
        if cited:
            pieces.append(" " + "".join(dict.fromkeys(numbering.mark(_quote(claim, hits[place])) for place in cited)))
        elif claim.numbers or (required and states_something(claim.text)):
            pieces.append(" " + UNSUPPORTED)
            unsupported += 1
    return Cited("".join(pieces).strip(), numbering.citations, unsupported)


def _cited(claim: Claim, sources: Sequence[Ground], context: Ground, *, every: bool) -> list[int]:
    """Return the places in `sources` that support the claim: those it names, else (with `every`) the best other."""
    named = [number - 1 for number in claim.numbers if 1 <= number <= len(sources)]
    if named:
        together = Ground(
            frozenset[str]().union(*(sources[place].terms for place in named)),
            frozenset[str]().union(*(sources[place].numbers for place in named)),
        )
        if supported(claim.text, together, context):
            best = max(named, key=lambda place: shared(claim.text, sources[place]))
            return [place for place in named if place == best or shared(claim.text, sources[place]) >= _LEAST_OWN]
    if not every:
        return []
    fit = [place for place, source in enumerate(sources) if supported(claim.text, source, context)]
    return [max(fit, key=lambda place: (shared(claim.text, sources[place]), -place))] if fit else []


def _quote(claim: Claim, hit: Hit) -> Quote:
    """Return the sentence of the hit that shares most with the claim; between equals the shorter one."""
    wanted = ground(claim.text)
    best = max(
        units_of(hit),
        key=lambda unit: (
            _overlap(wanted, ground(hit.text[unit.start : unit.end])),
            unit.start - unit.end,
        ),
    )
    return Quote(hit, hit.start + best.start, hit.start + best.end, hit.text[best.start : best.end])


def _overlap(wanted: Ground, offered: Ground) -> int:
    """Count shared terms, and shared numbers once more: a claim's figure is what a reader looks up."""
    return len(wanted.terms & offered.terms) + len(wanted.numbers & offered.numbers)
