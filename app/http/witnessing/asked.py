"""What the interaction log is told of a search and of an answer."""

from collections.abc import Sequence

from retrieval.answer import Answer
from tenancy.auditing.interactions import Interaction, Source
from tenancy.index.hits import Hit


def searched(query: str, hits: Sequence[Hit]) -> Interaction:
    """Return a search as an interaction; its sources are the chunks that it gave out."""
    sources = tuple(
        Source(hit.document_id, hit.chunk_id, hit.layout.page_at(hit.start), hit.document_name) for hit in hits
    )
    return Interaction("search", query, sources=sources)


def answered(question: str, given: Answer) -> Interaction:
    """Return an answer as an interaction; its sources are the passages that it cites."""
    sources = tuple(
        Source(each.document_id, each.chunk_id, each.page, each.document_name, each.quote) for each in given.citations
    )
    return Interaction(
        "ask",
        question,
        given.answer,
        refused=given.refused,
        reason=given.reason,
        sources=sources,
        answer_id=given.id,
        profile=given.profile_name,
        profile_version=given.profile_version,
        model=given.model,
        prompt_tokens=given.usage.prompt_tokens,
        completion_tokens=given.usage.completion_tokens,
        embedding_tokens=given.usage.embedding_tokens,
    )
