"""A tenant's documents and their versions."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from typing import final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from tenancy.deployment.deletions import Deletions
from tenancy.errors import NotFound, ServiceError
from tenancy.ids import BlobRef, DocumentId, VersionId, new_id, well_formed
from tenancy.keys.tenant_keys import Purpose, TenantKeys
from tenancy.stores.databases.store import Transaction
from tenancy.stores.documents.counters import DocumentCounters, Stored
from tenancy.stores.documents.listing import MOST_OPENED, Criteria, DocumentList
from tenancy.stores.documents.rows import DocumentRows
from tenancy.stores.schema import documents, tombstones, versions
from tenancy.stores.views import Document, DocumentStatus, LiveVersion, Outcome, Upload

_EVERY = Criteria()


class DuplicateContent(ServiceError):
    """Another transaction has just added the same bytes or the same external id; looking again finds it."""

    status = 409
    code = "duplicate_content"
    title = "The document exists already"


class ExternalIdTaken(ServiceError):
    """Another document of the tenant has this external id."""

    status = 409
    code = "external_id_taken"
    title = "Another document has this external id"


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
        self._rows = DocumentRows(keys)
        self._counters = DocumentCounters(db, keys.tenant)
        self._list = DocumentList(db, keys, self._rows)

    async def get(self, document: str) -> Document:
        """Return a document, or raise NotFound for every id that is not one of this tenant's."""
        if not well_formed(document, "doc"):
            raise NotFound
        row = (await self._db.execute(self._rows.select().where(documents.c.id == document))).one_or_none()
        if row is None:
            raise NotFound
        return self._rows.view(row)

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
        opened = (self._rows.outcome(VersionId(row.id), row.outcome) for row in rows)
        return frozenset(name for outcome in opened for name in outcome.tripwires)

    async def find_content(self, sha256: str) -> Document | None:
        """Return the document whose newest version holds the same bytes.

        Of several it is the one without an external id, else the newest.
        """
        query = (
            self._rows.select()
            .where(versions.c.content_mac == self._rows.content_mac(sha256))
            .order_by(documents.c.external_mac.is_not(None), documents.c.position.desc())
            .limit(1)
        )
        row = (await self._db.execute(query)).one_or_none()
        return None if row is None else self._rows.view(row)

    async def find_published(self, sha256: str) -> list[LiveVersion]:
        """Return the versions that answer and hold the same bytes, newest document first."""
        live = sa.and_(documents.c.tenant_id == versions.c.tenant_id, documents.c.live_version == versions.c.id)
        query = (
            sa.select(versions)
            .select_from(versions.join(documents, live))
            .where(versions.c.tenant_id == self._tenant, versions.c.content_mac == self._rows.content_mac(sha256))
            .order_by(documents.c.position.desc())
        )
        found = []
        for row in await self._db.execute(query):
            version = VersionId(row.id)
            upload, outcome = self._rows.upload(version, row.body), self._rows.outcome(version, row.outcome)
            found.append(LiveVersion(DocumentId(row.document_id), version, upload, outcome))
        return found

    async def find_external(self, external_id: str) -> Document | None:
        """Return the document that carries the caller's own id."""
        query = self._rows.select().where(documents.c.external_mac == self._rows.external_mac(external_id))
        row = (await self._db.execute(query)).one_or_none()
        return None if row is None else self._rows.view(row)

    async def page(
        self, limit: int, cursor: str | None, criteria: Criteria = _EVERY, *, most_opened: int = MOST_OPENED
    ) -> tuple[list[Document], str | None]:
        """Return up to `limit` documents, newest first, and the cursor of the next page.

        At most about `most_opened` rows are opened to find out what is sealed; a page may be short for that.
        """
        return await self._list.page(limit, cursor, criteria, most_opened)

    async def stored(self) -> Stored:
        """Return what counts against the tenant's storage limits."""
        return await self._counters.stored()

    async def size(self, document: DocumentId) -> int:
        """Return the bytes of a document's originals, of all its versions."""
        mine = sa.and_(versions.c.tenant_id == self._tenant, versions.c.document_id == document)
        return int((await self._db.execute(sa.select(sa.func.sum(versions.c.size)).where(mine))).scalar_one() or 0)

    async def add(self, upload: Upload) -> Document:
        """Insert a new document with its first version, status `queued`."""
        document, version = DocumentId(new_id("doc")), VersionId(new_id("ver"))
        position = await self._counters.count(documents=1)
        row = documents.insert().values(
            tenant_id=self._tenant, id=document, position=position, status=DocumentStatus.QUEUED,
            latest_version=version, external_mac=self._rows.external_mac(upload.external_id), change=0,
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
        await self._counters.count(size=upload.size)
        row = versions.insert().values(
            tenant_id=self._tenant, id=version, document_id=document, blob=upload.blob, size=upload.size,
            content_mac=self._rows.content_mac(upload.sha256), body=self._rows.seal(version, "body", asdict(upload)),
        )  # fmt: skip
        await self._db.execute(row)

    async def _drop_version(self, version: VersionId) -> BlobRef | None:
        gone = sa.delete(versions).where(versions.c.tenant_id == self._tenant, versions.c.id == version)
        row = (await self._db.execute(gone.returning(versions.c.blob, versions.c.size))).one_or_none()
        if row is None:
            return None
        await self._counters.count(size=-row.size)
        return BlobRef(row.blob)

    async def describe(self, version: VersionId, upload: Upload, tripwires: Collection[str] = ()) -> None:
        """Keep another name, metadata or external id with a version; its bytes stay.

        `tripwires` names the foreign ones in the new words; a version that is not read yet gets them when it is.
        """
        mine = sa.and_(versions.c.tenant_id == self._tenant, versions.c.id == version)
        values = {"body": self._rows.seal(version, "body", asdict(upload))}
        sealed = (await self._db.execute(sa.select(versions.c.outcome).where(mine))).scalar_one()
        if sealed is not None and tripwires:
            outcome = self._rows.outcome(version, sealed)
            with_these = replace(outcome, tripwires=tuple(sorted({*outcome.tripwires, *tripwires})))
            values["outcome"] = self._rows.seal(version, "outcome", asdict(with_these))
        await self._db.execute(versions.update().where(mine).values(**values))

    async def set_external(self, document: DocumentId, external_id: str | None) -> None:
        """Give a document the caller's own id, or take it away; ExternalIdTaken where another one has it."""
        other = None if external_id is None else await self.find_external(external_id)
        if other is not None and other.id != document:
            raise ExternalIdTaken("Another of your documents has this external id. Change or delete that one first.")
        await self._set(document, external_mac=self._rows.external_mac(external_id))

    async def mark_changed(self, document: DocumentId) -> None:
        """Have indexes take in anew what answers of a document."""
        await self._set(document, change=await self._counters.next_change())

    async def _set(self, document: DocumentId, **values: object) -> None:
        changed = documents.update().where(documents.c.tenant_id == self._tenant, documents.c.id == document)
        await self._db.execute(changed.values(**values))

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
        sealed = self._rows.seal(version, "outcome", asdict(outcome))
        row = versions.update().where(versions.c.tenant_id == self._tenant, versions.c.id == version)
        await self._db.execute(row.values(outcome=sealed))
        return True

    async def go_live(self, document: DocumentId, version: VersionId) -> list[BlobRef]:
        """Make `version` the one that answers and drop every other; return blobs to delete after the commit."""
        await self._set(document, live_version=version, change=await self._counters.next_change())
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
        await self._counters.count(documents=-1)
        change = await self._counters.next_change()
        await self._db.execute(tombstones.insert().values(tenant_id=self._tenant, document_id=document, change=change))
        return [blob for blob in dropped if blob is not None], change

    async def blobs(self) -> Sequence[BlobRef]:
        """Return every blob that a version refers to."""
        rows = await self._db.execute(sa.select(versions.c.blob).where(versions.c.tenant_id == self._tenant))
        return [BlobRef(blob) for blob in rows.scalars()]
