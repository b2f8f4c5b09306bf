"""The honest peer: the same engine, one shard for all tenants, nothing sealed, an indexed tenant filter.

What it does not do is what Bulkhead's walls cost: no key, no token, no record store, text in the clear in the payload.
"""

import shutil
import uuid
from pathlib import Path
from typing import Final, final

import numpy as np
import qdrant_edge as edge
from numpy.typing import NDArray

from retrieval.fuse import fuse

_BATCH: Final = 1000
_DEPTH: Final = 50


@final
class SharedShard:
    """One shard; a tenant is a payload field."""

    def __init__(self, folder: Path, dimension: int) -> None:
        """Make an empty shard in a new folder."""
        folder.mkdir(parents=True)
        self._folder = folder
        config = edge.EdgeConfig(
            vectors={"dense": edge.EdgeVectorParams(size=dimension, distance=edge.Distance.Cosine)},
            sparse_vectors={"sparse": edge.EdgeSparseVectorParams()},
            optimizers=edge.EdgeOptimizersConfig(default_segment_number=1),
            max_search_threads=1,
            wal_enabled=False,
        )
        self._shard = edge.EdgeShard.create(str(folder), config)
        self._shard.update(edge.UpdateOperation.create_field_index("tenant", edge.PayloadSchemaType.Keyword))

    def add(
        self,
        tenant: str,
        texts: list[str],
        vectors: NDArray[np.float32],
        sparse: list[tuple[list[int], list[float]]],
    ) -> None:
        """Add a tenant's chunks."""
        rows = [vector.tolist() for vector in vectors]
        for start in range(0, len(texts), _BATCH):
            points = [
                edge.Point(
                    uuid.uuid4(),
                    {"dense": rows[i], "sparse": edge.SparseVector(indices=sparse[i][0], values=sparse[i][1])},
                    {"tenant": tenant, "text": texts[i]},
                )
                for i in range(start, min(start + _BATCH, len(texts)))
            ]
            self._shard.update(edge.UpdateOperation.upsert_points(points))

    def search(self, tenant: str, vector: list[float], ids: list[int], weights: list[float], limit: int) -> list[str]:
        """Return the texts of the best chunks, dense and sparse fused by the same function as ours."""
        only = edge.Filter(must=[edge.FieldCondition(key="tenant", match=edge.MatchValue(tenant))])
        terms = edge.SparseVector(indices=ids, values=weights)
        dense = self._rank(edge.Query.Nearest(vector, using="dense"), only)
        fused = fuse(dense, self._rank(edge.Query.Nearest(terms, using="sparse"), only), limit=limit)
        wanted: list[int | uuid.UUID | str] = [uuid.UUID(int=each.point) for each in fused]
        found = {each.id: each.payload for each in self._shard.retrieve(wanted, True, False)}  # noqa: FBT003  # positional in the binary
        return [str((found[point] or {})["text"]) for point in wanted]

    def _rank(self, nearest: edge.Query, only: edge.Filter) -> list[tuple[int, float]]:
        request = edge.QueryRequest(limit=_DEPTH, query=nearest, filter=only)
        return [(point.id.int, point.score) for point in self._shard.query(request)]  # type: ignore[union-attr]  # UUIDs

    def close(self) -> None:
        """Remove the shard."""
        self._shard.close()
        shutil.rmtree(self._folder)
