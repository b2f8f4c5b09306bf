"""A citation and its marker: what [n] of an answer stands for."""

from dataclasses import dataclass

from retrieval.extract import Quote
from tenancy.ids import ChunkId, DocumentId


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
