"""Mark a tenant's lane as having work, and wake whoever drains it.

A lane is marked before its job row commits and poked after: a crash between the two leaves a marked lane without work,
which the drain clears once the mark is old enough that no transaction can still be on its way.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, final

from tenancy.ids import LaneRef, TenantId
from tenancy.stores import registry
from tenancy.stores.databases.store import Store

MARK_HELD_SECONDS: Final = 30.0
Poke = Callable[[LaneRef], Awaitable[None]]


@final
class Lanes:
    """The due lanes of a deployment, and the bell of this process."""

    def __init__(self, store: Store, poke: Poke | None = None) -> None:
        """Ring the bell of this process, or `poke` other processes through a queue."""
        self._store = store
        self._poke = poke
        self._bell = asyncio.Event()

    async def mark(self, tenant: TenantId) -> LaneRef:
        """Record, before its job commits, that the tenant's lane has work."""
        async with self._store.registry(writes=True) as db:
            return await registry.mark_lane(db, tenant)

    async def poke(self, lane: LaneRef) -> None:
        """Tell the drain, after the commit, where to look."""
        if self._poke is not None:
            await self._poke(lane)
        self._bell.set()

    async def due(self) -> list[LaneRef]:
        """Return the lanes that have work now."""
        async with self._store.registry(writes=False) as db:
            return await registry.due_lanes(db, time.time())

    async def settle(self, lane: LaneRef, looked_at: float, due_at: float | None) -> None:
        """Set when a lane that was looked at falls due again; never, for None, but for a mark that is still fresh."""
        async with self._store.registry(writes=True) as db:
            held = time.time() + MARK_HELD_SECONDS
            # A mark may precede a commit that is still on its way: look once more before the lane is cleared.
            marked = await registry.marked_at(db, lane)
            if looked_at - marked < MARK_HELD_SECONDS:
                due_at = held if due_at is None else min(due_at, held)
            await registry.settle_lane(db, lane, looked_at, due_at)

    async def wait(self, longest: float) -> None:
        """Wait for the bell, for the next lane to fall due, or `longest` seconds."""
        async with self._store.registry(writes=False) as db:
            due = await registry.next_due(db)
        await self.rung(longest if due is None else min(longest, max(0.0, due - time.time())))

    async def rung(self, longest: float) -> None:
        """Wait for the bell, or `longest` seconds."""
        try:
            await asyncio.wait_for(self._bell.wait(), longest)
        except TimeoutError:
            return
        self._bell.clear()
