"""A tenant's audit trail: sealed entries in a chain of MACs.

Each digest covers the one before it, the entry's number and its ciphertext, so that an entry edited, removed or moved
breaks every digest after it, and whoever has the database alone can make none. A trail that was cut is found by the
heads that stand beside the keys. Entries and chain are under the retention key, which outlives the tenant's data.
"""

import hmac
import json
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Generic, TypeVar, final

import sqlalchemy as sa

from tenancy.keys.tenant_keys import Purpose, TenantKeys
from tenancy.scope import Caller
from tenancy.sealing import SealBroken
from tenancy.stores.databases.cursors import Cursors
from tenancy.stores.databases.store import Transaction
from tenancy.stores.schema import audit, state

Told = TypeVar("Told")
_BATCH: Final = 2_000
# Built once: every access asks them, and building a statement costs as much as running it.
_MOVE: Final = (
    state.update()
    .where(state.c.tenant_id == sa.bindparam("tenant"))
    .values(audit_seq=state.c.audit_seq + sa.bindparam("more", type_=sa.BigInteger))
    .returning(state.c.audit_seq, state.c.audit_head)
)
_END: Final = state.update().where(state.c.tenant_id == sa.bindparam("tenant")).values(audit_head=sa.bindparam("head"))
_ADD: Final = audit.insert()
_WALK: Final = (
    sa.select(audit)
    .where(audit.c.tenant_id == sa.bindparam("tenant"), audit.c.seq > sa.bindparam("after"))
    .order_by(audit.c.seq)
    .limit(sa.bindparam("most"))
)
_KNOWN: Final = sa.select(state.c.audit_seq, state.c.audit_head).where(state.c.tenant_id == sa.bindparam("tenant"))


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to which resource, with what outcome, for what purpose, from where; `at` in epoch seconds."""

    at: float
    actor: str
    action: str
    resource: str
    outcome: str
    purpose: str
    address: str
    request: str


def entry_of(caller: Caller, action: str, resource: str, outcome: str) -> AuditEntry:
    """Return the entry that says what a caller does now."""
    return AuditEntry(
        time.time(), caller.actor, action, resource, outcome, caller.purpose, caller.address, caller.request
    )


@dataclass(frozen=True, slots=True)
class Head:
    """Where a trail ends, or once ended: the number and the digest of its newest entry."""

    seq: int
    digest: bytes


START: Final = Head(0, b"")
"""Where every trail begins."""


@dataclass(frozen=True, slots=True)
class Stretch(Generic[Told]):
    """Entries that follow one another, each with where the trail stood after it.

    Not `whole` where an entry stands behind them that is not genuine.
    """

    entries: Sequence[tuple[Head, Told]]
    whole: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the chain holds: how many entries, the head's digest in hexadecimal.

    `lacking` counts the heads kept elsewhere that the chain does not lead to: it was cut, or comes from an older copy.
    """

    intact: bool
    entries: int
    head: str
    lacking: int = 0


def linked(keys: TenantKeys, before: Head, body: bytes) -> Head:
    """Return where a trail ends once the entry sealed in `body` follows."""
    seq = before.seq + 1
    return Head(seq, keys.mac(Purpose.CHAIN, before.digest, seq.to_bytes(8, "big"), body))


def followed(
    keys: TenantKeys,
    rows: Iterable[sa.Row[tuple[Any, ...]]],
    after: Head,
    opened: Callable[[sa.Row[tuple[Any, ...]]], Told],
) -> Stretch[Told]:
    """Return the entries of the rows that stand after a head, each proven to follow the one before."""
    found, head = list[tuple[Head, Told]](), after
    for row in rows:
        head = linked(keys, head, row.body)
        if row.seq != head.seq or not hmac.compare_digest(row.digest, head.digest):
            return Stretch(found, whole=False)
        try:
            found.append((head, opened(row)))
        except SealBroken:
            return Stretch(found, whole=False)
    return Stretch(found, whole=True)


async def walked(
    stretch: Callable[[Head, int], Awaitable[Stretch[Told]]],
    end: Callable[[], Awaitable[Head]],
    anchored: Iterable[Head],
) -> Verdict:
    """Walk a whole trail, stretch by stretch up to its end, and look for the `anchored` heads in it."""
    wanted = set(anchored)
    head = START
    while True:
        found = await stretch(head, _BATCH)
        for head, _ in found.entries:
            wanted.discard(head)
        if not found.whole or len(found.entries) < _BATCH:
            break
    intact = found.whole and await end() == head and not wanted
    return Verdict(intact, head.seq, head.digest.hex(), len(wanted))


@final
class AuditTrail:
    """The trail of the tenant whose transaction this is."""

    def __init__(self, db: Transaction, keys: TenantKeys, caller: Caller) -> None:
        """Bind to an open transaction and to the one who acts."""
        self._db = db
        self._keys = keys
        self._tenant = keys.tenant
        self._caller = caller
        self._cursors = Cursors(keys, "audit")
        self.written: Head | None = None
        """The trail's end when this transaction commits; None while it has added nothing."""

    async def add(self, action: str, resource: str, outcome: str = "done") -> None:
        """Append an entry; it stands exactly if the transaction does."""
        await self.extend([entry_of(self._caller, action, resource, outcome)])

    async def extend(self, entries: Sequence[AuditEntry]) -> int:
        """Append entries, of which there is at least one, and return the number of the first."""
        moved = {"tenant": self._tenant, "more": len(entries)}
        last, digest = (await self._db.execute(_MOVE, moved)).one()
        first: int = last - len(entries) + 1
        head, rows = Head(first - 1, digest), []
        for seq, entry in enumerate(entries, first):
            body = self._keys.seal(Purpose.AUDIT, "audit", str(seq), "body", json.dumps(asdict(entry)).encode())
            head = linked(self._keys, head, body)
            rows.append({"tenant_id": self._tenant, "seq": seq, "digest": head.digest, "body": body})
        await self._db.execute(_ADD, rows)
        await self._db.execute(_END, {"tenant": self._tenant, "head": head.digest})
        self.written = head
        return first

    async def page(self, limit: int, cursor: str | None = None) -> tuple[list[AuditEntry], str | None]:
        """Return up to `limit` entries, newest first, and the cursor of the next page."""
        query = sa.select(audit).where(audit.c.tenant_id == self._tenant).order_by(audit.c.seq.desc()).limit(limit + 1)
        if cursor is not None:
            query = query.where(audit.c.seq < self._cursors.read(cursor))
        rows = (await self._db.execute(query)).all()
        found = [self._open(row) for row in rows[:limit]]
        return found, self._cursors.write(rows[limit - 1].seq) if len(rows) > limit else None

    def _open(self, row: sa.Row[tuple[Any, ...]]) -> AuditEntry:
        return AuditEntry(**json.loads(self._keys.open(Purpose.AUDIT, "audit", str(row.seq), "body", row.body)))

    async def verify(self, anchored: Sequence[Head] = ()) -> Verdict:
        """Walk the whole chain, opening every entry, and look for the `anchored` heads in it."""
        return await walked(self.stretch, self.end, anchored)

    async def stretch(self, after: Head, most: int) -> Stretch[AuditEntry]:
        """Return up to `most` entries after a head, opened and each proven to follow the one before."""
        rows = await self._db.execute(_WALK, {"tenant": self._tenant, "after": after.seq, "most": most})
        return followed(self._keys, rows.all(), after, self._open)

    async def end(self) -> Head:
        """Return where the trail ends by what stands beside it."""
        return Head(*(await self._db.execute(_KNOWN, {"tenant": self._tenant})).one())
