"""The tables that span tenants: who exists, who a client id belongs to, which lanes have work.

They hold no content. Rows that grant something carry a MAC under the tenant's own key, which this module does not have:
the mint checks it.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from tenancy.errors import NotFound, ServiceError
from tenancy.ids import LaneRef, TenantId
from tenancy.keys.keyring import LoadKeys, WrappedKey
from tenancy.keys.tenant_keys import Family
from tenancy.stores import due
from tenancy.stores.databases.store import Store, Transaction
from tenancy.stores.schema import lanes, lookups, tenant_keys, tenants

LEFT_SECONDS: Final = 3600.0
"""What was begun so long ago and is not finished was left: longer than any upload is under way."""


class TenantStatus(StrEnum):
    """Where a tenant stands in its life."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    ERASING = "erasing"
    ERASED = "erased"


# Built once: every request asks it, and building a statement costs as much as running it.
_FIND: Final = sa.select(tenants).where(tenants.c.id == sa.bindparam("tenant"))
_FIND_SOME: Final = sa.select(tenants).where(
    tenants.c.id.in_(sa.bindparam("tenants", expanding=True)), tenants.c.status != sa.bindparam("but")
)
_AT_ONCE: Final = 500  # values in one statement


class NameTaken(ServiceError):
    """Another tenant's name is the same after folding."""

    status = 409
    code = "name_taken"
    title = "The name is taken"


@dataclass(frozen=True, slots=True)
class TenantRow:
    """A tenant as the registry keeps it; `mac` covers everything that grants."""

    id: TenantId
    name: str
    name_key: str
    status: TenantStatus
    plan: str
    epoch: int
    embedder: str
    limits: dict[str, int | float]
    created_at: float
    mac: bytes

    def granting(self) -> tuple[str, ...]:
        """Return the fields the MAC covers."""
        limits = json.dumps(self.limits, sort_keys=True)
        return ("tenant", self.id, self.status, self.plan, str(self.epoch), self.embedder, limits)


def _row(row: sa.Row[tuple[object, ...]]) -> TenantRow:
    fields = {name: getattr(row, name) for name in TenantRow.__dataclass_fields__}
    fields["status"], fields["limits"] = _status_and_limits(fields["status"], fields["limits"])
    return TenantRow(**fields)


def _status_and_limits(status: str, limits: str) -> tuple[TenantStatus, dict[str, int | float]]:
    """Read what may have been edited; words of nobody's are a suspended tenant, which opens nothing and can be listed.

    The MAC covers what is returned: a row read so is genuine only if the tenant was suspended before the edit.
    """
    try:
        read = json.loads(limits)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        return TenantStatus.SUSPENDED, {}
    return TenantStatus(status) if status in set(TenantStatus) else TenantStatus.SUSPENDED, read


def _values(row: TenantRow) -> dict[str, object]:
    values = {name: getattr(row, name) for name in TenantRow.__dataclass_fields__}
    return values | {"limits": json.dumps(row.limits, sort_keys=True), "status": str(row.status)}


async def insert_tenant(db: Transaction, row: TenantRow, keys: Sequence[WrappedKey], lane: LaneRef) -> None:
    """Add a tenant with its wrapped keys and its lane; NameTaken if the folded name exists."""
    try:
        await db.execute(tenants.insert().values(_values(row)))
    except IntegrityError:
        raise NameTaken("A tenant with this name, or one that reads the same, exists already.") from None
    await db.execute(
        tenant_keys.insert(),
        [
            {"tenant_id": row.id, "family": k.family, "version": k.version, "state": k.state, "wrapped": k.wrapped}
            for k in keys
        ],
    )
    await db.execute(lanes.insert().values(ref=lane, tenant_id=row.id, marked_at=0.0, due_at=None))
    await due.begin(db, lane, row.created_at)


async def update_tenant(db: Transaction, row: TenantRow) -> None:
    """Replace a tenant's row."""
    await db.execute(tenants.update().where(tenants.c.id == row.id).values(_values(row)))


async def find_tenant(db: Transaction, tenant: TenantId) -> TenantRow | None:
    """Return the tenant's row or None."""
    found = (await db.execute(_FIND, {"tenant": tenant})).one_or_none()
    return None if found is None else _row(found)


async def find_tenants(
    db: Transaction, wanted: Sequence[TenantId], *, but: TenantStatus | None = None
) -> list[TenantRow]:
    """Return the rows of those of some tenants that there are, without those of one status, a few hundred at a time."""
    found = list[TenantRow]()
    for start in range(0, len(wanted), _AT_ONCE):
        some = {"tenants": list(wanted[start : start + _AT_ONCE]), "but": but or ""}
        found += [_row(row) for row in await db.execute(_FIND_SOME, some)]
    return found


