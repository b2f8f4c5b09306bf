"""Find what belongs to no tenant any more: records, originals, keys, rows, collections, folders of dead processes.

Rules this module enforces:

* What is there is listed first and the registry is read after it, so a tenant that comes into being meanwhile is known.
  A registry or a ledger that cannot be read ends the search: nothing is an orphan then.
* Whatever the registry knows is somebody's. Only of a tenant that registry and ledger both call erased is something an
  orphan: what the erasure should have taken, and the key of its audit once its date has come.
* What the registry does not know and the ledger does is not an orphan either: the registry is older than the keys.
* Nothing younger than a day is one: a tenant may be coming into being. Of several things of one unknown tenant the
  youngest counts.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import sqlalchemy as sa
import structlog

from tenancy.card import standing
from tenancy.erasure import RETENTION_SECONDS
from tenancy.errors import NotFound
from tenancy.foundation import Foundation
from tenancy.ids import TenantId, well_formed
from tenancy.keys.keyring import holder_of
from tenancy.keys.tenant_keys import Family
from tenancy.lifecycle.recovery import nobodys
from tenancy.stores import registry
from tenancy.stores.registry import TenantRow, TenantStatus
from tenancy.stores.schema import erasures, lanes, lookups, tenant_keys, tripwires
from tenancy.stores.schema import registry as registry_tables

GRACE_SECONDS: Final = 24 * 3600.0
_ROWS: Final = (lookups, lanes, tripwires, tenant_keys, erasures)
_ERASED_KEEP: Final = frozenset({"records", "retention-key", "rows:tenant_keys", "rows:erasures"})
_NEVER: Final = 0.0
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Orphan:
    """Something without an owner: its kind, its name, the tenant it names, since when it is there (epoch seconds).

    `held` says why it is not removed although it looks like one; None when it may be.
    """

    kind: str
    name: str
    tenant: str | None
    since: float | None
    held: str | None = None


@dataclass(frozen=True, slots=True)
class _Seen:
    """What there is of each tenant: kind to time, and of what else an index left."""

    of: Mapping[str, dict[str, float]]
    strays: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class _Known:
    """What registry and ledger say."""

    rows: Mapping[str, TenantRow]
    ledger: frozenset[str] = field(default_factory=frozenset)


async def find_orphans(on: Foundation, *, clock: Callable[[], float] = time.time) -> list[Orphan]:
    """Return everything that looks like an orphan by a `clock` in epoch seconds, held ones included.

    ServiceError when it cannot be told.
    """
    seen = await _seen(on)
    known = await _known(on)
    found = [orphan for tenant, kinds in seen.of.items() for orphan in _judged(on, known, tenant, kinds, clock())]
    living = {TenantId(tenant) for tenant, row in known.rows.items() if _lives(on, row)}
    for at, name in seen.strays:
        if on.strays[at].nobodys(name, living):
            found.append(Orphan(on.strays[at].kind, name, None, None))
    for tenant in sorted(living):
        found += [Orphan("blob", str(path), tenant, None) for path in await nobodys(on, tenant)]
    return found


async def _seen(on: Foundation) -> _Seen:
    of: defaultdict[str, dict[str, float]] = defaultdict(dict)
    strays = [(at, name) for at, kind in enumerate(on.strays) for name in await kind.listed()]
    folders = {"records": await on.store.listed()}
    folders["blobs"] = await asyncio.to_thread(on.blobs.tenants)
    folders["deletions"] = await asyncio.to_thread(on.deletions.tenants)
    for kind, folder in (("key", "tenants"), ("retention-key", "retention")):
        files = await asyncio.to_thread(lambda below: list((on.provider.folder / below).glob("ten_*.key")), folder)
        folders[kind] = {path.stem: path.stat().st_mtime for path in files}
    for kind, times in folders.items():
        for tenant, since in times.items():
            if well_formed(tenant, "ten"):
                of[tenant][kind] = since
    async with on.store.registry(writes=False) as db:
        for table in _ROWS:
            for tenant in (await db.execute(sa.select(table.c.tenant_id).distinct())).scalars():
                of[tenant][f"rows:{table.name}"] = _NEVER
    for tenant, kinds in of.items():
        if "records" not in kinds and await _has_records(on, tenant):
            kinds["records"] = _NEVER
    return _Seen(of, strays)


async def _has_records(on: Foundation, tenant: str) -> bool:
    try:
        async with on.store.tenant(TenantId(tenant), writes=False):
            return True
    except NotFound:
        return False


async def _known(on: Foundation) -> _Known:
    async with on.store.registry(writes=False) as db:
        rows = {str(row.id): row for row in await registry.list_tenants(db)}
    return _Known(rows, on.ledger.tenants())


def _lives(on: Foundation, row: TenantRow) -> bool:
    return standing(row, on.ledger) not in {TenantStatus.ERASING, TenantStatus.ERASED}


def _judged(on: Foundation, known: _Known, tenant: str, kinds: Mapping[str, float], now: float) -> Iterator[Orphan]:
    row, held = known.rows.get(tenant), None
    if row is not None:
        yield from _left_of(on, row, kinds, now)
        return
    if tenant in known.ledger:
        held = "The ledger knows this tenant and the registry does not: the registry is older than the keys."
    elif max(kinds.values()) > now - GRACE_SECONDS:
        held = "It is younger than a day: a tenant may be coming into being."
    yield from (_orphan(kind, tenant, since, held) for kind, since in kinds.items())


def _left_of(on: Foundation, row: TenantRow, kinds: Mapping[str, float], now: float) -> Iterator[Orphan]:
    """Give what an erased tenant still has and should not; nothing for any other, whose erasure may be under way."""
    ending = on.ledger.latest("tenant", row.id)
    if row.status is not TenantStatus.ERASED or ending is None or ending.kind != "tenant.erased":
        return
    over = ending.at + RETENTION_SECONDS < now
    kept = _ERASED_KEEP - ({"retention-key"} if over else set())
    yield from (_orphan(kind, row.id, since) for kind, since in kinds.items() if kind not in kept)


def _orphan(kind: str, tenant: str, since: float, held: str | None = None) -> Orphan:
    return Orphan(kind, tenant, tenant, since or None, held)


async def remove_orphans(on: Foundation, *, clock: Callable[[], float] = time.time) -> list[Orphan]:
    """Look again, and remove what is not held; return what was removed.

    Keys go last: as long as they are there, whatever else of an unknown tenant was left by a crash is found again.
    """
    found = [orphan for orphan in await find_orphans(on, clock=clock) if orphan.held is None]
    removed = []
    for orphan in sorted(found, key=lambda one: one.kind.endswith("key")):
        if await _remove(on, orphan):
            removed.append(orphan)
            _log.info("orphan.removed", kind=orphan.kind, name=orphan.name)
    return removed


async def _remove(on: Foundation, orphan: Orphan) -> bool:
    tenant = TenantId(orphan.tenant or "")
    kind, _, table = orphan.kind.partition(":")
    match kind:
        case "records":
            await on.store.destroy(tenant)
        case "blobs":
            await asyncio.to_thread(on.blobs.destroy, tenant)
        case "blob":
            await asyncio.to_thread(Path(orphan.name).unlink, missing_ok=True)
        case "deletions":
            await asyncio.to_thread(on.deletions.destroy, tenant)
        case "key":
            await asyncio.to_thread(on.provider.destroy, holder_of(tenant, Family.DATA))
        case "retention-key":
            await _end_retention(on, tenant)
        case "rows":
            return await _remove_rows(on, tenant, table)
        case _:
            return any([await each.remove(orphan.name) for each in on.strays if each.kind == kind])
    return True


async def _end_retention(on: Foundation, tenant: TenantId) -> None:
    """Destroy the key of an audit, and the audit where there still is one."""
    await asyncio.to_thread(on.provider.destroy, holder_of(tenant, Family.RETENTION))
    if await _has_records(on, tenant):
        await on.store.purge(tenant, keep=("state",))


async def _remove_rows(on: Foundation, tenant: TenantId, table: str) -> bool:
    """Remove registry rows, unless the tenant has come into being since they were seen."""
    async with on.store.registry(writes=True) as db:
        row = await registry.find_tenant(db, tenant)
        if row is not None and row.status is not TenantStatus.ERASED:
            return False
        rows = registry_tables.tables[table]
        return (await db.execute(sa.delete(rows).where(rows.c.tenant_id == tenant))).rowcount > 0
