"""A compartment's audit: what its caller does is written into the tenant's trail, and the trail is checked."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Final, final

from tenancy.auditing.accesses import Access
from tenancy.auditing.carrying import EVERY, Origin, View, carried
from tenancy.auditing.lines import STATEMENT
from tenancy.keys.tenant_keys import Purpose, TenantKeys
from tenancy.scope import TenantScope, epoch_of
from tenancy.stores import due
from tenancy.stores.audit import AuditTrail, Head, Verdict
from tenancy.stores.epoch import require_epoch

if TYPE_CHECKING:
    from tenancy.foundation import Foundation

_LIKENESS: Final = 16


@final
class TenantAudit:
    """The audit of one caller's compartment."""

    def __init__(self, on: "Foundation", keys: TenantKeys, scope: TenantScope) -> None:
        """Stand on a process's foundation, for a genuine scope with its own tenant's keys."""
        self._on = on
        self._keys = keys
        self._scope = scope
        self.noted = False
        """Whether a transaction of this compartment has committed with an entry of its own."""

    async def committed(self, head: Head | None) -> None:
        """Take the trail's new end from a transaction that has committed, None when it added nothing."""
        if head is not None:
            self.noted = True
            await self._on.anchors.note(self._keys.tenant, head)

    async def record(self, access: Access) -> None:
        """Write down what the caller reached; it stands when this returns. ScopeEnded when the epoch is over."""
        await self._on.accesses.write(self._on, self._keys, epoch_of(self._scope), self._scope.caller, access)

    def count(self) -> None:
        """Count a request that stands in the trail already, with the tenant's next transaction."""
        self._on.tally.request(self._keys.tenant)

    def press(self) -> None:
        """Have the tenant scanned now: something was counted that does not wait."""
        self._on.tally.note(self._keys.tenant, pressing=True)

    async def expire(self) -> None:
        """Have logs that are past their date removed now: they may be, since the tenant keeps them for less time."""
        async with self._on.store.registry(writes=True) as db:
            await due.mark(db, [due.Kind.RETENTION], time.time(), [self._keys.tenant])

    def likeness(self, asked: str) -> str:
        """Return what stands in an entry for something asked for that names nothing of the tenant's.

        Equal for equal askings, so that one who tries many ids shows; what was asked, another's id perhaps, is not
        repeated to anybody.
        """
        return "asked:" + self._keys.mac(Purpose.CONTENT, "asked", asked).hex()[:_LIKENESS]

    async def verify(self) -> Verdict:
        """Walk the tenant's audit trail and compare it with the heads kept beside the keys."""
        anchored = await self._anchored()
        async with self._reading() as trail:
            return await trail.verify(anchored)

    async def export(self, view: View, every: int = EVERY) -> AsyncGenerator[bytes, None]:
        """Yield the whole trail as JSON lines, each entry as `view` shows it, a signed checkpoint `every` so many."""
        origin = Origin(self._keys.tenant, self._reading, await self._anchored(), view, self._sign)
        async with aclosing(carried(origin, every)) as parts:
            async for part in parts:
                yield part

    async def _anchored(self) -> list[Head]:
        # Before the trail, because later ones are not in it; those of years are read from the disk.
        return await asyncio.to_thread(self._on.anchors.of, self._keys.tenant)

    def _sign(self, statement: Mapping[str, object]) -> str:
        return self._on.operator_tokens.attest(statement, STATEMENT)

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AuditTrail]:
        async with self._on.store.tenant(self._keys.tenant, writes=False) as db:
            await require_epoch(db, self._keys, epoch_of(self._scope))
            yield AuditTrail(db, self._keys, self._scope.caller)
