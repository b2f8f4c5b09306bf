"""The number that goes up whenever a tenant is suspended, resumed or erased; who holds an older one is refused.

So is who still seals under a data key that the tenant has replaced: nothing is sealed under it any more once a
rotation has begun to seal anew.
"""

import sqlalchemy as sa

from tenancy.errors import ServiceError
from tenancy.keys.tenant_keys import Family, TenantKeys
from tenancy.stores.databases.store import Transaction
from tenancy.stores.schema import state


class ScopeEnded(ServiceError):
    """The tenant was suspended, resumed or erased, or its key replaced, after this request or job began."""

    status = 409
    code = "scope_ended"
    title = "The tenant's status changed during the request"

    def __init__(self) -> None:
        """Take no argument: there is one thing to say."""
        super().__init__("The tenant's status changed while this was under way. Ask again.")


async def require_epoch(db: Transaction, keys: TenantKeys, epoch: int) -> None:
    """Raise ScopeEnded unless the tenant still stands where the scope was issued."""
    query = sa.select(state.c.epoch, state.c.key_version).where(state.c.tenant_id == keys.tenant)
    row = (await db.execute(query)).one_or_none()
    if row is None or row.epoch != epoch or keys.sealing(Family.DATA) < row.key_version:
        raise ScopeEnded


async def require_admitted(db: Transaction, keys: TenantKeys, epoch: int) -> None:
    """Raise ScopeEnded if the tenant was suspended, resumed or erased since; for who seals nothing."""
    query = sa.select(state.c.epoch).where(state.c.tenant_id == keys.tenant)
    if (await db.execute(query)).scalar_one_or_none() != epoch:
        raise ScopeEnded


async def set_epoch(db: Transaction, keys: TenantKeys, epoch: int) -> None:
    """Move the tenant to a new epoch."""
    await db.execute(state.update().where(state.c.tenant_id == keys.tenant).values(epoch=epoch))
