"""The doors to a tenant's data: a verified token, a sealed job or wish; and, for operators, custody without opening.

Rules this module enforces:

* The tenant comes from a signature-checked token (our claim, or all that binds a tenant's own issuer) or from the
  sealed job (for upkeep: the lane that falls due), never from anything else a caller sent.
* What grants (the tenant's status, the client's roles, the issuer's binding) is checked against the tenant's own MAC
  and against the ledger of endings before anything is opened; a row put straight into the database opens nothing.
* Every doubt is the same 401. There is no default tenant.
"""

import time
from typing import Final, final

from tenancy import credentials
from tenancy.card import standing
from tenancy.compartment import Compartment, issue_compartment
from tenancy.credentials import Circumstances, IssuedToken
from tenancy.custody import Custody, issue_custody
from tenancy.embedder_change.model import IDLE, wish_in
from tenancy.errors import NotFound, ServiceError
from tenancy.foundation import Foundation
from tenancy.identity.agreeing import has_ended
from tenancy.identity.callers import caller_behind, recognise
from tenancy.identity.operators import Operator
from tenancy.ids import LaneRef, TenantId
from tenancy.keys.local import KeyDenied
from tenancy.keys.tenant_keys import Purpose, TenantKeys
from tenancy.scope import Authority, issue_scope
from tenancy.stores import registry
from tenancy.stores.clients import NewClient
from tenancy.stores.documents import Documents
from tenancy.stores.documents.blocks import Blocks
from tenancy.stores.epoch import require_epoch
from tenancy.stores.jobs import Jobs, caller_of
from tenancy.stores.registry import TenantRow, TenantStatus
from tenancy.stores.settings import TenantSettings
from tenancy.stores.views import DocumentStatus, Failure, Job, Outcome
from tenancy.tokens import TokenRefused

__all__ = ["Circumstances", "IssuedToken", "Mint", "TenantSuspended"]

_REVOKED: Final = Failure(
    "queued",
    "client_revoked",
    "The client that uploaded this was revoked before it was read. Retry it.",
    retryable=True,
)


class TenantSuspended(ServiceError):
    """The operator has suspended the tenant; its credentials are right and open nothing for now."""

    status = 403
    code = "tenant_suspended"
    title = "The tenant is suspended"


@final
class Mint:
    """Issues compartments and custodies; nothing else does."""

    def __init__(self, foundation: Foundation) -> None:
        """Stand on a process's foundation."""
        self._on = foundation

    async def _admit(self, tenant: TenantId) -> tuple[TenantRow, TenantKeys]:
        """Return an active tenant's genuine row and opened keys; TokenRefused or TenantSuspended otherwise."""
        async with self._on.store.registry(writes=False, single=True) as db:
            row = await registry.find_tenant(db, tenant)
        status = None if row is None else standing(row, self._on.ledger)
        if row is None or status in {TenantStatus.ERASING, TenantStatus.ERASED}:
            await self._evict(tenant)
            raise TokenRefused
        try:
            keys = await self._on.keyring.open(tenant)
        except KeyDenied:
            await self._evict(tenant)
            raise
        if not keys.genuine(row.mac, Purpose.GRANTS, *row.granting()):
            raise TokenRefused
        if status is not TenantStatus.ACTIVE:
            await self._evict(tenant)
            raise TenantSuspended("The operator has suspended this tenant.")
        return row, keys

    async def _evict(self, tenant: TenantId) -> None:
        self._on.keyring.evict(tenant)
        await self._on.chats.evict(tenant)
        self._on.issuers.forget(tenant)
        await self._on.pool.park(tenant)

    async def from_token(self, token: str, circumstances: Circumstances) -> Compartment:
        """Open the compartment that a tenant token speaks for."""
        known = await recognise(self._on, token)
        row, keys = await self._admit(TenantId(known.tenant))
        caller, found = await caller_behind(self._on, known, keys, row, circumstances)
        scope = issue_scope(Authority(row.id, row.epoch, caller))
        return issue_compartment(scope, keys, row, self._on, found.embedder, found.change)

    async def from_lane(self, lane: LaneRef) -> tuple[Compartment, Job] | None:
        """Claim the next job of a lane and open the compartment its sealed part names; None when there is no work.

        A lane reference is only where to look: a forged or ended one finds nothing.
        """
        looked_at = time.time()
        async with self._on.store.registry(writes=False) as db:
            tenant = await registry.lane_tenant(db, lane)
        if tenant is None:
            return None
        try:
            row, keys = await self._admit(tenant)
        except (TokenRefused, TenantSuspended):
            await self._on.lanes.settle(lane, looked_at, None)
            return None
        job, due_at, embedder = await self._claim(keys, row)
        if job is None:
            await self._on.lanes.settle(lane, looked_at, due_at)
            return None
        scope = issue_scope(Authority(tenant, row.epoch, caller_of(job)))
        return issue_compartment(scope, keys, row, self._on, embedder, None), job

    async def from_wish(self, tenant: TenantId) -> Compartment | None:
        """Open the compartment in which what a tenant has published is made anew, for whoever asked for it.

        None for a tenant that is not active: its wish waits, or is over.
        """
        try:
            row, keys = await self._admit(tenant)
        except (TokenRefused, TenantSuspended):
            return None
        async with self._on.store.tenant(keys.tenant, writes=False) as db:
            await require_epoch(db, keys, row.epoch)
            wish, embedder = await wish_in(TenantSettings(db, keys)), await Blocks(db, keys).live()
        scope = issue_scope(Authority(row.id, row.epoch, IDLE if wish is None else wish.caller()))
        return issue_compartment(scope, keys, row, self._on, embedder, None)

    async def _claim(self, keys: TenantKeys, row: TenantRow) -> tuple[Job | None, float | None, str]:
        async with self._on.store.tenant(keys.tenant, writes=True) as db:
            await require_epoch(db, keys, row.epoch)
            jobs, documents, embedder = Jobs(db, keys), Documents(db, keys), await Blocks(db, keys).live()
            while (job := await jobs.claim(time.time())) is not None:
                if not has_ended(self._on.ledger, row.id, job.client):
                    return job, None, embedder
                await jobs.remove(job)  # whoever queued it may no longer act; the tenant may ask for it anew
                await documents.finish(job.document, job.version, Outcome(failure=_REVOKED), DocumentStatus.FAILED)
            return None, await jobs.next_due(), embedder

    async def exchange(
        self, client: str, secret: str, scope: str | None, circumstances: Circumstances | None = None
    ) -> IssuedToken:
        """Return an access token for a client's own credentials; TokenRefused for every kind of wrong ones."""
        return await credentials.exchange(self._on, self._admit, client, secret, scope, circumstances)

    async def enrol(self, code: str, circumstances: Circumstances, again: str | None = None) -> NewClient:
        """Spend an enrolment code: the tenant's first client, with role `admin`; once, but for its repetition."""
        return await credentials.enrol(self._on, self._admit, code, circumstances, again)

    async def custody(self, operator: Operator, tenant: str, reason: str) -> Custody:
        """Return custody of a tenant for a stated reason; NotFound for an absent one."""
        async with self._on.store.registry(writes=False) as db:
            row = await registry.find_tenant(db, TenantId(tenant))
        if row is None:
            raise NotFound
        return issue_custody(operator, reason, row, self._on)
