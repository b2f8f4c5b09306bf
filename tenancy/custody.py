"""What an operator may do with a tenant: count, suspend, resume, destroy; never open.

A custody is issued for one tenant and one written reason, which stands in the tenant's audit beside every act.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Never, NoReturn, final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tenancy.compartment import TenantCard, card_of
from tenancy.errors import Invalid, ServiceError
from tenancy.ids import ClientId
from tenancy.keys.tenant_keys import Purpose, TenantKeys
from tenancy.plans import effective
from tenancy.scope import Caller, Forged
from tenancy.stores import registry
from tenancy.stores.audit import AuditTrail
from tenancy.stores.epoch import set_epoch
from tenancy.stores.registry import TenantRow, TenantStatus
from tenancy.stores.schema import tenant as tenant_tables

if TYPE_CHECKING:
    from tenancy.foundation import Foundation


class ReasonMissing(Invalid):
    """An operator acts on a tenant only with a written reason."""

    code = "reason_required"


class WrongStatus(ServiceError):
    """The tenant's status does not allow this."""

    status = 409
    code = "wrong_status"
    title = "The tenant's status does not allow this"


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs the deployment: a named subject, no tenant. It opens nothing; custody is asked for in its name."""

    subject: str


@final
class Custody:
    """One operator's hold on one tenant, closed."""

    __slots__ = ("_caller", "_foundation", "_row")
    _caller: Caller
    _foundation: "Foundation"
    _row: TenantRow

    def __init__(self, issued_only_by_the_mint: Never) -> None:
        """Refuse: custody is issued."""
        raise Forged("A custody was constructed outside the mint.")

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Refuse subclasses also where no type checker ran."""
        raise TypeError("Custody is final")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        """Refuse to change."""
        raise AttributeError("a custody cannot change")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Refuse copies and pickles."""
        raise TypeError("a custody cannot be copied or pickled")

    def card(self) -> TenantCard:
        """Return what an operator may read of a tenant."""
        return card_of(self._row)

    async def counts(self) -> dict[str, int]:
        """Return how many rows and blobs the tenant has, by store."""
        tables = tenant_tables.sorted_tables
        async with self._foundation.store.tenant(self._row.id, writes=False) as db:
            found = {table.name: await _count(db, table, self._row.id) for table in tables}
        return found | {"blobs": len(await asyncio.to_thread(self._foundation.blobs.list, self._row.id))}

    async def suspend(self) -> TenantCard:
        """Refuse the tenant's credentials from the next request on; drop its index and opened keys."""
        self._require(TenantStatus.ACTIVE)
        return await self._move(TenantStatus.SUSPENDED, "tenant.suspended")

    async def resume(self) -> TenantCard:
        """Accept the tenant's credentials again."""
        self._require(TenantStatus.SUSPENDED)
        return await self._move(TenantStatus.ACTIVE, "tenant.resumed")

    async def change(self, plan: str | None, limits: Mapping[str, int | float] | None) -> TenantCard:
        """Give the tenant another plan or limits of its own."""
        plan = plan or self._row.plan
        own = dict(self._row.limits if limits is None else {**self._row.limits, **limits})
        effective(plan, own)
        keys = await self._foundation.keyring.open(self._row.id)
        async with self._foundation.store.tenant(self._row.id, writes=True) as db:
            await AuditTrail(db, keys, self._caller).add("tenant.changed", self._row.id)
        return await self._write(keys, replace(self._row, plan=plan, limits=own))

    def _require(self, status: TenantStatus) -> None:
        if self._row.status is not status:
            raise WrongStatus(f"The tenant is {self._row.status}, not {status}.")

    async def _move(self, status: TenantStatus, ending: str) -> TenantCard:
        keys = await self._foundation.keyring.open(self._row.id)
        moved = replace(self._row, status=status, epoch=self._row.epoch + 1)
        # The ledger first: from here on the change holds, also against a backup put back later.
        await asyncio.to_thread(self._foundation.ledger.append, ending, self._row.id, self._row.id)
        card = await self._write(keys, moved)
        async with self._foundation.store.tenant(self._row.id, writes=True) as db:
            await set_epoch(db, keys, moved.epoch)
            await AuditTrail(db, keys, self._caller).add(ending, self._row.id)
        await self._foundation.pool.park(self._row.id)
        self._foundation.keyring.evict(self._row.id)
        self._foundation.chats.evict(self._row.id)
        return card

    async def _write(self, keys: TenantKeys, row: TenantRow) -> TenantCard:
        row = replace(row, mac=keys.mac(Purpose.GRANTS, *row.granting()))
        async with self._foundation.store.registry(writes=True) as db:
            await registry.update_tenant(db, row)
        return card_of(row)


async def _count(db: AsyncConnection, table: sa.Table, tenant: str) -> int:
    query = sa.select(sa.func.count()).select_from(table).where(table.c.tenant_id == tenant)
    return int((await db.execute(query)).scalar_one())


def issue_custody(subject: str, reason: str, row: TenantRow, foundation: "Foundation") -> Custody:
    """Hand over custody of one tenant; for the mint alone."""
    if not reason.strip():
        raise ReasonMissing("State a reason: it is written into the tenant's audit.")
    custody = object.__new__(Custody)
    caller = Caller(f"operator:{subject}", ClientId(""), reason, frozenset())
    for name, value in {"_caller": caller, "_foundation": foundation, "_row": row}.items():
        object.__setattr__(custody, name, value)
    return custody
