"""A lease in the registry: one process of the deployment holds it at a time, and another takes it over when it ends.

Rules this module enforces:

* Each taking begins a new term, and what is written under a lease names its term: a holder that was away for too long
  writes nothing more.
* A row and no lock of the database's: it works through a pool that gives each transaction another connection, and ends
  with its holder.
"""

import secrets
import time
from typing import Final, final

import sqlalchemy as sa
import structlog

from tenancy.stores.databases.store import Store
from tenancy.stores.schema import leases

HELD_SECONDS: Final = 10.0
RENEWED_SECONDS: Final = 3.0
_FARTHEST_SECONDS: Final = 60.0
"""An end farther away was written by a clock that ran ahead, and holds nobody up."""
_log = structlog.get_logger()


@final
class Lease:
    """The lease of one name, as one process sees it."""

    def __init__(self, store: Store, name: str) -> None:
        """Ask for the lease called `name`, which a migration has made."""
        self._store = store
        self._mine = leases.c.name == name
        self._holder = secrets.token_hex(16)
        self._renew_at = 0.0
        self.term = 0
        """The term in which this process holds the lease; 0 while it does not."""

    async def hold(self) -> bool:
        """Take the lease, or keep it; False while another process has it."""
        if self.term and time.monotonic() < self._renew_at:
            return True
        asked = time.monotonic()
        held = await self._renew() if self.term else await self._take()
        if held:
            self._renew_at = asked + RENEWED_SECONDS
        return held

    async def _renew(self) -> bool:
        mine = leases.update().where(self._mine, leases.c.term == self.term, leases.c.holder == self._holder)
        async with self._store.registry(writes=True) as db:
            kept = await db.execute(mine.values(expires_at=time.time() + HELD_SECONDS))
        if not kept.rowcount:
            _log.warning("lease.lost", term=self.term)
            self.term = 0
        return self.term > 0

    async def _take(self) -> bool:
        async with self._store.registry(writes=False, single=True) as db:
            seen = (await db.execute(sa.select(leases).where(self._mine))).one()
        now = time.time()
        if now < seen.expires_at < now + _FARTHEST_SECONDS:
            return False
        free = leases.update().where(self._mine, leases.c.term == seen.term, leases.c.expires_at == seen.expires_at)
        values = {"holder": self._holder, "term": seen.term + 1, "expires_at": now + HELD_SECONDS}
        async with self._store.registry(writes=True) as db:
            taken = await db.execute(free.values(values))
        self.term = seen.term + 1 if taken.rowcount else 0
        return self.term > 0

    async def release(self) -> None:
        """Let another process have the lease at once."""
        if not self.term:
            return
        mine = leases.update().where(self._mine, leases.c.term == self.term, leases.c.holder == self._holder)
        self.term = 0
        async with self._store.registry(writes=True) as db:
            await db.execute(mine.values(expires_at=0.0))
