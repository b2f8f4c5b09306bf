"""What is to be done for which tenant when: rows of the registry that name a lane, a kind of work and a time.

Rules this module enforces:

* Whoever makes work marks it, and a mark is counted: work that was marked again while it was done is done again.
* What was done is settled only in the term of the lease in which it was begun: a housekeeper that has lost the lease
  changes no row.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import sqlalchemy as sa

from tenancy.ids import ErasureId, LaneRef, TenantId
from tenancy.stores.databases.store import Transaction
from tenancy.stores.schema import due, erasures, lanes, leases

HOUSEKEEPING: Final = "housekeeping"
"""The lease of whoever does what is due."""
DAY_SECONDS: Final = 86_400.0
HOUR_SECONDS: Final = 3_600.0
_AT_ONCE: Final = 500  # tenants named in one statement: SQLite takes 32,766 values, older ones 999


class Kind(StrEnum):
    """What falls due."""

    ERASURE = "erasure"
    ROTATION = "rotation"
    DELIVERY = "delivery"
    SCAN = "scan"
    RECOVERY = "recovery"
    STORAGE = "storage"
    RETENTION = "retention"
    EMBEDDER = "embedder"


_FIRST: Final[Mapping[Kind, float | None]] = {
    Kind.ROTATION: None,
    Kind.DELIVERY: None,
    Kind.SCAN: None,
    Kind.RECOVERY: DAY_SECONDS,
    Kind.STORAGE: HOUR_SECONDS,
    Kind.RETENTION: DAY_SECONDS,
    Kind.EMBEDDER: None,
}
"""What each lane has a row of, and after how many seconds it is due for a new tenant; None until it is marked."""
_NEW: Final = {"done_at": 0.0, "marks": 0, "tries": 0}


@dataclass(frozen=True, slots=True)
class Due:
    """Work that is due, and the opaque id of whose it is; None of a lane that has ended. `done_at` in epoch seconds."""

    kind: Kind
    ref: str
    owner: str | None
    done_at: float
    marks: int
    tries: int


# Built once: uploads and activity run it.
_AT: Final = sa.bindparam("at", type_=sa.Float)
_MARK: Final = (
    due.update()
    .where(
        due.c.kind.in_(sa.bindparam("kinds", expanding=True)),
        due.c.ref.in_(
            sa.select(lanes.c.ref).where(lanes.c.tenant_id.in_(sa.bindparam("tenants", expanding=True)))
        ),
    )
    .values(due_at=sa.case((due.c.due_at < _AT, due.c.due_at), else_=_AT), marks=due.c.marks + 1)
)  # fmt: skip
_HELD: Final = (
    sa.select(leases.c.name).where(leases.c.name == HOUSEKEEPING, leases.c.term == sa.bindparam("term")).exists()
)
_NEXT: Final = sa.select(
    *(sa.select(sa.func.min(due.c.due_at)).where(due.c.kind == kind).scalar_subquery().label(kind) for kind in Kind)
)
_READY: Final = (
    sa.select(
        due.c.kind, due.c.ref, due.c.done_at, due.c.marks, due.c.tries,
        sa.func.coalesce(lanes.c.tenant_id, erasures.c.tenant_id).label("owner"),
    )
    .select_from(due.outerjoin(lanes, lanes.c.ref == due.c.ref).outerjoin(erasures, erasures.c.id == due.c.ref))
    .where(due.c.kind == sa.bindparam("of_kind"), due.c.due_at <= sa.bindparam("now"), _HELD)
    .order_by(due.c.due_at, due.c.ref)
    .limit(sa.bindparam("most", type_=sa.Integer))
)  # fmt: skip


async def begin(db: Transaction, lane: LaneRef, now: float) -> None:
    """Add the rows of a new tenant's lane."""
    rows = [
        {"ref": lane, "kind": kind, "due_at": None if after is None else now + after, **_NEW}
        for kind, after in _FIRST.items()
    ]
    await db.execute(due.insert(), rows)


