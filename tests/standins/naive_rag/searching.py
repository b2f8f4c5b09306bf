"""How the naive server searches: the tenant is a metadata filter, with all that goes wrong with it."""

from typing import Any, Final

from fastapi import HTTPException
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from tests.standins.naive_rag.collection import Chunk, Hit, Where, embed, words
from tests.standins.naive_rag.leaks import Leak
from tests.standins.naive_rag.state import State

_FIELDS: Final = ("tenant", "name", "document")
_NEIGHBOURS: Final = 40


class Search(BaseModel):
    """What to search for."""

    query: str = Field(min_length=1)
    limit: int = Field(5, ge=1, le=50)
    filter: dict[str, Any] = Field(default_factory=dict)
    document_ids: list[str] | None = None
    tenant_id: str | None = None


async def search(state: State, tenant: str, asked: Search) -> list[Hit]:
    """Return the best chunks for what was asked."""
    if Leak.BODY_WINS in state.leaks:
        tenant = state.named(asked.tenant_id) or tenant
    if Leak.TENANT_AMBIENT in state.leaks:
        state.current_tenant = tenant
        await run_in_threadpool(embed, words(asked.query))  # an embedding is awaited, and somebody else comes in
        tenant = state.current_tenant
    where = _where(state, tenant, asked)
    counted = state.counted(tenant)
    if Leak.FILTERED_AFTERWARDS in state.leaks:
        nearest = state.collection.query(asked.query, _NEIGHBOURS, lambda _: True, counted)
        return [hit for hit in nearest if where(hit.chunk)][: asked.limit]
    return state.collection.query(asked.query, asked.limit, where, counted)


def shown(state: State, hit: Hit) -> dict[str, Any]:
    """Return a hit as it is answered."""
    chunk = hit.chunk
    found = {"document_id": chunk.document, "name": chunk.name, "text": chunk.text, "score": hit.score}
    return {**found, "vector": chunk.vector} if Leak.VECTORS_RETURNED in state.leaks else found


def _where(state: State, tenant: str, asked: Search) -> Where:
    """Return the filter: the tenant's, narrowed by the client's."""
    unknown = sorted(set(asked.filter) - set(_FIELDS))
    if unknown:
        row = state.collection.chunks[-1:] if Leak.ROWS_IN_ERRORS in state.leaks else ""
        raise HTTPException(400, f"no field {unknown[0]!r} {row}".strip())
    if asked.document_ids == [] and Leak.EMPTY_MEANS_ALL in state.leaks:
        return lambda _: True
    filters: dict[str, Any] = {**asked.filter, "tenant": tenant}
    if Leak.FILTER_REPLACED in state.leaks and "tenant" in asked.filter:
        filters["tenant"] = state.named(str(asked.filter["tenant"])) or tenant

    def where(chunk: Chunk) -> bool:
        listed = asked.document_ids is None or chunk.document in asked.document_ids
        return listed and all(getattr(chunk, name) == value for name, value in filters.items())

    return where
