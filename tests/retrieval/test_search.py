"""A search finds as many hits as are asked for, in the same order after a rebuild; the parts of each can be read."""

import pytest
import sqlalchemy as sa

from retrieval.search import Findings, Search, search_for
from tenancy.stores.schema import parts
from tests.tenancy.building import House, Resident, upload

_QUESTION = "When does the ferry leave the island?"
_TEXTS = {
    "boats.txt": "The ferry is painted green.\n\nThe ferry leaves at nine. The island has no harbour of its own.",
    "quay.txt": "Nobody swims in November, when the harbour is cold. The ferry is painted green.",
    "copy.txt": "Nobody swims in November, when the harbour is cold. The ferry is painted green.",
}


async def _found(home: House, one: Resident, top_k: int = 10) -> Findings:
    compartment = await home.enter(one)
    asked = compartment.models.embed_question(_QUESTION)
    return await search_for(compartment, Search(_QUESTION, top_k=top_k), asked)


@pytest.fixture
async def filled(home: House, a: Resident) -> Resident:
    """Return a tenant with documents, two of them of the same bytes."""
    for name, text in _TEXTS.items():
        await upload(await home.enter(a), name, text, external=name)
        await home.drain()
    return a


async def test_parts_of_hits_are_read_also_where_bytes_were_taken_over(home: House, filled: Resident) -> None:
    found = await _found(home, filled)
    compartment = await home.enter(filled)
    assert (await compartment.index.parts(found.hits)).keys() == {hit.chunk_id for hit in found.hits}
    await home.execute(filled.id, sa.delete(parts))
    assert await compartment.index.parts(found.hits) == {}
    assert (await _found(home, filled)).hits == found.hits, "they take no part in the ranking"


async def test_as_many_hits_are_given_as_were_asked_for(home: House, filled: Resident) -> None:
    whole = (await _found(home, filled)).hits
    for few in (1, 2):
        found = (await _found(home, filled, few)).hits
        assert [(hit.chunk_id, hit.score) for hit in found] == [(hit.chunk_id, hit.score) for hit in whole[:few]]


async def test_scores_are_the_same_after_the_index_is_built_afresh(home: House, filled: Resident) -> None:
    before = (await _found(home, filled)).hits
    await home.foundation.pool.park(filled.id)
    after = (await _found(home, filled)).hits
    assert [(hit.chunk_id, hit.score) for hit in after] == [(hit.chunk_id, hit.score) for hit in before]
