"""Replace a tenant's data key step by step, each of which can be repeated by whoever takes it up.

1. A new wrapping key wraps the tenant's keys anew. A new data key is made known, and seals nothing yet.
2. After the longest lease every process knows it; from now on it seals, and the one before it only opens.
3. After the longest lease nobody seals under the old one, and who still would is refused. Everything is sealed anew.
4. Nothing names the old key any more, which is counted once more; collections in memory that still hold its ciphertext
   are told to be built afresh; it is destroyed.

Where a rotation stands is read from the registry; since when, from the ledger beside the keys.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import sqlalchemy as sa
import structlog

from tenancy.card import standing
from tenancy.crypto.revocation_log import Ending
from tenancy.errors import NotFound, ServiceError
from tenancy.foundation import Foundation
from tenancy.ids import ClientId, TenantId
from tenancy.keys.keyring import Keyring
from tenancy.keys.tenant_keys import Family, TenantKeys
from tenancy.rotation.resealing import reseal, sealing
from tenancy.rotation.versions import activate, announce, data_versions, destroy_before, rewrap
from tenancy.scope import Caller
from tenancy.stores import due, registry
from tenancy.stores.audit import AuditTrail
from tenancy.stores.epoch import require_epoch
from tenancy.stores.registry import TenantRow, TenantStatus
from tenancy.stores.schema import state

LEEWAY_SECONDS: Final = 5.0
"""Between reading a key from the registry and the lease on it that begins when it is opened."""
_CALLER: Final = Caller("service:rotation", ClientId(""), "the key before was replaced", frozenset())
_log = structlog.get_logger()


class HeldUp(ServiceError):
    """Some values of the tenant do not open, so the key they name is not destroyed."""

    code = "rotation_held_up"

    def __init__(self, values: int) -> None:
        """Say how many `values`."""
        super().__init__(f"{values} stored values do not open. The earlier key is kept until they do or are gone.")
        self.values = values


@dataclass(frozen=True, slots=True)
class Rotation:
    """Where a tenant's newest rotation stands: `begun`, `announced`, `activated`, `resealing`, `done`; epoch seconds.

    While it waits for leases to end, `next_step_at` says until when. `remaining` of `total` values are yet to be
    sealed anew.
    """

    version: int
    state: str
    begun_at: float
    finished_at: float | None = None
    next_step_at: float | None = None
    total: int = 0
    remaining: int = 0


async def begin_rotation(on: Foundation, tenant: TenantId) -> None:
    """Note durably that the tenant's keys are to be replaced, unless that is under way."""
    before = on.ledger.latest("rotation", tenant)
    if before is not None and before.kind != "rotation.ended":
        return
    known = max(await data_versions(on, tenant))
    version = max(known, 0 if before is None else int(before.data["version"])) + 1
    data = {"version": str(version), "begun": repr(time.time())}
    await asyncio.to_thread(partial(on.ledger.append, "rotation.begun", tenant, tenant, **data))
    async with on.store.registry(writes=True) as db:
        await due.mark(db, [due.Kind.ROTATION], time.time(), [tenant])


def pending_rotations(on: Foundation) -> list[TenantId]:
    """Return the tenants whose keys are being replaced."""
    found = (TenantId(entry.tenant) for entry in on.ledger.newest("rotation"))
    return [tenant for tenant in found if _under_way(on, tenant)]


def _under_way(on: Foundation, tenant: TenantId) -> bool:
    newest, ending = on.ledger.latest("rotation", tenant), on.ledger.latest("tenant", tenant)
    erased = ending is not None and ending.kind == "tenant.erased"
    return newest is not None and newest.kind != "rotation.ended" and not erased


async def rotation_of(on: Foundation, tenant: TenantId) -> Rotation | None:
    """Return where the tenant's newest rotation stands; None if there was none, or the tenant has ended."""
    newest, ending = on.ledger.latest("rotation", tenant), on.ledger.latest("tenant", tenant)
    if newest is None or (ending is not None and ending.kind == "tenant.erased"):
        return None
    version, begun = int(newest.data["version"]), float(newest.data["begun"])
    if newest.kind == "rotation.ended":
        return Rotation(version, "done", begun, finished_at=newest.at)
    if newest.kind == "rotation.begun":
        return Rotation(version, "begun", begun)
    next_at = _due(on.keyring, newest)
    if newest.kind == "rotation.announced" or time.time() < next_at:
        return Rotation(version, newest.kind.removeprefix("rotation."), begun, next_step_at=next_at)
    counted = await sealing(on, tenant, version)
    return Rotation(version, "resealing", begun, total=counted.total, remaining=counted.remaining)


