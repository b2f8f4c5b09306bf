"""The counters of a tenant's documents, which share one row and so its lock."""

from dataclasses import dataclass
from typing import final

import sqlalchemy as sa

from tenancy.ids import TenantId
from tenancy.stores.databases.store import Transaction
from tenancy.stores.schema import state


@dataclass(frozen=True, slots=True)
class Stored:
    """What a tenant keeps: number of documents and bytes of originals."""

    documents: int
    bytes: int


@final
class DocumentCounters:
    """The counters of the tenant whose transaction this is."""

    def __init__(self, db: Transaction, tenant: TenantId) -> None:
        """Bind to an open transaction."""
        self._db = db
        self._tenant = tenant

    async def stored(self) -> Stored:
        """Return what counts against the tenant's storage limits."""
        row = (await self._db.execute(sa.select(state).where(state.c.tenant_id == self._tenant))).one()
        return Stored(row.documents, row.bytes)

    async def count(self, documents: int = 0, size: int = 0) -> int:
        """Move the counters and return the next list position (they share the row, so they share its lock)."""
        changed = (
            state.update()
            .where(state.c.tenant_id == self._tenant)
            .values(
                documents=state.c.documents + documents,
                bytes=state.c.bytes + size,
                position=state.c.position + max(documents, 0),
            )
            .returning(state.c.position)
        )
        return int((await self._db.execute(changed)).scalar_one())

    async def next_change(self) -> int:
        """Advance and return the number that tells indexes what they have not seen."""
        changed = (
            state.update()
            .where(state.c.tenant_id == self._tenant)
            .values(change=state.c.change + 1)
            .returning(state.c.change)
        )
        return int((await self._db.execute(changed)).scalar_one())
