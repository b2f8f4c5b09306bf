"""A process follows what other processes, and the ledger, have ended."""

from dataclasses import replace

import pytest

from tenancy.deployment.housekeeping import park_ended
from tenancy.ids import TenantId
from tenancy.stores.schema import tenants
from tests.tenancy.building import House, Resident, upload
from tests.tenancy.lifecycle.watched import WatchedStore


async def _wake(home: House, one: Resident) -> None:
    """Give a tenant a document and wake its collection."""
    await upload(await home.enter(one), "a.txt", f"the ferry of {one.id}")
    await home.drain()
    await (await home.enter(one)).index.idf(["ferry"])


async def _awake(home: House) -> set[TenantId]:
    return set(home.foundation.pool.tenants())


@pytest.mark.parametrize("how", ["row", "ledger"])
async def test_L07_the_collection_of_a_tenant_that_was_ended_elsewhere_is_dropped(
    home: House, a: Resident, b: Resident, how: str
) -> None:
    for one in (a, b):
        await _wake(home, one)
    assert await park_ended(home.foundation) == 0
    assert await _awake(home) == {a.id, b.id}
    if how == "row":
        await home.execute(None, tenants.update().where(tenants.c.id == a.id).values(status="suspended"))
    else:  # the registry is older than the ending
        home.foundation.ledger.append("tenant.suspended", a.id, a.id)
    assert await park_ended(home.foundation) == 1
    assert await _awake(home) == {b.id}


async def test_L64_all_that_are_awake_are_asked_for_at_once(home: House, a: Resident, b: Resident) -> None:
    for one in (a, b):
        await _wake(home, one)
    store = WatchedStore(home.foundation.store)
    assert await park_ended(replace(home.foundation, store=store)) == 0
    assert (store.registries, store.statements, store.tenants) == (1, 1, 0)