async def count_tenants(db: Transaction) -> int:
    """Return how many tenants there are, erased ones included."""
    return int((await db.execute(sa.select(sa.func.count()).select_from(tenants))).scalar_one())


async def tenants_from(db: Transaction, first: str, most: int) -> list[TenantId]:
    """Return the ids of at most so many tenants from one id on, in the order of their ids."""
    found = await db.execute(sa.select(tenants.c.id).where(tenants.c.id >= first).order_by(tenants.c.id).limit(most))
    return [TenantId(each) for each in found.scalars()]


async def list_tenants(db: Transaction, most: int | None = None, after: TenantId | None = None) -> list[TenantRow]:
    """Return tenants, oldest first: all of them, or at most so many of those that came after one of them."""
    query = sa.select(tenants).order_by(tenants.c.created_at, tenants.c.id).limit(most)
    if after is not None:
        begun = sa.select(tenants.c.created_at).where(tenants.c.id == after).scalar_subquery()
        later = sa.or_(tenants.c.created_at > begun, tenants.c.id > after)
        query = query.where(tenants.c.created_at >= begun, later)
    return [_row(row) for row in await db.execute(query)]


async def tenants_beyond(db: Transaction, embedders: Sequence[str], most: int) -> list[TenantRow]:
    """Return at most so many tenants, erased ones left out, whose embedder is none of `embedders`."""
    query = sa.select(tenants).where(tenants.c.embedder.not_in(embedders), tenants.c.status != TenantStatus.ERASED)
    return [_row(row) for row in await db.execute(query.order_by(tenants.c.created_at, tenants.c.id).limit(most))]


async def wrapped_keys(db: Transaction, tenant: TenantId) -> list[WrappedKey]:
    """Return the tenant's wrapped keys that may still open something."""
    query = sa.select(tenant_keys).where(tenant_keys.c.tenant_id == tenant, tenant_keys.c.state != "destroyed")
    found = await db.execute(query)
    known = frozenset(Family)
    return [WrappedKey(Family(row.family), row.version, row.state, row.wrapped) for row in found if row.family in known]


def key_loader(store: Store) -> LoadKeys:
    """Return what reads a tenant's wrapped keys for a keyring."""

    async def load(tenant: TenantId) -> Sequence[WrappedKey]:
        async with store.registry(writes=False) as db:
            return await wrapped_keys(db, tenant)

    return load


async def add_lookup(db: Transaction, key: str, tenant: TenantId) -> None:
    """Remember which tenant a client id or a hashed enrolment code belongs to; it grants nothing by itself."""
    await db.execute(lookups.insert().values(key=key, tenant_id=tenant))


async def look_up(db: Transaction, key: str) -> TenantId | None:
    """Return the tenant that a client id or a hashed code points to."""
    found = (await db.execute(sa.select(lookups.c.tenant_id).where(lookups.c.key == key))).scalar_one_or_none()
    return None if found is None else TenantId(found)


async def mark_lane(db: Transaction, tenant: TenantId) -> LaneRef:
    """Say that the tenant's lane may have work now, of which a crash may leave something; NotFound if it has ended."""
    now = time.time()
    changed = await db.execute(
        lanes.update().where(lanes.c.tenant_id == tenant).values(marked_at=now, due_at=now).returning(lanes.c.ref)
    )
    ref = changed.scalar_one_or_none()
    if ref is None:
        raise NotFound
    await due.mark(db, [due.Kind.RECOVERY], now + LEFT_SECONDS, [tenant])
    return LaneRef(ref)


async def lane_tenant(db: Transaction, lane: LaneRef) -> TenantId | None:
    """Return whose lane this is; None for a forged or ended reference."""
    found = (await db.execute(sa.select(lanes.c.tenant_id).where(lanes.c.ref == lane))).scalar_one_or_none()
    return None if found is None else TenantId(found)


async def lane_of(db: Transaction, tenant: TenantId) -> LaneRef | None:
    """Return the tenant's lane; None when the tenant has ended."""
    found = (await db.execute(sa.select(lanes.c.ref).where(lanes.c.tenant_id == tenant))).scalar_one_or_none()
    return None if found is None else LaneRef(found)


async def marked_at(db: Transaction, lane: LaneRef) -> float:
    """Return when a lane was last marked, in epoch seconds; 0 when it has ended meanwhile."""
    found = (await db.execute(sa.select(lanes.c.marked_at).where(lanes.c.ref == lane))).scalar_one_or_none()
    return float(found or 0.0)


async def settle_lane(db: Transaction, lane: LaneRef, seen: float, due_at: float | None) -> None:
    """Set when a drained lane falls due again, unless it was marked anew since `seen`."""
    await db.execute(lanes.update().where(lanes.c.ref == lane, lanes.c.marked_at <= seen).values(due_at=due_at))
