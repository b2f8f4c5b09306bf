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
from typing import Final, final

import structlog

from tenancy.crypto.revocation_log import Ending, RevocationLog
from tenancy.errors import Unavailable
from tenancy.ids import TenantId
from tenancy.stores.audit import Head

EVERY_ENTRIES: Final = 256  # reads are entries too, and every anchor is kept
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
    """The audit heads of this process's tenants on their way into the revocation log."""

    def __init__(self, ledger: RevocationLog) -> None:
        """Keep them in `ledger`."""
        self._ledger = ledger
        self._loose: dict[TenantId, _Loose] = {}
        self._writing: set[TenantId] = set()

    async def note(self, tenant: TenantId, head: Head | None, *, now: bool = False) -> None:
        """Take the head of a transaction that has committed, None when it wrote no entry; anchor it in time or `now`.

        The transaction stands whatever becomes of its anchor, so an unreachable log is no error here.
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

    async def _anchor(self, *tenants: TenantId) -> None:
        """Put the heads of tenants into the revocation log, unless a process has put later ones there."""
        loose = {tenant: self._loose.pop(tenant) for tenant in tenants if tenant in self._loose}
        self._writing.update(loose)
        try:
            late = [
                _entry(tenant, each.head) for tenant, each in loose.items() if each.head.seq > self._anchored(tenant)
            ]
            if late:
                await asyncio.to_thread(self._ledger.extend, late)
        except Unavailable as error:
            for tenant, each in loose.items():
                self._loose.setdefault(tenant, each)
            _log.warning("audit.not_anchored", tenants=list(loose), dependency=error.dependency)
        finally:
            self._writing.difference_update(loose)

    async def anchor_old(self) -> None:
        """Anchor what has waited long enough."""
        before = time.monotonic() - EVERY_SECONDS
        await self._anchor(*(tenant for tenant, loose in self._loose.items() if loose.since <= before))

    async def close(self) -> None:
        """Anchor everything that is not."""
        await self._anchor(*self._loose)

    def of(self, tenant: TenantId) -> list[Head]:
        """Return every anchored head of a tenant, oldest first; read them before the trail they are compared with."""
        return [Head(*each) for each in self._ledger.heads(tenant)]


def _entry(tenant: TenantId, head: Head) -> Ending:
    return Ending(_ANCHORED, tenant, tenant, time.time(), {"seq": str(head.seq), "digest": head.digest.hex()})
