"""A tenant's sealed records with chosen vectors and texts, and the index built from them."""

import asyncio
import hashlib
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.fuse import fuse, score_of
from tenancy.ids import BlobRef, ChunkId, ClientId, DocumentId, TenantId, new_id
from tenancy.index.collection import Choose, Ranking, Shape
from tenancy.index.embedded import EmbeddedCollection
from tenancy.index.hits import Hit
from tenancy.index.pool import AwakePool
from tenancy.index.tenant_index import Known, Narrowing, TenantIndex
from tenancy.keys.tenant_keys import Family, Purpose, TenantKeys
from tenancy.models import terms
from tenancy.models.encoders.traits import IDENTITY, Calibration, Traits
from tenancy.scope import Caller
from tenancy.stores.chunks import filter_token, seal_version
from tenancy.stores.databases.sqlite import SqliteStore
from tenancy.stores.records import Records
from tenancy.stores.vectors import Matrix
from tenancy.stores.views import Chunk, DocumentStatus, Outcome, Scalar, Upload

DIMENSION = 32
DEPTH = 50
EMBEDDER = "minilm"


def keys_of(tenant: TenantId) -> TenantKeys:
    """Return fresh keys, as if the key provider had opened them."""
    return TenantKeys(tenant, {(family, 1): secrets.token_bytes(32) for family in Family}, dict.fromkeys(Family, 1))


def unit_vectors(seed: int, rows: int, dimension: int = DIMENSION) -> NDArray[np.float32]:
    """Return `rows` unit vectors that depend on `seed` alone."""
    drawn = np.random.default_rng(seed).normal(size=(rows, dimension)).astype(np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)


def ready(vector: NDArray[np.float32]) -> asyncio.Future[NDArray[np.float32]]:
    """Stand for a model that has given this vector."""
    future: asyncio.Future[NDArray[np.float32]] = asyncio.get_running_loop().create_future()
    future.set_result(vector)
    return future


def choose(limit: int) -> Choose:
    """Return the product's own fusion."""

    def chosen(dense: Ranking, sparse: Ranking) -> list[tuple[int, float]]:
        return [(each.point, score_of(place)) for place, each in enumerate(fuse(dense, sparse, limit=limit))]

    return chosen


def embedded_pool(folder: Path, most: int = 1 << 30, most_tenant: int = 1 << 30) -> AwakePool:
    """Return a pool of embedded collections below `folder`."""

    async def make(_tenant: TenantId, shape: Shape) -> EmbeddedCollection:
        return await EmbeddedCollection.create(folder / secrets.token_hex(8), shape.dimension)

    return AwakePool(make, most_bytes=most, most_bytes_tenant=most_tenant)


@dataclass(frozen=True, slots=True)
class Shelf:
    """One tenant: its keys, its records, and ways to change and search them."""

    keys: TenantKeys
    store: SqliteStore
    pool: AwakePool
    documents: list[DocumentId] = field(default_factory=list)

    @classmethod
    async def create(cls, store: SqliteStore, pool: AwakePool) -> "Shelf":
        """Provision an empty tenant."""
        shelf = cls(keys_of(TenantId(new_id("ten"))), store, pool)
        await store.create(shelf.keys.tenant)
        return shelf

    @staticmethod
    def shape_of(rotation: bytes) -> Shape:
        """Return the shape of a tenant's collection that has this secret."""
        return Shape(DIMENSION, rotation)

    @property
    def tenant(self) -> TenantId:
        """Whose shelf this is."""
        return self.keys.tenant

    async def publish(
        self,
        texts: Sequence[str],
        vectors: NDArray[np.float32],
        document: DocumentId | None = None,
        tags: dict[str, Scalar] | None = None,
        name: str = "notes.txt",
    ) -> DocumentId:
        """Publish a document, or a new version of one, with a chunk for each text."""
        caller = Caller("test", ClientId(""), "test", frozenset())
        digest = hashlib.sha256(secrets.token_bytes(8)).hexdigest()
        upload = Upload(name, digest, 1, "text/plain", time.time(), BlobRef(new_id("blb")))
        async with self.store.tenant(self.tenant, writes=True) as db:
            records = Records(db, self.keys, caller)
            if document is None:
                found = await records.documents.add(upload)
            else:
                found, _ = await records.documents.add_version(document, upload)
            parts = [
                Chunk(ChunkId(new_id("chk")), found.id, name, i, text, 0, len(text)) for i, text in enumerate(texts)
            ]
            key = self.keys.matching(Purpose.TERMS)
            sparse = [terms.keyed_sparse(key, terms.document_weights(terms.document_counts(text))) for text in texts]
            tokens = [filter_token(self.keys, field, value) for field, value in (tags or {}).items()]
            sealed = seal_version(
                self.keys, found.version, parts, Matrix.of(vectors, sparse), tokens, embedder=EMBEDDER
            )
            await records.chunks.insert(sealed)
            await records.documents.finish(found.id, found.version, Outcome(), DocumentStatus.READY)
            await records.documents.go_live(found.id, found.version)
        if document is None:
            self.documents.append(found.id)
        return found.id

    async def describe(self, document: DocumentId, tags: dict[str, Scalar], name: str) -> None:
        """Give what a document has published another name and other filters."""
        async with self.store.tenant(self.tenant, writes=True) as db:
            records = Records(db, self.keys, Caller("test", ClientId(""), "test", frozenset()))
            live = (await records.documents.get(document)).live_version
            assert live is not None
            chunks, matrix = await records.published.open(document, live, EMBEDDER)
            renamed = [replace(chunk, document_name=name) for chunk in chunks]
            await records.published.replace(self.index().seal_version(live, renamed, matrix, tags))
            await records.documents.mark_changed(document)

    async def delete(self, document: DocumentId) -> None:
        """Delete a document."""
        async with self.store.tenant(self.tenant, writes=True) as db:
            records = Records(db, self.keys, Caller("test", ClientId(""), "test", frozenset()))
            await records.documents.delete_again(document)
        self.documents.remove(document)

    def index(self, calibration: Calibration = IDENTITY) -> TenantIndex:
        """Return the tenant's index as a request that begins now sees it."""

        def traits(embedder: str) -> Traits:
            return Traits(embedder, DIMENSION, 256, calibration)

        return TenantIndex(self.keys, self.store, self.pool, EMBEDDER, traits, Known(1, None))

    async def search(
        self,
        question: str,
        vector: NDArray[np.float32],
        limit: int = 10,
        narrow: Narrowing | None = None,
        choice: Callable[[int], Choose] = choose,
    ) -> list[Hit]:
        """Search as the product does."""
        return await self.index().search(
            ready(vector), terms.question_weights(question), choice(limit), depth=DEPTH, narrow=narrow
        )
