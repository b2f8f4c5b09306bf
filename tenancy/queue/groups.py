"""Which lanes have work due for whom: for the workers of all, or for a tenant's own."""

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import sqlalchemy as sa

from tenancy.ids import LaneRef, TenantId
from tenancy.stores.databases.store import Transaction
from tenancy.stores.schema import lanes, tenants

DEDICATED: Final = "dedicated"
"""The plan whose tenants have workers of their own."""
ATTENDED_SECONDS: Final = 15.0
"""How long a worker of one tenant's counts as at work after it has said so."""


class Served(StrEnum):
    """Which lanes a worker serves."""

    ALL = "all"
    SHARED = "shared"
    """Those of every tenant but the ones of plan `dedicated`."""
    UNATTENDED = "unattended"
    """Those of the tenants of plan `dedicated` whose own worker is not at work."""
    OWN = "own"
    """That of one tenant, while its plan is `dedicated`."""


@dataclass(frozen=True, slots=True)
class Which:
    """The lanes that a worker serves; `lane` is the one, where it is a tenant's own worker."""

    served: Served = Served.ALL
    lane: LaneRef | None = None

    def __post_init__(self) -> None:
        """Refuse an own worker of nobody's: ValueError."""
        if (self.served is Served.OWN) is (self.lane is None):
            raise ValueError("A lane is named for a tenant's own worker, and for no other.")


_EVERY_LANE: Final = Which()


def _served(which: Which, now: float) -> sa.ColumnElement[bool]:
    """Return the condition on a lane that one of `which` fulfils."""
    of_plan = sa.exists().where(tenants.c.id == lanes.c.tenant_id, tenants.c.plan == DEDICATED)
    if which.served is Served.ALL:
        return sa.true()
    if which.served is Served.SHARED:
        return sa.not_(of_plan)
    if which.served is Served.OWN:
        return sa.and_(lanes.c.ref == which.lane, of_plan)
    return sa.and_(of_plan, sa.func.coalesce(lanes.c.attended_at, 0.0) < now - ATTENDED_SECONDS)


async def due_lanes(db: Transaction, now: float, which: Which = _EVERY_LANE) -> list[LaneRef]:
    """Return the lanes with work due, longest waiting first."""
    found = await db.execute(
        sa.select(lanes.c.ref).where(lanes.c.due_at <= now, _served(which, now)).order_by(lanes.c.due_at, lanes.c.ref)
    )
    return [LaneRef(ref) for ref in found.scalars()]


async def next_due(db: Transaction, which: Which = _EVERY_LANE) -> float | None:
    """Return when the next lane falls due, in epoch seconds."""
    query = sa.select(sa.func.min(lanes.c.due_at)).where(_served(which, time.time()))
    due: float | None = (await db.execute(query)).scalar_one_or_none()
    return due


async def attend_lane(db: Transaction, lane: LaneRef, now: float) -> bool:
    """Note that the tenant's own worker is at work; False when the tenant has ended, or its plan is another."""
    mine = sa.exists().where(tenants.c.id == lanes.c.tenant_id, tenants.c.plan == DEDICATED)
    noted = await db.execute(lanes.update().where(lanes.c.ref == lane, mine).values(attended_at=now))
    return noted.rowcount == 1


async def attended_at(db: Transaction, tenant: TenantId) -> float | None:
    """Return when the tenant's own worker was last at work, in epoch seconds; None where there has been none."""
    found = await db.execute(sa.select(lanes.c.attended_at).where(lanes.c.tenant_id == tenant))
    at: float | None = found.scalar_one_or_none()
    return at


async def unattended(db: Transaction, now: float, most: int) -> list[TenantId]:
    """Return at most `most` tenants of plan `dedicated` with work due and no worker of their own, longest first."""
    found = await db.execute(
        sa.select(lanes.c.tenant_id)
        .where(lanes.c.due_at <= now, _served(Which(Served.UNATTENDED), now))
        .order_by(lanes.c.due_at, lanes.c.ref)
        .limit(most)
    )
    return [TenantId(tenant) for tenant in found.scalars()]
