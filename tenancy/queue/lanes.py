"""Mark a tenant's lane as having work, and wake whoever drains it.

Rules this module enforces:

* A lane is marked before its job row commits and poked after: a crash between the two leaves a marked lane without
  work, which the drain clears once the mark is old enough that no transaction can still be on its way.
* A lane belongs to one group at a time, by its tenant's plan: to that of all workers, or to that of the tenant's own
  worker. A plan that changes moves no job: the lane is in the other group from the next look on.
* A worker of one tenant's attends its lane: it says so every few seconds. Where nobody has for a while, the lane is
  unattended, which an operator is told.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, final

from tenancy.ids import LaneRef, TenantId
from tenancy.queue import groups
from tenancy.queue.groups import Served, Which
from tenancy.stores import registry
from tenancy.stores.databases.store import Store

MARK_HELD_SECONDS: Final = 30.0
ATTEND_SECONDS: Final = 3.0
"""How often a worker of one tenant's says that it is at work."""
_MOST_TOLD: Final = 100
Poke = Callable[[LaneRef], Awaitable[None]]


@final
class Lanes:
    """The due lanes of a deployment, and the bell of this process."""

    def __init__(self, store: Store, poke: Poke | None = None) -> None:
        """Ring the bell of this process, or `poke` other processes through a queue."""
        self._store = store
        self._poke = poke
        self._bells: list[asyncio.Event] = []

    async def mark(self, tenant: TenantId) -> LaneRef:
        """Record, before its job commits, that the tenant's lane has work."""
        async with self._store.registry(writes=True) as db:
            return await registry.mark_lane(db, tenant)

    async def poke(self, lane: LaneRef) -> None:
        """Tell the drain, after the commit, where to look."""
        if self._poke is not None:
            await self._poke(lane)
        self.ring()

    def ring(self) -> None:
        """Have every worker of this process look."""
        for bell in self._bells:
            bell.set()

    def group(self, served: Served, lane: LaneRef | None = None) -> "LaneGroup":
        """Return the lanes that a worker of this process serves; `lane` is that of a tenant's own worker."""
        bell = asyncio.Event()
        self._bells.append(bell)
        return LaneGroup(self._store, Which(served, lane), bell)

    async def attend(self, lane: LaneRef) -> bool:
        """Say that the own worker of the lane's tenant is at work; False when the lane is not its own any more."""
        async with self._store.registry(writes=True) as db:
            return await groups.attend_lane(db, lane, time.time())

    async def attended_at(self, tenant: str) -> float | None:
        """Return when the tenant's own worker was last at work, in epoch seconds; None where it never was."""
        async with self._store.registry(writes=False) as db:
            return await groups.attended_at(db, TenantId(tenant))

    async def unattended(self) -> list[TenantId]:
        """Return the tenants of plan `dedicated` that have work due and no worker of their own."""
        async with self._store.registry(writes=False) as db:
            return await groups.unattended(db, time.time(), _MOST_TOLD)

    async def due(self) -> list[LaneRef]:
        """Return the lanes that have work now, whoever serves them."""
        async with self._store.registry(writes=False) as db:
            return await groups.due_lanes(db, time.time())

    async def settle(self, lane: LaneRef, looked_at: float, due_at: float | None) -> None:
        """Set when a lane that was looked at falls due again; never, for None, but for a mark that is still fresh."""
        async with self._store.registry(writes=True) as db:
            held = time.time() + MARK_HELD_SECONDS
            # A mark may precede a commit that is still on its way: look once more before the lane is cleared.
            marked = await registry.marked_at(db, lane)
            if looked_at - marked < MARK_HELD_SECONDS:
                due_at = held if due_at is None else min(due_at, held)
            await registry.settle_lane(db, lane, looked_at, due_at)


@final
class LaneGroup:
    """The lanes that one worker serves, and its bell."""

    def __init__(self, store: Store, which: Which, bell: asyncio.Event) -> None:
        """Look where `which` says, when `bell` rings."""
        self._store = store
        self._which = which
        self._bell = bell

    async def due(self) -> list[LaneRef]:
        """Return the lanes of the group that have work now."""
        async with self._store.registry(writes=False) as db:
            return await groups.due_lanes(db, time.time(), self._which)

    async def wait(self, longest: float) -> None:
        """Wait for the bell, for the next lane to fall due, or `longest` seconds."""
        async with self._store.registry(writes=False) as db:
            due = await groups.next_due(db, self._which)
        await self.rung(longest if due is None else min(longest, max(0.0, due - time.time())))

    async def rung(self, longest: float) -> None:
        """Wait for the bell, or `longest` seconds."""
        try:
            await asyncio.wait_for(self._bell.wait(), longest)
        except TimeoutError:
            return
        self._bell.clear()