def _due(keyring: Keyring, entry: Ending) -> float:
    return entry.at + keyring.expire + LEEWAY_SECONDS


def next_step_at(on: Foundation, tenant: TenantId) -> float:
    """Return when the next step of a rotation under way can be taken, in epoch seconds."""
    newest = on.ledger.latest("rotation", tenant)
    return 0.0 if newest is None or newest.kind == "rotation.begun" else _due(on.keyring, newest)


async def advance(on: Foundation, tenant: TenantId, *, clock: Callable[[], float] = time.time) -> bool:
    """Take the step that can be taken now, by a `clock` in epoch seconds; True when the rotation has ended."""
    entry = on.ledger.latest("rotation", tenant)
    if entry is None or not _under_way(on, tenant):
        return True
    row = await _living(on, tenant)
    if row is None:
        return False
    version = int(entry.data["version"])
    known = await data_versions(on, tenant)
    if entry.kind == "rotation.begun" or version not in known:  # also where a restored registry does not know it
        await rewrap(on, tenant, version)
        await announce(on, tenant, version)
        await _note(on, "rotation.announced", entry)
    elif entry.kind == "rotation.announced" or known[version] != "active":
        if clock() < _due(on.keyring, entry):
            return False
        await activate(on, tenant, version)
        await _note(on, "rotation.activated", entry)
    elif clock() >= _due(on.keyring, entry):
        return await _finish(on, row, entry)
    return False


async def _living(on: Foundation, tenant: TenantId) -> TenantRow | None:
    async with on.store.registry(writes=False) as db:
        row = await registry.find_tenant(db, tenant)
    if row is None or standing(row, on.ledger) in {TenantStatus.ERASING, TenantStatus.ERASED}:
        return None
    return row


async def _note(on: Foundation, kind: str, entry: Ending) -> None:
    await asyncio.to_thread(partial(on.ledger.append, kind, entry.subject, entry.tenant, **entry.data))
    on.keyring.evict(TenantId(entry.tenant))
    _log.info(kind, tenant=entry.tenant, version=entry.data["version"])


async def _finish(on: Foundation, row: TenantRow, entry: Ending) -> bool:
    version = int(entry.data["version"])
    keys = await on.keyring.open(row.id)
    if keys.sealing(Family.DATA) != version:
        on.keyring.evict(row.id)
        return False
    await _refuse_older(on, keys, row.epoch, version)
    await reseal(on, keys, row.epoch)
    left = (await sealing(on, row.id, version)).remaining
    if left:
        raise HeldUp(left)
    await _rebuild(on, keys, row.epoch, version)
    await destroy_before(on, row.id, version)
    await _note(on, "rotation.ended", entry)
    return True


async def _refuse_older(on: Foundation, keys: TenantKeys, epoch: int, version: int) -> None:
    async with on.store.tenant(keys.tenant, writes=True) as db:
        await require_epoch(db, keys, epoch)
        mine = sa.and_(state.c.tenant_id == keys.tenant, state.c.key_version < version)
        await db.execute(state.update().where(mine).values(key_version=version))


async def _rebuild(on: Foundation, keys: TenantKeys, epoch: int, version: int) -> None:
    """Have every collection in memory built afresh before its next answer, and say in the audit what ends now."""
    async with on.store.tenant(keys.tenant, writes=True) as db:
        await require_epoch(db, keys, epoch)
        mine = state.c.tenant_id == keys.tenant
        await db.execute(state.update().where(mine).values(change=state.c.change + 1, resealed=state.c.change + 1))
        trail = AuditTrail(db, keys, _CALLER)
        await trail.add("key.destroyed", f"data before {version}")
    await on.anchors.note(keys.tenant, trail.written)


async def find_rotation(on: Foundation, tenant: str) -> Rotation | None:
    """Return where an existing tenant's newest rotation stands; NotFound for an absent one."""
    async with on.store.registry(writes=False) as db:
        row = await registry.find_tenant(db, TenantId(tenant))
    if row is None:
        raise NotFound
    return await rotation_of(on, row.id)
