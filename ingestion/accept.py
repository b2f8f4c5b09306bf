"""Take in an upload: seal it while it streams, and commit document and job together."""

import hashlib
import math
import time
import unicodedata
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, final

from ingestion.formats.detection import HEAD_BYTES, detect
from tenancy.compartment import Compartment
from tenancy.errors import Invalid, ServiceError
from tenancy.ids import BlobRef
from tenancy.index.tenant_index import BUILT_IN, reserved
from tenancy.stores.blobs import BlobWriter
from tenancy.stores.documents import DuplicateContent, Stored
from tenancy.stores.views import Document, DocumentStatus, Scalar, Upload

_LONGEST_NAME: Final = 255
_LONGEST_SUFFIX: Final = 16
_LONGEST_EXTERNAL: Final = 200
_MOST_METADATA: Final = 64
_LONGEST_FIELD: Final = 100
_LONGEST_VALUE: Final = 1000


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


class QuotaExceeded(ServiceError):
    """The tenant keeps as much as its plan allows."""

    status = 429
    code = "quota_exceeded"
    title = "The quota is used up"


class NotRetryable(ServiceError):
    """The document has not failed, so there is nothing to retry."""

    status = 409
    code = "not_failed"
    title = "The document has not failed"


class InvalidMetadata(Invalid):
    """Metadata is a small flat object of scalars."""

    code = "invalid_metadata"


@dataclass(frozen=True, slots=True)
class Incoming:
    """What comes with a file: all of it data, none of it trusted."""

    name: str
    external_id: str | None = None
    metadata: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The document, and whether this upload made it or a new version of it."""

    document: Document
    created: bool


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
    if incoming.external_id is not None and not 1 <= len(incoming.external_id) <= _LONGEST_EXTERNAL:
        raise InvalidMetadata("external_id has 1 to 200 characters.")
    return Incoming(clean_name(incoming.name), incoming.external_id, scalars(incoming.metadata))


def scalars(metadata: Mapping[str, object]) -> dict[str, Scalar]:
    """Return what may be kept beside a document; InvalidMetadata for anything but a small flat object of scalars."""
    if len(metadata) > _MOST_METADATA:
        raise InvalidMetadata(f"Metadata has at most {_MOST_METADATA} fields.")
    kept: dict[str, Scalar] = {}
    for key, value in metadata.items():
        if not 1 <= len(key) <= _LONGEST_FIELD or reserved(key) or key in BUILT_IN:
            raise InvalidMetadata("A metadata field has a reserved, empty or overlong name.")
        if not isinstance(value, str | int | float | bool) or len(str(value)) > _LONGEST_VALUE:
            raise InvalidMetadata("Metadata values are strings, numbers or booleans of at most 1,000 characters.")
        if isinstance(value, float) and not math.isfinite(value):
            raise InvalidMetadata("Metadata has no infinite numbers.")
        kept[key] = value
    return kept


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
    """Make a document of an arrival and queue its ingestion; the same bytes again give the document there is already.

    Raises QuotaExceeded or InvalidMetadata.
    """
    incoming = check(incoming)
    upload = Upload(
        name=arrival.name, sha256=arrival.sha256, size=arrival.size, content_type=arrival.content_type,
        created_at=time.time(), blob=arrival.blob, external_id=incoming.external_id,
        metadata=scalars(incoming.metadata),
    )  # fmt: skip
    arrival.taken = True  # while the commit is under way its outcome is open: better a blob too many than one missing
    try:
        accepted = await _commit(compartment, upload)
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


async def _commit(compartment: Compartment, upload: Upload) -> Accepted:
    try:
        return await _commit_once(compartment, upload)
    except DuplicateContent:  # a parallel upload of the same bytes committed in between; now it is found
        return await _commit_once(compartment, upload)


async def _commit_once(compartment: Compartment, upload: Upload) -> Accepted:
    async with compartment.snapshot() as records:
        known = await records.documents.find_content(upload.sha256)
    if known is not None:
        return Accepted(known, created=False)
    given_up = None
    async with compartment.queueing() as records:
        known = await records.documents.find_content(upload.sha256)
        if known is not None:
            return Accepted(known, created=False)
        _require_room(compartment, await records.documents.stored(), upload)
        former = None if upload.external_id is None else await records.documents.find_external(upload.external_id)
        if former is None:
            document = await records.documents.add(upload)
        else:
            document, given_up = await records.documents.add_version(former.id, upload)
        await records.jobs.add(document, compartment.caller)
        await records.audit.add("document.uploaded", document.id)
    if given_up is not None:
        await compartment.blobs.delete([given_up])
    return Accepted(document, created=True)


def _require_room(compartment: Compartment, stored: Stored, upload: Upload) -> None:
    limits = compartment.quota.limits
    if stored.documents + 1 > limits["documents"] or stored.bytes + upload.size > limits["bytes"]:
        raise QuotaExceeded(
            "The plan's documents or bytes are used up. Delete documents or ask the operator for more.",
            headers={"Retry-After": "3600"},
        )


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
