"""Two tenants' records over either database, and the hand of somebody who has the database itself."""

import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import numpy as np
import sqlalchemy as sa

from tenancy.deployment.deletions import Deletions
from tenancy.ids import BlobRef, ChunkId, ClientId, TenantId, new_id
from tenancy.keys.tenant_keys import Family, TenantKeys
from tenancy.scope import Caller
from tenancy.stores.chunks import SealedVersion, seal_version
from tenancy.stores.columns import seal_columns
from tenancy.stores.databases.store import Store
from tenancy.stores.records import Records
from tenancy.stores.schema import FIRST_EMBEDDER
from tenancy.stores.vectors import Matrix
from tenancy.stores.views import Chunk, Document, DocumentStatus, Outcome, Upload
from tenancy.values.columns import ColumnKind, ColumnTable, TableColumn
from tenancy.values.part_vectors import PartVectors

Edit = Callable[[TenantId, sa.Executable], Awaitable[list[tuple[object, ...]]]]
CALLER = Caller("client:test", ClientId("cli_test"), "testing", frozenset())


@dataclass(frozen=True, slots=True)
class Room:
    """One tenant's records; `edit` runs a statement the way somebody with the database in hand does."""

    store: Store
    keys: TenantKeys
    edit: Edit
    deletions: Deletions | None = None

    @property
    def tenant(self) -> TenantId:
        return self.keys.tenant

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Records]:
        async with self.store.tenant(self.tenant, writes=True) as db:
            yield Records(db, self.keys, CALLER, self.deletions)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Records]:
        async with self.store.tenant(self.tenant, writes=False) as db:
            yield Records(db, self.keys, CALLER)

    async def add(self, name: str = "a.txt", **fields: object) -> Document:
        async with self.begin() as records:
            return await records.documents.add(upload(name, **fields))

    async def tamper(self, statement: sa.Executable) -> list[tuple[object, ...]]:
        return await self.edit(self.tenant, statement)

    async def publish(self, document: Document, texts: tuple[str, ...] = ("one", "two", "three")) -> list[BlobRef]:
        """Take a document's newest version live with chunks of these texts."""
        sealed = self.sealed(document, texts)
        async with self.begin() as records:
            await records.chunks.insert(sealed)
            finished = await records.documents.finish(
                document.id, document.version, Outcome(chunks=len(texts)), DocumentStatus.READY
            )
            assert finished
            return await records.documents.go_live(document.id, document.version)

    def sealed(self, document: Document, texts: tuple[str, ...]) -> SealedVersion:
        parts = [
            Chunk(ChunkId(new_id("chk")), document.id, document.upload.name, ordinal, text, 0, len(text))
            for ordinal, text in enumerate(texts)
        ]
        vectors = np.random.default_rng(5).normal(size=(len(texts), 8)).astype(np.float32)
        matrix = Matrix.of(vectors, [((7, 9), (1.0, 2.0))] * len(texts))
        span = np.array([3], np.uint32)
        of_parts = [
            PartVectors(span * 0, span, np.full((1, 8), 1 + ordinal % 100, np.int8)) for ordinal in range(len(texts))
        ]
        return replace(
            seal_version(self.keys, document.version, parts, matrix, (), embedder=FIRST_EMBEDDER, of_parts=of_parts),
            columns=seal_columns(self.keys, document.version, [one_table(texts)]),
        )


def one_table(cells: tuple[str, ...]) -> ColumnTable:
    """Return a table of one column."""
    rows = np.arange(len(cells), dtype=np.uint32)
    column = TableColumn("Cell", ColumnKind.TEXT, cells, rows, np.zeros(0, np.int64))
    return ColumnTable("", "", (column,), rows, rows)


def upload(name: str = "a.txt", **fields: object) -> Upload:
    """Return an accepted file with content of its own."""
    values = {"sha256": secrets.token_hex(32), "size": 10, "content_type": "text/plain", "created_at": time.time()}
    return Upload(**{"name": name, "blob": BlobRef(new_id("blb")), **values, **fields})  # type: ignore[arg-type]  # a test's own fields


def from_now(seconds: float) -> float:
    """Return a time in epoch seconds."""
    return time.time() + seconds


def fresh_keys() -> TenantKeys:
    """Return the keys of a new tenant."""
    roots = {(family, 1): secrets.token_bytes(32) for family in Family}
    return TenantKeys(TenantId(new_id("ten")), roots, dict.fromkeys(Family, 1))
