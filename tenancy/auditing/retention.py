"""Remove interaction logs whose day has come, from every tenant's records, without opening one."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import sqlalchemy as sa
import structlog

from tenancy.card import standing
from tenancy.errors import ServiceError
from tenancy.ids import TenantId
from tenancy.stores import registry
from tenancy.stores.registry import TenantStatus
from tenancy.stores.schema import interactions

if TYPE_CHECKING:
    from tenancy.foundation import Foundation

_GONE = frozenset({TenantStatus.ERASING, TenantStatus.ERASED})
_log = structlog.get_logger()


async def forget_expired(on: "Foundation", *, clock: Callable[[], float] = time.time) -> int:
    """Remove what is over by a `clock` in epoch seconds, suspended tenants' too; return how many logs that were.

    A tenant whose records cannot be reached is left for the next time, and the others are gone through.
    """
    async with on.store.registry(writes=False) as db:
        rows = await registry.list_tenants(db)
    removed = 0
    for row in rows:
        if standing(row, on.ledger) in _GONE:
            continue  # its erasure has taken them, or is about to
        try:
            removed += await _forget(on, row.id, clock())
        except ServiceError as error:
            _log.warning("interactions.not_forgotten", tenant=row.id, code=error.code)
    return removed


async def _forget(on: "Foundation", tenant: TenantId, now: float) -> int:
    over = sa.and_(interactions.c.tenant_id == tenant, interactions.c.expires_at <= now)
    async with on.store.tenant(tenant, writes=False, single=True) as db:
        found = (await db.execute(sa.select(sa.func.count()).select_from(interactions).where(over))).scalar_one()
    if not found:
        return 0
    async with on.store.tenant(tenant, writes=True) as db:
        return int((await db.execute(sa.delete(interactions).where(over))).rowcount)
