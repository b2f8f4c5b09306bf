"""A small service in this process that the measurement can be tried on: it finds by shared words and quotes a line."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from evals.quality.service import Answered, Found, Hit

_WORD = re.compile(r"\w{4,}")


def words(text: str) -> set[str]:
    """Return the longer words of a text."""
    return set(_WORD.findall(text.lower()))


class Shelf:
    """One tenant: lines of documents, found by how many words they share with a question.

    It answers when a line shares at least `needed` words with the question.
    """

    def __init__(self, needed: int = 2) -> None:
        self.needed = needed
        self.documents: dict[str, str] = {}
        self.ready = False

    async def ingest(self, name: str, content: bytes) -> str:
        self.documents[f"doc_{len(self.documents)}"] = f"{name}\n{content.decode()}"
        self.ready = False
        return f"doc_{len(self.documents) - 1}"

    async def wait(self) -> None:
        self.ready = True

    async def search(self, question: str, top_k: int) -> Found:
        assert self.ready, "asked before the documents were ready"
        found = sorted(self.documents.items(), key=lambda each: (-len(words(question) & words(each[1])), each[1]))
        hits = [Hit(document_id, line) for document_id, text in found for line in text.splitlines()[1:]]
        return Found(tuple(hits[:top_k]), 0.001)

    async def ask(self, question: str) -> Answered:
        best = max((await self.search(question, 100)).hits, key=lambda hit: len(words(question) & words(hit.text)))
        if len(words(question) & words(best.text)) < self.needed:
            return Answered("I cannot say.", refused=True, citations=(), seconds=0.002)
        return Answered(f"{best.text} [1]", refused=False, citations=((best.document_id, best.text),), seconds=0.002)


class Library:
    """A service of shelves; `closed` names those that were taken away again."""

    def __init__(self, needed: int = 2) -> None:
        self.needed = needed
        self.closed: list[str] = []

    @asynccontextmanager
    async def tenant(self, name: str) -> AsyncIterator[Shelf]:
        yield Shelf(self.needed)
        self.closed.append(name)
