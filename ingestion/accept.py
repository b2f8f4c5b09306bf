"""Take in an upload: seal it while it streams, and commit document and job together."""

import hashlib
import time
import unicodedata
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, final

from ingestion.description import check_external_id, scalars
from ingestion.formats.detection import HEAD_BYTES, detect
from ingestion.identity import Accepted, place
from tenancy.compartment import Compartment
from tenancy.errors import ServiceError
from tenancy.ids import BlobRef
from tenancy.stores.blobs import BlobWriter
from tenancy.stores.views import Document, DocumentStatus, Upload

_LONGEST_NAME: Final = 255
_LONGEST_SUFFIX: Final = 16


class UnsupportedType(ServiceError):
    """Neither the name nor the content is of a type that can be read."""

    status = 415
    code = "unsupported_type"
    title = "The type of the file is not supported"


class TooLarge(ServiceError):
    """The file is larger than the tenant's limit."""

    status = 413
    code = "too_large"
    title = "The file is too large"


class NotRetryable(ServiceError):
    """The document has not failed, so there is nothing to retry."""

    status = 409
    code = "not_failed"
    title = "The document has not failed"


@dataclass(frozen=True, slots=True)
class Incoming:
    """What comes with a file: all of it data, none of it trusted. Without `metadata` a document keeps what it has."""

    name: str
    external_id: str | None = None
    metadata: Mapping[str, object] | None = None


def clean_name(name: str) -> str:
    """Return a name for display: no folders, no control or direction marks, at most 255 characters, suffix kept."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C").strip()
    if not kept.strip("."):
        return "document"
    if len(kept) <= _LONGEST_NAME:
        return kept
    stem, dot, suffix = kept.rpartition(".")
    if not dot or len(suffix) > _LONGEST_SUFFIX:
        return kept[:_LONGEST_NAME]
    return stem[: _LONGEST_NAME - len(suffix) - 1] + dot + suffix


def check(incoming: Incoming) -> Incoming:
    """Return `incoming` with a clean name; InvalidMetadata for anything else that is not as it should be."""
    metadata = None if incoming.metadata is None else scalars(incoming.metadata)
    return Incoming(clean_name(incoming.name), check_external_id(incoming.external_id), metadata)


@final
class Arrival:
    """A file that has arrived and is sealed, and has no document yet."""

    __slots__ = ("blob", "content_type", "name", "sha256", "size", "taken")

    def __init__(self, name: str, sha256: str, size: int, content_type: str, blob: BlobRef) -> None:
        """Describe the sealed file; `name` is clean, `sha256` hexadecimal, `size` in bytes."""
        self.name = name
        self.sha256 = sha256
        self.size = size
        self.content_type = content_type
        self.blob = blob
        self.taken = False


@asynccontextmanager
async def arriving(compartment: Compartment, name: str, content: AsyncIterator[bytes]) -> AsyncIterator[Arrival]:
    """Seal a file while it streams in; at the end of the block it is removed unless a document has taken it.

    Raises UnsupportedType or TooLarge.
    """
    writer = compartment.blobs.create()
    arrival = None
    try:
        arrival = await _store(compartment, clean_name(name), content, writer)
        yield arrival
    finally:
        writer.abort()
        if arrival is None or not arrival.taken:
            await compartment.blobs.delete([writer.blob])


async def settle(compartment: Compartment, arrival: Arrival, incoming: Incoming) -> Accepted:
    """Make a document of an arrival, or a newer version of the one it means, and queue its ingestion.

    The same bytes again give the document there is already, with what is said of it now. Raises QuotaExceeded or
    InvalidMetadata.
    """
    incoming = check(incoming)
    upload = Upload(
        name=arrival.name, sha256=arrival.sha256, size=arrival.size, content_type=arrival.content_type,
        created_at=time.time(), blob=arrival.blob, external_id=incoming.external_id,
        metadata=scalars(incoming.metadata or {}),
    )  # fmt: skip
    arrival.taken = True  # while the commit is under way its outcome is open: better a blob too many than one missing
    try:
        accepted = await place(compartment, upload, keeps_metadata=incoming.metadata is None)
    except ServiceError:
        arrival.taken = False
        raise
    arrival.taken = accepted.document.upload.blob == arrival.blob
    return accepted


async def accept(compartment: Compartment, incoming: Incoming, content: AsyncIterator[bytes]) -> Accepted:
    """Take in a file whose name and metadata are known beforehand.

    Raises UnsupportedType, TooLarge, QuotaExceeded or InvalidMetadata; nothing is kept of a refused upload.
    """
    check(incoming)
    async with arriving(compartment, incoming.name, content) as arrival:
        return await settle(compartment, arrival, incoming)


async def _store(compartment: Compartment, name: str, content: AsyncIterator[bytes], writer: BlobWriter) -> Arrival:
    most, digest, head, kind = compartment.quota.limits["bytes_per_file"], hashlib.sha256(), b"", None
    async for part in content:
        if writer.size + len(part) > most:
            raise TooLarge(f"A file may have at most {most:,} bytes. Split it and upload the parts.")
        digest.update(part)
        await writer.write(part)
        if kind is None and len(head) < HEAD_BYTES:
            head += part
            if len(head) >= HEAD_BYTES:
                kind = _kind(name, head)
    kind = kind or _kind(name, head)
    await writer.commit()
    return Arrival(name, digest.hexdigest(), writer.size, kind, writer.blob)


def _kind(name: str, head: bytes) -> str:
    found = detect(name, head)
    if found is None:
        raise UnsupportedType("Files of this type cannot be read. Save it as PDF, DOCX, HTML, Markdown or plain text.")
    return found.media_type


async def retry(compartment: Compartment, asked: str) -> Document:
    """Queue a failed document again; NotRetryable for one that has not failed."""
    async with compartment.queueing() as records:
        document = await records.documents.get(asked)
        if document.status is not DocumentStatus.FAILED:
            raise NotRetryable(f"The document is {document.status}. Only a failed document can be retried.")
        await records.documents.set_status(document.id, document.version, DocumentStatus.QUEUED)
        await records.jobs.add(document, compartment.caller)
        await records.audit.add("document.retried", document.id)
        return await records.documents.get(asked)


async def erase(compartment: Compartment, asked: str) -> None:
    """Delete a document with all that was made of it; from the commit on no search finds it. NotFound if absent."""
    async with compartment.begin() as records:
        document = await records.documents.get(asked)
        blobs = await records.documents.delete(document.id)
        await records.audit.add("document.deleted", document.id)
    await compartment.blobs.delete(blobs)
