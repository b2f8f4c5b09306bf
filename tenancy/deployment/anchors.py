"""Keep the newest heads of audit trails beside the keys, where whoever holds the database cannot cut or rewrite them.

Rules this module enforces:

* Only what has committed is anchored, so an anchor that the data lacks means that the data was cut or is an older copy.
* At most `EVERY_ENTRIES` entries, or those of `EVERY_SECONDS`, of a tenant stand without an anchor; none do once it was
  suspended, resumed or erased, or after the process that wrote them has ended in order.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final, final

import structlog

from tenancy.errors import Unavailable
from tenancy.ids import TenantId
from tenancy.keys.revocation_log import RevocationLog
from tenancy.stores.audit import Head

EVERY_ENTRIES: Final = 256  # reads are entries too, and every anchor stays in the ledger
EVERY_SECONDS: Final = 3600.0
_ANCHORED: Final = "audit.anchored"
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Loose:
    """A head that stands in no anchor yet; `since` is when the first entry without one was written, monotonic."""

    head: Head
    since: float


@final
class Anchors:
    """The audit heads of this process's tenants on their way into the ledger."""

    def __init__(self, ledger: RevocationLog) -> None:
        """Keep them in `ledger`."""
        self._ledger = ledger
        self._loose: dict[TenantId, _Loose] = {}
        self._writing: set[TenantId] = set()

    async def note(self, tenant: TenantId, head: Head | None, *, now: bool = False) -> None:
        """Take the head of a transaction that has committed, None when it wrote no entry; anchor it in time or `now`.

        The transaction stands whatever becomes of its anchor, so an unreachable ledger is no error here.
        """
        if head is None:
            return
        loose = self._loose.get(tenant) or _Loose(head, time.monotonic())
        if head.seq >= loose.head.seq:  # of two that committed at once the earlier may come later
            self._loose[tenant] = loose = _Loose(head, loose.since)
        with suppress(Unavailable):  # a later note, or the housekeeping, comes back to it
            if now or (tenant not in self._writing and loose.head.seq - self._anchored(tenant) >= EVERY_ENTRIES):
                await self._anchor(tenant)

    def _anchored(self, tenant: TenantId) -> int:
        known = self._ledger.latest("audit", tenant)
        return 0 if known is None else int(known.data["seq"])

    async def _anchor(self, tenant: TenantId) -> None:
        """Put a tenant's head into the ledger, unless a process has put a later one there."""
        loose = self._loose.pop(tenant, None)
        if loose is None:
            return
        self._writing.add(tenant)
        try:
            if loose.head.seq > self._anchored(tenant):
                data = {"seq": str(loose.head.seq), "digest": loose.head.digest.hex()}
                await asyncio.to_thread(partial(self._ledger.append, _ANCHORED, tenant, tenant, **data))
        except Unavailable as error:
            self._loose.setdefault(tenant, loose)
            _log.warning("audit.not_anchored", tenant=tenant, dependency=error.dependency)
        finally:
            self._writing.discard(tenant)

    async def anchor_old(self) -> None:
        """Anchor what has waited long enough."""
        before = time.monotonic() - EVERY_SECONDS
        for tenant in [tenant for tenant, loose in self._loose.items() if loose.since <= before]:
            await self._anchor(tenant)

    async def close(self) -> None:
        """Anchor everything that is not."""
        for tenant in list(self._loose):
            await self._anchor(tenant)

    def of(self, tenant: TenantId) -> list[Head]:
        """Return every anchored head of a tenant, oldest first; read them before the trail they are compared with."""
        return [
            Head(int(entry.data["seq"]), bytes.fromhex(entry.data["digest"]))
            for entry in self._ledger.entries(_ANCHORED)
            if entry.subject == tenant
        ]
