"""How a tenant's own issuer comes into force: the tenant proposes it, the operator confirms it, either ends it.

Rules this module enforces:

* Only what both have named is in force. The operator names the binding for itself, as it was agreed with the customer,
  and learns nothing of what the tenant wrote: a MAC under the tenant's key is compared.
* What is in force is the newest entry of the ledger about it, and only for the very binding that has its MAC. So
  another proposal ends the one before, and no row put into the database, and no backup put back, brings one into force.
* The mapping of roles is the tenant's own affair; the newest one is the one in force, for the same reason.
* An entry in the registry by which tokens find their tenant is made by the confirmation, never by a proposal: who
  proposes learns nothing of other tenants, and takes nothing from them.
"""

import asyncio
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from tenancy.crypto.revocation_log import Ending, RevocationLog
from tenancy.errors import ServiceError
from tenancy.identity.binding import SETTINGS, Binding, OwnIssuer, own_issuer
from tenancy.ids import ClientId, TenantId, new_id
from tenancy.keys.tenant_keys import Purpose, TenantKeys
from tenancy.stores import registry
from tenancy.stores.databases.store import Store, Transaction
from tenancy.stores.records import Records
from tenancy.stores.schema import lookups

PROPOSED: Final = "issuer.proposed"
CONFIRMED: Final = "issuer.confirmed"
ENDED: Final = "issuer.ended"
_MAPPED: Final = "mapping.set"
_GROUP: Final = len("oid_") + 12


class IssuerNotProposed(ServiceError):
    """The tenant has proposed no issuer, or another one than the operator names."""

    status = 409
    code = "issuer_not_proposed"
    title = "The tenant has not proposed this issuer"


class IssuerTaken(ServiceError):
    """Tokens of this issuer, audience and organisation are another tenant's."""

    status = 409
    code = "issuer_taken"
    title = "These tokens belong to another tenant"


@final
@dataclass(frozen=True, slots=True)
class Standing:
    """Where an issuer stands: `none`, `proposed`, `confirmed` or `ended`, and since when in epoch seconds."""

    state: str
    since: float | None = None


def standing_of(ledger: RevocationLog, tenant: TenantId, mac: str | None = None) -> Standing:
    """Return where the tenant's issuer stands; with the MAC of a binding, where exactly that one does."""
    entry = ledger.latest("issuer", tenant)
    if entry is None:
        return Standing("none")
    state = entry.kind.removeprefix("issuer.")
    other = mac is not None and not hmac.compare_digest(entry.data.get("binding", ""), mac)
    return Standing("ended" if other else state, entry.at)


def confirmed(ledger: RevocationLog, tenant: TenantId) -> Ending | None:
    """Return the confirmation that is in force for the tenant, or None."""
    entry = ledger.latest("issuer", tenant)
    return entry if entry is not None and entry.kind == CONFIRMED else None


def in_force(ledger: RevocationLog, keys: TenantKeys, own: OwnIssuer | None) -> Ending | None:
    """Return the confirmation of exactly this issuer with exactly these roles, or None."""
    entry, mapped = confirmed(ledger, keys.tenant), ledger.latest("mapping", keys.tenant)
    if entry is None or mapped is None or own is None:
        return None
    bound = hmac.compare_digest(entry.data["binding"], own.binding.mac(keys))
    roles = hmac.compare_digest(mapped.data["mapping"], own.mapping.mac(keys))
    return entry if bound and roles else None


def principal(keys: TenantKeys, entry: Ending, issuer: str, subject: str) -> ClientId:
    """Return as whom somebody acts under a confirmation: the same id for the same (issuer, subject), no one else's."""
    letters = "0123456789abcdefghjkmnpqrstvwxyz"
    mac = keys.mac(Purpose.GRANTS, "principal", issuer, subject)
    return ClientId(entry.data["group"] + "".join(letters[byte & 31] for byte in mac[:12]))


def has_ended(ledger: RevocationLog, tenant: TenantId, client: ClientId) -> bool:
    """Tell whether who acts under this id may act no more: a client that was revoked, a person whose issuer ended."""
    if not client.startswith("oid_"):
        return ledger.latest("client", client) is not None
    entry = confirmed(ledger, tenant)
    return entry is None or entry.data["group"] != client[:_GROUP]


