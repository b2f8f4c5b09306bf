"""One tenant's search: question in, opened chunks out."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final, TypeVar, final

import numpy as np
from numpy.typing import NDArray

from tenancy.errors import Invalid, Unavailable
from tenancy.ids import ChunkId, VersionId
from tenancy.index.awake import Awake
from tenancy.index.collection import Choose, CollectionLost, Found, Query
from tenancy.index.hits import Hit
from tenancy.index.pool import AwakePool
from tenancy.keys.tenant_keys import Purpose, TenantKeys
from tenancy.models import terms
from tenancy.models.encoders.traits import Traits
from tenancy.stores.chunks import (
    Chunks,
    SealedTerms,
    SealedVersion,
    filter_token,
    open_chunk,
    seal_terms,
    seal_version,
)
from tenancy.stores.columns import seal_columns
from tenancy.stores.databases.store import Store
from tenancy.stores.documents.blocks import EmbedderChanged, seal_block
from tenancy.stores.documents.parts import ChunkParts, SealedParts, open_parts, seal_parts
from tenancy.stores.epoch import require_epoch
from tenancy.stores.vectors import Matrix
from tenancy.stores.views import Chunk, Scalar
from tenancy.values.columns import ColumnTable
from tenancy.values.part_vectors import PartVectors

_RESERVED: Final = frozenset(
    {"tenant", "tenant_id", "tid", "collection", "collection_name", "owner", "owner_id", "org", "organisation",
     "organization", "namespace", "workspace", "account", "user_id"}
)  # fmt: skip
BUILT_IN: Final = frozenset({"document_id", "content_type", "external_id"})
_MOST_VALUES: Final = 64
_TRIES: Final = 3
_T = TypeVar("_T")


class InvalidFilter(Invalid):
    """A filter that is empty, names a reserved field or has a value of another type."""

    code = "invalid_filter"


@dataclass(frozen=True, slots=True)
class Known:
    """What was true of a tenant when a request began: its epoch, and its newest change (None: to be looked up)."""

    epoch: int
    change: int | None


@dataclass(frozen=True, slots=True)
class Narrowing:
    """A checked filter: each inner tuple is one field's alternatives, all of them must be met."""

    fields: tuple[tuple[str, tuple[Scalar, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class _Asked:
    vector: asyncio.Future[NDArray[np.float32]]
    terms: Mapping[str, float]
    choose: Choose
    conditions: tuple[tuple[str, ...], ...]
    depth: int


def reserved(field: str) -> bool:
    """Tell whether a field's name could be taken for a choice of tenant, collection or owner."""
    return field.strip().casefold().replace("-", "_") in _RESERVED


def narrowing(asked: Mapping[str, object]) -> Narrowing:
    """Check a caller's filter: field to value, or to a non-empty list of alternatives; InvalidFilter otherwise."""
    if not asked:
        raise InvalidFilter("The filter is empty. Leave it out to search all your documents.")
    fields = []
    for field, value in asked.items():
        alternatives = tuple(value) if isinstance(value, list) else (value,)
        if reserved(field):
            raise InvalidFilter(
                "The filter names a reserved field. A search always stays in the caller's own documents."
            )
        if not alternatives or len(alternatives) > _MOST_VALUES:
            raise InvalidFilter(f"Each field of a filter takes 1 to {_MOST_VALUES} values.")
        if not all(isinstance(each, str | int | float | bool) for each in alternatives):
            raise InvalidFilter("Values of a filter are strings, numbers or booleans.")
        fields.append((field, alternatives))
    return Narrowing(tuple(fields))


@final
class TenantIndex:
    """The collection of one tenant, reached through its compartment only."""

    def __init__(
        self,
        keys: TenantKeys,
        store: Store,
        pool: AwakePool,
        embedder: str,
        traits: Callable[[str], Traits],
        known: Known,
    ) -> None:
        """Bind to the tenant whose keys these are, and to what was known of it when the request began.

        `embedder` names what the vectors that come in here are made with; `traits` tells of that, or raises
        EncoderMissing: only what compares vectors fails by that.
        """
        self._keys = keys
        self._store = store
        self._pool = pool
        self._embedder = embedder
        self._traits = traits
        self._known = known

    def turned(self, embedder: str) -> "TenantIndex":
        """Return the same index for vectors of another embedder, as it is now."""
        known = Known(self._known.epoch, None)
        return TenantIndex(self._keys, self._store, self._pool, embedder, self._traits, known)

    @property
    def rotation(self) -> bytes:
        """The tenant's 32-byte secret for an engine that others may look into."""
        return self._keys.matching(Purpose.ROTATION)

    @asynccontextmanager
    async def _read(self) -> AsyncIterator[Chunks]:
        """Read for a wake or a catch-up: a request that outlived a suspension must not wake the tenant again."""
        async with self._store.tenant(self._keys.tenant, writes=False) as db:
            await require_epoch(db, self._keys, self._known.epoch)
            yield Chunks(db, self._keys)

    def _using(self) -> AbstractAsyncContextManager[Awake]:
        return self._pool.using(self._keys.tenant, self.rotation, self._known.change, self._read)

    async def search(
        self,
        vector: Awaitable[NDArray[np.float32]],
        question_terms: Mapping[str, float],
        choose: Choose,
        *,
        depth: int,
        narrow: Narrowing | None = None,
    ) -> list[Hit]:
        """Return the chunks that `choose` picks from the dense and the sparse ranking of `depth` chunks each.

        `vector` may still be on its way, float32 (dimension,): the collection is woken and asked for terms meanwhile.
        EmbedderChanged where the tenant's vectors are another embedder's by now.
        """
        conditions = self._conditions(narrow or Narrowing())
        embedding = asyncio.ensure_future(vector)
        try:
            asked = _Asked(embedding, question_terms, choose, conditions, depth)
            return await _twice(lambda: self._search(asked))
        finally:
            embedding.cancel()  # nothing to cancel unless the search failed before it was wanted

    async def _search(self, asked: "_Asked") -> list[Hit]:
        async with self._using() as awake:
            for _ in range(_TRIES):
                before = awake.revision
                hits = await self._ask(awake, asked)
                if before % 2 == 0 and awake.revision == before:
                    return hits
            async with awake.updating:  # it changes faster than it can be read: hold the next change back
                if awake.broken:
                    raise CollectionLost
                return await self._ask(awake, asked)

    async def _ask(self, awake: Awake, asked: "_Asked") -> list[Hit]:
        if awake.embedder != self._embedder:
            raise EmbedderChanged
        if awake.collection is None:
            await asked.vector  # the question is embedded and counted like any other
            return []
        ids, weights = self._weighted(awake, asked.terms)
        query = Query(asked.vector, ids, weights, asked.conditions, asked.depth)
        found = await awake.collection.search(query, asked.choose)
        hits = [self._opened(each) for each in found]
        return [
            hit for hit, each in zip(hits, found, strict=True) if awake.current(each.chunk.version, hit.document_id)
        ]

    def _opened(self, found: Found) -> Hit:
        chunk = open_chunk(self._keys, found.chunk)
        # Of what only the sparse ranking found no cosine is known, whatever the scale.
        similarity = self._traits(self._embedder).calibration.scaled(found.similarity) if found.similarity else 0.0
        return Hit(
            chunk.id, chunk.document_id, chunk.document_name, chunk.ordinal, chunk.text,
            chunk.start, chunk.end, found.score, similarity, chunk.layout,
        )  # fmt: skip

    async def parts(self, hits: Sequence[Hit]) -> Mapping[ChunkId, PartVectors]:
        """Return the vectors of the parts of some hits; those of what was published without are missing."""
        async with self._store.tenant(self._keys.tenant, writes=False) as db:
            await require_epoch(db, self._keys, self._known.epoch)
            sealed = await ChunkParts(db, self._keys).read([hit.chunk_id for hit in hits], self._embedder)
        return await asyncio.to_thread(lambda: {chunk: open_parts(self._keys, each) for chunk, each in sealed.items()})

    async def idf(self, words: Sequence[str]) -> dict[str, float]:
        """Return the inverse document frequency of terms among this tenant's chunks."""
        return await _twice(lambda: self._idf(words))

    async def _idf(self, words: Sequence[str]) -> dict[str, float]:
        key = self._keys.matching(Purpose.TERMS)
        async with self._using() as awake:
            return {word: terms.idf(awake.frequencies[terms.term_id(key, word)], awake.total) for word in words}

    def _weighted(self, awake: Awake, question_terms: Mapping[str, float]) -> tuple[list[int], list[float]]:
        key = self._keys.matching(Purpose.TERMS)
        weights: dict[int, float] = {}
        for word, weight in question_terms.items():
            term = terms.term_id(key, word)
            if awake.frequencies[term] > 0:
                weights[term] = weight * terms.idf(awake.frequencies[term], awake.total)
        return list(weights), list(weights.values())

    def _conditions(self, narrow: Narrowing) -> tuple[tuple[str, ...], ...]:
        return tuple(
            tuple(filter_token(self._keys, field, value) for value in values) for field, values in narrow.fields
        )

    def sparse(self, counts: Mapping[str, float]) -> tuple[list[int], list[float]]:
        """Return a chunk's terms as keyed ids with the document part of BM25."""
        return terms.keyed_sparse(self._keys.matching(Purpose.TERMS), terms.document_weights(counts))

    def seal_version(
        self,
        version: VersionId,
        chunks: Sequence[Chunk],
        matrix: Matrix,
        tags: Mapping[str, Scalar],
        tables: Sequence[ColumnTable] = (),
        of_parts: Sequence[PartVectors | None] = (),
    ) -> SealedVersion:
        """Seal what a version publishes; a search may narrow by `tags`. CPU only: call it in a thread."""
        sealed = seal_version(
            self._keys, version, chunks, matrix, self.filters(tags), embedder=self._embedder, of_parts=of_parts
        )
        return replace(sealed, columns=seal_columns(self._keys, version, tables))

    def seal_terms(self, version: VersionId, matrix: Matrix) -> SealedTerms:
        """Seal what a published version is found by anew. CPU only: call it in a thread."""
        return seal_terms(self._keys, version, self._embedder, matrix)

    def seal_block(self, version: VersionId, ordinal: int, matrix: Matrix) -> bytes:
        """Seal one block of a version's vectors and terms. CPU only: call it in a thread."""
        return seal_block(self._keys, version, self._embedder, ordinal, matrix)

    def seal_parts(
        self, version: VersionId, first: int, vectors: Sequence[PartVectors | None]
    ) -> tuple[SealedParts, ...]:
        """Seal the vectors of parts of the chunks from the ordinal `first` on. CPU only: call it in a thread."""
        return seal_parts(self._keys, version, self._embedder, first, vectors)

    def filters(self, tags: Mapping[str, Scalar]) -> list[str]:
        """Return the opaque tokens by which a search may narrow to what has `tags`."""
        return sorted(filter_token(self._keys, field, value) for field, value in tags.items())

    async def park(self) -> bool:
        """Drop the collection; the next search wakes it again."""
        return await self._pool.park(self._keys.tenant)


async def _twice(look: Callable[[], Awaitable[_T]]) -> _T:
    """Look again where the collection was lost: the engine restarted, it was reaped, or its folder was removed."""
    try:
        return await look()
    except CollectionLost:
        pass  # it was dropped: the next look wakes it afresh
    try:
        return await look()
    except CollectionLost:
        raise Unavailable("index", "The index loses this tenant's collection as fast as it is built.") from None
