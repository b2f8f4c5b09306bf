"""The plain values that record stores take and give."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from tenancy.ids import BlobRef, ChunkId, ClientId, DocumentId, JobId, VersionId
from tenancy.models.environments import Environment
from tenancy.values.layout import NO_LAYOUT, Layout

Scalar = str | int | float | bool


class DocumentStatus(StrEnum):
    """Where a document's newest version stands."""

    QUEUED = "queued"
    PARSING = "parsing"
    EMBEDDING = "embedding"
    READY = "ready"
    FAILED = "failed"
    DELETING = "deleting"


@dataclass(frozen=True, slots=True)
class SearchState:
    """What a tenant's searches stand on: the newest change to what is found, and the embedder whose vectors answer."""

    change: int
    embedder: str


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of ingestion; `seconds` of wall time."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a document failed: a sentence that tells a person what to do."""

    stage: str
    code: str
    detail: str
    retryable: bool


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many parts of a document (pages, sheets, notes, attachments …) there were, were read, were not."""

    parts: int
    read: int
    unread: int


@dataclass(frozen=True, slots=True)
class PartWarning:
    """What is wrong with one part of a document that was read otherwise; `page` from 1, `part` by its own name."""

    code: str
    detail: str
    page: int | None = None
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """An accepted file before it is parsed; `sha256` is hexadecimal, `size` in bytes, `created_at` in epoch seconds."""

    name: str
    sha256: str
    size: int
    content_type: str
    created_at: float
    blob: BlobRef
    external_id: str | None = None
    metadata: dict[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What ingestion made of a version; `tripwires` names the foreign ones that came in with it.

    `generation` tells whether what was read may be used again: 0 for what was read before that was told.
    """

    stages: tuple[Stage, ...] = ()
    chunks: int | None = None
    pages: int | None = None
    failure: Failure | None = None
    tripwires: tuple[str, ...] = ()
    coverage: Coverage | None = None
    warnings: tuple[PartWarning, ...] = ()
    title: str | None = None
    generation: int = 0


@dataclass(frozen=True, slots=True)
class LiveVersion:
    """The version of a document that answers."""

    document: DocumentId
    version: VersionId
    upload: Upload
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Document:
    """A document with its newest version; `live` is the one that answers meanwhile, where that is another."""

    id: DocumentId
    version: VersionId
    live_version: VersionId | None
    position: int
    status: DocumentStatus
    upload: Upload
    outcome: Outcome
    live: LiveVersion | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """A searchable piece: `text` is exactly code points `start` to `end` of the document's extracted text."""

    id: ChunkId
    document_id: DocumentId
    document_name: str
    ordinal: int
    text: str
    start: int
    end: int
    layout: Layout = NO_LAYOUT


@dataclass(frozen=True, slots=True)
class SealedChunk:
    """A chunk as it rests; `body` opens only as this tenant's, this version's, this ordinal's."""

    id: ChunkId
    version: VersionId
    ordinal: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Client:
    """Credentials that a tenant gave to one of its programs."""

    id: ClientId
    name: str
    purpose: str
    roles: frozenset[str]
    status: str
    created_at: float
    expires_at: float | None
    environment: Environment = Environment.PRODUCTION
    limits: Mapping[str, int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClientTerms:
    """Until when credentials hold (epoch seconds), for which environment, within which limits of their own."""

    expires_at: float | None = None
    environment: Environment = Environment.PRODUCTION
    limits: Mapping[str, int | float] = field(default_factory=dict)


PLAIN_TERMS: Final = ClientTerms()
"""Without an end, for production."""


@dataclass(frozen=True, slots=True)
class Job:
    """A unit of background work: bring one version of one document to `ready` or `failed`."""

    id: JobId
    document: DocumentId
    version: VersionId
    actor: str
    client: ClientId
    purpose: str
    attempts: int = 0
    lease: str = ""
    app: str = ""


def outcome_of(opened: dict[str, object]) -> Outcome:
    """Return the outcome whose fields were sealed, by name."""
    stages = tuple(Stage(**stage) for stage in opened["stages"])  # type: ignore[attr-defined]  # sealed by us from an Outcome
    failure, coverage = opened["failure"], opened.get("coverage")
    return Outcome(
        stages,
        opened["chunks"],  # type: ignore[arg-type]  # as above
        opened["pages"],  # type: ignore[arg-type]  # as above
        None if failure is None else Failure(**failure),  # type: ignore[arg-type]  # as above
        tuple(opened.get("tripwires", ())),  # type: ignore[arg-type]  # as above; older ones name none
        None if coverage is None else Coverage(**coverage),  # type: ignore[arg-type]  # as above; older ones have none
        tuple(PartWarning(**each) for each in opened.get("warnings", ())),  # type: ignore[attr-defined]  # as above
        opened.get("title"),  # type: ignore[arg-type]  # as above
        opened.get("generation", 0),  # type: ignore[arg-type]  # as above
    )
