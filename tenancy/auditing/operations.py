"""The operators' own trail: what they did and looked at, in one chain for the whole deployment.

Rules this module enforces:

* `write` returns when the entry has committed, and raises otherwise: whoever answers after it has it on the disk.
* Entries and chain are under a key of the deployment's own that nothing destroys; they hold no word of a tenant's, and
  name one by its opaque id.
* By what stands beside an entry in the clear (when, which tenant) it is only found: an entry that says otherwise inside
  does not open.
"""

import asyncio
import json
from dataclasses import asdict, dataclass
from typing import Any, Final, final

import sqlalchemy as sa

from tenancy.deployment.anchors import Anchors
from tenancy.errors import Unavailable
from tenancy.identity.operators import Operator
from tenancy.ids import TenantId, well_formed
from tenancy.keys.local import LocalKeys
from tenancy.keys.tenant_keys import Family, Purpose, TenantKeys
from tenancy.plans import PLANS
from tenancy.sealing import SealBroken
from tenancy.stores.audit import AuditEntry, Head, Stretch, Verdict, entry_of, followed, linked, walked
from tenancy.stores.databases.cursors import Cursors
from tenancy.stores.databases.store import Store, Transaction
from tenancy.stores.schema import operations, operations_end

OWN: Final = TenantId("deployment")
"""Whose trail it is: no tenant has such an id."""
_NAME: Final = "operations"
_LIKENESS: Final = 16
_IDS: Final = ("ten", "era")
_MINE: Final = operations_end.c.name == _NAME
_MOVE: Final = (
    operations_end.update()
    .where(_MINE)
    .values(seq=operations_end.c.seq + 1)
    .returning(operations_end.c.seq, operations_end.c.digest)
)


@dataclass(frozen=True, slots=True)
class Operation:
    """An entry as a tenant's trail has them, with the id of the operator's token and the tenant that it is about."""

    entry: AuditEntry
    token: str = ""
    tenant: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are meant: about one tenant, from `start`, before `end` (epoch seconds)."""

    tenant: str | None = None
    start: float | None = None
    end: float | None = None


def operation_of(
    operator: Operator, action: str, resource: str = "", outcome: str = "done", *, reason: str = "", tenant: str = ""
) -> Operation:
    """Return the entry that says what an operator does now, to what, for which stated reason.

    What is no tenant's id is about none.
    """
    entry = entry_of(operator.caller(reason or operator.reason), action, resource, outcome)
    return Operation(entry, operator.token, tenant if well_formed(tenant, "ten") else "")


@final
class Operations:
    """The trail of one deployment."""

    def __init__(self, store: Store, keys: LocalKeys, anchors: Anchors) -> None:
        """Keep it in `store`'s registry, sealed under a secret of the key folder; its heads stand beside the keys."""
        root = keys.secret(_NAME)  # each purpose derives a key of its own from it
        families = (Family.RETENTION, Family.MATCH)
        self._keys = TenantKeys(OWN, {(family, 1): root for family in families}, dict.fromkeys(families, 1))
        self._store = store
        self._anchors = anchors
        self._cursors = Cursors(self._keys, _NAME)

    def named(self, asked: str) -> str:
        """Return what stands in an entry for what was asked about: an id or a plan as it is, else a digest.

        Equal for equal askings; of what somebody wrote where an id belongs, a tenant's words perhaps, nothing stays.
        """
        if not asked or asked in PLANS or any(well_formed(asked, kind) for kind in _IDS):
            return asked
        return "asked:" + self._keys.mac(Purpose.CONTENT, "asked", asked).hex()[:_LIKENESS]

    async def write(self, done: Operation) -> None:
        """Append an entry; Unavailable where that cannot be."""
        text = json.dumps(asdict(done.entry) | {"token": done.token, "tenant": done.tenant})
        async with self._store.registry(writes=True) as db:
            moved = (await db.execute(_MOVE)).one_or_none()
            if moved is None:
                raise Unavailable("records", "The operators' trail has lost its end: nothing can be added to it.")
            body = self._keys.seal(Purpose.AUDIT, _NAME, str(moved.seq), "body", text.encode())
            head = linked(self._keys, Head(moved.seq - 1, moved.digest), body)
            found_by = {"seq": head.seq, "at": done.entry.at, "tenant_id": done.tenant}
            await db.execute(operations.insert().values(**found_by, digest=head.digest, body=body))
            await db.execute(operations_end.update().where(_MINE).values(digest=head.digest))
        await self._anchors.note(OWN, head)

    async def page(self, limit: int, cursor: str | None, wanted: Wanted) -> tuple[list[Operation], str | None]:
        """Return up to `limit` entries that are wanted, newest first, and the cursor of the next page."""
        meant: list[sa.ColumnElement[bool]] = []
        if wanted.tenant is not None:
            meant.append(operations.c.tenant_id == wanted.tenant)
        if wanted.start is not None:
            meant.append(operations.c.at >= wanted.start)
        if wanted.end is not None:
            meant.append(operations.c.at < wanted.end)
        if cursor is not None:
            meant.append(operations.c.seq < self._cursors.read(cursor))
        query = sa.select(operations).where(*meant).order_by(operations.c.seq.desc()).limit(limit + 1)
        async with self._store.registry(writes=False) as db:
            rows = (await db.execute(query)).all()
        following = self._cursors.write(rows[limit - 1].seq) if len(rows) > limit else None
        return [self._opened(row) for row in rows[:limit]], following

    def _opened(self, row: sa.Row[tuple[Any, ...]]) -> Operation:
        fields = json.loads(self._keys.open(Purpose.AUDIT, _NAME, str(row.seq), "body", row.body))
        done = Operation(token=fields.pop("token"), tenant=fields.pop("tenant"), entry=AuditEntry(**fields))
        if (done.entry.at, done.tenant) != (row.at, row.tenant_id):
            raise SealBroken("An entry of the operators' trail stands where it would not be found.")
        return done

    async def verify(self) -> Verdict:
        """Walk the whole chain, opening every entry, and compare it with the heads kept beside the keys."""
        anchored = await asyncio.to_thread(self._anchors.of, OWN)  # before the trail: later ones are not in it
        async with self._store.registry(writes=False) as db:

            async def stretch(after: Head, most: int) -> Stretch[Operation]:
                query = sa.select(operations).where(operations.c.seq > after.seq).order_by(operations.c.seq).limit(most)
                return followed(self._keys, (await db.execute(query)).all(), after, self._opened)

            return await walked(stretch, lambda: _end(db), anchored)


async def _end(db: Transaction) -> Head:
    known = (await db.execute(sa.select(operations_end.c.seq, operations_end.c.digest).where(_MINE))).one_or_none()
    return Head(-1, b"") if known is None else Head(known.seq, known.digest)
