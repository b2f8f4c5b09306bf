"""Hand a tenant's export over to an operator, who reads nothing of it: it is made out to the tenant's own recipient."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenancy.card import TenantCard
from tenancy.exports.contents import Source
from tenancy.exports.making import exported
from tenancy.keys.tenant_keys import TenantKeys
from tenancy.scope import Caller
from tenancy.stores.audit import AuditTrail
from tenancy.stores.blobs import TenantBlobs
from tenancy.stores.epoch import require_epoch
from tenancy.stores.records import Records

if TYPE_CHECKING:
    from tenancy.foundation import Foundation


@dataclass(frozen=True, slots=True)
class Handing:
    """Which tenant's export it is, in which epoch of it, and who asked for it."""

    card: TenantCard
    epoch: int
    caller: Caller


def handed_over(on: "Foundation", keys: TenantKeys, handing: Handing) -> AsyncGenerator[bytes, None]:
    """Yield the export; it ends unfinished in another epoch of the tenant, or when its keys no longer open."""

    async def note(action: str, resource: str) -> None:
        async with on.store.tenant(keys.tenant, writes=True) as db:
            await require_epoch(db, keys, handing.epoch)
            trail = AuditTrail(db, keys, handing.caller)
            await trail.add(action, resource)
        await on.anchors.note(keys.tenant, trail.written)

    @asynccontextmanager
    async def reading() -> AsyncIterator[Records]:
        await on.keyring.open(keys.tenant)
        async with on.store.tenant(keys.tenant, writes=False) as db:
            await require_epoch(db, keys, handing.epoch)
            yield Records(db, keys, handing.caller)

    return exported(Source(handing.card, reading, TenantBlobs(keys, on.blobs)), on.exports, note)
