"""Which tenants a deployment has, as an operator may see them: cards, no content."""

from tenancy.card import TenantCard, card_of, standing
from tenancy.errors import NotFound
from tenancy.foundation import Foundation
from tenancy.ids import TenantId
from tenancy.stores import registry


async def roster(on: Foundation) -> list[TenantCard]:
    """Return every tenant's card, oldest first, erased ones included."""
    async with on.store.registry(writes=False) as db:
        return [card_of(row, standing(row, on.ledger)) for row in await registry.list_tenants(db)]


async def find(on: Foundation, tenant: str) -> TenantCard:
    """Return one tenant's card; NotFound for an absent id."""
    async with on.store.registry(writes=False) as db:
        row = await registry.find_tenant(db, TenantId(tenant))
    if row is None:
        raise NotFound
    return card_of(row, standing(row, on.ledger))
