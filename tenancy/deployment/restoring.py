"""Delete again what a restored backup brought back.

Every deletion advances the tenant's number of changes and stands beside the keys under that number. Data that have not
come as far as the newest of them are older, so whatever they still hold of the deleted is deleted before anybody is
let in.
"""

import asyncio

import sqlalchemy as sa
import structlog

from tenancy.foundation import Foundation
from tenancy.ids import BlobRef, ClientId, DocumentId, TenantId
from tenancy.keys.tenant_keys import Purpose, TenantKeys
from tenancy.scope import Caller
from tenancy.stores.blobs import TenantBlobs
from tenancy.stores.databases.store import Transaction
from tenancy.stores.documents import deletion_mac
from tenancy.stores.records import Records
from tenancy.stores.registry import TenantRow
from tenancy.stores.schema import documents, state

_CALLER = Caller("service:restoring", ClientId(""), "deleted before this backup was put back", frozenset())
_log = structlog.get_logger()


async def delete_again(on: Foundation, keys: TenantKeys, change: int) -> int:
    """Return the tenant's number of changes, read as `change` before, once its data hold nothing that was deleted."""
    newest = on.deletions.newest(keys.tenant)
    return change if change >= newest else await _delete_again(on, keys, newest)


async def _delete_again(on: Foundation, keys: TenantKeys, newest: int) -> int:
    gone = await asyncio.to_thread(on.deletions.of, keys.tenant)
    blobs = list[BlobRef]()
    async with on.store.tenant(keys.tenant, writes=True) as db:
        reached = await _change(db, keys.tenant)
        if reached >= newest:  # a deletion was under way, or another request has done all this
            return reached
        records = Records(db, keys, _CALLER)
        found = await db.execute(sa.select(documents.c.id).where(documents.c.tenant_id == keys.tenant))
        back = [DocumentId(each) for each in found.scalars() if deletion_mac(keys, each) in gone]
        for document in back:
            blobs += await records.documents.delete_again(document)
            await records.audit.add("document.deleted", document)
        reached = max(newest, await _change(db, keys.tenant))
        await db.execute(state.update().where(state.c.tenant_id == keys.tenant).values(change=reached))
    await on.anchors.note(keys.tenant, records.audit.written)
    await TenantBlobs(keys, on.blobs).delete(blobs)
    _log.warning("documents.deleted_again", tenant=keys.tenant, count=len(back))
    return reached


async def _change(db: Transaction, tenant: TenantId) -> int:
    return int((await db.execute(sa.select(state.c.change).where(state.c.tenant_id == tenant))).scalar_one())


async def look_over(on: Foundation, row: TenantRow) -> None:
    """Delete again what came back of a tenant's documents, without waiting for its first request."""
    if on.deletions.newest(row.id) == 0:
        return
    async with on.store.tenant(row.id, writes=False) as db:
        change = await _change(db, row.id)
    if change < on.deletions.newest(row.id):
        keys = await on.keyring.open(row.id)
        if keys.genuine(row.mac, Purpose.GRANTS, *row.granting()):
            await delete_again(on, keys, change)