async def propose(records: Records, ledger: RevocationLog, keys: TenantKeys, own: OwnIssuer) -> Standing:
    """Write what the tenant wants, in its open transaction; what was confirmed and is named again stays so."""
    tenant, mac, mapping = keys.tenant, own.binding.mac(keys), own.mapping.mac(keys)
    await records.settings.put(SETTINGS, own.stored())
    known = standing_of(ledger, tenant, mac)
    again = known.state in {"proposed", "confirmed"}
    await records.audit.add("issuer.mapped" if again else PROPOSED, own.binding.issuer)
    mapped = ledger.latest("mapping", tenant)
    if mapped is None or mapped.data["mapping"] != mapping:
        await asyncio.to_thread(partial(ledger.append, _MAPPED, tenant, tenant, mapping=mapping))
    if not again:
        entry = await asyncio.to_thread(partial(ledger.append, PROPOSED, tenant, tenant, binding=mac))
        return Standing("proposed", entry.at)
    return known


async def withdraw(records: Records, ledger: RevocationLog, keys: TenantKeys) -> None:
    """Take the tenant's issuer out, if there is one, in its open transaction."""
    own = own_issuer(await records.settings.get(SETTINGS))
    if own is None:
        return
    await records.settings.put(SETTINGS, {})
    await records.audit.add(ENDED, own.binding.issuer)
    await asyncio.to_thread(ledger.append, ENDED, keys.tenant, keys.tenant)


def require_proposed(ledger: RevocationLog, keys: TenantKeys, binding: Binding) -> Standing:
    """Return where the binding stands that the operator names; IssuerNotProposed unless the tenant has named it too."""
    known = standing_of(ledger, keys.tenant, binding.mac(keys))
    if known.state not in {"proposed", "confirmed"}:
        raise IssuerNotProposed(
            "The tenant has proposed no issuer with exactly this issuer, audience and organisation. "
            "Compare with its administrator what each of you has written."
        )
    return known


async def confirm(ledger: RevocationLog, keys: TenantKeys, binding: Binding) -> Standing:
    """Bring a binding into force whose look-up and audit entry stand already."""
    group = new_id("oid")[:_GROUP]
    note = partial(ledger.append, CONFIRMED, keys.tenant, keys.tenant, binding=binding.mac(keys), group=group)
    return Standing("confirmed", (await asyncio.to_thread(note)).at)


async def point(store: Store, ledger: RevocationLog, tenant: TenantId, binding: Binding) -> None:
    """Let the registry find the tenant by this binding, and by no other; IssuerTaken if it finds another tenant."""
    taken = IssuerTaken(
        "Another tenant is bound by the same issuer, audience and organisation. One organisation is one tenant's."
    )
    try:
        async with store.registry(writes=True) as db:
            other = await registry.look_up(db, binding.lookup())
            if other is not None and other != tenant:
                if confirmed(ledger, other) is not None:
                    raise taken
                await _unpoint(db, other)  # it has ended, and died before this was taken away
            await _unpoint(db, tenant)
            await registry.add_lookup(db, binding.lookup(), tenant)
    except IntegrityError:
        raise taken from None


async def unpoint(store: Store, tenant: TenantId) -> None:
    """Let the registry find the tenant by no binding any more."""
    async with store.registry(writes=True) as db:
        await _unpoint(db, tenant)


async def _unpoint(db: Transaction, tenant: TenantId) -> None:
    await db.execute(sa.delete(lookups).where(lookups.c.tenant_id == tenant, lookups.c.key.startswith("oidc:")))


async def pointed(store: Store, keys: Sequence[str]) -> TenantId | None:
    """Return the tenant that one of the look-up keys leads to; None for none, and for more than one."""
    async with store.registry(writes=False, single=True) as db:
        found = (await db.execute(sa.select(lookups.c.tenant_id).where(lookups.c.key.in_(keys)))).scalars().all()
    return TenantId(found[0]) if len(found) == 1 else None
