"""Vectors of the parts of chunks, sealed, a row for each chunk and embedder: read for the hits of one question only.

Rules this module enforces:

* A row is sealed for its version, its embedder and its chunk's ordinal: anywhere else it does not open.
* No index holds them in memory. A chunk may have none: it was published before there were any, or its embedder gives
  no vectors of tokens.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import sqlalchemy as sa

from tenancy.ids import ChunkId, VersionId
from tenancy.keys.tenant_keys import Purpose, TenantKeys
from tenancy.stores.databases.store import Transaction
from tenancy.stores.schema import chunks, parts
from tenancy.values.part_vectors import PartVectors

_INSERT_ROWS: Final = 500
_OTHERS: Final = parts.alias("others")


@dataclass(frozen=True, slots=True)
class SealedParts:
    """The vectors of one chunk's parts as they rest, with the place that they were sealed for."""

    version: VersionId
    embedder: str
    ordinal: int
    body: bytes


def parts_row(version: str, embedder: str, ordinal: int) -> str:
    """Return the row that vectors of parts are sealed for."""
    return f"{version}.{embedder}.{ordinal}"


def seal_parts(
    keys: TenantKeys, version: VersionId, embedder: str, first: int, vectors: Sequence[PartVectors | None]
) -> tuple[SealedParts, ...]:
    """Seal those of the chunks from the ordinal `first` on. CPU only: call it in a thread."""
    return tuple(
        SealedParts(version, embedder, ordinal, _sealed(keys, parts_row(version, embedder, ordinal), each))
        for ordinal, each in enumerate(vectors, first)
        if each is not None
    )


def _sealed(keys: TenantKeys, row: str, vectors: PartVectors) -> bytes:
    return keys.seal(Purpose.RECORDS, "parts", row, "body", vectors.packed())


def open_parts(keys: TenantKeys, sealed: SealedParts) -> PartVectors:
    """Open those of one chunk in their place; SealBroken for any other's. CPU only: call it in a thread."""
    row = parts_row(sealed.version, sealed.embedder, sealed.ordinal)
    return PartVectors.unpacked(keys.open(Purpose.RECORDS, "parts", row, "body", sealed.body))


@final
class ChunkParts:
    """The vectors of parts of the tenant whose transaction this is."""

    def __init__(self, db: Transaction, keys: TenantKeys) -> None:
        """Bind to an open transaction."""
        self._db = db
        self._tenant = keys.tenant

    async def insert(self, sealed: Sequence[SealedParts]) -> None:
        """Add those of chunks that have none by the same embedder."""
        rows = [
            {"tenant_id": self._tenant, "version_id": each.version, "embedder": each.embedder,
             "ordinal": each.ordinal, "body": each.body}
            for each in sealed
        ]  # fmt: skip
        for start in range(0, len(rows), _INSERT_ROWS):
            await self._db.execute(parts.insert(), rows[start : start + _INSERT_ROWS])

    async def replace(self, version: VersionId, embedder: str, ordinals: range, sealed: Sequence[SealedParts]) -> None:
        """Put these in the place of whatever those chunks of a version have by an embedder."""
        mine = sa.and_(parts.c.tenant_id == self._tenant, parts.c.version_id == version, parts.c.embedder == embedder)
        await self._db.execute(sa.delete(parts).where(mine, parts.c.ordinal.between(ordinals.start, ordinals.stop - 1)))
        await self.insert(sealed)

    async def read(self, wanted: Collection[ChunkId], embedder: str) -> Mapping[ChunkId, SealedParts]:
        """Return those of some chunks by an embedder, still sealed."""
        same = sa.and_(
            chunks.c.tenant_id == parts.c.tenant_id,
            chunks.c.version_id == parts.c.version_id,
            chunks.c.ordinal == parts.c.ordinal,
        )
        query = (
            sa.select(chunks.c.id, parts)
            .select_from(chunks.join(parts, same))
            .where(chunks.c.tenant_id == self._tenant, chunks.c.id.in_(wanted), parts.c.embedder == embedder)
        )
        return {ChunkId(row.id): _sealed_parts(row) for row in await self._db.execute(query)}

    async def of_version(self, version: VersionId, embedder: str) -> Mapping[int, SealedParts]:
        """Return those of a version's chunks by their ordinals, still sealed."""
        mine = sa.and_(parts.c.tenant_id == self._tenant, parts.c.version_id == version, parts.c.embedder == embedder)
        return {row.ordinal: _sealed_parts(row) for row in await self._db.execute(sa.select(parts).where(mine))}

    async def has_others(self, keep: Collection[str]) -> bool:
        """Tell whether there is one of another embedder than these."""
        mine = sa.and_(parts.c.tenant_id == self._tenant, parts.c.embedder.not_in(sorted(keep)))
        return (await self._db.execute(sa.select(parts.c.ordinal).where(mine).limit(1))).first() is not None

    async def drop_others(self, keep: Collection[str], most: int) -> int:
        """Remove at most so many of other embedders than these; return how many."""
        of_others = sa.and_(_OTHERS.c.tenant_id == self._tenant, _OTHERS.c.embedder.not_in(sorted(keep)))
        some = sa.select(_OTHERS.c.version_id, _OTHERS.c.embedder, _OTHERS.c.ordinal).where(of_others).limit(most)
        key = sa.tuple_(parts.c.version_id, parts.c.embedder, parts.c.ordinal)
        gone = sa.delete(parts).where(parts.c.tenant_id == self._tenant, key.in_(some))
        return (await self._db.execute(gone)).rowcount


def _sealed_parts(row: sa.Row[*tuple[Any, ...]]) -> SealedParts:
    return SealedParts(VersionId(row.version_id), row.embedder, row.ordinal, row.body)
