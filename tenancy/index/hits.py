"""What a search of one tenant's collection found, opened."""

from dataclasses import dataclass

from tenancy.ids import ChunkId, DocumentId
from tenancy.values.layout import NO_LAYOUT, Layout


@dataclass(frozen=True, slots=True)
class Hit:
    """One chunk found for a question, its text opened by the caller's compartment.

    `start` and `end` are code points in the extracted text of the document: `text == extracted[start:end]`.
    `score` comes from ranks only and lies in (0, 1]; `similarity` is the cosine of question and chunk on MiniLM's
    scale, whatever the encoder, and 0.0 when only the sparse ranking found it. `layout` tells its pages and which of
    its lines are rows of a table.
    """

    chunk_id: ChunkId
    document_id: DocumentId
    document_name: str
    ordinal: int
    text: str
    start: int
    end: int
    score: float
    similarity: float
    layout: Layout = NO_LAYOUT
