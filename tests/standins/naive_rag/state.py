"""What the naive server keeps, all of it in one place for all tenants."""

import hashlib
import itertools
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field

from fastapi import HTTPException

from tests.standins.naive_rag.collection import Chunk, Collection, Where
from tests.standins.naive_rag.leaks import Leak


@dataclass(slots=True)
class Document:
    """An uploaded file."""

    id: str
    tenant: str
    name: str
    text: str
    deleted: bool = False


@dataclass(slots=True)
class Conversation:
    """Questions and answers in order."""

    id: str
    tenant: str
    turns: list[dict[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class State:
    """Tenants with their keys, the collection, documents, conversations, jobs, cached answers."""

    leaks: frozenset[Leak]
    keys: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    collection: Collection = field(default_factory=Collection)
    documents: dict[str, Document] = field(default_factory=dict)
    conversations: dict[str, Conversation] = field(default_factory=dict)
    jobs: list[dict[str, str]] = field(default_factory=list)
    answers: dict[tuple[str, ...], dict[str, object]] = field(default_factory=dict)
    current_tenant: str = ""
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(10_000_001))

    def new_id(self) -> str:
        """Return an id for whatever is made."""
        return str(next(self._numbers)) if Leak.SEQUENTIAL_IDS in self.leaks else secrets.token_hex(12)

    def new_tenant(self, name: str) -> tuple[str, str]:
        """Return the id and the key of a new tenant."""
        folded = Leak.NAMES_FOLDED in self.leaks
        tenant = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") if folded else secrets.token_hex(8)
        key = f"sk-{secrets.token_urlsafe(24)}"
        self.keys[key], self.names[tenant] = tenant, name
        return tenant, key

    def end_tenant(self, tenant: str) -> None:
        """Remove a tenant with all it has."""
        if tenant not in self.names:
            raise _nothing()
        del self.names[tenant]
        self.keys = {key: one for key, one in self.keys.items() if one != tenant}
        self.documents = {key: one for key, one in self.documents.items() if one.tenant != tenant}
        self.jobs = [job for job in self.jobs if job["tenant"] != tenant]
        if Leak.CHUNKS_STAY not in self.leaks:
            self.collection.remove(lambda chunk: chunk.tenant == tenant)

    def named(self, said: str | None) -> str | None:
        """Return the tenant that somebody named, by its id or by its name."""
        return next((tenant for tenant, name in self.names.items() if said in {tenant, name}), None)

    def put(self, tenant: str, name: str, text: str) -> tuple[Document, bool]:
        """Keep a file; return its document, and whether it was there before."""
        digest = hashlib.sha256(text.encode()).hexdigest()
        everybody = Leak.DUPLICATES_SHARED in self.leaks
        for one in self.documents.values():
            same = hashlib.sha256(one.text.encode()).hexdigest() == digest and not one.deleted
            if same and (everybody or one.tenant == tenant):
                return one, True
        document = Document(self.new_id(), tenant, name, text)
        self.documents[document.id] = document
        self.collection.add(document.id, tenant, name, chunked(text))
        self.jobs.append({"id": self.new_id(), "tenant": tenant, "file": name, "state": "done"})
        self.forget_answers(tenant)
        return document, False

    def found(self, tenant: str, document_id: str, unchecked: Leak) -> Document:
        """Return a document by its id; `unchecked` is the leak with which nobody looks at whose it is."""
        one = self.documents.get(document_id)
        if one is None or one.deleted:
            raise _nothing()
        if one.tenant != tenant and unchecked not in self.leaks:
            if Leak.FOREIGN_TOLD in self.leaks:
                raise HTTPException(403, f"{one.name!r} belongs to {self.names.get(one.tenant, one.tenant)}")
            raise _nothing()
        return one

    def delete(self, document: Document) -> None:
        """Delete a document."""
        document.deleted = True
        if Leak.CHUNKS_STAY not in self.leaks:
            del self.documents[document.id]
            self.collection.remove(lambda chunk: chunk.document == document.id)
        self.forget_answers(document.tenant)

    def forget_answers(self, tenant: str) -> None:
        """Drop what was answered from documents that have changed; a cache without tenants cannot tell which."""
        if Leak.ANSWERS_CACHED not in self.leaks:
            self.answers = {key: one for key, one in self.answers.items() if key[0] != tenant}

    def conversation(self, tenant: str, conversation_id: str | None) -> Conversation:
        """Return a conversation by its id, or a new one."""
        if conversation_id is None:
            one = Conversation(self.new_id(), tenant)
            self.conversations[one.id] = one
            return one
        found = self.conversations.get(conversation_id)
        if found is None or (found.tenant != tenant and Leak.CONVERSATION_UNCHECKED not in self.leaks):
            raise _nothing()
        return found

    def counted(self, tenant: str) -> Where:
        """Return which chunks make the statistics of terms."""
        return _everything if Leak.TERMS_COUNTED in self.leaks else lambda chunk: chunk.tenant == tenant


def _nothing() -> HTTPException:
    return HTTPException(404, "no such thing")


def _everything(_: Chunk) -> bool:
    return True


def chunked(text: str, size: int = 600) -> list[str]:
    """Return a text as paragraphs, joined as long as they are short."""
    chunks: list[str] = []
    for paragraph in filter(None, (part.strip() for part in text.split("\n\n"))):
        if chunks and len(chunks[-1]) + len(paragraph) < size:
            chunks[-1] += f"\n{paragraph}"
        else:
            chunks.append(paragraph)
    return chunks
