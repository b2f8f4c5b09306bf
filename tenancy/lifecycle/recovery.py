"""Take up what a crash left of a tenant: originals that belong to no document, documents that no job will ever finish.

No content is opened: originals are told by their names, and of a job only the sealed part that names its document.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from tenancy.card import standing
from tenancy.deployment.restoring import look_over
from tenancy.foundation import Foundation
from tenancy.ids import ClientId, DocumentId, TenantId, VersionId
from tenancy.keys.tenant_keys import Purpose, TenantKeys
from tenancy.scope import Caller
from tenancy.stores import registry
from tenancy.stores.audit import AuditTrail
from tenancy.stores.databases.store import Transaction
from tenancy.stores.epoch import require_epoch
from tenancy.stores.jobs import Jobs
from tenancy.stores.registry import LEFT_SECONDS, TenantRow, TenantStatus
from tenancy.stores.schema import documents, versions
from tenancy.stores.views import DocumentStatus

_SLACK_SECONDS: Final = 60.0  # between the clocks of the process and of the file system
_UNDER_WAY: Final = (DocumentStatus.QUEUED, DocumentStatus.PARSING, DocumentStatus.EMBEDDING)
_CALLER: Final = Caller("service:mending", ClientId(""), "work that a crash had left", frozenset())


@dataclass(frozen=True, slots=True)
class Recovered:
    """How many files were removed, how many documents queued again, and whether something still is under way."""

    files: int = 0
    documents: int = 0
    unfinished: bool = False


async def recover(on: Foundation, tenant: TenantId, since: float = 0.0) -> Recovered:
    """Look through what a tenant has; `since` is when that was last done, in epoch seconds.

    Its files are listed only if one has come or gone since then.
    """
    async with on.store.registry(writes=False, single=True) as db:
        row = await registry.find_tenant(db, tenant)
    if row is None or standing(row, on.ledger) in {TenantStatus.ERASING, TenantStatus.ERASED}:
        return Recovered()  # an erasure sees to it
    await look_over(on, row)
    changed = await asyncio.to_thread(on.blobs.changed_at, tenant)
    files = await _remove_nobodys(on, tenant) if changed > since - LEFT_SECONDS - _SLACK_SECONDS else 0
    queued = await _queue_stranded(on, row)
    async with on.store.tenant(tenant, writes=False) as db:
        under_way = bool(await _under_way(db, tenant))
    return Recovered(files, queued, under_way or changed > time.time() - LEFT_SECONDS - _SLACK_SECONDS)


async def _remove_nobodys(on: Foundation, tenant: TenantId) -> int:
    found = await nobodys(on, tenant)
    for path in found:
        await asyncio.to_thread(path.unlink, missing_ok=True)
    return len(found)


async def nobodys(on: Foundation, tenant: TenantId) -> list[Path]:
    """Return the old files among a tenant's originals that no document names."""
    old = await asyncio.to_thread(_old_files, on.blobs.list(tenant))
    if not old:
        return []
    # Read after the files were listed: a blob that a document has taken since is young, or among these.
    async with on.store.tenant(tenant, writes=False) as db:
        named = await db.execute(sa.select(versions.c.blob).where(versions.c.tenant_id == tenant))
        taken = set(named.scalars())
    return [path for path in old if path.name not in taken]


def _old_files(paths: Sequence[Path]) -> list[Path]:
    before = time.time() - LEFT_SECONDS
    return [path for path in paths if path.exists() and path.stat().st_mtime < before]


async def _queue_stranded(on: Foundation, row: TenantRow) -> int:
    """Give a new job to every document under way that has none; a suspended tenant's wait until it is active."""
    if standing(row, on.ledger) is not TenantStatus.ACTIVE:
        return 0
    async with on.store.tenant(row.id, writes=False) as db:
        if not await _under_way(db, row.id):
            return 0
    keys = await on.keyring.open(row.id)
    if not keys.genuine(row.mac, Purpose.GRANTS, *row.granting()):
        return 0
    async with on.store.tenant(row.id, writes=False) as db:
        if not await _stranded(db, keys):
            return 0
    lane = await on.lanes.mark(row.id)
    async with on.store.tenant(row.id, writes=True) as db:
        await require_epoch(db, keys, row.epoch)
        stranded, trail = await _stranded(db, keys), AuditTrail(db, keys, _CALLER)
        for document, version in stranded:
            mine = sa.and_(documents.c.tenant_id == row.id, documents.c.id == document)
            await db.execute(documents.update().where(mine).values(status=DocumentStatus.QUEUED))
            await Jobs(db, keys).queue(document, version, _CALLER)
            await trail.add("document.requeued", document)
    await on.anchors.note(row.id, trail.written)
    on.notices.ring(row.id)
    await on.lanes.poke(lane)
    return len(stranded)


async def _under_way(db: Transaction, tenant: TenantId) -> list[tuple[DocumentId, VersionId]]:
    mine = sa.and_(documents.c.tenant_id == tenant, documents.c.status.in_(_UNDER_WAY))
    query = sa.select(documents.c.id, documents.c.latest_version).where(mine).order_by(documents.c.position)
    return [(DocumentId(row.id), VersionId(row.latest_version)) for row in await db.execute(query)]


async def _stranded(db: Transaction, keys: TenantKeys) -> list[tuple[DocumentId, VersionId]]:
    awaited = await Jobs(db, keys).versions()
    return [(document, version) for document, version in await _under_way(db, keys.tenant) if version not in awaited]
