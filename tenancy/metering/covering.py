"""What of a month's charges a plan covers: counted beside the ledger's rows, in the transaction that writes them.

One transaction of a tenant writes at a time, so no two rows are covered by the same micro-dollar. A row that changes
gives back what it had before it takes anew.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa

from tenancy.ids import TenantId
from tenancy.metering.money import MicroUsd
from tenancy.metering.spending import Payer, Spent
from tenancy.metering.tariff import Rates
from tenancy.stores.databases.store import Transaction
from tenancy.stores.schema import usage, usage_months

_MONTH: Final = sa.and_(
    usage_months.c.tenant_id == sa.bindparam("tenant"), usage_months.c.month == sa.bindparam("of_month")
)
_USED: Final = sa.select(usage_months.c.covered).where(_MONTH)
_INSERT: Final = usage_months.insert()
_UPDATE: Final = usage_months.update().where(_MONTH)
_BEFORE: Final = sa.select(usage.c.covered).where(
    usage.c.tenant_id == sa.bindparam("tenant"), usage.c.id == sa.bindparam("call")
)


@dataclass(frozen=True, slots=True)
class Charge:
    """What of a row's gross amount the plan covers and what the tenant is charged, in micro-dollars."""

    covered: int
    charge: int


def month_of(at: float) -> int:
    """Return the month (UTC) of a moment in epoch seconds, as year * 100 + month."""
    day = datetime.fromtimestamp(at, UTC)
    return day.year * 100 + day.month


async def charged(
    db: Transaction, tenant: TenantId, spent: Spent, rates: Rates, at: float, *, before: int = 0
) -> Charge:
    """Return what a row of the moment `at` is charged from now on, and count what the plan covers of it.

    `before` is what the plan covered of the row until now.
    """
    return await split(db, tenant, rates.gross(spent), rates, at, before=before)


async def split(
    db: Transaction, tenant: TenantId, gross: MicroUsd, rates: Rates, at: float, *, before: int = 0
) -> Charge:
    """Return how a gross amount of the moment `at` is divided between plan and tenant, and count the plan's part."""
    if not gross and not before:
        return Charge(0, 0)
    month = {"tenant": tenant, "of_month": month_of(at)}
    used = (await db.execute(_USED, month)).scalar_one_or_none()
    others = int(used or 0) - before
    covered = min(gross, max(0, rates.terms.included - others))
    if used is None:
        await db.execute(_INSERT, {"tenant_id": tenant, "month": month["of_month"], "covered": covered})
    elif covered != before:
        await db.execute(_UPDATE.values(covered=others + covered), month)
    return Charge(covered, gross - covered)


async def covered_of(db: Transaction, tenant: TenantId, call: str, spent: Spent) -> int:
    """Return what the plan covered of a row until now; the ledger is asked only where that can be anything."""
    if spent.payer is Payer.OWN:
        return 0
    return int((await db.execute(_BEFORE, {"tenant": tenant, "call": call})).scalar_one_or_none() or 0)
