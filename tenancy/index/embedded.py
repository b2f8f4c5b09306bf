"""A tenant's collection in Qdrant's own engine, in this process, on a folder in memory."""

import asyncio
import base64
import contextlib
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final, Self, final

import qdrant_edge as edge

from tenancy.ids import ChunkId, VersionId
from tenancy.index.collection import (
    BEYOND,
    Choose,
    CollectionLost,
    Found,
    Query,
    Ranking,
    chunk_id,
    point_id,
    ranked,
    settled,
)
from tenancy.stores.chunks import IndexedVersion
from tenancy.stores.views import SealedChunk

_DENSE: Final = "dense"
_SPARSE: Final = "sparse"
_FILTERS: Final = "f"
_BATCH: Final = 1000
_BLOCK: Final = 512  # bytes: the unit of `st_blocks` (man 3type stat)

INDEXED_FROM: Final = 100
"""How many points a shard has when it gets an index on its filter tokens.

The index takes 2,076 KB from its first point on, 2,048 of them in two files of flags; a shard without it takes 116 KB
at 20 points. Without it a filtered ranking reads every payload. Measured on whole searches of 700-byte chunks, with it
and without in alternation, in processor time: within the noise up to 50 points, 0.4 ms (12 %) slower without it at 100,
1 ms at 300, 3.5 ms (twice as slow) at 1,000, 20 ms at 10,000. An unfiltered search takes the same time either way.
"""


def _config(dimension: int) -> edge.EdgeConfig:
    """Return the leanest shard: no log (the sealed records are the log), one segment, one thread, exact search.

    Vectors are halves (float16): at 10,000 chunks a search reads half the memory in two thirds of the time, and cosines
    move by less than 0.001. The sealed records keep them whole.
    """
    cold, half = edge.Memory.Cold, edge.VectorStorageDatatype.Float16
    dense = edge.EdgeVectorParams(size=dimension, distance=edge.Distance.Cosine, memory=cold, datatype=half)
    return edge.EdgeConfig(
        vectors={_DENSE: dense},
        sparse_vectors={_SPARSE: edge.EdgeSparseVectorParams(memory=cold)},
        optimizers=edge.EdgeOptimizersConfig(default_segment_number=1),
        max_search_threads=1,
        payload_memory=cold,
        wal_enabled=False,
    )


