"""Remove interaction logs past their date from a tenant's records, without opening one."""

import sqlalchemy as sa

from tenancy.ids import TenantId
from tenancy.stores.databases.store import Store
from tenancy.stores.schema import interactions


async def forget_expired(store: Store, tenant: TenantId, now: float) -> int:
    """Remove the logs that are past their date at a moment in epoch seconds; return how many."""
    over = sa.and_(interactions.c.tenant_id == tenant, interactions.c.expires_at <= now)
    async with store.tenant(tenant, writes=False, single=True) as db:
        found = (await db.execute(sa.select(sa.func.count()).select_from(interactions).where(over))).scalar_one()
    if not found:
        return 0
    async with store.tenant(tenant, writes=True) as db:
        return int((await db.execute(sa.delete(interactions).where(over))).rowcount)


async def next_expiry(store: Store, tenant: TenantId) -> float | None:
    """Return when the next of a tenant's logs is past its date, in epoch seconds; None where it has none."""
    first = sa.select(sa.func.min(interactions.c.expires_at)).where(interactions.c.tenant_id == tenant)
    async with store.tenant(tenant, writes=False, single=True) as db:
        found: float | None = (await db.execute(first)).scalar_one_or_none()
    return found