async def mark(db: Transaction, kinds: Collection[Kind], at: float, tenants: Sequence[TenantId]) -> None:
    """Have work done for tenants at a moment in epoch seconds, or when it is due already, if that is sooner."""
    for start in range(0, len(tenants), _AT_ONCE):
        some = list(tenants[start : start + _AT_ONCE])
        await db.execute(_MARK, {"kinds": list(kinds), "tenants": some, "at": at})


async def mark_erasure(db: Transaction, erasure: ErasureId, now: float) -> None:
    """Have an erasure done now, unless it is on the list already."""
    known = sa.select(due.c.ref).where(due.c.ref == erasure, due.c.kind == Kind.ERASURE)
    if (await db.execute(known)).first() is None:
        await db.execute(due.insert(), {"ref": erasure, "kind": Kind.ERASURE, "due_at": now, **_NEW})


async def remove(db: Transaction, ref: str) -> None:
    """Remove what is due of a lane or an erasure that has ended."""
    await db.execute(sa.delete(due).where(due.c.ref == ref))


async def remove_tenant(db: Transaction, tenant: TenantId) -> None:
    """Remove what is due of a tenant's lane, before the lane is removed."""
    await db.execute(sa.delete(due).where(due.c.ref.in_(sa.select(lanes.c.ref).where(lanes.c.tenant_id == tenant))))


async def complete(db: Transaction, now: float) -> None:
    """Give every lane the rows that it lacks, due now: those of an older version, or lost."""
    for kind in _FIRST:
        known = sa.select(due.c.ref).where(due.c.ref == lanes.c.ref, due.c.kind == kind)
        values = (sa.literal(value) for value in (str(kind), now, *_NEW.values()))
        lacking = sa.select(lanes.c.ref, *values).where(~known.exists())
        await db.execute(due.insert().from_select(["ref", "kind", "due_at", *_NEW], lacking))


async def mark_idle(db: Transaction, kind: Kind, now: float, tenants: Sequence[TenantId]) -> None:
    """Have work done now for tenants of whom none is to be done at any time."""
    for start in range(0, len(tenants), _AT_ONCE):
        of = sa.select(lanes.c.ref).where(lanes.c.tenant_id.in_(tenants[start : start + _AT_ONCE]))
        idle = due.update().where(due.c.kind == kind, due.c.due_at.is_(None), due.c.ref.in_(of))
        await db.execute(idle.values(due_at=now))


async def mark_all(db: Transaction, kind: Kind, now: float) -> None:
    """Have work of a kind done now for every tenant: one statement, and as many rows as there are tenants."""
    await db.execute(due.update().where(due.c.kind == kind).values(due_at=now, marks=due.c.marks + 1))


async def next_of_each(db: Transaction) -> dict[Kind, float]:
    """Return when the next work of each kind that has some is due, in epoch seconds."""
    row = (await db.execute(_NEXT)).one()
    return {kind: at for kind, at in zip(Kind, row, strict=True) if at is not None}


async def ready(db: Transaction, kind: Kind, now: float, term: int, most: int) -> list[Due]:
    """Return work of a kind that is due, longest waiting first; none when the term is over."""
    rows = await db.execute(_READY, {"of_kind": kind, "now": now, "term": term, "most": most})
    return [Due(Kind(row.kind), row.ref, row.owner, row.done_at, row.marks, row.tries) for row in rows]


async def settle(db: Transaction, one: Due, term: int, done_at: float, due_at: float | None) -> None:
    """Set when work that was done falls due again, unless it was marked meanwhile; None until it is marked."""
    done = {"due_at": due_at, "done_at": done_at, "tries": 0}
    mine = due.update().where(*_row(one), due.c.marks == one.marks)
    await db.execute(mine.values(done), {"term": term})


async def put_off(db: Transaction, one: Due, term: int, due_at: float) -> None:
    """Set when work that failed is tried again."""
    mine = due.update().where(*_row(one))
    await db.execute(mine.values(due_at=due_at, tries=one.tries + 1), {"term": term})


def _row(one: Due) -> tuple[sa.ColumnElement[bool], ...]:
    return due.c.ref == one.ref, due.c.kind == one.kind, _HELD
