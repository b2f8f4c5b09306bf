"""Seal a tenant's stored values anew under its newest data key, while it works on.

Rules this module enforces:

* Nothing is decided twice: what is sealed under the newest key is passed over, so whoever was killed begins again and
  whoever works at the same time does no harm.
* A value is replaced only while it is the one that was read: a write of the tenant in between wins, and is under the
  newest key already.
* A value that does not open stays as it is, and is counted: while there is one, the earlier key is not destroyed.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tenancy.foundation import Foundation
from tenancy.ids import BlobRef, TenantId
from tenancy.keys.tenant_keys import Family, TenantKeys
from tenancy.rotation.files import rewritten
from tenancy.rotation.sealed import SEALED, Row, SealedColumn
from tenancy.sealing import SealBroken
from tenancy.stores.databases.store import Transaction
from tenancy.stores.epoch import require_epoch
from tenancy.stores.schema import versions
from tenancy.stream_sealing import HEADER, stream_version


@dataclass(frozen=True, slots=True)
class Sealing:
    """How many values a tenant has stored, and how many of them are not under the newest key yet."""

    total: int
    remaining: int


async def reseal(on: Foundation, keys: TenantKeys, epoch: int) -> None:
    """Seal everything anew once; ScopeEnded when the tenant moved to another epoch meanwhile."""
    for column in SEALED:
        await _reseal_column(on, keys, epoch, column)
    await _reseal_blobs(on, keys, epoch)


async def _reseal_column(on: Foundation, keys: TenantKeys, epoch: int, column: SealedColumn) -> None:
    after: Row | None = None
    while True:
        async with on.store.tenant(keys.tenant, writes=False) as db:
            rows = (await db.execute(_older(keys, column, after))).all()
        if not rows:
            return
        fresh = await asyncio.to_thread(_sealed_anew, keys, column, rows)
        if fresh:
            async with on.store.tenant(keys.tenant, writes=True) as db:
                await require_epoch(db, keys, epoch)
                await db.execute(_swap(column), fresh)
        after = rows[-1]


def _older(keys: TenantKeys, column: SealedColumn, after: Row | None) -> sa.Select[tuple[Any, ...]]:
    also = [] if column.also is None else [column.table.c[column.also]]
    query = (
        sa.select(*column.key, column.value.label("sealed"), *also)
        .where(column.older(keys.tenant, keys.sealing(Family.DATA)))
        .order_by(*column.key)
        .limit(column.batch)
    )
    if after is None:
        return query
    return query.where(sa.tuple_(*column.key) > sa.tuple_(*(sa.literal(after[at]) for at in range(len(column.key)))))


def _sealed_anew(keys: TenantKeys, column: SealedColumn, rows: Sequence[Row]) -> list[dict[str, Any]]:
    fresh = []
    for row in rows:
        place = (column.purpose, column.table.name, *column.place(row))
        try:
            anew = keys.seal(*place, keys.open(*place, row.sealed))
        except SealBroken:
            continue  # it is counted as remaining
        key = {f"key_{each.name}": row[at] for at, each in enumerate(column.key)}
        fresh.append({"tenant": keys.tenant, **key, "read": row.sealed, "anew": anew})
    return fresh


def _swap(column: SealedColumn) -> sa.Update:
    mine = [each == sa.bindparam(f"key_{each.name}") for each in column.key]
    unchanged = column.value == sa.bindparam("read")
    where = (column.table.c.tenant_id == sa.bindparam("tenant"), *mine, unchanged)
    return column.table.update().where(*where).values({column.column: sa.bindparam("anew")})


async def _reseal_blobs(on: Foundation, keys: TenantKeys, epoch: int) -> None:
    for blob in await _blobs(on, keys.tenant):
        path = on.blobs.path(keys.tenant, blob)
        fresh = await asyncio.to_thread(rewritten, keys, path, blob)
        if fresh is None:
            continue
        try:
            async with on.store.tenant(keys.tenant, writes=True) as db:
                await require_epoch(db, keys, epoch)
                if await _named(db, keys.tenant, blob):  # else deleted meanwhile: it must not come back
                    fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)


async def _blobs(on: Foundation, tenant: TenantId) -> list[BlobRef]:
    async with on.store.tenant(tenant, writes=False) as db:
        query = sa.select(versions.c.blob).where(versions.c.tenant_id == tenant).order_by(versions.c.id)
        return [BlobRef(blob) for blob in (await db.execute(query)).scalars()]


async def _named(db: Transaction, tenant: TenantId, blob: BlobRef) -> bool:
    query = sa.select(versions.c.id).where(versions.c.tenant_id == tenant, versions.c.blob == blob)
    return (await db.execute(query)).first() is not None


async def sealing(on: Foundation, tenant: TenantId, version: int) -> Sealing:
    """Count a tenant's sealed values, and those of them that are not under that version of its data key."""
    total = remaining = 0
    async with on.store.tenant(tenant, writes=False) as db:
        for column in SEALED:
            some = sa.and_(column.table.c.tenant_id == tenant, column.value.is_not(None))
            total += await _count(db, column, some)
            remaining += await _count(db, column, column.older(tenant, version))
    blobs = await _blobs(on, tenant)
    older = await asyncio.to_thread(lambda: sum(_is_older(on, tenant, blob, version) for blob in blobs))
    return Sealing(total + len(blobs), remaining + older)


async def _count(db: Transaction, column: SealedColumn, which: sa.ColumnElement[bool]) -> int:
    return int((await db.execute(sa.select(sa.func.count()).select_from(column.table).where(which))).scalar_one())


def _is_older(on: Foundation, tenant: TenantId, blob: BlobRef, version: int) -> bool:
    try:
        with on.blobs.path(tenant, blob).open("rb") as file:
            return stream_version(file.read(HEADER)) != version
    except FileNotFoundError:
        return False  # deleted meanwhile
    except SealBroken:
        return True  # damaged: a person should look before its key goes
