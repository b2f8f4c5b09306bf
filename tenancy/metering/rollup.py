"""What tenants have spent, for an operator: numbers tenant by tenant, and none of a tenant's words.

Nothing is opened: routes and plans are ours, a model is named as the catalogue of prices names it, an app by a MAC that
only its tenant can tell. Of an erased tenant there are its months.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from tenancy.errors import NotFound
from tenancy.foundation import Foundation
from tenancy.ids import TenantId, well_formed
from tenancy.metering.covering import month_of
from tenancy.metering.usage import SUMS, Line, Totals, day_text, within
from tenancy.stores import registry
from tenancy.stores.databases.cursors import InvalidCursor
from tenancy.stores.schema import accounts, usage

_BY: Final = (usage.c.day, usage.c.plan, usage.c.app, usage.c.feature, usage.c.model)
MOST_TENANTS: Final = 1_000
"""Whose ledgers one page of a report is read from."""
_AT_ONCE: Final = 200
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


@dataclass(frozen=True, slots=True)
class Report:
    """A report from `since` on and before `until` (epoch seconds) by words, of one tenant or, for None, of all."""

    since: float
    until: float
    groups: Sequence[Division]
    tenant: str | None = None


async def rollup(
    on: Foundation, since: float, until: float, groups: Sequence[Division], tenant: str | None = None
) -> list[Line]:
    """Return sums over the ledgers of all tenants, or of one, sorted by their words; NotFound for an absent one.

    Every call from `since` on and before `until` (epoch seconds) is in exactly one line. A month of an erased tenant is
    in a report that holds the month's beginning; its day, app, feature and model are empty words.
    """
    lines: dict[tuple[str, ...], Totals] = {}
    async for each in _asked_about(on, tenant):
        for words, totals in await _of(on, each, since, until):
            named = tuple(words[group] for group in groups)
            lines[named] = lines.get(named, Totals()).plus(totals)
    return [Line(named, totals) for named, totals in sorted(lines.items())]


async def rollup_page(
    on: Foundation, asked: Report, limit: int, cursor: str | None = None
) -> tuple[list[Line], str | None]:
    """Return up to `limit` lines of a report and the cursor of the next page; NotFound, or InvalidCursor.

    Lines of different tenants are read tenant by tenant, in the order of their ids and for `MOST_TENANTS` of them at a
    time; a page is sorted by its words. Sums over tenants are few, and made anew for each page of them.
    """
    start = _Start() if cursor is None else _Start.read(cursor)
    if asked.tenant is not None or Division.TENANT not in asked.groups:
        lines = await rollup(on, asked.since, asked.until, asked.groups, asked.tenant)
        end = start.lines + limit
        return lines[start.lines : end], _Start("", end).written() if len(lines) > end else None
    found = list[Line]()
    seen = 0
    async for each in _asked_about(on, None, start.tenant):
        if seen == MOST_TENANTS or len(found) == limit:
            return sorted(found, key=lambda line: line.words), _Start(each, 0).written()
        own = await rollup(on, asked.since, asked.until, asked.groups, each)
        begin = start.lines if each == start.tenant else 0
        end = begin + limit - len(found)
        found += own[begin:end]
        if len(own) > end:
            return sorted(found, key=lambda line: line.words), _Start(each, end).written()
        seen += 1
    return sorted(found, key=lambda line: line.words), None


@dataclass(frozen=True, slots=True)
class _Start:
    """Where a page begins: with which tenant, after how many of its lines."""

    tenant: str = ""
    lines: int = 0

    def written(self) -> str:
        return f"{self.lines}.{self.tenant}"

    @classmethod
    def read(cls, cursor: str) -> "_Start":
        lines, dot, tenant = cursor.partition(".")
        if not (dot and lines.isascii() and lines.isdecimal() and (not tenant or well_formed(tenant, "ten"))):
            raise InvalidCursor("The cursor is not one that this list gave out.")
        return cls(tenant, int(lines))


async def _asked_about(on: Foundation, tenant: str | None, since: str = "") -> AsyncIterator[TenantId]:
    """Yield the tenant that is asked about, or all from one id on; NotFound for an absent one."""
    if tenant is not None:
        async with on.store.registry(writes=False, single=True) as db:
            if await registry.find_tenant(db, TenantId(tenant)) is None:
                raise NotFound
        yield TenantId(tenant)
        return
    while True:
        async with on.store.registry(writes=False, single=True) as db:
            found = await registry.tenants_from(db, since, _AT_ONCE + 1)
        for each in found[:_AT_ONCE]:
            yield each
        if len(found) <= _AT_ONCE:
            return
        since = found[_AT_ONCE]


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
