"""One tenant's data, opened for one caller: the only way to it.

Rules this module enforces:

* A compartment is issued by the mint and cannot be made, copied, pickled or subclassed (see `tenancy.scope`, whose seal it checks at every use).
* It reaches one tenant. There is no compartment of all tenants, and no method takes a tenant.
* `begin` is one short write transaction, refused when the tenant's epoch has moved on since the scope was issued.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Never, NoReturn, final

from tenancy.ids import BlobRef, ClientId, VersionId, new_id
from tenancy.index.tenant_index import TenantIndex
from tenancy.keys.tenant_keys import TenantKeys
from tenancy.models.tenant_models import TenantModels
from tenancy.plans import effective
from tenancy.scope import Caller, Forged, Role, TenantScope, epoch_of, tenant_of
from tenancy.stores import registry
from tenancy.stores.blobs import BlobWriter, delete_blob, read_blob
from tenancy.stores.chunks import SealedVersion, filter_token, seal_version
from tenancy.stores.clients import NewClient
from tenancy.stores.epoch import require_epoch
from tenancy.stores.records import Records
from tenancy.stores.registry import TenantRow
from tenancy.stores.vectors import Matrix
from tenancy.stores.views import Chunk, Scalar

if TYPE_CHECKING:
    from tenancy.foundation import Foundation


@dataclass(frozen=True, slots=True)
class TenantCard:
    """What a tenant may read of itself, and an operator of it."""

    id: str
    name: str
    status: str
    plan: str
    limits: dict[str, int | float]
    created_at: float


def card_of(row: TenantRow) -> TenantCard:
    """Return the public part of a registry row."""
    return TenantCard(row.id, row.name, row.status, row.plan, effective(row.plan, row.limits), row.created_at)


@final
class TenantBlobs:
    """The originals of one tenant."""

    def __init__(self, keys: TenantKeys, foundation: "Foundation") -> None:
        """Bind to the tenant whose keys these are."""
        self._keys = keys
        self._folder = foundation.blobs

    def create(self) -> BlobWriter:
        """Begin a sealed blob."""
        return BlobWriter(self._keys, self._folder)

    def read(self, blob: BlobRef) -> AsyncIterator[bytes]:
        """Yield a blob's plaintext."""
        return read_blob(self._keys, self._folder, blob)

    async def delete(self, blobs: Sequence[BlobRef]) -> None:
        """Remove blobs."""
        for blob in blobs:
            await delete_blob(self._keys, self._folder, blob)


@final
class Compartment:
    """One tenant's data, opened."""

    __slots__ = ("_foundation", "_keys", "_row", "_scope", "blobs", "index", "models")
    _scope: TenantScope
    _keys: TenantKeys
    _row: TenantRow
    _foundation: "Foundation"
    blobs: TenantBlobs
    index: TenantIndex
    models: TenantModels

    def __init__(self, issued_only_by_the_mint: Never) -> None:
        """Refuse: compartments are issued."""
        raise Forged("A compartment was constructed outside the mint.")

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Refuse subclasses also where no type checker ran."""
        raise TypeError("Compartment is final")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        """Refuse to change."""
        raise AttributeError("a compartment cannot change")

    def __copy__(self) -> NoReturn:
        """Refuse copies."""
        raise TypeError("a compartment cannot be copied")

    def __deepcopy__(self, memo: object) -> NoReturn:
        """Refuse copies."""
        raise TypeError("a compartment cannot be copied")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Refuse to leave the process."""
        raise TypeError("a compartment cannot be pickled")

    def __repr__(self) -> str:
        """Show who acts, never whose data it is."""
        return f"Compartment({self._scope!r})"

    @property
    def caller(self) -> Caller:
        """Who acts through this compartment."""
        tenant_of(self._scope)
        return self._scope.caller

    @property
    def limits(self) -> Mapping[str, int | float]:
        """The limits in force."""
        return effective(self._row.plan, self._row.limits)

    def card(self) -> TenantCard:
        """Return what the tenant may read of itself."""
        tenant_of(self._scope)
        return card_of(self._row)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Records]:
        """Open one short write transaction; it commits at the end of the block and rolls back on an error."""
        async with self._foundation.store.tenant(tenant_of(self._scope), writes=True) as db:
            await require_epoch(db, self._keys, epoch_of(self._scope))
            yield Records(db, self._keys, self._scope.caller)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Records]:
        """Open one short read transaction."""
        async with self._foundation.store.tenant(tenant_of(self._scope), writes=False) as db:
            yield Records(db, self._keys, self._scope.caller)

    @asynccontextmanager
    async def queueing(self) -> AsyncIterator[Records]:
        """Open a write transaction that adds a job: the lane is marked before the commit and poked after it."""
        lane = await self._foundation.lanes.mark(tenant_of(self._scope))
        async with self.begin() as records:
            yield records
        await self._foundation.lanes.poke(lane)

    def seal_version(self, version: VersionId, parts: Sequence[Chunk], matrix: Matrix, tags: Mapping[str, Scalar]) -> SealedVersion:
        """Seal what a version publishes; `tags` are the fields a search may narrow by. CPU only: call it in a thread."""
        tenant_of(self._scope)
        tokens = sorted(filter_token(self._keys, field, value) for field, value in tags.items())
        return seal_version(self._keys, version, parts, matrix, tokens)

    async def add_client(self, name: str, roles: frozenset[Role], purpose: str, expires_at: float | None = None) -> NewClient:
        """Make credentials for one of the tenant's programs."""
        client = ClientId(new_id("cli"))
        async with self._foundation.store.registry(writes=True) as db:
            await registry.add_lookup(db, client, tenant_of(self._scope))
        async with self.begin() as records:
            made = await records.clients.add(client, name, roles, purpose, expires_at)
            await records.audit.add("client.created", client)
        return made

    async def revoke_client(self, client: str) -> None:
        """End a client, durably beyond any backup, before anyone is told so."""
        async with self.begin() as records:
            await records.clients.revoke(client)
            await records.audit.add("client.revoked", client)
            self._foundation.ledger.append("client.revoked", client, tenant_of(self._scope))


def issue_compartment(
    scope: TenantScope, keys: TenantKeys, row: TenantRow, foundation: "Foundation", change: int | None
) -> Compartment:
    """Open a compartment for a genuine scope; for the mint alone."""
    tenant_of(scope)
    embedder = foundation.embedders[row.embedder]
    compartment = object.__new__(Compartment)
    values = {
        "_scope": scope,
        "_keys": keys,
        "_row": row,
        "_foundation": foundation,
        "blobs": TenantBlobs(keys, foundation),
        "index": TenantIndex(keys, foundation.store, foundation.pool, embedder.dimension, change),
        "models": TenantModels(keys, foundation.store, embedder, foundation.chats),
    }
    for name, value in values.items():
        object.__setattr__(compartment, name, value)
    return compartment
