"""Blocks of vectors and terms by embedder: those of one answer, another's may be made beside them.

Rules this module enforces:

* `state` names the embedder whose blocks answer. What was made with another is neither read nor published as if it were
  this one's: EmbedderChanged.
* A block is sealed for its embedder's name too: put among another's, it does not open.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, final

import sqlalchemy as sa

from tenancy.errors import ServiceError
from tenancy.ids import DocumentId, VersionId
from tenancy.keys.tenant_keys import Purpose, TenantKeys
from tenancy.stores.databases.store import Transaction
from tenancy.stores.documents.parts import ChunkParts, SealedParts
from tenancy.stores.schema import FIRST_EMBEDDER, blocks, chunks, documents, state
from tenancy.stores.vectors import BLOCK_ROWS, Matrix, pack, unpack

_OTHERS: Final = blocks.alias("others")


class EmbedderChanged(ServiceError):
    """The tenant's vectors are another embedder's than those that this request or job works with."""

    status = 409
    code = "embedder_changed"
    title = "The embedder changed during the request"

    def __init__(self) -> None:
        """Take no argument: there is one thing to say."""
        super().__init__("The embedder of this tenant was changed while this was under way. Ask again.")


@dataclass(frozen=True, slots=True)
class BlockPlace:
    """Which block of which live version; `change` is the document's newest when it was looked up."""

    document: DocumentId
    version: VersionId
    ordinal: int
    change: int


@dataclass(frozen=True, slots=True)
class Embedded:
    """How many chunks answer, and how many of them have no vector by another embedder yet."""

    total: int
    remaining: int


def sealed_for(version: str, embedder: str, ordinal: int) -> str:
    """Return the row that a block is sealed for; those of the first embedder are older than its name in there."""
    return f"{version}.{ordinal}" if embedder == FIRST_EMBEDDER else f"{version}.{embedder}.{ordinal}"


def seal_block(keys: TenantKeys, version: str, embedder: str, ordinal: int, matrix: Matrix) -> bytes:
    """Seal at most `BLOCK_ROWS` rows. CPU only: call it in a thread."""
    return keys.seal(Purpose.RECORDS, "blocks", sealed_for(version, embedder, ordinal), "body", pack(matrix))


def seal_blocks(keys: TenantKeys, version: str, embedder: str, matrix: Matrix) -> tuple[bytes, ...]:
    """Seal a version's rows in blocks, in order. CPU only: call it in a thread."""
    parts = (matrix.rows(start, start + BLOCK_ROWS) for start in range(0, len(matrix), BLOCK_ROWS))
    return tuple(seal_block(keys, version, embedder, ordinal, part) for ordinal, part in enumerate(parts))


def open_block(keys: TenantKeys, version: str, embedder: str, ordinal: int, sealed: bytes) -> Matrix:
    """Open one block in its place; SealBroken for any other version's, embedder's or ordinal's."""
    return unpack(keys.open(Purpose.RECORDS, "blocks", sealed_for(version, embedder, ordinal), "body", sealed))


