"""A whole deployment below HTTP for tests: real stores, keys and index, and an embedder that costs nothing."""

import hashlib
import re
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from ingestion.accept import Incoming, accept
from ingestion.parse import Extracted, Limits, ParserPool, Piece
from ingestion.publish import Superseded, ingest
from tenancy.anomalies.post import Post
from tenancy.auditing.operations import Operations
from tenancy.compartment import Compartment
from tenancy.credentials import Circumstances
from tenancy.crypto.revocation_log import RevocationLog
from tenancy.custody import Custody
from tenancy.deployment.anchors import Anchors
from tenancy.deployment.deletions import Deletions
from tenancy.foundation import Foundation
from tenancy.identity.issuer_keys import IssuerKeys
from tenancy.identity.operators import Operator
from tenancy.ids import TenantId
from tenancy.index.collection import Shape
from tenancy.index.embedded import EmbeddedCollection
from tenancy.index.folder import IndexFolder, default_root
from tenancy.index.pool import AwakePool
from tenancy.keys.keyring import Keyring
from tenancy.keys.local import LocalKeys
from tenancy.mint import Mint
from tenancy.models.chats import ChatPool
from tenancy.models.egress import EgressGuard
from tenancy.models.embedder import PassageVectors, QuestionVectors, Vectors
from tenancy.models.encoders.catalogue import Encoders
from tenancy.models.encoders.traits import Traits
from tenancy.models.offers.offers import Offers
from tenancy.provision import NewTenant, provision
from tenancy.queue.lanes import Lanes
from tenancy.stores.blobs import BlobFolder
from tenancy.stores.databases.sqlite import SqliteStore
from tenancy.stores.databases.store import Store
from tenancy.stores.registry import key_loader
from tenancy.stores.views import Document
from tenancy.tokens import OPERATOR_AUDIENCE, TENANT_AUDIENCE, TokenSigner
from tenancy.tripwires.alarms import Alarm
from tenancy.tripwires.owners import Owner
from tenancy.tripwires.watch import Tripwires
from tenancy.values.embedded_text import EmbeddedText
from tenancy.values.layout import Layout, Rows
from tenancy.values.part_vectors import PartVectors, pooled
from tests.limits import ROOMY

OPERATOR = Operator("test-operator")
NOWHERE = Circumstances()
_DIMENSION = 32
_GUARD = EgressGuard(("127.0.0.1",))  # it holds no state, and reading the certificates takes longest of all here


class WordHashes:
    """An embedder: each word has a fixed random direction, a text is the sum of its words."""

    traits = Traits("minilm", _DIMENSION, 256)

    def _vector(self, text: str) -> Vectors:
        total = np.zeros(_DIMENSION, np.float32)
        for word in text.lower().split() or [""]:
            seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
            total += np.random.default_rng(seed).standard_normal(_DIMENSION).astype(np.float32)
        return total / np.float32(np.linalg.norm(total))

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    async def embed_question(self, text: str) -> QuestionVectors:
        return QuestionVectors(self._vector(text), self._tokens(text)[0])

    async def embed(self, texts: Sequence[EmbeddedText], *, apart: bool = False) -> PassageVectors:  # noqa: ARG002 - as an Embedder
        return PassageVectors(np.stack([self._vector(each.text) for each in texts]), tuple(map(self._parts, texts)))

    def _parts(self, text: EmbeddedText) -> PartVectors:
        tokens, places = self._tokens(text.text)
        return pooled(tokens, places - text.own, text.units)

    def _tokens(self, text: str) -> tuple[Vectors, NDArray[np.int64]]:
        words = list(re.finditer(r"\S+", text))
        vectors = np.array([self._vector(word[0]) for word in words], np.float32).reshape(-1, _DIMENSION)
        return vectors, np.array([word.span() for word in words], np.int64).reshape(-1, 2)


class PlainParser(ParserPool):
    """Reads small plain text in this process, one chunk a paragraph; the sandbox has tests of its own.

    A paragraph of lines with ` | ` is a table, the names of its columns first.
    """

    def __init__(self) -> None:
        super().__init__(Path("/nonexistent"), Limits())

    async def parse(self, content: AsyncIterator[bytes], *, name: str, size: int) -> Extracted:
        del name, size
        text = b"".join([part async for part in content]).decode()
        spans, rows, at = list[tuple[int, int]](), list[Rows](), 0
        for paragraph in text.split("\n\n"):
            spans.append((at, at + len(paragraph)))
            names, line, _ = paragraph.partition("\n")
            if line and " | " in names:
                rows.append(Rows(at + len(names) + 1, at + len(paragraph), tuple(names.split(" | "))))
            at += len(paragraph) + 2
        layout = Layout((), tuple(rows))
        pieces = tuple(
            Piece(start, end, len(text[start:end].split()), layout.within(start, end)) for start, end in spans
        )
        return Extracted(text, None, None, pieces, layout)


