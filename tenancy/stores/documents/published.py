"""What a version has published, opened and sealed anew: for a document of the same bytes, or under other words."""

import asyncio
import json
from collections.abc import Sequence
from typing import Final, final

import sqlalchemy as sa

from tenancy.ids import DocumentId, VersionId
from tenancy.keys.tenant_keys import Purpose, TenantKeys
from tenancy.models.terms import TERMS
from tenancy.stores.blocks import Blocks
from tenancy.stores.chunks import Chunks, SealedVersion, open_chunk
from tenancy.stores.databases.store import Transaction
from tenancy.stores.schema import chunks, versions
from tenancy.stores.vectors import Matrix
from tenancy.stores.views import Chunk

_BATCH: Final = 500
_HERE: Final[sa.BindParameter[int]] = sa.bindparam("here")
_SEALED: Final[sa.BindParameter[bytes]] = sa.bindparam("sealed")


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
