"""Which tenants a deployment has, as an operator may see them: cards, no content."""

from collections.abc import AsyncIterator
from typing import Final

from tenancy.card import TenantCard, card_of, standing
from tenancy.errors import NotFound
from tenancy.foundation import Foundation
from tenancy.ids import TenantId
from tenancy.stores import registry
from tenancy.stores.databases.cursors import InvalidCursor

MOST: Final = 1_000
"""Cards on one page."""


async def page(on: Foundation, limit: int, cursor: str | None = None) -> tuple[list[TenantCard], str | None]:
    """Return up to `limit` tenants' cards, oldest first and erased ones included, and the cursor of the next page."""
    after = None if cursor is None else TenantId(cursor)
    async with on.store.registry(writes=False) as db:
        if after is not None and await registry.find_tenant(db, after) is None:
            raise InvalidCursor("The cursor is not one that this list gave out.")
        rows = await registry.list_tenants(db, limit + 1, after)
    following = rows[limit - 1].id if len(rows) > limit else None
    return [card_of(row, standing(row, on.ledger)) for row in rows[:limit]], following


async def roster(on: Foundation, cursor: str | None = None) -> AsyncIterator[TenantCard]:
    """Yield every tenant's card from the page of a cursor on, a page at a time."""
    while True:
        cards, cursor = await page(on, MOST, cursor)
        for each in cards:
            yield each
        if cursor is None:
            return


async def count(on: Foundation) -> int:
    """Return how many cards there are."""
    async with on.store.registry(writes=False, single=True) as db:
        return await registry.count_tenants(db)


async def without_encoder(on: Foundation, most: int) -> dict[str, list[TenantCard]]:
    """Return at most so many tenants whose encoder cannot be used here, by what it is called."""
    async with on.store.registry(writes=False) as db:
        rows = await registry.tenants_beyond(db, on.embedders.names, most)
    found: dict[str, list[TenantCard]] = {}
    for row in rows:
        found.setdefault(row.embedder, []).append(card_of(row, standing(row, on.ledger)))
    return found


async def find(on: Foundation, tenant: str) -> TenantCard:
    """Return one tenant's card; NotFound for an absent id."""
    async with on.store.registry(writes=False) as db:
        row = await registry.find_tenant(db, TenantId(tenant))
    if row is None:
        raise NotFound
    return card_of(row, standing(row, on.ledger))