@final
class EmbeddedCollection:
    """One shard; clear text, names and metadata never enter it."""

    def __init__(self, shard: edge.EdgeShard, folder: Path) -> None:
        """Hold an open shard and the folder it lives in."""
        self._shard = shard
        self._folder = folder
        self._points = 0  # that were put in: as many as the index has to take in, or more
        self._indexed = False
        self.size = 0

    @classmethod
    async def create(cls, folder: Path, dimension: int) -> Self:
        """Make an empty shard in a new folder; CollectionLost where the folder it belongs into was removed."""

        def make() -> edge.EdgeShard:
            try:
                folder.mkdir(mode=0o700)
            except FileNotFoundError:
                raise CollectionLost from None
            return edge.EdgeShard.create(str(folder), _config(dimension))

        return cls(await asyncio.to_thread(make), folder)

    async def put(self, versions: Sequence[IndexedVersion]) -> None:
        """Add the chunks of versions, in batches across documents."""
        await asyncio.to_thread(self._put, versions)

    def _put(self, versions: Sequence[IndexedVersion]) -> None:
        try:
            self._index_for(sum(len(version.chunks) for version in versions))
            points = chain.from_iterable(_points(version) for version in versions)
            while batch := list(islice(points, _BATCH)):
                self._shard.update(edge.UpdateOperation.upsert_points(batch))
        finally:
            self.size = _allocated(self._folder)  # a folder that is gone explains whatever the engine says

    def _index_for(self, coming: int) -> None:
        """Make the index on filter tokens before the points that bring the shard to where it pays."""
        self._points += coming
        if self._points >= INDEXED_FROM and not self._indexed:
            index = edge.UpdateOperation.create_field_index(_FILTERS, edge.PayloadSchemaType.Keyword)
            self._shard.update(index)
            self._indexed = True

    async def remove(self, chunks: Sequence[ChunkId]) -> None:
        """Remove chunks."""
        points: list[int | uuid.UUID | str] = [point_id(chunk) for chunk in chunks]
        await asyncio.to_thread(lambda: self._shard.update(edge.UpdateOperation.delete_points(points)))

    async def search(self, query: Query, choose: Choose) -> list[Found]:
        """Rank by terms while the question is embedded, then rank by its vector, choose and read back."""
        loop, narrowed = asyncio.get_running_loop(), _filter(query.conditions)
        by_terms = loop.run_in_executor(None, self._by_terms, query, narrowed)
        try:
            vector = (await query.vector).tolist()
            sparse = await by_terms
        finally:
            by_terms.cancel()
        return await loop.run_in_executor(None, self._found, vector, sparse, query.depth, narrowed, choose)

    def _by_terms(self, query: Query, narrowed: edge.Filter | None) -> Ranking:
        if not query.ids:
            return []
        terms = edge.SparseVector(indices=query.ids, values=query.weights)
        return self._rank(edge.Query.Nearest(terms, using=_SPARSE), narrowed, query.depth)

    def _found(
        self, vector: list[float], sparse: Ranking, depth: int, narrowed: edge.Filter | None, choose: Choose
    ) -> list[Found]:
        dense = self._rank(edge.Query.Nearest(vector, using=_DENSE), narrowed, depth)
        similarity = dict(dense)
        chosen = choose(dense, sparse)
        points: list[int | uuid.UUID | str] = [uuid.UUID(int=number) for number, _ in chosen]
        records = {record.id: record.payload for record in self._shard.retrieve(points, True, False)}  # noqa: FBT003  # positional in the binary
        found = []
        for point, (number, score) in zip(points, chosen, strict=True):
            payload = records.get(point)
            if payload is not None:  # removed between ranking and reading: the document is gone
                body = base64.b64decode(payload["b"])
                sealed = SealedChunk(chunk_id(number), VersionId(payload["v"]), payload["n"], body)
                found.append(Found(sealed, score, similarity.get(number, 0.0)))
        return found

    def _rank(self, nearest: edge.Query, narrowed: edge.Filter | None, depth: int) -> Ranking:
        limit = depth + BEYOND
        while True:
            points = self._shard.query(edge.QueryRequest(limit=limit, query=nearest, filter=narrowed))
            ranking = ranked([(point.id, point.score) for point in points])  # type: ignore[misc]  # we made them: UUIDs
            if settled(ranking, depth, limit):
                return ranking
            limit *= 4

    async def close(self) -> None:
        """Drop the shard and its folder."""

        def drop() -> None:
            self._shard.close()
            with contextlib.suppress(FileNotFoundError):  # somebody removed it already
                shutil.rmtree(self._folder)

        await asyncio.to_thread(drop)


def _allocated(folder: str | Path) -> int:
    """Return the bytes that the system has allocated to a folder with all in it; CollectionLost where it is gone."""
    try:
        taken = os.lstat(folder).st_blocks * _BLOCK
        with os.scandir(folder) as entries:
            for entry in entries:
                within = entry.is_dir(follow_symlinks=False)
                taken += _allocated(entry.path) if within else entry.stat(follow_symlinks=False).st_blocks * _BLOCK
    except FileNotFoundError:
        raise CollectionLost from None
    return taken


def _points(version: IndexedVersion) -> Iterator[edge.Point]:
    filters, matrix = list(version.filters), version.matrix
    vectors, offsets = matrix.vectors.tolist(), matrix.offsets.tolist()
    ids, weights = matrix.ids.tolist(), matrix.weights.tolist()
    for row, chunk in enumerate(version.chunks):
        low, high = offsets[row], offsets[row + 1]
        sparse = edge.SparseVector(indices=ids[low:high], values=weights[low:high])
        body = base64.b64encode(chunk.body).decode()
        payload = {"v": chunk.version, "n": chunk.ordinal, "b": body, _FILTERS: filters}
        named: dict[str, Any] = {_DENSE: vectors[row], _SPARSE: sparse}
        yield edge.Point(point_id(chunk.id), named, payload)


def _filter(conditions: tuple[tuple[str, ...], ...]) -> edge.Filter | None:
    """Return the engine's filter; an empty condition is a defect here, since the engine would match everything."""
    if not conditions:
        return None
    if not all(conditions):
        raise ValueError("a condition without alternatives")
    return edge.Filter(
        must=[edge.FieldCondition(key=_FILTERS, match=edge.MatchAny(list(tokens))) for tokens in conditions]
    )
