"""What is said of a document beside its bytes: name, metadata and the caller's own id.

Rules this module enforces:

* A new description parses and embeds nothing. What answers is found under it from the commit on: the live version's
  filters are sealed anew, and with another name its chunks and the terms they are found by.
* What came in with a description is checked for foreign tripwires as a file is.
"""

import asyncio
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypedDict

from ingestion.reading import Reading, seal, tags
from tenancy.compartment import Compartment
from tenancy.errors import Invalid
from tenancy.ids import VersionId
from tenancy.index.tenant_index import BUILT_IN, reserved
from tenancy.stores.chunks import SealedVersion
from tenancy.stores.records import Records
from tenancy.stores.views import Document, Scalar, Upload
from tenancy.tripwires.alarms import Surface

_LONGEST_EXTERNAL: Final = 200
_MOST_METADATA: Final = 64
_LONGEST_FIELD: Final = 100
_LONGEST_VALUE: Final = 1000


class InvalidMetadata(Invalid):
    """Metadata is a small flat object of scalars."""

    code = "invalid_metadata"


class Words(TypedDict, total=False):
    """What to say of a document from now on; what is left out stays."""

    metadata: dict[str, Scalar]
    external_id: str | None


def check_external_id(external_id: str | None) -> str | None:
    """Return the caller's own id; InvalidMetadata for an empty or overlong one."""
    if external_id is not None and not 1 <= len(external_id) <= _LONGEST_EXTERNAL:
        raise InvalidMetadata("external_id has 1 to 200 characters.")
    return external_id


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


async def sound_tripwires(compartment: Compartment, upload: Upload, *texts: str) -> tuple[str, ...]:
    """Sound the alarm for foreign tripwires in a description and in `texts`, and return their names.

    A document is never refused for them, or whoever has seen one could keep another tenant's documents out with it.
    What came in this way does not block that tenant's answers either.
    """
    said = [upload.name, upload.external_id or "", *(f"{key} {value}" for key, value in upload.metadata.items())]
    found = await asyncio.to_thread(compartment.tripwires.found, *texts, *said)
    foreign = await compartment.tripwires.foreign(found)
    await compartment.tripwires.sound(foreign, Surface.UPLOAD, blocked=False)
    return tuple(str(token) for token in sorted(foreign))


class Moved(Exception):
    """Another request has changed the document meanwhile: what was decided of it, or sealed for it, is void."""


@dataclass(frozen=True, slots=True)
class Description:
    """What a version is described by from now on: its upload, and the foreign tripwires in that.

    Where a version that answers gets another name, `sealed` is all it publishes, under that name; `reweighed` tells
    whether its terms were made anew for that.
    """

    upload: Upload
    tripwires: Collection[str] = ()
    sealed: SealedVersion | None = None
    reweighed: bool = True


async def prepare(compartment: Compartment, document: Document, upload: Upload) -> Description:
    """Check and seal what describes the newest version of a document by `upload`, ahead of the transaction."""
    tripwires = await sound_tripwires(compartment, upload)
    if document.version != document.live_version or upload.name == document.upload.name:
        return Description(upload, tripwires)
    async with compartment.snapshot() as records:
        if (await records.documents.get(document.id)).live_version != document.version:
            raise Moved
        chunks, matrix = await records.published.open(document.id, document.version, compartment.models.embedder)
    # What was read by a generation that kept no title keeps its terms: they could not all be told again.
    kept = None if document.outcome.generation else matrix
    reading = Reading(chunks, matrix.vectors, document.outcome, matrix=kept)
    sealed = await seal(compartment, document.id, document.version, upload, reading)
    return Description(upload, tripwires, sealed, reweighed=kept is None)


async def describe(
    compartment: Compartment, records: Records, document: Document, version: VersionId, new: Description
) -> None:
    """Describe a version anew in the caller's transaction; one that answers is found by it from the commit on.

    Moved where it answers under another name and was not sealed under the new one.
    """
    await records.documents.describe(version, new.upload, new.tripwires)
    if version != document.live_version:
        return
    before = document.upload if document.live is None else document.live.upload
    if new.sealed is not None:
        await records.published.replace(new.sealed, reweighed=new.reweighed)
    elif new.upload.name != before.name:
        raise Moved
    else:
        await records.published.refilter(version, compartment.index.filters(tags(document.id, new.upload)))
    await records.documents.mark_changed(document.id)


async def change(compartment: Compartment, asked: str, words: Words) -> Document:
    """Say something else of a document, of its live version and of a newer one alike.

    Raises NotFound, InvalidMetadata or ExternalIdTaken.
    """
    if "metadata" in words:
        scalars(words["metadata"])
    check_external_id(words.get("external_id"))
    async with compartment.snapshot() as records:
        document = await records.documents.get(asked)
    tripwires = await sound_tripwires(compartment, replace(document.upload, **words))
    async with compartment.begin() as records:
        document = await records.documents.get(asked)
        if "external_id" in words:
            await records.documents.set_external(document.id, words["external_id"])
        described = {document.version: document.upload}
        if document.live is not None:
            described[document.live.version] = document.live.upload
        for version, upload in described.items():
            new = Description(replace(upload, **words), tripwires)
            if new.upload != upload:
                await describe(compartment, records, document, version, new)
        await records.audit.add("document.changed", document.id)
        return await records.documents.get(asked)
