"""Write down who reached what, durably, before the answer leaves; many at once in one transaction.

Rules this module enforces:

* `write` returns when the entry has committed, and raises otherwise: whoever answers after it has it on the disk.
* While a transaction of a tenant commits, the accesses that come meanwhile wait for it and go into the next one
  together, so that a busy tenant pays for one durable write in many. Two tenants never share a transaction.
* An interaction stands exactly if its entry does, and holds what the tenant's mode lets it hold.
* What the tenant did is counted in that transaction too, as numbers.
* Who was issued in an earlier epoch is refused, also here.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, final

import sqlalchemy as sa

from tenancy.anomalies.activity import Done, count
from tenancy.anomalies.tally import Tally
from tenancy.auditing.interactions import Interaction, Interactions, Logged, lessened, new_log_id
from tenancy.auditing.logging import Logging, LogMode, logging_of
from tenancy.ids import TenantId
from tenancy.keys.tenant_keys import TenantKeys
from tenancy.scope import Caller
from tenancy.stores.audit import AuditTrail, Head, entry_of
from tenancy.stores.databases.store import Transaction
from tenancy.stores.epoch import ScopeEnded
from tenancy.stores.schema import state
from tenancy.stores.settings import TenantSettings

if TYPE_CHECKING:
    from tenancy.foundation import Foundation

_EPOCH: Final = sa.select(state.c.epoch).where(state.c.tenant_id == sa.bindparam("tenant"))


@dataclass(frozen=True, slots=True)
class Access:
    """What somebody did to which resource, with what outcome; with an interaction to be logged if there was one.

    `missing` where what was asked for by name is not there, or not the caller's.
    """

    action: str
    resource: str
    outcome: str = "done"
    interaction: Interaction | None = None
    missing: bool = False


@final
class _Waiting:
    """An access on its way into the trail; `ended` when its caller's epoch is over."""

    __slots__ = ("access", "caller", "ended", "epoch", "keys")

    def __init__(self, keys: TenantKeys, epoch: int, caller: Caller, access: Access) -> None:
        self.keys = keys
        self.epoch = epoch
        self.caller = caller
        self.access = access
        self.ended = False


@final
class _Lane:
    """One tenant's accesses: those that the next transaction takes, its task, and the lock that orders them."""

    __slots__ = ("gathering", "lock", "task", "users")

    def __init__(self) -> None:
        self.gathering: list[_Waiting] = []
        self.task: asyncio.Task[None] | None = None
        self.lock = asyncio.Lock()
        self.users = 0


@final
class Accesses:
    """The accesses of a process on their way into the trails."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lanes: dict[TenantId, _Lane] = {}

    async def write(self, on: "Foundation", keys: TenantKeys, epoch: int, caller: Caller, access: Access) -> None:
        """Append an access to the trail of the tenant whose keys these are; ScopeEnded for an older epoch.

        Whoever stops waiting does not stop it: others' entries are in the same transaction.
        """
        lane = self._lanes.setdefault(keys.tenant, _Lane())
        mine = _Waiting(keys, epoch, caller, access)
        lane.gathering.append(mine)
        if lane.task is None:
            lane.users += 1
            lane.task = asyncio.create_task(self._commit(on, keys.tenant, lane))
        await asyncio.shield(lane.task)
        if mine.ended:
            raise ScopeEnded

    async def _commit(self, on: "Foundation", tenant: TenantId, lane: _Lane) -> None:
        try:
            async with lane.lock:
                batch, lane.gathering, lane.task = lane.gathering, [], None
                async with on.store.tenant(tenant, writes=True) as db:
                    head = await _append(db, batch, on.tally)
                on.tally.note(tenant)
        finally:
            lane.users -= 1
            if not lane.users:
                self._lanes.pop(tenant, None)
        await on.anchors.note(tenant, head)


async def _append(db: Transaction, batch: Sequence[_Waiting], tally: Tally) -> Head | None:
    keys = batch[-1].keys  # the newest lease
    epoch = (await db.execute(_EPOCH, {"tenant": keys.tenant})).scalar_one_or_none()
    for each in batch:
        each.ended = each.epoch != epoch
    live = [each for each in batch if not each.ended]
    if not live:
        return None
    chosen = await _chosen(db, keys, live)
    trail = AuditTrail(db, keys, live[0].caller)
    entries, logs = [], []
    for place, each in enumerate(live):
        said, who = each.access, each.caller
        logged = said.interaction if chosen.mode is not LogMode.OFF else None
        log = None if logged is None else new_log_id()
        entry = entry_of(who, said.action, said.resource if log is None else log, said.outcome)
        entries.append(entry)
        if logged is not None and log is not None:
            kept = lessened(logged, chosen.mode)
            logs.append((place, Logged(log, entry.at, who.actor, who.app, who.request, chosen.mode, kept)))
    first = await trail.extend(entries)
    await Interactions(db, keys).add([(first + place, one) for place, one in logs], chosen.days)
    await count(db, keys.tenant, entries[-1].at, _done(live, tally.requests(keys.tenant)))
    return trail.written


def _done(live: Sequence[_Waiting], more: int) -> Done:
    said = [each.access for each in live]
    refusals = sum(each.interaction is not None and each.interaction.refused for each in said)
    return Done(len(said) + more, refusals, sum(each.missing for each in said))


async def _chosen(db: Transaction, keys: TenantKeys, live: Sequence[_Waiting]) -> Logging:
    """Read what the tenant has chosen to log, where there is something that it may be chosen for."""
    if all(each.access.interaction is None for each in live):
        return Logging(LogMode.OFF)
    return await logging_of(TenantSettings(db, keys))
