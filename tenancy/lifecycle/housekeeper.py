"""Do what is due, in one process of the deployment at a time, tenant by tenant, until cancelled.

Rules this module enforces:

* Only what is due is looked at: a tenant for whom nothing is due costs nothing.
* Nothing is begun without the lease; who has lost it begins nothing more, and settles nothing.
* One tenant's failure is written down, counted and tried again after a while that grows; the others' work goes on.
* Each kind of work has places of its own: a long rotation or a slow receiver holds up no other kind.
"""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Final, final

import structlog

from tenancy.errors import ServiceError
from tenancy.foundation import Foundation
from tenancy.lifecycle.reconciliation import reconcile, take_over
from tenancy.lifecycle.upkeep import Observer, perform
from tenancy.queue.guarded import guarded
from tenancy.queue.lease import Lease
from tenancy.stores import due
from tenancy.stores.due import Due, Kind

_POLL_SECONDS: Final = 2.0  # in which another process's mark, or a lease that has ended, is seen
_RECONCILED_SECONDS: Final = 60.0
_AGAIN_SECONDS: Final = 5.0
_LATEST_SECONDS: Final = 1800.0
_MOST_DOUBLED: Final = 10
_PLACES: Final[Mapping[Kind, int]] = {Kind.DELIVERY: 8}
"""Of a kind that is not named there is one at work at a time."""
_log = structlog.get_logger()


@final
class Housekeeper:
    """The housekeeper of one process, which waits while another process's is at work."""

    def __init__(self, on: Foundation, observer: Observer | None = None) -> None:
        """Stand on a process's foundation; tell `observer` what came of the work."""
        self._on = on
        self._observer = observer or Observer()
        self._lease = Lease(on.store, due.HOUSEKEEPING)
        self._bell = asyncio.Event()
        self._running: dict[tuple[Kind, str], asyncio.Task[None]] = {}
        self._term = 0
        self._reconcile_at = 0.0
        self._look_at = 0.0

    def hurry(self) -> None:
        """Look now: something has just been marked."""
        self._bell.set()

    async def run(self) -> None:
        """Stand for the lease, and do what is due while it is held."""
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    self._bell.clear()
                    self._look_at = time.time() + _POLL_SECONDS
                    await guarded("housekeeping", None, partial(self._look, group))
                    with suppress(TimeoutError):
                        async with asyncio.timeout(max(0.0, self._look_at - time.time())):
                            await self._bell.wait()
        finally:
            with suppress(ServiceError):
                await self._lease.release()

    async def _look(self, group: asyncio.TaskGroup) -> None:
        """Begin what is due and has a place, and look again when the next is due."""
        if not await self._lease.hold():
            return
        await self._reconcile()
        now = time.time()
        async with self._on.store.registry(writes=False) as db:
            for kind, at in (await due.next_of_each(db)).items():
                places = _PLACES.get(kind, 1)
                at_work = [ref for of, ref in self._running if of is kind]
                if at > now:
                    self._look_at = min(self._look_at, at)
                elif len(at_work) < places:
                    found = await due.ready(db, kind, now, self._lease.term, places)
                    for one in [each for each in found if each.ref not in at_work][: places - len(at_work)]:
                        self._running[kind, one.ref] = group.create_task(self._do(one, self._lease.term))

    async def _reconcile(self) -> None:
        if self._term != self._lease.term:
            await take_over(self._on, self._lease.term)
            self._term = self._lease.term
            _log.info("housekeeping.begun", term=self._term)
        elif time.monotonic() >= self._reconcile_at:
            await reconcile(self._on)
        else:
            return
        self._reconcile_at = time.monotonic() + _RECONCILED_SECONDS

    async def _do(self, one: Due, term: int) -> None:
        owner = one.owner or ""
        try:
            if await guarded(one.kind, one.owner, partial(self._work, one, term)):
                self._observer.succeeded(owner, one.kind)
            else:
                self._observer.failed(owner, one.kind)
                await guarded(one.kind, one.owner, partial(self._put_off, one, term))
        finally:
            del self._running[one.kind, one.ref]
            self._bell.set()

    async def _work(self, one: Due, term: int) -> None:
        began = time.time()
        again_at = None if one.owner is None else await perform(self._on, one, one.owner, self._observer)
        async with self._on.store.registry(writes=True) as db:
            if one.owner is None:
                await due.remove(db, one.ref)
            else:
                await due.settle(db, one, term, began, again_at)

    async def _put_off(self, one: Due, term: int) -> None:
        later = min(_AGAIN_SECONDS * 2 ** min(one.tries, _MOST_DOUBLED), _LATEST_SECONDS)
        async with self._on.store.registry(writes=True) as db:
            await due.put_off(db, one, term, time.time() + later)
