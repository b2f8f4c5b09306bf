"""A tenant's audit trail: sealed entries in a hash chain.

Each digest covers the one before it, the entry's number and its ciphertext, so that an entry edited, removed or moved
breaks every digest after it. Entries are sealed under the retention key, which outlives the tenant's data.
"""

import hashlib
import json
import time
from dataclasses import asdict, dataclass
from typing import final

import sqlalchemy as sa

from tenancy.keys.tenant_keys import Purpose, TenantKeys
from tenancy.scope import Caller
from tenancy.sealing import SealBroken, framed
from tenancy.stores.databases.store import Transaction
from tenancy.stores.schema import audit, state


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


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the chain holds: how many entries, the head's digest in hexadecimal."""

    intact: bool
    entries: int
    head: str


def _digest(before: bytes, seq: int, body: bytes) -> bytes:
    return hashlib.sha256(framed(before, seq.to_bytes(8, "big"), body)).digest()


@final
class AuditTrail:
    """The trail of the tenant whose transaction this is."""

    def __init__(self, db: Transaction, keys: TenantKeys, caller: Caller) -> None:
        """Bind to an open transaction and to the one who acts."""
        self._db = db
        self._keys = keys
        self._tenant = keys.tenant
        self._caller = caller

    async def add(self, action: str, resource: str, outcome: str = "done") -> None:
        """Append an entry; it stands exactly if the transaction does."""
        who = self._caller
        entry = AuditEntry(time.time(), who.actor, action, resource, outcome, who.purpose, who.address, who.request)
        moved = (
            state.update()
            .where(state.c.tenant_id == self._tenant)
            .values(audit_seq=state.c.audit_seq + 1)
            .returning(state.c.audit_seq, state.c.audit_head)
        )
        seq, before = (await self._db.execute(moved)).one()
        body = self._keys.seal(Purpose.AUDIT, "audit", str(seq), "body", json.dumps(asdict(entry)).encode())
        digest = _digest(before, seq, body)
        await self._db.execute(audit.insert().values(tenant_id=self._tenant, seq=seq, digest=digest, body=body))
        await self._db.execute(state.update().where(state.c.tenant_id == self._tenant).values(audit_head=digest))

    async def page(self, limit: int, before: int | None = None) -> list[tuple[int, AuditEntry]]:
        """Return up to `limit` entries with their numbers, newest first."""
        query = sa.select(audit).where(audit.c.tenant_id == self._tenant).order_by(audit.c.seq.desc()).limit(limit)
        if before is not None:
            query = query.where(audit.c.seq < before)
        return [(row.seq, self._open(row.seq, row.body)) for row in await self._db.execute(query)]

    def _open(self, seq: int, body: bytes) -> AuditEntry:
        return AuditEntry(**json.loads(self._keys.open(Purpose.AUDIT, "audit", str(seq), "body", body)))

    async def verify(self) -> Verdict:
        """Walk the whole chain, opening every entry."""
        rows = await self._db.execute(sa.select(audit).where(audit.c.tenant_id == self._tenant).order_by(audit.c.seq))
        head, count = b"", 0
        for row in rows:
            head = _digest(head, count + 1, row.body)
            if row.seq != count + 1 or row.digest != head or not self._opens(row.seq, row.body):
                return Verdict(intact=False, entries=count, head=row.digest.hex())
            count += 1
        known = (await self._db.execute(sa.select(state).where(state.c.tenant_id == self._tenant))).one()
        return Verdict(known.audit_seq == count and known.audit_head == head, count, head.hex())

    def _opens(self, seq: int, body: bytes) -> bool:
        try:
            self._open(seq, body)
        except SealBroken:
            return False
        return True
