"""What a version has published, opened and sealed anew: for a document of the same bytes, or under other words."""

import asyncio
import json
from collections.abc import Sequence
from typing import Final, final

import sqlalchemy as sa

from tenancy.ids import DocumentId, VersionId
from tenancy.keys.tenant_keys import Purpose, TenantKeys
from tenancy.stores.chunks import Chunks, SealedVersion, open_chunk
from tenancy.stores.databases.store import Transaction
from tenancy.stores.schema import blocks, chunks, versions
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

    async def open(self, document: DocumentId, version: VersionId) -> tuple[tuple[Chunk, ...], Matrix]:
        """Return a published version's chunks and their vectors; SealBroken where a row is missing or damaged."""
        (loaded,) = await Chunks(self._db, self._keys).load([(document, version, 0)])
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

    async def replace(self, sealed: SealedVersion) -> None:
        """Put what a published version was sealed as anew in the place of what it is; chunks keep their ids."""
        of_version = sa.and_(versions.c.tenant_id == self._tenant, versions.c.id == sealed.version)
        await self._db.execute(versions.update().where(of_version).values(manifest=sealed.manifest, terms=sealed.terms))
        bodies = {chunks: [chunk.body for chunk in sealed.chunks], blocks: list(sealed.blocks)}
        for table, anew in bodies.items():
            mine = sa.and_(table.c.tenant_id == self._tenant, table.c.version_id == sealed.version)
            change = table.update().where(mine, table.c.ordinal == _HERE).values(body=_SEALED)
            for start in range(0, len(anew), _BATCH):
                rows = enumerate(anew[start : start + _BATCH], start)
                await self._db.execute(change, [{"here": ordinal, "sealed": body} for ordinal, body in rows])
