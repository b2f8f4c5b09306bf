"""A real collection whose calls can be held up, made to fail and counted."""

import asyncio
from collections.abc import Sequence

from tenancy.ids import ChunkId
from tenancy.index.collection import Choose, Found, Query
from tenancy.index.embedded import EmbeddedCollection
from tenancy.stores.chunks import IndexedVersion


class Watched:
    """A real collection whose next call can be held up or made to fail."""

    def __init__(self, inner: EmbeddedCollection, events: "Events") -> None:
        self._inner = inner
        self._events = events

    @property
    def size(self) -> int:
        return self._inner.size

    async def put(self, versions: Sequence[IndexedVersion]) -> None:
        await self._events.meet("put")
        await self._inner.put(versions)

    async def remove(self, chunks: Sequence[ChunkId]) -> None:
        await self._events.meet("remove")
        await self._inner.remove(chunks)

    async def search(self, query: Query, choose: Choose) -> list[Found]:
        await self._events.meet("search")
        return await self._inner.search(query, choose)

    async def close(self) -> None:
        self._events.closed += 1
        await self._inner.close()


class Events:
    """What happened to watched collections, and what shall happen next."""

    def __init__(self) -> None:
        self.made = 0
        self.closed = 0
        self.fail: dict[str, Exception] = {}
        self.hold: dict[str, asyncio.Event] = {}
        self.reached: dict[str, asyncio.Event] = {}

    def stop_at(self, call: str) -> tuple[asyncio.Event, asyncio.Event]:
        """Hold up the next such call: wait for the first event, set the second to let it go on."""
        self.reached[call], self.hold[call] = asyncio.Event(), asyncio.Event()
        return self.reached[call], self.hold[call]

    async def meet(self, call: str) -> None:
        held = self.hold.pop(call, None)
        if held is not None:
            self.reached.pop(call).set()
            await held.wait()
        error = self.fail.pop(call, None)
        if error is not None:
            raise error