@dataclass(frozen=True, slots=True)
class House:
    """One process of a deployment, with the folders it stands on."""

    foundation: Foundation
    mint: Mint
    data: Path
    keys: Path
    rang: list[Alarm]

    async def custody(self, tenant: str) -> Custody:
        return await self.mint.custody(OPERATOR, tenant, "a test")

    async def settle(self, name: str) -> "Resident":
        """Provision a tenant and enrol its administrator."""
        card, enrolment = await provision(self.foundation, OPERATOR, NewTenant(name, limits=ROOMY))
        made = await self.mint.enrol(enrolment.code, NOWHERE)
        issued = await self.mint.exchange(made.client.id, made.secret, None)
        return Resident(TenantId(card.id), enrolment.code, made.client.id, made.secret, issued.access_token)

    async def enter(self, resident: "Resident") -> Compartment:
        return await self.mint.from_token(resident.token, NOWHERE)

    async def drain(self) -> int:
        """Do every job that is due; return how many were not void."""
        done = 0
        for lane in await self.foundation.lanes.due():
            while (claimed := await self.mint.from_lane(lane)) is not None:
                with suppress(Superseded):
                    await ingest(*claimed, PlainParser())
                    done += 1
        return done

    async def plant(self, resident: "Resident", place: str = "a test") -> str:
        """Return a new tripwire token of a tenant's own."""
        return await self.foundation.tripwires.owners.issue(Owner(resident.id, place))

    async def execute(self, tenant: TenantId | None, statement: sa.Executable) -> None:
        """Change rows the way somebody with the database in hand does."""
        store = self.foundation.store
        opened = store.registry(writes=True) if tenant is None else store.tenant(tenant, writes=True)
        async with opened as db:
            await db.execute(statement)


@dataclass(frozen=True, slots=True)
class Resident:
    """A tenant with its first client."""

    id: TenantId
    code: str
    client: str
    secret: str
    token: str


async def upload(compartment: Compartment, name: str, text: str, external: str | None = None) -> Document:
    """Upload a small text file."""

    async def content() -> AsyncIterator[bytes]:
        yield text.encode()

    return (await accept(compartment, Incoming(name, external), content())).document


@asynccontextmanager
async def house(folder: Path, *, store: Store | None = None, provider: LocalKeys | None = None) -> AsyncIterator[House]:
    """Open a deployment below `folder`; `store` and `provider` stand in for its own."""
    data, keys = folder / "data", folder / "data.keys"
    provider, store = provider or LocalKeys(keys), store or SqliteStore(data)
    await store.start()
    index = IndexFolder(default_root().with_name("bulkhead-tests"), accept_disk=True)  # never among those of services

    async def collection(_tenant: TenantId, shape: Shape) -> EmbeddedCollection:
        return await EmbeddedCollection.create(index.fresh(), shape.dimension)

    ledger = RevocationLog(keys / "ledger.jsonl", provider.secret("ledger"))
    anchors = Anchors(ledger)
    rang: list[Alarm] = []
    foundation = Foundation(
        store=store,
        provider=provider,
        keyring=Keyring(provider, key_loader(store)),
        ledger=ledger,
        anchors=anchors,
        operations=Operations(store, provider, anchors),
        deletions=Deletions(keys / "deletions"),
        tenant_tokens=TokenSigner(provider, ledger, TENANT_AUDIENCE),
        operator_tokens=TokenSigner(provider, ledger, OPERATOR_AUDIENCE),
        blobs=BlobFolder(data / "blobs"),
        pool=AwakePool(collection, most_bytes=1 << 28, most_bytes_tenant=1 << 27),
        embedders=Encoders.holding(WordHashes()),
        chats=ChatPool(_GUARD),
        offers=Offers(store, provider, ledger),
        issuers=IssuerKeys(_GUARD),
        post=Post(_GUARD),
        lanes=Lanes(store),
        tripwires=Tripwires(provider, store, rang.append),
    )
    try:
        yield House(foundation, Mint(foundation), data, keys, rang)
        await foundation.pool.close()
    finally:
        index.close()
        await store.close()


def over(foundation: Foundation, store: Store) -> Foundation:
    """Return the foundation with another store."""
    return replace(foundation, store=store)


def fresh_folder() -> Path:
    """Return a new folder in memory where there is one: these tests sync files often."""
    memory = Path("/dev/shm")  # noqa: S108  # a random folder of mode 0700 below it
    return Path(tempfile.mkdtemp(prefix="bulkhead-test-", dir=memory if memory.is_dir() else None))
