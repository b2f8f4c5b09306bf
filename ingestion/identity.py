"""Decide which document an upload means, and make, replace or describe it.

Rules this module enforces:

* The caller's own id says which document is meant. Bytes that come without one mean the document that holds them: of
  several the one without such an id, else the newest.
* Equal bytes of one type are not read again. What an upload says of them is taken, also where reading them had failed.
* A replacement needs room for what is kept once it is published. Until then both versions are kept, and both count.
"""

from dataclasses import dataclass, replace
from typing import Final

from ingestion.description import Moved, describe, prepare
from tenancy.compartment import Compartment
from tenancy.errors import ServiceError
from tenancy.stores.documents import DuplicateContent
from tenancy.stores.records import Records
from tenancy.stores.views import Document, Upload

_TRIES: Final = 4


class QuotaExceeded(ServiceError):
    """The tenant keeps as much as its plan allows."""

    status = 429
    code = "quota_exceeded"
    title = "The quota is used up"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The document, and whether this upload made it or brought other bytes for it."""

    document: Document
    created: bool


async def place(compartment: Compartment, upload: Upload, *, keeps_metadata: bool) -> Accepted:
    """Commit an upload whose file is stored as the document it means.

    `keeps_metadata`: the upload says nothing of metadata, so a document that is there keeps its own. Raises
    QuotaExceeded.
    """
    for _ in range(_TRIES):
        async with compartment.snapshot() as records:
            meant = await _meant(records, upload)
        try:
            if meant is None:
                return await _made(compartment, upload)
            words = replace(
                upload,
                external_id=meant.upload.external_id,
                metadata=meant.upload.metadata if keeps_metadata else upload.metadata,
            )
            if _equal(meant, upload):
                return await _described(compartment, meant, words)
            return await _replaced(compartment, meant, words)
        except (Moved, DuplicateContent):
            continue
    raise DuplicateContent("The document was changed by others at the same moment. Send the file again.")


async def _meant(records: Records, upload: Upload) -> Document | None:
    if upload.external_id is None:
        return await records.documents.find_content(upload.sha256)
    return await records.documents.find_external(upload.external_id)


def _equal(document: Document, upload: Upload) -> bool:
    """Tell whether reading the upload would give what the newest version gives: a type has its own reader."""
    return document.upload.sha256 == upload.sha256 and document.upload.content_type == upload.content_type


async def _require_same(records: Records, meant: Document, upload: Upload) -> Document:
    """Return the document as it is now; Moved where another document, or another version of it, is meant by now."""
    now = await _meant(records, upload)
    if now is None or (now.id, now.version) != (meant.id, meant.version):
        raise Moved
    return now


async def _made(compartment: Compartment, upload: Upload) -> Accepted:
    async with compartment.queueing() as records:
        if await _meant(records, upload) is not None:
            raise Moved
        stored, limits = await records.documents.stored(), compartment.quota.limits
        if stored.documents + 1 > limits["documents"] or stored.bytes + upload.size > limits["bytes"]:
            raise _used_up()
        document = await records.documents.add(upload)
        await records.jobs.add(document, compartment.caller)
        await records.audit.add("document.uploaded", document.id)
    return Accepted(document, created=True)


async def _described(compartment: Compartment, meant: Document, upload: Upload) -> Accepted:
    """Take what an upload of the same bytes says of them; its own copy of the file is not kept."""
    said = replace(meant.upload, name=upload.name, metadata=upload.metadata)
    if said == meant.upload:
        return Accepted(meant, created=False)
    new = await prepare(compartment, meant, said)
    async with compartment.begin() as records:
        now = await _require_same(records, meant, upload)
        await describe(compartment, records, now, now.version, new)
        await records.audit.add("document.changed", now.id)
        return Accepted(await records.documents.get(now.id), created=False)


async def _replaced(compartment: Compartment, meant: Document, upload: Upload) -> Accepted:
    async with compartment.queueing() as records:
        now = await _require_same(records, meant, upload)
        before = await records.documents.size(now.id)
        after = (await records.documents.stored()).bytes - before + upload.size
        if upload.size > before and after > compartment.quota.limits["bytes"]:
            raise _used_up()
        document, given_up = await records.documents.add_version(now.id, upload)
        await records.jobs.add(document, compartment.caller)
        await records.audit.add("document.uploaded", document.id)
    if given_up is not None:
        await compartment.blobs.delete([given_up])
    return Accepted(document, created=meant.upload.sha256 != upload.sha256)


def _used_up() -> QuotaExceeded:
    return QuotaExceeded(
        "The plan's documents or bytes are used up. Delete documents or ask the operator for more.",
        headers={"Retry-After": "3600"},
    )
