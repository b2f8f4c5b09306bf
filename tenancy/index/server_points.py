"""A tenant's collection on a Qdrant server: turned vectors, keyed terms, opaque tokens and ciphertext, nothing else."""

import asyncio
import base64
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, final

from qdrant_client import AsyncQdrantClient, models

from tenancy.ids import ChunkId, VersionId
from tenancy.index.collection import BEYOND, Choose, Found, Query, Ranking, chunk_id, point_id, ranked, settled
from tenancy.index.qdrant_calls import reaching
from tenancy.index.qdrant_jwt import CollectionName
from tenancy.index.rotation import Rotation
from tenancy.stores.chunks import IndexedVersion
from tenancy.stores.views import SealedChunk

DENSE: Final = "dense"
SPARSE: Final = "sparse"
FILTERS: Final = "f"
_BATCH_BYTES: Final = 2_000_000  # of JSON: short enough not to hold up the event loop, far below the server's limit
_NUMBER_BYTES: Final = 22  # a float32 written out as JSON does it
_POINT_BYTES: Final = 4_000
_EXACT: Final = models.SearchParams(exact=True)

Discard = Callable[[CollectionName], Awaitable[None]]


@final
class ServerCollection:
    """One collection, reached by a client that can reach no other."""

    size: Final = None  # its bytes are the server's

    def __init__(self, client: AsyncQdrantClient, name: CollectionName, rotation: Rotation, discard: Discard) -> None:
        """Hold the collection's own client; `discard` deletes the collection, now or as soon as the server answers."""
        self._client = client
        self._name = name
        self._rotation = rotation
        self._discard = discard

    async def put(self, versions: Sequence[IndexedVersion]) -> None:
        """Add the chunks of versions."""
        for version in versions:
            await self._put(version)

    async def _put(self, version: IndexedVersion) -> None:
        turned = await asyncio.to_thread(self._rotation.turn, version.matrix.vectors)
        rows = max(1, _BATCH_BYTES // (turned.shape[1] * _NUMBER_BYTES + _POINT_BYTES))

        def points(start: int) -> list[models.PointStruct]:
            end = min(start + rows, len(version.chunks))
            return [_point(version, row, turned[row].tolist()) for row in range(start, end)]

        for start in range(0, len(version.chunks), rows):
            batch = await asyncio.to_thread(points, start)
            with reaching():
                await self._client.upsert(self._name, batch, wait=True)

    async def remove(self, chunks: Sequence[ChunkId]) -> None:
        """Remove chunks."""
        if not chunks:  # a server takes an empty list for a mistake
            return
        selector = models.PointIdsList(points=[str(point_id(chunk)) for chunk in chunks])
        with reaching():
            await self._client.delete(self._name, selector, wait=True)

    async def search(self, query: Query, choose: Choose) -> list[Found]:
        """Rank, choose and read back."""
        dense, sparse = await self._rank(query)
        similarity = dict(dense)
        chosen = choose(dense, sparse)
        ids: list[models.ExtendedPointId] = [str(uuid.UUID(int=number)) for number, _ in chosen]
        with reaching():
            records = await self._client.retrieve(self._name, ids, with_payload=True, with_vectors=False) if ids else []
        payloads = {uuid.UUID(str(record.id)).int: record.payload or {} for record in records}
        found = []
        for number, score in chosen:
            payload = payloads.get(number)
            if payload is not None:  # removed between ranking and reading: the document is gone
                body = base64.b64decode(payload["b"])
                sealed = SealedChunk(chunk_id(number), VersionId(payload["v"]), payload["n"], body)
                found.append(Found(sealed, score, similarity.get(number, 0.0)))
        return found

    async def _rank(self, query: Query) -> tuple[Ranking, Ranking]:
        narrowed = _filter(query.conditions)
        vector = await query.vector
        turned = (await asyncio.to_thread(self._rotation.turn, vector[None, :]))[0]
        asked: dict[str, Any] = {DENSE: turned.tolist()}
        if query.ids:
            asked[SPARSE] = models.SparseVector(indices=query.ids, values=query.weights)
        rankings: dict[str, Ranking] = {}
        limit = query.depth + BEYOND
        while open_ := [using for using in asked if using not in rankings]:
            requests = [
                models.QueryRequest(query=asked[using], using=using, filter=narrowed, params=_EXACT, limit=limit)
                for using in open_
            ]
            with reaching():
                answers = await self._client.query_batch_points(self._name, requests)
            for using, answer in zip(open_, answers, strict=True):
                ranking = ranked([(uuid.UUID(str(point.id)), point.score) for point in answer.points])
                if settled(ranking, query.depth, limit):
                    rankings[using] = ranking
            limit *= 4
        return rankings[DENSE], rankings.get(SPARSE, [])

    async def close(self) -> None:
        """Drop the collection on the server and give back the connections."""
        await self._discard(self._name)
        await self._client.close()


def _point(version: IndexedVersion, row: int, turned: list[float]) -> models.PointStruct:
    chunk = version.chunks[row]
    ids, weights = version.matrix.terms(row)
    vectors: dict[str, Any] = {DENSE: turned}
    vectors[SPARSE] = models.SparseVector(indices=ids.tolist(), values=weights.tolist())
    body = base64.b64encode(chunk.body).decode()
    payload = {"v": chunk.version, "n": chunk.ordinal, "b": body, FILTERS: list(version.filters)}
    return models.PointStruct(id=str(point_id(chunk.id)), vector=vectors, payload=payload)


def _filter(conditions: tuple[tuple[str, ...], ...]) -> models.Filter | None:
    """Return the server's filter; an empty condition is a defect here, since a server would match everything."""
    if not conditions:
        return None
    if not all(conditions):
        raise ValueError("a condition without alternatives")
    must: list[models.Condition] = [
        models.FieldCondition(key=FILTERS, match=models.MatchAny(any=list(tokens))) for tokens in conditions
    ]
    return models.Filter(must=must)
