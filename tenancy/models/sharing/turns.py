"""Whose texts are embedded next: a few at a time, for whoever has had the fewest embedded of late.

Rules this module enforces:

* A long document is embedded in slices; between two of them everybody else's go first who has had fewer.
* Who has had many of late, or has a long document, is embedded apart, where nothing that a question needs waits for it.
* What is counted is texts, which take much the same time each: how busy the machine is makes nobody slower.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final, final

import numpy as np

from tenancy.ids import TenantId
from tenancy.models.embedder import Embedder, PassageVectors
from tenancy.queue.used import Used
from tenancy.values.embedded_text import EmbeddedText

LIGHT_TEXTS: Final = 200
"""Who has had more than this of late, or asks for it at once, is embedded apart: some six seconds of a core."""
_AT_ONCE: Final = 2
_SLICE: Final = 8  # texts: an eighth of a second on two cores
_SLICE_APART: Final = 32
_COUNTED: Final = 256  # texts whose tokens are counted at a time


@final
class Places:
    """So many places for slices of work; a free one goes to whoever waits and has used the least."""

    def __init__(self, places: int, used: Used[TenantId]) -> None:
        """Lend `places` by what is `used`."""
        self._free = places
        self._used = used
        self._waiting: list[tuple[TenantId, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def turn(self, tenant: TenantId) -> AsyncIterator[None]:
        """Hold a place for one slice."""
        await self._enter(tenant)
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, tenant: TenantId) -> None:
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((tenant, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._waiting.remove((tenant, turn))
            else:
                self._leave()  # the place had just been given
            raise

    def _leave(self) -> None:
        waiting = [each for each in self._waiting if not each[1].cancelled()]
        if not waiting:
            self._free += 1
            return
        following = min(waiting, key=lambda waiting: self._used.of(waiting[0]))
        self._waiting.remove(following)
        following[1].set_result(None)


@final
class EmbeddingTurns:
    """How the tenants of a process share its embedders."""

    def __init__(self) -> None:
        """Begin with nothing used."""
        self._used: Used[TenantId] = Used()
        self._places = Places(_AT_ONCE, self._used)
        self._apart = Places(1, self._used)

    async def count(self, embedder: Embedder, tenant: TenantId, texts: Sequence[EmbeddedText]) -> int:
        """Return how many of the embedder's tokens `texts` have."""
        tokens = 0
        for start in range(0, len(texts), _COUNTED):
            part = [each.text for each in texts[start : start + _COUNTED]]
            async with self._places.turn(tenant):
                # In a thread: the chunks of a long document are a second's work for the tokenizer.
                tokens += sum(await asyncio.to_thread(list, map(embedder.count_tokens, part)))
        return tokens

    async def embed(self, embedder: Embedder, tenant: TenantId, texts: Sequence[EmbeddedText]) -> PassageVectors:
        """Return the vectors of `texts` in their order."""
        slices, start = list[PassageVectors](), 0
        while start < len(texts) or not slices:
            apart = self._used.of(tenant) + len(texts) - start > LIGHT_TEXTS
            part = texts[start : start + (_SLICE_APART if apart else _SLICE)]
            async with (self._apart if apart else self._places).turn(tenant):
                self._used.charge(tenant, len(part))
                slices.append(await embedder.embed(part, apart=apart))
            start += max(1, len(part))
        parts = tuple(each for made in slices for each in made.parts)
        return PassageVectors(np.concatenate([made.vectors for made in slices]), parts)