@final
class Blocks:
    """The blocks of the tenant whose transaction this is."""

    def __init__(self, db: Transaction, keys: TenantKeys) -> None:
        """Bind to an open transaction."""
        self._db = db
        self._keys = keys
        self._tenant = keys.tenant

    async def live(self) -> str:
        """Return the embedder whose blocks answer."""
        query = sa.select(state.c.embedder).where(state.c.tenant_id == self._tenant)
        return str((await self._db.execute(query)).scalar_one())

    async def begin(self, embedder: str) -> None:
        """Let this embedder's blocks answer, of a tenant that has none yet."""
        await self._db.execute(state.update().where(state.c.tenant_id == self._tenant).values(embedder=embedder))

    async def require(self, embedder: str) -> None:
        """Raise EmbedderChanged unless this embedder's blocks answer."""
        if await self.live() != embedder:
            raise EmbedderChanged

    async def insert(self, version: VersionId, embedder: str, sealed: Sequence[bytes]) -> None:
        """Add all blocks of a version by one embedder."""
        own = {"tenant_id": self._tenant, "version_id": version, "embedder": embedder}
        for ordinal, body in enumerate(sealed):
            await self._db.execute(blocks.insert(), {**own, "ordinal": ordinal, "body": body})

    async def replace(self, version: VersionId, embedder: str, sealed: Sequence[bytes]) -> None:
        """Put all blocks of a version in the place of those it has; another embedder's, of the terms before, go."""
        mine = sa.and_(blocks.c.tenant_id == self._tenant, blocks.c.version_id == version)
        await self._db.execute(sa.delete(blocks).where(mine))
        await self.insert(version, embedder, sealed)

    async def lacking(self, embedder: str, most: int, after: BlockPlace | None = None) -> list[BlockPlace]:
        """Return blocks that answer and that there is none of by another `embedder`, from one place on."""
        query = (
            sa.select(documents.c.id, documents.c.change, blocks.c.version_id, blocks.c.ordinal)
            .select_from(blocks.join(documents, _answers(blocks)).join(state, _live()))
            .where(blocks.c.tenant_id == self._tenant, ~_made(blocks.c.version_id, blocks.c.ordinal, embedder))
            .order_by(blocks.c.version_id, blocks.c.ordinal)
            .limit(most)
        )
        if after is not None:
            place = sa.tuple_(sa.literal(after.version), sa.literal(after.ordinal))
            query = query.where(sa.tuple_(blocks.c.version_id, blocks.c.ordinal) > place)
        rows = await self._db.execute(query)
        return [BlockPlace(DocumentId(row.id), VersionId(row.version_id), row.ordinal, row.change) for row in rows]

    async def embedded(self, embedder: str) -> Embedded:
        """Count the chunks that answer, and those of them that have no vector by another `embedder` yet."""
        answering = sa.select(sa.func.count()).select_from(chunks.join(documents, _answers(chunks)))
        mine = answering.where(chunks.c.tenant_id == self._tenant)
        lacking = mine.where(~_made(chunks.c.version_id, chunks.c.ordinal // BLOCK_ROWS, embedder))
        total, remaining = [int((await self._db.execute(query)).scalar_one()) for query in (mine, lacking)]
        return Embedded(total, remaining)

    async def read(self, place: BlockPlace, embedder: str) -> tuple[Matrix, int] | None:
        """Return a block that answers and the document's newest change; None where it answers no more."""
        query = (
            sa.select(blocks.c.body, documents.c.change)
            .select_from(blocks.join(documents, _answers(blocks)))
            .where(blocks.c.tenant_id == self._tenant, documents.c.id == place.document, *_at(place, embedder))
        )
        row = (await self._db.execute(query)).one_or_none()
        if row is None:
            return None
        at = place.version, embedder, place.ordinal
        return await asyncio.to_thread(open_block, self._keys, *at, row.body), int(row.change)

    async def add(self, place: BlockPlace, embedder: str, sealed: bytes, of_parts: Sequence[SealedParts]) -> bool:
        """Add a block by another embedder and the vectors of its chunks' parts, unless there is one.

        False where the document changed since its `change`. Of a version that answers no more nothing is added, which
        is no failure.
        """
        query = sa.select(documents.c.live_version, documents.c.change)
        mine = sa.and_(documents.c.tenant_id == self._tenant, documents.c.id == place.document)
        row = (await self._db.execute(query.where(mine))).one_or_none()
        if row is None or row.live_version != place.version:
            return True
        if row.change != place.change:
            return False
        known = sa.select(blocks.c.ordinal).where(blocks.c.tenant_id == self._tenant, *_at(place, embedder))
        if (await self._db.execute(known)).first() is None:
            own = {"tenant_id": self._tenant, "version_id": place.version, "embedder": embedder}
            await self._db.execute(blocks.insert(), {**own, "ordinal": place.ordinal, "body": sealed})
            of_block = range(place.ordinal * BLOCK_ROWS, (place.ordinal + 1) * BLOCK_ROWS)
            await ChunkParts(self._db, self._keys).replace(place.version, embedder, of_block, of_parts)
        return True

    async def switch(self, embedder: str) -> None:
        """Let this embedder's blocks answer from the commit on; every index in memory is built afresh."""
        mine = state.c.tenant_id == self._tenant
        anew = {"change": state.c.change + 1, "resealed": state.c.change + 1}
        await self._db.execute(state.update().where(mine).values(embedder=embedder, **anew))

    async def has_others(self, keep: Collection[str]) -> bool:
        """Tell whether there is a block of another embedder than these."""
        mine = sa.and_(blocks.c.tenant_id == self._tenant, blocks.c.embedder.not_in(sorted(keep)))
        return (await self._db.execute(sa.select(blocks.c.ordinal).where(mine).limit(1))).first() is not None

    async def drop_others(self, keep: Collection[str], most: int) -> int:
        """Remove at most so many blocks of other embedders than these; return how many."""
        of_others = sa.and_(_OTHERS.c.tenant_id == self._tenant, _OTHERS.c.embedder.not_in(sorted(keep)))
        some = sa.select(_OTHERS.c.version_id, _OTHERS.c.embedder, _OTHERS.c.ordinal).where(of_others).limit(most)
        key = sa.tuple_(blocks.c.version_id, blocks.c.embedder, blocks.c.ordinal)
        gone = sa.delete(blocks).where(blocks.c.tenant_id == self._tenant, key.in_(some))
        return (await self._db.execute(gone)).rowcount


def _answers(table: sa.Table) -> sa.ColumnElement[bool]:
    """Tell the rows of versions that answer."""
    return sa.and_(documents.c.tenant_id == table.c.tenant_id, documents.c.live_version == table.c.version_id)


def _live() -> sa.ColumnElement[bool]:
    return sa.and_(state.c.tenant_id == blocks.c.tenant_id, state.c.embedder == blocks.c.embedder)


def _made(version: sa.ColumnElement[str], ordinal: sa.ColumnElement[int], embedder: str) -> sa.ColumnElement[bool]:
    """Tell where there is a block by an embedder."""
    same = sa.and_(_OTHERS.c.version_id == version, _OTHERS.c.ordinal == ordinal, _OTHERS.c.embedder == embedder)
    mine = _OTHERS.c.tenant_id == documents.c.tenant_id
    return sa.select(_OTHERS.c.ordinal).where(mine, same).exists()


def _at(place: BlockPlace, embedder: str) -> tuple[sa.ColumnElement[bool], ...]:
    of_version = blocks.c.version_id == place.version
    return of_version, blocks.c.embedder == embedder, blocks.c.ordinal == place.ordinal
