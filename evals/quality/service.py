"""What the measurement needs of a service, whichever it is."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Hit:
    """One chunk that a search found."""

    document_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, best first, and the seconds it took."""

    hits: tuple[Hit, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer; `citations` are pairs of a document's id and the words quoted from it."""

    text: str
    refused: bool
    citations: tuple[tuple[str, str], ...]
    seconds: float


class Tenant(Protocol):
    """One tenant of the service, asked with its own credentials."""

    async def ingest(self, name: str, content: bytes) -> str:
        """Upload a document and return its id."""

    async def wait(self) -> None:
        """Return once every document can be found; raise if one failed."""

    async def search(self, question: str, top_k: int) -> Found:
        """Search for at most so many chunks."""

    async def ask(self, question: str) -> Answered:
        """Return the answer to a question."""


class Service(Protocol):
    """A running service that can make tenants."""

    def tenant(self, name: str) -> AbstractAsyncContextManager[Tenant]:
        """Give a tenant that holds nothing yet, and take it away at the end."""
