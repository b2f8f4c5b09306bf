"""What a tenant does, counted by the hour: numbers, and no word of the tenant's.

Rules this module enforces:

* Requests, refusals and foreign ids are counted in a transaction that is there anyway; tokens, money and the size of
  prompts are not counted at all but added up from the ledger, when an hour is looked at.
* An hour is looked at again until it has been seen after its end, whatever was down meanwhile.
* Counts are kept for as long as a baseline looks back.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, final

import sqlalchemy as sa

from tenancy.anomalies.hours import SECONDS, Hour, Signal
from tenancy.ids import TenantId
from tenancy.keys.tenant_keys import TenantKeys
from tenancy.metering.catalogue import Kind
from tenancy.stores.databases.store import Transaction
from tenancy.stores.jobs import RE_EMBEDDING, UPLOADS
from tenancy.stores.schema import activity, usage

_MINE: Final = sa.and_(
    activity.c.tenant_id == sa.bindparam("tenant"), activity.c.hour == sa.bindparam("of_hour", type_=sa.BigInteger)
)


@dataclass(frozen=True, slots=True)
class Done:
    """How much more was done, by what is counted as it happens."""

    requests: int = 0
    refusals: int = 0
    foreign_ids: int = 0
    canaries: int = 0


_COUNTED: Final = tuple(each.name for each in fields(Done))
# Built once: every access runs them, and building a statement costs as much as running it.
_MORE: Final = (
    activity.update()
    .where(_MINE)
    .values({name: activity.c[name] + sa.bindparam(f"more_{name}", type_=sa.BigInteger) for name in _COUNTED})
)
_FIRST: Final = activity.insert()


@dataclass(frozen=True, slots=True)
class Counted:
    """An hour as it is kept; `looked_at` is when it was last looked at, in epoch seconds, 0 for never."""

    hour: Hour
    looked_at: float

    @property
    def open(self) -> bool:
        """Whether it is to be looked at (again): it was not since the hour after it has begun."""
        return self.looked_at < self.hour.starts + SECONDS


def hour_of(at: float) -> int:
    """Return when the hour of a moment began; both in epoch seconds."""
    return int(at // SECONDS) * SECONDS


async def count(db: Transaction, tenant: TenantId, at: float, done: Done) -> None:
    """Count what was done in the hour of a moment, in an open write transaction of the tenant."""
    hour, more = hour_of(at), asdict(done)
    changed = await db.execute(
        _MORE, {"tenant": tenant, "of_hour": hour, **{f"more_{name}": each for name, each in more.items()}}
    )
    if not changed.rowcount:
        await db.execute(_FIRST, {"tenant_id": tenant, "hour": hour, **more})


@final
class Activity:
    """The activity of the tenant whose transaction this is, for whoever counts more of it."""

    def __init__(self, db: Transaction, keys: TenantKeys) -> None:
        """Bind to an open transaction."""
        self._db = db
        self._tenant = keys.tenant

    async def count(self, at: float, done: Done) -> None:
        """Count what was done in the hour of a moment (epoch seconds)."""
        await count(self._db, self._tenant, at, done)


async def counted(db: Transaction, tenant: TenantId, since: int) -> list[Counted]:
    """Return the tenant's hours from one on, oldest first."""
    mine = sa.select(activity).where(activity.c.tenant_id == tenant, activity.c.hour >= since)
    rows = await db.execute(mine.order_by(activity.c.hour))
    return [Counted(Hour(row.hour, {signal: getattr(row, signal) for signal in Signal}), row.looked_at) for row in rows]


_TOKENS: Final = usage.c.prompt_tokens + usage.c.completion_tokens + usage.c.embedding_tokens
# What is embedded of a document is no prompt, and a question that no chat model was asked is one.
_PROMPT: Final = sa.case((usage.c.feature != UPLOADS, usage.c.prompt_tokens + usage.c.embedding_tokens), else_=0)
_SPENT: Final = sa.select(
    sa.func.coalesce(sa.func.sum(_TOKENS), 0).label(Signal.TOKENS),
    sa.func.coalesce(sa.func.sum(usage.c.cost), 0).label(Signal.SPEND),
    sa.func.coalesce(sa.func.max(_PROMPT), 0).label(Signal.PROMPT_SIZE),
).where(
    usage.c.tenant_id == sa.bindparam("tenant"),
    usage.c.at >= sa.bindparam("since"),
    usage.c.at < sa.bindparam("until"),
    usage.c.kind != Kind.STORAGE,
    usage.c.feature != RE_EMBEDDING,  # it was asked for, and is no habit of anybody's
)
_SUMMED: Final = (Signal.TOKENS, Signal.SPEND, Signal.PROMPT_SIZE)


async def spent_in(db: Transaction, tenant: TenantId, hour: int) -> dict[Signal, int]:
    """Return what the ledger holds of an hour: tokens, micro-dollars that calls cost, tokens of the largest prompt."""
    asked: dict[str, Any] = {"tenant": tenant, "since": float(hour), "until": float(hour + SECONDS)}
    row = (await db.execute(_SPENT, asked)).one()
    return {signal: int(getattr(row, signal)) for signal in _SUMMED}


async def keep(db: Transaction, tenant: TenantId, hours: Sequence[Hour], at: float) -> None:
    """Keep what the ledger holds of hours that were looked at; who has no row yet has done nothing that is counted."""
    for hour in hours:
        found: dict[str, Any] = {str(signal): hour.counts.get(signal, 0) for signal in _SUMMED} | {"looked_at": at}
        mine = {"tenant": tenant, "of_hour": hour.starts}
        changed = await db.execute(activity.update().where(_MINE).values(found), mine)
        if not changed.rowcount and any(hour.counts.values()):
            await db.execute(_FIRST, {"tenant_id": tenant, "hour": hour.starts, **asdict(Done()), **found})


async def has_open(db: Transaction, tenant: TenantId) -> bool:
    """Tell whether an hour is to be looked at (again): one statement."""
    left = activity.c.looked_at < activity.c.hour + SECONDS
    return (
        await db.execute(sa.select(activity.c.hour).where(activity.c.tenant_id == tenant, left).limit(1))
    ).first() is not None


async def has_before(db: Transaction, tenant: TenantId, before: int) -> bool:
    """Tell whether hours before one are kept: one statement."""
    old = sa.select(activity.c.hour).where(activity.c.tenant_id == tenant, activity.c.hour < before).limit(1)
    return (await db.execute(old)).first() is not None


async def forget(db: Transaction, tenant: TenantId, before: int) -> int:
    """Remove the hours before one; return how many."""
    old = sa.delete(activity).where(activity.c.tenant_id == tenant, activity.c.hour < before)
    return int((await db.execute(old)).rowcount)
