"""What was read of a file, and how it is sealed for one version of one document."""

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingestion.chunk import carried_heading, embedded_text
from tenancy.compartment import Compartment
from tenancy.ids import ChunkId, DocumentId, VersionId, new_id
from tenancy.models.terms import document_counts
from tenancy.stores.chunks import SealedVersion
from tenancy.stores.vectors import Matrix
from tenancy.stores.views import Chunk, Outcome, Scalar, Upload
from tenancy.values.columns import ColumnTable

GENERATION: Final = 2
"""Which reading this is. Raise it when readers or the chunker make something else of a file than before: what was
published earlier is then not taken over."""
_PARTED: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of some bytes: chunks in order, a vector for each, and the outcome without its stages.

    `vectors` is float32 (n, dimension). `texts` is where tripwires are looked for. Documents and names of the chunks
    are set where they are sealed, and ids where they have none. `matrix` is given where terms stay as they are.
    `tables` are the columns of its tables.
    """

    chunks: tuple[Chunk, ...]
    vectors: NDArray[np.float32]
    outcome: Outcome
    texts: tuple[str, ...] = ()
    matrix: Matrix | None = None
    tables: tuple[ColumnTable, ...] = ()


def carried(title: str | None, chunks: Iterable[Chunk]) -> list[str]:
    """Return what is embedded of each chunk, the carried title and heading included, as the chunker counted it."""
    return [embedded_text(title, chunk.text, carried_heading(chunk.layout, chunk.start)) for chunk in chunks]


def words(name: str) -> str:
    """Return the words of a file's name, by which people ask for what it holds; its ending is none of them."""
    stem, dot, _suffix = name.rpartition(".")
    return _PARTED.sub(" ", stem if dot else name)


def tags(document: DocumentId, upload: Upload) -> dict[str, Scalar]:
    """Return what a search may narrow to a document by."""
    found: dict[str, Scalar] = {**upload.metadata, "document_id": document, "content_type": upload.content_type}
    if upload.external_id is not None:
        found["external_id"] = upload.external_id
    return found


async def seal(
    compartment: Compartment, document: DocumentId, version: VersionId, upload: Upload, reading: Reading
) -> SealedVersion:
    """Seal a reading for a version of a document: under its name, found by the words of that, and for its filters."""

    def sealed() -> SealedVersion:
        name = upload.name
        own = [
            replace(chunk, id=ChunkId(chunk.id or new_id("chk")), document_id=document, document_name=name)
            for chunk in reading.chunks
        ]
        matrix = reading.matrix or _weighed(compartment, name, own, reading)
        return compartment.index.seal_version(version, own, matrix, tags(document, upload), reading.tables)

    return await asyncio.to_thread(sealed)


def _weighed(compartment: Compartment, name: str, chunks: Iterable[Chunk], reading: Reading) -> Matrix:
    """Return the vectors with the terms that each chunk is found by, those of the file's name among them."""
    texts = (f"{words(name)}\n{text}" for text in carried(reading.outcome.title, chunks))
    return Matrix.of(reading.vectors, [compartment.index.sparse(document_counts(text)) for text in texts])
