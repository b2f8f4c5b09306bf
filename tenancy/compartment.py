"""One tenant's data, opened for one caller: the only way to it.

Rules this module enforces:

* A compartment is issued by the mint and cannot be made, copied, pickled or subclassed; every use looks it up in a
  vault (see `tenancy.scope`), and the object itself holds nothing.
* It reaches one tenant. There is no compartment of all tenants, and no method takes a tenant.
* `begin` is one short write transaction and `snapshot` a read one; both are refused when the tenant's epoch has moved
  on since the scope was issued.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Never, NoReturn, final

from tenancy.auditing.tenant_audit import TenantAudit
from tenancy.card import TenantCard, card_of
from tenancy.embedder_change.service import TenantEmbedder
from tenancy.identity.client_secrets import replace_secret
from tenancy.identity.own import TenantIssuer
from tenancy.ids import ClientId, new_id
from tenancy.index.tenant_index import Known, TenantIndex
from tenancy.keys.tenant_keys import TenantKeys
from tenancy.limits.quota import TenantQuota
from tenancy.models.tenant_models import TenantModels
from tenancy.scope import Caller, Forged, TenantScope, epoch_of, tenant_of, vault
from tenancy.stores import registry
from tenancy.stores.blobs import TenantBlobs
from tenancy.stores.clients import NewClient
from tenancy.stores.epoch import require_epoch
from tenancy.stores.records import Records
from tenancy.stores.registry import TenantRow
from tenancy.stores.views import PLAIN_TERMS, ClientTerms
from tenancy.tripwires.watch import TenantTripwires
from tenancy.values.roles import Role

if TYPE_CHECKING:
    from tenancy.foundation import Foundation


@dataclass(frozen=True, slots=True)
class _Opened:
    """What a compartment stands for."""

    scope: TenantScope
    keys: TenantKeys
    row: TenantRow
    foundation: "Foundation"
    blobs: TenantBlobs
    index: TenantIndex
    models: TenantModels
    audit: TenantAudit


@final
class Compartment:
    """One tenant's data, opened."""

    __slots__ = ("__weakref__",)

    def __init__(self, issued_only_by_the_mint: Never) -> None:  # noqa: ARG002 - its type is what refuses
        """Refuse: compartments are issued."""
        raise Forged("A compartment was constructed outside the mint.")

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Refuse subclasses also where no type checker ran."""
        raise TypeError("Compartment is final")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Refuse to be copied or to leave the process."""
        raise TypeError("a compartment cannot be copied or pickled")

    def __repr__(self) -> str:
        """Show who acts, never whose data it is."""
        return f"Compartment(actor={self.caller.actor!r})"

    @property
    def caller(self) -> Caller:
        """Who acts through this compartment."""
        return _opened(self).scope.caller

    @property
    def blobs(self) -> TenantBlobs:
        """The tenant's originals."""
        return _opened(self).blobs

    @property
    def index(self) -> TenantIndex:
        """The tenant's collection."""
        return _opened(self).index

    @property
    def models(self) -> TenantModels:
        """The tenant's embedder and chat model."""
        return _opened(self).models

    @property
    def audit(self) -> TenantAudit:
        """The tenant's audit trail: written by whoever answers, checked by its auditors."""
        return _opened(self).audit

    @property
    def tripwires(self) -> TenantTripwires:
        """What recognises the deployment's tripwires, and tells the tenant's own from others'."""
        return TenantTripwires(_opened(self).foundation.tripwires, self)

    @property
    def quota(self) -> TenantQuota:
        """The limits in force, and what of them is left."""
        this = _opened(self)
        return TenantQuota(self, this.row, this.foundation)

    @property
    def embedder(self) -> TenantEmbedder:
        """The tenant's embedder, and its change to another one."""
        this = _opened(self)
        return TenantEmbedder(this.foundation, tenant_of(this.scope), this.scope.caller)

    @property
    def issuer(self) -> TenantIssuer:
        """The tenant's own OIDC issuer."""
        return TenantIssuer(_opened(self).foundation, _opened(self).keys, self.begin)

    def card(self) -> TenantCard:
        """Return what the tenant may read of itself."""
        return card_of(_opened(self).row)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Records]:
        """Open one short write transaction; it commits at the end of the block and rolls back on an error."""
        this = _opened(self)
        async with this.foundation.store.tenant(tenant_of(this.scope), writes=True) as db:
            await require_epoch(db, this.keys, epoch_of(this.scope))
            records = Records(db, this.keys, this.scope.caller, this.foundation.deletions)
            yield records
        await this.audit.committed(records.audit.written)
        this.foundation.notices.ring(tenant_of(this.scope))

    async def turned(self) -> "Compartment":
        """Return it with the embedder whose vectors answer by now, for the same caller and on the same meter."""
        async with self.snapshot() as records:
            embedder = await records.blocks.live()
        this = _opened(self)
        return _issue(replace(this, index=this.index.turned(embedder), models=this.models.turned(embedder)))

    def listening(self) -> AbstractContextManager[asyncio.Event]:
        """Give an event that is set whenever a transaction of this tenant has committed in this process."""
        this = _opened(self)
        return this.foundation.notices.listening(tenant_of(this.scope))

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Records]:
        """Open one short read transaction, refused like a write when the tenant's epoch has moved on."""
        this = _opened(self)
        async with this.foundation.store.tenant(tenant_of(this.scope), writes=False) as db:
            await require_epoch(db, this.keys, epoch_of(this.scope))
            yield Records(db, this.keys, this.scope.caller)

    @asynccontextmanager
    async def queueing(self) -> AsyncIterator[Records]:
        """Open a write transaction that adds a job: the lane is marked before the commit and poked after it."""
        this = _opened(self)
        lane = await this.foundation.lanes.mark(tenant_of(this.scope))
        async with self.begin() as records:
            yield records
        await this.foundation.lanes.poke(lane)

    async def add_client(
        self, name: str, roles: frozenset[Role], purpose: str, terms: ClientTerms = PLAIN_TERMS
    ) -> NewClient:
        """Make credentials for one of the tenant's programs."""
        this = _opened(self)
        client = ClientId(new_id("cli"))
        async with this.foundation.store.registry(writes=True) as db:
            await registry.add_lookup(db, client, tenant_of(this.scope))
        async with self.begin() as records:
            made = await records.clients.add(client, name, roles, purpose, terms)
            await records.audit.add("client.created", client)
        return made

    async def rotate_client(self, client: str, overlap: int = 0) -> NewClient:
        """Give one of the tenant's programs another secret; the one before ends after `overlap` seconds, durably."""
        this = _opened(self)
        async with self.begin() as records:
            return await replace_secret(this.foundation, tenant_of(this.scope), records, client, overlap)

    async def revoke_client(self, client: str) -> None:
        """End a client, durably beyond any backup, before anyone is told so; LastAdmin if nobody could follow it."""
        this = _opened(self)
        async with self.begin() as records:
            await records.clients.revoke(client, lambda each: this.foundation.ledger.latest("client", each) is not None)
            await records.audit.add("client.revoked", client)
            await asyncio.to_thread(this.foundation.ledger.append, "client.revoked", client, tenant_of(this.scope))


_issue, _opened = vault(Compartment, _Opened)


def issue_compartment(
    scope: TenantScope, keys: TenantKeys, row: TenantRow, foundation: "Foundation", embedder: str, change: int | None
) -> Compartment:
    """Open a compartment for a genuine scope with its own tenant's keys; for the mint alone.

    `embedder` and `change` are what searches stand on, None: the newest change is looked up.
    """
    if not tenant_of(scope) == keys.tenant == row.id:
        raise Forged("A compartment was to be opened with another tenant's keys.")
    blobs = TenantBlobs(keys, foundation.blobs)
    traits = foundation.embedders.traits
    index = TenantIndex(keys, foundation.store, foundation.pool, embedder, traits, Known(row.epoch, change))
    models = TenantModels(keys, embedder, foundation, scope, row.plan)
    audit = TenantAudit(foundation, keys, scope)
    return _issue(_Opened(scope, keys, row, foundation, blobs, index, models, audit))
