"""Make due what the rows of due work lack: of an older version, of a backup put back, of a crash between two stores.

Nothing of a tenant is opened: the ledger beside the keys and the registry are compared.
"""

import asyncio
import time
from pathlib import Path
from typing import Final

import sqlalchemy as sa
import structlog

from tenancy.deployment.durable import replace
from tenancy.erasure import pending_erasures
from tenancy.errors import Unavailable
from tenancy.foundation import Foundation
from tenancy.metering.rollup import forget_months
from tenancy.models.terms import TERMS
from tenancy.rotation.steps import pending_rotations
from tenancy.stores import due
from tenancy.stores.databases.store import Transaction
from tenancy.stores.due import Kind
from tenancy.stores.schema import deployment

_TERM: Final = "housekeeping.term"
_TERMS: Final = "terms"
_log = structlog.get_logger()


async def reconcile(on: Foundation) -> None:
    """Put on the list every erasure and every rotation that has begun, and remove accounts kept long enough."""
    now, rotations, erasures = time.time(), pending_rotations(on), await pending_erasures(on)
    if rotations or erasures:
        async with on.store.registry(writes=True) as db:
            await due.mark_idle(db, Kind.ROTATION, now, rotations)
            for each in erasures:
                await due.mark_erasure(db, each, now)
    months = await forget_months(on, now)
    if months:
        _log.info("accounts.forgotten", months=months)


async def take_over(on: Foundation, term: int) -> None:
    """Begin a term of housekeeping: complete the rows and, in a registry older than the keys, have all recovered.

    The newest term stands beside the keys, too: a registry with an earlier one is a backup that was put back, and may
    hold documents that were deleted since.
    """
    path = on.provider.folder / _TERM
    restored = await asyncio.to_thread(_newest, path) >= term
    async with on.store.registry(writes=True) as db:
        now = time.time()
        await due.complete(db, now)
        await _mark_stale_terms(db, now)
        if restored:
            await due.mark_all(db, Kind.RECOVERY, now)
    if restored:
        _log.warning("registry.restored", term=term)
    await asyncio.to_thread(_write, path, term)
    await reconcile(on)


async def _mark_stale_terms(db: Transaction, now: float) -> None:
    """Have every tenant's published terms looked at once after this software makes others of a text than before."""
    row, value = deployment.c.key == _TERMS, str(TERMS).encode("ascii")
    known = (await db.execute(sa.select(deployment.c.value).where(row))).scalar_one_or_none()
    if known is None:  # a new deployment
        await db.execute(deployment.insert().values(key=_TERMS, value=value))
    elif known != value:
        await due.mark_all(db, Kind.EMBEDDER, now)
        await db.execute(deployment.update().where(row).values(value=value))


def _newest(path: Path) -> int:
    try:
        return int(path.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return 0
    except OSError as error:
        raise Unavailable("keys", f"The term of housekeeping cannot be read: {error.strerror}.") from error


def _write(path: Path, term: int) -> None:
    try:
        replace(path, str(term).encode("ascii"))
    except OSError as error:
        raise Unavailable("keys", f"The term of housekeeping cannot be written: {error.strerror}.") from error
