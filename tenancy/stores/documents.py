"""A tenant's documents and their versions."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from tenancy.deployment.deletions import Deletions
from tenancy.errors import NotFound, ServiceError
from tenancy.ids import BlobRef, DocumentId, VersionId, new_id, well_formed
from tenancy.keys.tenant_keys import Purpose, TenantKeys
from tenancy.stores.databases.cursors import Cursors
from tenancy.stores.databases.store import Transaction
from tenancy.stores.schema import documents, state, tombstones, versions
from tenancy.stores.views import Document, DocumentStatus, Outcome, Upload, outcome_of


class DuplicateContent(ServiceError):
    """Another transaction has just added the same bytes or the same external id; looking again finds it."""

    status = 409
    code = "duplicate_content"
    title = "The document exists already"


@dataclass(frozen=True, slots=True)
class Stored:
    """What a tenant keeps: number of documents and bytes of originals."""

    documents: int
    bytes: int


def deletion_mac(keys: TenantKeys, document: str) -> bytes:
    """Return the 32 bytes that a deleted document is known by beside the keys; only the tenant's key makes them."""
    return keys.mac(Purpose.CONTENT, "deleted", document)


@final
class Documents:
    """The documents of the tenant whose transaction this is."""

    def __init__(self, db: Transaction, keys: TenantKeys, deletions: Deletions | None = None) -> None:
        """Bind to an open transaction; only one that is given where `deletions` are noted may delete."""
        self._db = db
        self._keys = keys
        self._tenant = keys.tenant
        self._deletions = deletions
        self._cursors = Cursors(keys, "documents")

    def _seal(self, version: VersionId, column: str, value: object) -> bytes:
        return self._keys.seal(Purpose.RECORDS, "versions", version, column, json.dumps(value).encode())

    def _open(self, version: VersionId, column: str, sealed: bytes) -> dict[str, object]:
        opened: dict[str, object] = json.loads(self._keys.open(Purpose.RECORDS, "versions", version, column, sealed))
        return opened

    def _content_mac(self, sha256: str) -> bytes:
        return self._keys.mac(Purpose.CONTENT, "sha256", sha256)

    def _external_mac(self, external_id: str | None) -> bytes | None:
        return None if external_id is None else self._keys.mac(Purpose.CONTENT, "external", external_id)

    def _view(self, row: sa.Row[tuple[object, ...]]) -> Document:
        version = VersionId(row.latest_version)
        upload = Upload(**self._open(version, "body", row.body))  # type: ignore[arg-type]  # sealed by us from an Upload
        outcome = Outcome() if row.outcome is None else outcome_of(self._open(version, "outcome", row.outcome))
        live = None if row.live_version is None else VersionId(row.live_version)
        return Document(DocumentId(row.id), version, live, row.position, DocumentStatus(row.status), upload, outcome)

    def _select(self) -> sa.Select[tuple[object, ...]]:
        joined = documents.join(
            versions,
            sa.and_(versions.c.tenant_id == documents.c.tenant_id, versions.c.id == documents.c.latest_version),
        )
        return (
            sa.select(documents, versions.c.body, versions.c.outcome)
            .select_from(joined)
            .where(documents.c.tenant_id == self._tenant)
        )

    async def get(self, document: str) -> Document:
        """Return a document, or raise NotFound for every id that is not one of this tenant's."""
        if not well_formed(document, "doc"):
            raise NotFound
        row = (await self._db.execute(self._select().where(documents.c.id == document))).one_or_none()
        if row is None:
            raise NotFound
        return self._view(row)

    async def status(self, document: DocumentId) -> DocumentStatus:
        """Return where a document stands without opening anything of it; NotFound if it is gone."""
        mine = sa.and_(documents.c.tenant_id == self._tenant, documents.c.id == document)
        found = (await self._db.execute(sa.select(documents.c.status).where(mine))).scalar_one_or_none()
        if found is None:
            raise NotFound
        return DocumentStatus(found)

    async def arrived(self, document: DocumentId) -> frozenset[str]:
        """Return the names of the foreign tripwires that any version of a document brought in; none if it is gone."""
        mine = sa.and_(versions.c.tenant_id == self._tenant, versions.c.document_id == document)
        query = sa.select(versions.c.id, versions.c.outcome).where(mine, versions.c.outcome.is_not(None))
        rows = await self._db.execute(query)
        opened = (outcome_of(self._open(VersionId(row.id), "outcome", row.outcome)) for row in rows)
        return frozenset(name for outcome in opened for name in outcome.tripwires)

    async def find_content(self, sha256: str) -> Document | None:
        """Return the document that holds the same bytes."""
        query = sa.select(versions.c.document_id).where(
            versions.c.tenant_id == self._tenant, versions.c.content_mac == self._content_mac(sha256)
        )
        found = (await self._db.execute(query)).scalar_one_or_none()
        return None if found is None else await self.get(found)

    async def find_external(self, external_id: str) -> Document | None:
        """Return the document that carries the caller's own id."""
        query = self._select().where(documents.c.external_mac == self._external_mac(external_id))
        row = (await self._db.execute(query)).one_or_none()
        return None if row is None else self._view(row)

    async def page(
        self, limit: int, cursor: str | None, status: DocumentStatus | None
    ) -> tuple[list[Document], str | None]:
        """Return up to `limit` documents, newest first, and the cursor of the next page."""
        query = self._select().order_by(documents.c.position.desc()).limit(limit + 1)
        if cursor is not None:
            query = query.where(documents.c.position < self._cursors.read(cursor))
        if status is not None:
            query = query.where(documents.c.status == status)
        rows = (await self._db.execute(query)).all()
        views = [self._view(row) for row in rows[:limit]]
        return views, self._cursors.write(views[-1].position) if len(rows) > limit else None

    async def stored(self) -> Stored:
        """Return what counts against the tenant's storage limits."""
        row = (await self._db.execute(sa.select(state).where(state.c.tenant_id == self._tenant))).one()
        return Stored(row.documents, row.bytes)

    async def add(self, upload: Upload) -> Document:
        """Insert a new document with its first version, status `queued`."""
        document, version = DocumentId(new_id("doc")), VersionId(new_id("ver"))
        position = await self._count(documents=1)
        row = documents.insert().values(
            tenant_id=self._tenant, id=document, position=position, status=DocumentStatus.QUEUED,
            latest_version=version, external_mac=self._external_mac(upload.external_id), change=0,
        )  # fmt: skip
        try:
            await self._db.execute(row)
        except IntegrityError:
            raise DuplicateContent("Another file was uploaded under this external id at the same moment.") from None
        await self._insert_version(document, version, upload)
        return await self.get(document)

    async def add_version(self, document: DocumentId, upload: Upload) -> tuple[Document, BlobRef | None]:
        """Insert a newer version; the live one answers until the newer is published.

        Returns the document and the blob of a version that was given up, to be deleted after the commit.
        """
        before = await self.get(document)
        version = VersionId(new_id("ver"))
        given_up = None
        if before.version != before.live_version:
            given_up = await self._drop_version(before.version)
        await self._insert_version(document, version, upload)
        await self._set(document, latest_version=version, status=DocumentStatus.QUEUED)
        return await self.get(document), given_up

    async def _insert_version(self, document: DocumentId, version: VersionId, upload: Upload) -> None:
        await self._count(size=upload.size)
        row = versions.insert().values(
            tenant_id=self._tenant, id=version, document_id=document, blob=upload.blob, size=upload.size,
            content_mac=self._content_mac(upload.sha256), body=self._seal(version, "body", asdict(upload)),
        )  # fmt: skip
        try:
            await self._db.execute(row)
        except IntegrityError:
            raise DuplicateContent("The same file was uploaded at the same moment.") from None

    async def _drop_version(self, version: VersionId) -> BlobRef | None:
        gone = sa.delete(versions).where(versions.c.tenant_id == self._tenant, versions.c.id == version)
        row = (await self._db.execute(gone.returning(versions.c.blob, versions.c.size))).one_or_none()
        if row is None:
            return None
        await self._count(size=-row.size)
        return BlobRef(row.blob)

    async def _count(self, documents: int = 0, size: int = 0) -> int:
        """Move the counters and return the next list position (they share the row, so they share its lock)."""
        changed = (
            state.update()
            .where(state.c.tenant_id == self._tenant)
            .values(
                documents=state.c.documents + documents,
                bytes=state.c.bytes + size,
                position=state.c.position + max(documents, 0),
            )
            .returning(state.c.position)
        )
        return int((await self._db.execute(changed)).scalar_one())

    async def next_change(self) -> int:
        """Advance and return the number that tells indexes what they have not seen."""
        changed = (
            state.update()
            .where(state.c.tenant_id == self._tenant)
            .values(change=state.c.change + 1)
            .returning(state.c.change)
        )
        return int((await self._db.execute(changed)).scalar_one())

    async def _set(self, document: DocumentId, **values: object) -> bool:
        changed = documents.update().where(documents.c.tenant_id == self._tenant, documents.c.id == document)
        return (await self._db.execute(changed.values(**values))).rowcount == 1

    async def set_status(self, document: DocumentId, version: VersionId, status: DocumentStatus) -> bool:
        """Set the status while `version` is the newest; False when it no longer is, so the work is void."""
        changed = documents.update().where(
            documents.c.tenant_id == self._tenant, documents.c.id == document, documents.c.latest_version == version
        )
        return (await self._db.execute(changed.values(status=status))).rowcount == 1

    async def finish(self, document: DocumentId, version: VersionId, outcome: Outcome, status: DocumentStatus) -> bool:
        """Record what became of a version, `ready` or `failed`; False when it is no longer the newest."""
        if not await self.set_status(document, version, status):
            return False
        sealed = self._seal(version, "outcome", asdict(outcome))
        row = versions.update().where(versions.c.tenant_id == self._tenant, versions.c.id == version)
        await self._db.execute(row.values(outcome=sealed))
        return True

    async def go_live(self, document: DocumentId, version: VersionId) -> list[BlobRef]:
        """Make `version` the one that answers and drop every other; return blobs to delete after the commit."""
        await self._set(document, live_version=version, change=await self.next_change())
        others = sa.select(versions.c.id).where(
            versions.c.tenant_id == self._tenant, versions.c.document_id == document, versions.c.id != version
        )
        found = (await self._db.execute(others)).scalars().all()
        dropped = [await self._drop_version(VersionId(other)) for other in found]
        return [blob for blob in dropped if blob is not None]

    async def delete(self, document: DocumentId) -> list[BlobRef]:
        """Remove a document with all that was made of it, for good; return blobs to delete after the commit.

        It is noted beside the keys before the commit: a crash in between may delete what nobody was told is deleted,
        and never the other way round.
        """
        if self._deletions is None:
            raise TypeError("This transaction was not opened to delete documents.")
        await self.get(document)
        blobs, change = await self._remove(document)
        mac = deletion_mac(self._keys, document)
        await asyncio.to_thread(self._deletions.note, self._tenant, mac, change)
        return blobs

    async def delete_again(self, document: DocumentId) -> list[BlobRef]:
        """Remove a document whose deletion is noted already; return blobs to delete after the commit."""
        return (await self._remove(document))[0]

    async def _remove(self, document: DocumentId) -> tuple[list[BlobRef], int]:
        mine = versions.c.document_id == document
        rows = await self._db.execute(sa.select(versions.c.id).where(versions.c.tenant_id == self._tenant, mine))
        dropped = [await self._drop_version(VersionId(version)) for version in rows.scalars().all()]
        await self._db.execute(
            sa.delete(documents).where(documents.c.tenant_id == self._tenant, documents.c.id == document)
        )
        await self._count(documents=-1)
        change = await self.next_change()
        await self._db.execute(tombstones.insert().values(tenant_id=self._tenant, document_id=document, change=change))
        return [blob for blob in dropped if blob is not None], change

    async def blobs(self) -> Sequence[BlobRef]:
        """Return every blob that a version refers to."""
        rows = await self._db.execute(sa.select(versions.c.blob).where(versions.c.tenant_id == self._tenant))
        return [BlobRef(blob) for blob in rows.scalars()]
