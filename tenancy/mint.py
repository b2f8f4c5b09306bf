"""The two doors to a tenant's data: a verified token, a sealed job row; and, for operators, custody without opening.

Rules this module enforces:

* The tenant comes from the signature-checked claim or from the sealed job, never from anything else a caller sent.
* What grants (the tenant's status, the client's roles) is checked against the tenant's own MAC and against the ledger
  of endings before anything is opened; a row put straight into the database opens nothing.
* Every doubt is the same 401. There is no default tenant.
"""

import hashlib
import time
from dataclasses import dataclass
from typing import final

from tenancy.compartment import Compartment, issue_compartment
from tenancy.custody import Custody, Operator, issue_custody
from tenancy.errors import NotFound, ServiceError
from tenancy.foundation import Foundation
from tenancy.ids import ClientId, LaneRef, TenantId, new_id
from tenancy.keys.ledger import Ending
from tenancy.keys.local import KeyDenied
from tenancy.keys.tenant_keys import Purpose, TenantKeys
from tenancy.queue.lanes import MARK_HELD_SECONDS
from tenancy.scope import Caller, Role, TenantScope, issue_scope
from tenancy.stores import registry
from tenancy.stores.chunks import Chunks
from tenancy.stores.clients import Clients, NewClient, usable
from tenancy.stores.epoch import require_epoch
from tenancy.stores.jobs import Jobs
from tenancy.stores.records import Records
from tenancy.stores.registry import TenantRow, TenantStatus
from tenancy.stores.views import Client, Job
from tenancy.tokens import Claims, TokenRefused


