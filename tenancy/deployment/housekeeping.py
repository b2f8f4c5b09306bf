"""Follow, in this process, what other processes of the deployment have ended."""

from functools import partial

from tenancy.card import standing
from tenancy.foundation import Foundation
from tenancy.ids import TenantId
from tenancy.queue.guarded import guarded
from tenancy.stores import registry
from tenancy.stores.registry import TenantStatus


async def park_ended(on: Foundation) -> int:
    """Drop the indexes of tenants that are no longer active and forget keys whose lease is over; return how many.

    One statement for all that are awake, and none where nobody is.
    """
    ended, awake = set(on.keyring.sweep()), on.pool.tenants()
    if awake:
        async with on.store.registry(writes=False) as db:
            rows = await registry.find_tenants(db, awake)
        ended |= set(awake) - {row.id for row in rows if standing(row, on.ledger) is TenantStatus.ACTIVE}
    for tenant in ended:
        await guarded("parking", tenant, partial(_park, on, tenant))
    return len(ended)


async def _park(on: Foundation, tenant: TenantId) -> None:
    on.keyring.evict(tenant)
    await on.chats.evict(tenant)
    await on.pool.park(tenant)
