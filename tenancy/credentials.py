"""Turn what a caller knows into credentials: a client's secret into a token, an enrolment code into a first client.

Whose credentials these are is looked up; what they grant is decided by the rows of a tenant that the mint has admitted.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from tenancy.auditing.accesses import Access
from tenancy.foundation import Foundation
from tenancy.identity.client_secrets import ends_at
from tenancy.ids import ClientId, TenantId, new_id
from tenancy.keys.tenant_keys import TenantKeys
from tenancy.scope import Caller
from tenancy.stores import registry
from tenancy.stores.clients import Clients, CodeUsed, NewClient
from tenancy.stores.epoch import require_epoch
from tenancy.stores.records import Records
from tenancy.stores.registry import TenantRow
from tenancy.tokens import LONGEST_SECONDS, TokenRefused
from tenancy.values.roles import Role

_USED: Final = "This enrolment code was used before. Ask the operator for a new tenant or a new code."
Admit = Callable[[TenantId], Awaitable[tuple[TenantRow, TenantKeys]]]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Where a request comes from, for the audit and for cost reports."""

    address: str = ""
    request: str = ""
    app: str = ""
    feature: str = ""


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """An access token; `expires_in` seconds."""

    access_token: str
    expires_in: int
    roles: tuple[str, ...]


def hashed_code(code: str) -> str:
    """Return the form in which an enrolment code is kept."""
    return hashlib.sha256(b"bulkhead enrolment\x00" + code.encode(errors="replace")).hexdigest()


async def _owner(on: Foundation, key: str) -> TenantId:
    async with on.store.registry(writes=False) as db:
        tenant = await registry.look_up(db, key)
    if tenant is None:
        raise TokenRefused
    return tenant


async def exchange(
    on: Foundation,
    admit: Admit,
    client: str,
    secret: str,
    scope: str | None,
    circumstances: Circumstances | None = None,
) -> IssuedToken:
    """Return an access token for a client's own credentials; TokenRefused for every kind of wrong ones.

    A token stands in the tenant's audit before it is given. What was refused does not: nobody has shown whose it is,
    and a durable write would let anybody tell by the time it takes that there is such a client.
    """
    tenant = await _owner(on, client)
    row, keys = await admit(tenant)
    async with on.store.tenant(tenant, writes=False) as db:
        await require_epoch(db, keys, row.epoch)
        clients = Clients(db, keys)
        known = await clients.authenticate(client, secret, clock=on.clock)
    if known is None or on.ledger.latest("client", known.id) is not None:
        raise TokenRefused
    rotated = on.ledger.latest("secret", known.id)
    if rotated is not None and ends_at(rotated, clients.secret_digest(known.id, secret)) <= on.clock():
        raise TokenRefused  # an older database still knows a secret that has ended
    roles = tuple(sorted(known.roles if scope is None else known.roles & set(scope.split())))
    left = LONGEST_SECONDS if known.expires_at is None else known.expires_at - on.clock()
    seconds = int(min(LONGEST_SECONDS, left))
    where = circumstances or Circumstances()
    caller = Caller(f"client:{known.id}", known.id, known.purpose, frozenset(), where.address, where.request)
    await on.accesses.write(on, keys, row.epoch, caller, Access("token.issued", known.id))
    token = on.tenant_tokens.sign(known.id, seconds, tid=tenant, cid=known.id, roles=list(roles))
    return IssuedToken(token, seconds, roles)


async def enrol(
    on: Foundation, admit: Admit, code: str, circumstances: Circumstances, again: str | None = None
) -> NewClient:
    """Spend an enrolment code: the tenant's first client, with role `admin`; CodeUsed for a code that was spent.

    Under the same key `again` the same code gives the same client for a day: an answer that was lost on its way would
    otherwise have locked the tenant out.
    """
    hashed = hashed_code(code)
    tenant = await _owner(on, f"code:{hashed}")
    row, keys = await admit(tenant)
    if on.ledger.latest("enrolment", hashed) is not None:
        if again is not None:
            return await _given_before(on, row, keys, hashed, again)
        # Also where an older row, or a whole older database, says that it was not.
        raise CodeUsed(_USED)
    client = ClientId(new_id("cli"))
    async with on.store.registry(writes=True) as db:
        await registry.add_lookup(db, client, tenant)  # grants nothing until the row below stands
    caller = Caller("enrolment", client, "enrolment", frozenset(), circumstances.address, circumstances.request)
    async with on.store.tenant(tenant, writes=True) as db:
        await require_epoch(db, keys, row.epoch)
        records = Records(db, keys, caller)
        if not await records.clients.use_code(hashed):
            raise TokenRefused
        made = await records.clients.add(client, "first client", frozenset({Role.ADMIN}), "administration")
        await records.audit.add("enrolment.used", client)
        if again is not None:
            await records.replays.begin(_enrolling(hashed), again, hashed)
            await records.replays.keep(_enrolling(hashed), again, {"client": client, "secret": made.secret})
        # Before the commit: a code may be lost by a crash in between, but it is never spent twice.
        await asyncio.to_thread(on.ledger.append, "enrolment.used", hashed, tenant)
    await on.anchors.note(tenant, records.audit.written)
    return made


def _enrolling(hashed: str) -> str:
    return f"enrolment:{hashed}"


async def _given_before(on: Foundation, row: TenantRow, keys: TenantKeys, hashed: str, again: str) -> NewClient:
    """Return what a spent code gave under the key `again`; CodeUsed when that was nothing."""
    async with on.store.tenant(keys.tenant, writes=True) as db:
        await require_epoch(db, keys, row.epoch)
        records = Records(db, keys, Caller("enrolment", ClientId(""), "enrolment", frozenset()))
        kept = await records.replays.begin(_enrolling(hashed), again, hashed)
        if kept is None:
            raise CodeUsed(_USED)
        return NewClient(await records.clients.get(str(kept["client"])), str(kept["secret"]))
