"""Follow, in this process, what other processes of the deployment have ended."""

from tenancy.card import standing
from tenancy.foundation import Foundation
from tenancy.stores import registry
from tenancy.stores.registry import TenantStatus


async def park_ended(on: Foundation) -> int:
    """Drop the indexes of tenants that are no longer active and forget keys whose lease is over; return how many."""
    ended = on.keyring.sweep()
    async with on.store.registry(writes=False) as db:
        for tenant in on.pool.tenants():
            row = await registry.find_tenant(db, tenant)
            if row is None or standing(row, on.ledger) is not TenantStatus.ACTIVE:
                ended.append(tenant)
    for tenant in set(ended):
        on.keyring.evict(tenant)
        await on.chats.evict(tenant)
        await on.pool.park(tenant)
    return len(set(ended))
