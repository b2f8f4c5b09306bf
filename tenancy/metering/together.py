"""Lets writers of one tenant share a transaction: whoever comes while one is being committed goes into the next.

A commit waits for the disk, and one transaction of a tenant writes at a time. Alone, each small row would cost a wait
of its own, and a hundred questions at once a hundred waits one after another.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import final

from sqlalchemy.exc import SQLAlchemyError

from tenancy.errors import ServiceError
from tenancy.ids import TenantId
from tenancy.stores.databases.store import Store, Transaction

Work = Callable[[Transaction], Awaitable[None]]
"""Statements of one writer. It must wait for nothing but its transaction."""
_Key = tuple[Store, TenantId]


@final
class Together:
    """The shared write transactions of one process."""

    def __init__(self) -> None:
        """Begin with nothing to write."""
        self._waiting: defaultdict[_Key, list[tuple[Work, asyncio.Future[None]]]] = defaultdict(list)
        self._writing: dict[_Key, asyncio.Task[None]] = {}

    async def write(self, store: Store, tenant: TenantId, work: Work) -> None:
        """Return when `work` is committed; raises what it raised, or what the transaction did.

        What is raised as a ServiceError before its first statement leaves the others' work as it is. The work is done
        also when the caller is cancelled meanwhile.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        key = (store, tenant)
        self._waiting[key].append((work, done))
        if key not in self._writing:
            self._writing[key] = asyncio.create_task(self._drain(key))
        await asyncio.shield(done)

    async def close(self) -> None:
        """Return when all that was handed in is written."""
        while self._writing:
            await asyncio.wait(list(self._writing.values()))

    async def _drain(self, key: _Key) -> None:
        try:
            while batch := self._waiting.pop(key, None):
                await _commit(*key, batch)
        finally:
            del self._writing[key]


async def _commit(store: Store, tenant: TenantId, batch: list[tuple[Work, asyncio.Future[None]]]) -> None:
    refused: dict[asyncio.Future[None], ServiceError] = {}
    failure: ServiceError | SQLAlchemyError | None = None
    try:
        async with store.tenant(tenant, writes=True) as db:
            for work, done in batch:
                try:
                    await work(db)
                except ServiceError as error:
                    refused[done] = error
    except (ServiceError, SQLAlchemyError) as error:
        failure = error
    for _, done in batch:
        raised = failure or refused.get(done)
        if raised is None:
            done.set_result(None)
        else:
            done.set_exception(raised)
            done.exception()  # whoever was cancelled meanwhile will not look at it