class TenantSuspended(ServiceError):
    """The operator has suspended the tenant; its credentials are right and open nothing for now."""

    status = 403
    code = "tenant_suspended"
    title = "The tenant is suspended"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Where a request comes from, for the audit and for cost reports."""

    address: str = ""
    request: str = ""
    app: str = ""


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """An access token; `expires_in` seconds."""

    access_token: str
    expires_in: int
    roles: tuple[str, ...]


def hashed_code(code: str) -> str:
    """Return the form in which an enrolment code is kept."""
    return hashlib.sha256(b"bulkhead enrolment\x00" + code.encode()).hexdigest()


@final
class Mint:
    """Issues compartments and custodies; nothing else does."""

    def __init__(self, foundation: Foundation) -> None:
        """Stand on a process's foundation."""
        self._on = foundation

    async def _admit(self, tenant: TenantId) -> tuple[TenantRow, TenantKeys]:
        """Return an active tenant's genuine row and opened keys; TokenRefused or TenantSuspended otherwise."""
        ending = self._on.ledger.latest("tenant", tenant)
        async with self._on.store.registry(writes=False) as db:
            row = await registry.find_tenant(db, tenant)
        if row is None or row.status in {TenantStatus.ERASING, TenantStatus.ERASED} or _erased(ending):
            await self._evict(tenant)
            raise TokenRefused
        try:
            keys = await self._on.keyring.open(tenant)
        except KeyDenied:
            await self._evict(tenant)
            raise
        if not keys.genuine(row.mac, Purpose.GRANTS, *row.granting()):
            raise TokenRefused
        if row.status is TenantStatus.SUSPENDED or (ending is not None and ending.kind == "tenant.suspended"):
            await self._evict(tenant)
            raise TenantSuspended("The operator has suspended this tenant.")
        return row, keys

    async def _evict(self, tenant: TenantId) -> None:
        self._on.keyring.evict(tenant)
        self._on.chats.evict(tenant)
        await self._on.pool.park(tenant)

    async def from_token(self, token: str, circumstances: Circumstances) -> Compartment:
        """Open the compartment that a tenant token speaks for."""
        claims = self._on.tenant_tokens.verify(token)
        tenant = TenantId(claims.tenant)
        row, keys = await self._admit(tenant)
        client, change = await self._client_of(claims, keys, row)
        roles = frozenset(Role(role) for role in client.roles & set(claims.roles))
        caller = Caller(
            f"client:{client.id}", client.id, client.purpose, roles,
            circumstances.address, circumstances.request, circumstances.app or client.name,
        )  # fmt: skip
        return issue_compartment(issue_scope(tenant, row.epoch, caller), keys, row, self._on, change)

    async def _client_of(self, claims: Claims, keys: TenantKeys, row: TenantRow) -> tuple[Client, int]:
        if self._on.ledger.latest("client", claims.client) is not None:
            raise TokenRefused
        try:
            async with self._on.store.tenant(keys.tenant, writes=False) as db:
                await require_epoch(db, keys, row.epoch)
                client = await Clients(db, keys).get(claims.client)
                change = await Chunks(db, keys).change()
        except NotFound:
            raise TokenRefused from None
        if not usable(client) or claims.subject != client.id:
            raise TokenRefused
        return client, change

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
            await self._settle(lane, looked_at, None)
            return None
        job, due_at = await self._claim(keys, row)
        if job is None:
            await self._settle(lane, looked_at, due_at)
            return None
        caller = Caller(f"{job.actor} through {job.id}", job.client, job.purpose, frozenset())
        scope: TenantScope = issue_scope(tenant, row.epoch, caller)
        return issue_compartment(scope, keys, row, self._on, None), job

    async def _claim(self, keys: TenantKeys, row: TenantRow) -> tuple[Job | None, float | None]:
        async with self._on.store.tenant(keys.tenant, writes=True) as db:
            await require_epoch(db, keys, row.epoch)
            jobs = Jobs(db, keys)
            job = await jobs.claim(time.time())
            return job, None if job is not None else await jobs.next_due()

    async def _settle(self, lane: LaneRef, looked_at: float, due_at: float | None) -> None:
        async with self._on.store.registry(writes=True) as db:
            held = time.time() + MARK_HELD_SECONDS
            # A mark may precede a commit that is still on its way: look once more before the lane is cleared.
            marked = await registry.marked_at(db, lane)
            if looked_at - marked < MARK_HELD_SECONDS:
                due_at = held if due_at is None else min(due_at, held)
            await registry.settle_lane(db, lane, looked_at, due_at)

    async def exchange(self, client_id: str, secret: str, scope: str | None) -> IssuedToken:
        """Return an access token for a client's own credentials; TokenRefused for every kind of wrong ones."""
        async with self._on.store.registry(writes=False) as db:
            tenant = await registry.look_up(db, client_id)
        if tenant is None:
            raise TokenRefused
        _, keys = await self._admit(tenant)
        async with self._on.store.tenant(tenant, writes=False) as db:
            client = await Clients(db, keys).authenticate(client_id, secret)
        if client is None or self._on.ledger.latest("client", client.id) is not None:
            raise TokenRefused
        roles = tuple(sorted(client.roles if scope is None else client.roles & set(scope.split())))
        seconds = 3600 if client.expires_at is None else int(min(3600, client.expires_at - time.time()))
        token = self._on.tenant_tokens.sign(client.id, seconds, tid=tenant, cid=client.id, roles=list(roles))
        return IssuedToken(token, seconds, roles)

    async def enrol(self, code: str, circumstances: Circumstances) -> NewClient:
        """Spend an enrolment code: the tenant's first client, with role `admin`; once."""
        hashed = hashed_code(code)
        async with self._on.store.registry(writes=False) as db:
            tenant = await registry.look_up(db, f"code:{hashed}")
        if tenant is None:
            raise TokenRefused
        row, keys = await self._admit(tenant)
        client = ClientId(new_id("cli"))
        async with self._on.store.registry(writes=True) as db:
            await registry.add_lookup(db, client, tenant)  # grants nothing until the row below stands
        caller = Caller(
            "enrolment", client, "enrolment", frozenset(), circumstances.address, circumstances.request
        )
        async with self._on.store.tenant(tenant, writes=True) as db:
            await require_epoch(db, keys, row.epoch)
            records = Records(db, keys, caller)
            if not await records.clients.use_code(hashed):
                raise TokenRefused
            made = await records.clients.add(client, "first client", frozenset({Role.ADMIN}), "administration")
            await records.audit.add("enrolment.used", client)
        return made

    def operator(self, token: str) -> Operator:
        """Return the operator that a token of the operator plane names."""
        return Operator(self._on.operator_tokens.verify(token).subject)

    async def custody(self, operator: Operator, tenant: str, reason: str) -> Custody:
        """Return custody of a tenant for a stated reason; NotFound for an absent one."""
        async with self._on.store.registry(writes=False) as db:
            row = await registry.find_tenant(db, TenantId(tenant))
        if row is None:
            raise NotFound
        return issue_custody(operator.subject, reason, row, self._on)


def _erased(ending: Ending | None) -> bool:
    return ending is not None and ending.kind == "tenant.erased"
