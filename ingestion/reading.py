"""What was read of a file, and how it is sealed for one version of one document."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenancy.compartment import Compartment
from tenancy.ids import ChunkId, DocumentId, VersionId, new_id
from tenancy.models.terms import document_counts
from tenancy.stores.chunks import SealedVersion
from tenancy.stores.vectors import Matrix
from tenancy.stores.views import Chunk, Outcome, Scalar, Upload
from tenancy.values.columns import ColumnTable
from tenancy.values.embedded_text import weighed
from tenancy.values.part_vectors import PartVectors

GENERATION: Final = 2
"""Which reading this is. Raise it when readers or the chunker make something else of a file than before: what was
published earlier is then not taken over."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of some bytes: chunks in order, a vector for each, and the outcome without its stages.

    `vectors` is float32 (n, dimension). `texts` is where tripwires are looked for. Documents and names of the chunks
    are set where they are sealed, and ids where they have none. `matrix` is given where terms stay as they are.
    `tables` are the columns of its tables, `parts` the vectors of each chunk's parts where the version has none yet.
    """

    chunks: tuple[Chunk, ...]
    vectors: NDArray[np.float32]
    outcome: Outcome
    texts: tuple[str, ...] = ()
    matrix: Matrix | None = None
    tables: tuple[ColumnTable, ...] = ()
    parts: tuple[PartVectors | None, ...] = ()


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
        found = tags(document, upload)
        return compartment.index.seal_version(version, own, matrix, found, reading.tables, reading.parts)

    return await asyncio.to_thread(sealed)


def _weighed(compartment: Compartment, name: str, chunks: Iterable[Chunk], reading: Reading) -> Matrix:
    """Return the vectors with the terms that each chunk is found by, those of the file's name among them."""
    texts = weighed(name, reading.outcome.title, chunks)
    return Matrix.of(reading.vectors, [compartment.index.sparse(document_counts(text)) for text in texts])
