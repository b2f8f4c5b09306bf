"""What a version has published, opened and sealed anew: for a document of the same bytes, or under other words."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final

import sqlalchemy as sa

from tenancy.ids import DocumentId, VersionId
from tenancy.keys.tenant_keys import Purpose, TenantKeys
from tenancy.models.terms import TERMS
from tenancy.stores.chunks import Chunks, SealedTerms, SealedVersion, open_chunk, sealed_chunk
from tenancy.stores.databases.store import Transaction
from tenancy.stores.documents.blocks import Blocks
from tenancy.stores.documents.parts import ChunkParts, open_parts
from tenancy.stores.documents.rows import DocumentRows
from tenancy.stores.schema import chunks, documents, versions
from tenancy.stores.vectors import BLOCK_ROWS, Matrix
from tenancy.stores.views import Chunk, LiveVersion
from tenancy.values.part_vectors import PartVectors

_BATCH: Final = 500
_LIVE: Final = documents.c.live_version == versions.c.id
_HERE: Final[sa.BindParameter[int]] = sa.bindparam("here")
_SEALED: Final[sa.BindParameter[bytes]] = sa.bindparam("sealed")


@dataclass(frozen=True, slots=True)
class StaleVersion:
    """A version that answers by terms of an earlier generation; `change` is its document's newest."""

    live: LiveVersion
    change: int


@final
class PublishedVersions:
    """The published versions of the tenant whose transaction this is."""

    def __init__(self, db: Transaction, keys: TenantKeys) -> None:
        """Bind to an open transaction."""
        self._db = db
        self._keys = keys
        self._tenant = keys.tenant
        self._blocks = Blocks(db, keys)

    async def open(self, document: DocumentId, version: VersionId, embedder: str) -> tuple[tuple[Chunk, ...], Matrix]:
        """Return a published version's chunks and their vectors by the embedder whose vectors answer.

        SealBroken where a row is missing or damaged, EmbedderChanged where another one's answer.
        """
        await self._blocks.require(embedder)
        (loaded,) = await Chunks(self._db, self._keys).load([(document, version, 0)], embedder)
        opened = await asyncio.to_thread(lambda: tuple(open_chunk(self._keys, each) for each in loaded.chunks))
        return opened, loaded.matrix

    async def parts(self, version: VersionId, embedder: str) -> Mapping[int, PartVectors]:
        """Return the vectors of parts of a version's chunks by their ordinals. SealBroken where one is damaged."""
        sealed = await ChunkParts(self._db, self._keys).of_version(version, embedder)
        return await asyncio.to_thread(lambda: {at: open_parts(self._keys, each) for at, each in sealed.items()})

    async def passages(self, version: VersionId, block: int) -> tuple[str | None, tuple[Chunk, ...]]:
        """Return a version's title and the opened chunks of one of its blocks."""
        mine = sa.and_(versions.c.tenant_id == self._tenant, versions.c.id == version)
        outcome = (await self._db.execute(sa.select(versions.c.outcome).where(mine))).scalar_one()
        of_version = sa.and_(chunks.c.tenant_id == self._tenant, chunks.c.version_id == version)
        of_block = chunks.c.ordinal.between(block * BLOCK_ROWS, (block + 1) * BLOCK_ROWS - 1)
        query = sa.select(chunks).where(of_version, of_block).order_by(chunks.c.ordinal)
        sealed = [sealed_chunk(row) for row in await self._db.execute(query)]
        opened = await asyncio.to_thread(lambda: tuple(open_chunk(self._keys, each) for each in sealed))
        return DocumentRows(self._keys).outcome(version, outcome).title, opened

    async def stale(self, generation: int) -> StaleVersion | None:
        """Return a version that answers by terms of an earlier generation than this; None where there is none."""
        query = (
            sa.select(versions, documents.c.change)
            .select_from(versions.join(documents, sa.and_(documents.c.tenant_id == versions.c.tenant_id, _LIVE)))
            .where(versions.c.tenant_id == self._tenant, versions.c.terms_generation < generation)
            .limit(1)
        )
        row = (await self._db.execute(query)).one_or_none()
        if row is None:
            return None
        version, rows = VersionId(row.id), DocumentRows(self._keys)
        upload, outcome = rows.upload(version, row.body), rows.outcome(version, row.outcome)
        return StaleVersion(LiveVersion(DocumentId(row.document_id), version, upload, outcome), row.change)

    async def reweigh(self, stale: StaleVersion, sealed: SealedTerms) -> bool:
        """Let a version be found by the terms of this generation; False where its document changed meanwhile.

        What another embedder had made of it goes. EmbedderChanged.
        """
        await self._blocks.require(sealed.embedder)
        version = stale.live.version
        same = sa.and_(documents.c.live_version == version, documents.c.change == stale.change)
        query = sa.select(documents.c.id).where(documents.c.tenant_id == self._tenant, same)
        if (await self._db.execute(query)).first() is None:
            return False
        mine = sa.and_(versions.c.tenant_id == self._tenant, versions.c.id == version)
        await self._db.execute(versions.update().where(mine).values(terms=sealed.terms, terms_generation=TERMS))
        await self._blocks.replace(version, sealed.embedder, sealed.blocks)
        return True

    async def refilter(self, version: VersionId, filters: Sequence[str]) -> None:
        """Let searches narrow by these tokens, and by those before no more."""
        mine = sa.and_(versions.c.tenant_id == self._tenant, versions.c.id == version)
        sealed = (await self._db.execute(sa.select(versions.c.manifest).where(mine))).scalar_one()
        place = (Purpose.RECORDS, "versions", version, "manifest")
        manifest = json.loads(self._keys.open(*place, sealed)) | {"filters": list(filters)}
        await self._db.execute(
            versions.update().where(mine).values(manifest=self._keys.seal(*place, json.dumps(manifest).encode()))
        )

    async def replace(self, sealed: SealedVersion, *, reweighed: bool = True) -> None:
        """Put what a published version was sealed as anew in the place of what it is; chunks keep their ids.

        What another embedder had made of it goes. Where nothing was `reweighed`, the terms are of an earlier generation
        if they were before. EmbedderChanged.
        """
        await self._blocks.require(sealed.embedder)
        of_version = sa.and_(versions.c.tenant_id == self._tenant, versions.c.id == sealed.version)
        values: dict[str, object] = {"manifest": sealed.manifest, "terms": sealed.terms}
        if reweighed:
            values["terms_generation"] = TERMS
        await self._db.execute(versions.update().where(of_version).values(values))
        mine = sa.and_(chunks.c.tenant_id == self._tenant, chunks.c.version_id == sealed.version)
        change = chunks.update().where(mine, chunks.c.ordinal == _HERE).values(body=_SEALED)
        for start in range(0, len(sealed.chunks), _BATCH):
            rows = enumerate(sealed.chunks[start : start + _BATCH], start)
            await self._db.execute(change, [{"here": ordinal, "sealed": each.body} for ordinal, each in rows])
        await self._blocks.replace(sealed.version, sealed.embedder, sealed.blocks)
