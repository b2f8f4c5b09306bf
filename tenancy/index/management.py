"""Make, list and delete collections on a Qdrant server: the only place where a management token is made.

Nothing here reads or writes a point of a tenant, and no compartment leads here but through `park`, which deletes.
"""

from http import HTTPStatus
from typing import Final, final

from qdrant_client import AsyncQdrantClient, models
from qdrant_client.http.exceptions import UnexpectedResponse

from tenancy.index.collection import CollectionLost
from tenancy.index.qdrant_calls import Connect, reaching
from tenancy.index.qdrant_jwt import CollectionName, ManagementTokens, ServerKey
from tenancy.index.server_points import DENSE, FILTERS, SPARSE

_EXISTS: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT})  # older and newer servers say it differently


@final
class Management:
    """The right to make and delete collections, used for that alone."""

    __slots__ = ("_client",)

    def __init__(self, connect: Connect, key: ServerKey) -> None:
        """Open a client whose tokens live for seconds."""
        self._client: AsyncQdrantClient = connect(ManagementTokens(key))

    async def create(self, name: CollectionName, dimension: int) -> None:
        """Make a tenant's collection: one shard, one segment, everything in memory, an index on the filter tokens."""
        dense = models.VectorParams(size=dimension, distance=models.Distance.COSINE, on_disk=False)
        sparse = models.SparseVectorParams(index=models.SparseIndexParams(on_disk=False))
        with reaching():
            await self._create(name, {DENSE: dense}, {SPARSE: sparse})
            await self._client.create_payload_index(name, FILTERS, models.PayloadSchemaType.KEYWORD, wait=True)

    async def create_register(self, name: CollectionName) -> None:
        """Make the collection in which processes sign on, unless it is there."""
        with reaching():
            try:
                nothing = models.VectorParams(size=1, distance=models.Distance.DOT)
                await self._create(name, nothing, {})
            except UnexpectedResponse as error:
                if error.status_code not in _EXISTS or not await self._client.collection_exists(name):
                    raise

    async def _create(
        self,
        name: CollectionName,
        vectors: models.VectorParams | dict[str, models.VectorParams],
        sparse: dict[str, models.SparseVectorParams],
    ) -> None:
        await self._client.create_collection(
            name,
            vectors_config=vectors,
            sparse_vectors_config=sparse,
            shard_number=1,
            replication_factor=1,
            on_disk_payload=False,
            hnsw_config=models.HnswConfigDiff(m=0),  # search is exact; a graph costs memory and repeatability
            optimizers_config=models.OptimizersConfigDiff(default_segment_number=1, indexing_threshold=0),
            wal_config=models.WalConfigDiff(wal_capacity_mb=1, wal_segments_ahead=0),
        )

    async def names(self) -> list[str]:
        """Return the name of every collection on the server, those of other deployments included."""
        with reaching():
            return [each.name for each in (await self._client.get_collections()).collections]

    async def delete(self, name: CollectionName) -> None:
        """Delete a collection with everything in it; one that is not there is no error."""
        try:
            with reaching():
                await self._client.delete_collection(name)
        except CollectionLost:
            return

    async def close(self) -> None:
        """Give back the connections."""
        await self._client.close()
