"""One awake collection with what ranking needs beside it: which versions it holds, and how often their terms occur."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final, final

from tenancy.ids import ChunkId, DocumentId, VersionId
from tenancy.index.collection import Collection
from tenancy.stores.chunks import IndexedVersion
from tenancy.stores.vectors import Frequencies, summed

_POINT_OVERHEAD: Final = 700  # bytes: engine bookkeeping, identifiers, base64; measured on the embedded engine


@dataclass(frozen=True, slots=True)
class _Member:
    version: VersionId
    chunks: tuple[ChunkId, ...]
    frequencies: Frequencies
    size: int


@final
class Awake:
    """A collection that holds exactly what the sealed records said at `change`; there is none before the first chunk.

    `revision` moves before and after the collection changes: a reader that finds it odd or moved has seen a mixture and
    asks again. `dead` counts points removed since the collection was built. All vectors are `embedder`'s.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.collection: Collection | None = None
        self.change = 0
        self.embedder = ""
        self.revision = 0
        self.frequencies: Counter[int] = Counter()
        self.total = 0
        self.dead = 0
        self.users = 0
        self.parked = False
        self.broken = False
        self.updating = asyncio.Lock()
        self._reckoned = 0
        self._members: dict[DocumentId, _Member] = {}

    @property
    def size(self) -> int:
        """Return the bytes it takes: as the system counts them, and as reckoned where they are another machine's."""
        counted = None if self.collection is None else self.collection.size
        return self._reckoned if counted is None else counted

    def current(self, version: VersionId, document: DocumentId) -> bool:
        """Tell whether a found chunk belongs to the version that answers."""
        member = self._members.get(document)
        return member is not None and member.version == version

    async def take(self, versions: Sequence[IndexedVersion]) -> None:
        """Put versions in and their predecessors out; there must be a collection, for no version is without chunks.

        A version that is in already, with other filters or names, takes its own place.
        """
        if self.collection is not None:
            await self.collection.put(versions)
        for version in versions:
            member = _member(version)
            await self.drop(version.document, but=frozenset(member.chunks))
            self._members[version.document] = member
            self.total += len(member.chunks)
            self._reckoned += member.size
        self.frequencies.update(summed([version.frequencies for version in versions]))

    async def drop(self, document: DocumentId, but: AbstractSet[ChunkId] = frozenset()) -> None:
        """Put a document out, wholly but for the points of the chunks that were just put in again."""
        member = self._members.pop(document, None)
        if member is None:
            return
        self.frequencies.subtract(summed([member.frequencies]))
        self.total -= len(member.chunks)
        self.dead += len(member.chunks)
        self._reckoned -= member.size
        if self.collection is not None:
            await self.collection.remove([chunk for chunk in member.chunks if chunk not in but])


def _member(version: IndexedVersion) -> _Member:
    chunks = tuple(chunk.id for chunk in version.chunks)
    return _Member(version.version, chunks, version.frequencies, size_of(version))


def size_of(version: IndexedVersion) -> int:
    """Return the bytes that a version is reckoned to take while awake, before it is: some more rather than less."""
    sealed = sum(len(chunk.body) * 4 // 3 + _POINT_OVERHEAD for chunk in version.chunks)
    return sealed + version.matrix.vectors.nbytes + 8 * len(version.matrix.ids)
