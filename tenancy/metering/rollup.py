"""What tenants have spent, for an operator: numbers tenant by tenant, and none of a tenant's words.

Nothing is opened: routes and plans are ours, a model is named as the catalogue of prices names it, an app by a MAC that
only its tenant can tell. Of an erased tenant there are its months.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from tenancy.errors import NotFound
from tenancy.foundation import Foundation
from tenancy.ids import TenantId
from tenancy.metering.covering import month_of
from tenancy.metering.usage import SUMS, Line, Totals, day_text, within
from tenancy.stores import registry
from tenancy.stores.schema import accounts, usage

_BY: Final = (usage.c.day, usage.c.plan, usage.c.app, usage.c.feature, usage.c.model)
_Found = list[tuple[dict[str, str], Totals]]


class Division(StrEnum):
    """What an operator's report can be divided by."""

    TENANT = "tenant"
    PLAN = "plan"
    MONTH = "month"
    DAY = "day"
    APP = "app"
    FEATURE = "feature"
    MODEL = "model"


async def rollup(
    on: Foundation, since: float, until: float, groups: Sequence[Division], tenant: str | None = None
) -> list[Line]:
    """Return sums over the ledgers of all tenants, or of one, sorted by their words; NotFound for an absent one.

    Every call from `since` on and before `until` (epoch seconds) is in exactly one line. A month of an erased tenant is
    in a report that holds the month's beginning; its day, app, feature and model are empty words.
    """
    async with on.store.registry(writes=False) as db:
        known = [row.id for row in await registry.list_tenants(db) if tenant in {None, row.id}]
    if tenant is not None and not known:
        raise NotFound
    lines: dict[tuple[str, ...], Totals] = {}
    for each in known:
        for words, totals in await _of(on, each, since, until):
            named = tuple(words[group] for group in groups)
            lines[named] = lines.get(named, Totals()).plus(totals)
    return [Line(named, totals) for named, totals in sorted(lines.items())]


async def _of(on: Foundation, tenant: TenantId, since: float, until: float) -> _Found:
    """Return a tenant's sums: its ledger's or, once an erasure has taken it, those of its months.

    The months are looked at last, because an erasure writes them before it takes the ledger.
    """
    found = await _in_ledger(on, tenant, since, until)
    async with on.store.registry(writes=False) as db:
        months = (await db.execute(sa.select(accounts).where(accounts.c.tenant_id == tenant))).all()
    if not months:
        return found
    return [(_month_words(row), Totals.of(row)) for row in months if since <= _begins(row.month) < until]


async def _in_ledger(on: Foundation, tenant: TenantId, since: float, until: float) -> _Found:
    query = sa.select(*_BY, *SUMS).where(within(tenant, since, until)).group_by(*_BY)
    try:
        async with on.store.tenant(tenant, writes=False) as db:
            rows = (await db.execute(query)).all()
    except NotFound:  # its records are not made yet
        return []
    found: _Found = []
    for row in rows:
        day = day_text(row.day)
        when = {"tenant": str(tenant), "plan": row.plan, "month": day[:7], "day": day}
        found.append((when | {"app": row.app, "feature": row.feature, "model": row.model}, Totals.of(row)))
    return found


def _month_words(row: sa.Row[tuple[Any, ...]]) -> dict[str, str]:
    month = datetime.fromtimestamp(_begins(row.month), UTC).strftime("%Y-%m")
    return dict.fromkeys(map(str, Division), "") | {"tenant": row.tenant_id, "plan": row.plan, "month": month}


def _begins(month: int) -> float:
    return datetime(month // 100, month % 100, 1, tzinfo=UTC).timestamp()


async def keep_months(on: Foundation, tenant: TenantId, until: float) -> None:
    """Write what a tenant has spent, month by month, to where its erasure does not reach; kept `until` (epoch seconds).

    It may be repeated: what the ledger holds now is what stands, and a ledger that is gone already changes nothing.
    """
    async with on.store.tenant(tenant, writes=False) as db:
        query = sa.select(usage.c.day, usage.c.plan, *SUMS).where(usage.c.tenant_id == tenant)
        rows = (await db.execute(query.group_by(usage.c.day, usage.c.plan))).all()
    months: dict[tuple[int, str], Totals] = {}
    for row in rows:
        key = (month_of(row.day * 86_400.0), row.plan)
        months[key] = months.get(key, Totals()).plus(Totals.of(row))
    async with on.store.registry(writes=True) as db:
        for (month, plan), totals in months.items():
            mine = (accounts.c.tenant_id == tenant, accounts.c.month == month, accounts.c.plan == plan)
            await db.execute(sa.delete(accounts).where(*mine))
            own = {"tenant_id": tenant, "month": month, "plan": plan, "kept_until": until}
            await db.execute(accounts.insert(), {**own, **totals.named()})


async def forget_months(on: Foundation, now: float) -> int:
    """Remove the months of erased tenants that have been kept long enough; return how many."""
    old = accounts.c.kept_until < now
    async with on.store.registry(writes=False, single=True) as db:
        found = int((await db.execute(sa.select(sa.func.count()).select_from(accounts).where(old))).scalar_one())
    if found:
        async with on.store.registry(writes=True) as db:
            await db.execute(sa.delete(accounts).where(old))
    return found
