"""A question that outlived its tenant's suspension."""

import pytest

from retrieval.search import Search, search
from tenancy.stores.epoch import ScopeEnded
from tests.tenancy.building import House, Resident


async def test_L07_a_question_asked_before_a_suspension_does_not_wake_the_index_after_it(
    home: House, a: Resident
) -> None:
    before = await home.enter(a)
    assert await search(before, Search("harbour")) == []
    await (await home.custody(a.id)).suspend()
    with pytest.raises(ScopeEnded):
        await search(before, Search("harbour"))
    assert home.foundation.pool.tenants() == []
