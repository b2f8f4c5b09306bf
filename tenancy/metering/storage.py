"""Books what a tenant keeps once a day (UTC), without opening anything of it.

Rules this module enforces:

* A day is booked with the bytes that count against the tenant's limit when the day is first looked at, and by the price
  and the terms of that day. It is charged to the platform's account, never to a key of the tenant's own.
* A day is booked once, however many processes look: its row is written together with that of the ledger, and one
  transaction of a tenant writes at a time.
* What is less than a micro-dollar is carried into the next day: a tenant's days add up to what they cost, rounded down
  once.
* Days on which nobody looked are booked by the next look, with what is kept then: `MOST_DAYS` of them at most, so that
  a clock that ran ahead does not charge for years. Nothing is booked for the days before the first look.
* A tenant whose end was asked for is booked no more: whoever looks at that moment writes nothing.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from tenancy.card import standing
from tenancy.ids import TenantId
from tenancy.metering.book import STORED, STORED_LABEL, Entry, day_of, row
from tenancy.metering.catalogue import Kind
from tenancy.metering.covering import split
from tenancy.metering.spending import Payer, Spent
from tenancy.stores import registry
from tenancy.stores.databases.store import Transaction
from tenancy.stores.registry import TenantRow, TenantStatus
from tenancy.stores.schema import state, storage_days, usage

if TYPE_CHECKING:
    from tenancy.foundation import Foundation

MOST_DAYS: Final = 31
_DAY_SECONDS: Final = 86_400.0
_GONE: Final = frozenset({TenantStatus.ERASING, TenantStatus.ERASED})


@dataclass(frozen=True, slots=True)
class _Left:
    """Parts of a micro-dollar that no day has been booked with yet."""

    cost: int = 0
    charge: int = 0


async def book_storage(on: "Foundation", tenant: TenantId, *, clock: Callable[[], float] = time.time) -> int:
    """Book today, by a `clock` in epoch seconds, and the days missed for a tenant; return how many days.

    A suspended one is booked too, for what it has is kept.
    """
    async with on.store.registry(writes=False, single=True) as db:
        row = await registry.find_tenant(db, tenant)
    if row is None or standing(row, on.ledger) in _GONE:
        return 0  # its months are kept as they were when its end was asked for
    return await _book(on, row, day_of(clock()))


async def _book(on: "Foundation", tenant: TenantRow, today: int) -> int:
    """Book a tenant's days up to `today` that are not booked yet; return how many."""
    async with on.store.tenant(tenant.id, writes=False) as db:
        before, _ = await _booked(db, tenant.id, today)
    if before == today:
        return 0
    async with on.store.tenant(tenant.id, writes=True) as db:
        before, left = await _booked(db, tenant.id, today)  # another process may have looked meanwhile
        since = today if before is None else max(before + 1, today - MOST_DAYS + 1)
        now = sa.select(state.c.epoch, state.c.bytes).where(state.c.tenant_id == tenant.id)
        found = (await db.execute(now)).one()
        if found.epoch != tenant.epoch:  # it is being suspended, resumed or erased
            return 0
        for day in range(since, today + 1):
            left = await _add(db, on, tenant, day, found.bytes, left)
    return today + 1 - since


async def _booked(db: Transaction, tenant: TenantId, today: int) -> tuple[int | None, _Left]:
    """Return the last day up to `today` that is booked, None where none is, and what is left of it."""
    mine = sa.and_(storage_days.c.tenant_id == tenant, storage_days.c.day <= today)
    last = sa.select(storage_days).where(mine).order_by(storage_days.c.day.desc()).limit(1)
    found = (await db.execute(last)).one_or_none()
    return (None, _Left()) if found is None else (found.day, _Left(found.cost_left, found.charge_left))


async def _add(db: Transaction, on: "Foundation", tenant: TenantRow, day: int, kept: int, left: _Left) -> _Left:
    """Book a day on which so many bytes were kept; return what is left of a micro-dollar for the next."""
    at = day * _DAY_SECONDS
    rates = on.tariff.rates(tenant.plan, at)
    cost, cost_left = on.prices.storage_cost(kept, at, left.cost)
    gross, charge_left = rates.gross_storage(cost.amount, left.charge)
    own = {"tenant_id": tenant.id, "day": day, "bytes": kept, "cost_left": cost_left, "charge_left": charge_left}
    await db.execute(storage_days.insert(), own)
    if kept:
        spent = Spent(Kind.STORAGE, "", Payer.PLATFORM, 0, 0, cost.amount, cost.price_version)
        begun = row(tenant.id, Entry(f"sto_{day}", at, STORED, "", rates, opens=False), spent)
        charge = asdict(await split(db, tenant.id, gross, rates, at))
        await db.execute(usage.insert(), {**begun, **charge, "byte_days": kept, "label": STORED_LABEL, "app": ""})
    return _Left(cost_left, charge_left)
