"""Who a token lets in: a client of the tenant by a token of ours, or a person whom the tenant's own issuer names.

Whatever grants (the client's row, the issuer's binding) is checked against the tenant's own MAC and against the ledger
of endings, at every request.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from tenancy.deployment.restoring import delete_again
from tenancy.errors import NotFound
from tenancy.identity.agreeing import confirmed, has_ended, in_force, pointed, principal
from tenancy.identity.binding import SETTINGS, lookup_key, own_issuer
from tenancy.identity.foreign_tokens import Person, checked, shown
from tenancy.ids import ClientId
from tenancy.keys.tenant_keys import TenantKeys
from tenancy.scope import Caller
from tenancy.stores.clients import Clients, usable
from tenancy.stores.epoch import require_epoch
from tenancy.stores.registry import TenantRow
from tenancy.stores.schema import state
from tenancy.stores.settings import TenantSettings
from tenancy.stores.views import SearchState
from tenancy.tokens import Claims, TokenRefused
from tenancy.values.roles import Role

if TYPE_CHECKING:
    from tenancy.credentials import Circumstances
    from tenancy.foundation import Foundation

PURPOSE: Final = "sign-in"
"""What the audit says a person's requests are for."""


async def recognise(on: "Foundation", token: str) -> Claims | Person:
    """Return what a token says once its signature was checked; TokenRefused for whatever is in doubt.

    No issuer is asked for anything on behalf of a token that no confirmed binding leads to.
    """
    try:
        return on.tenant_tokens.verify(token)
    except TokenRefused:
        said = shown(token)
        if said is None or not said.texts:
            raise
    keys = [lookup_key(said.issuer, said.audience, name, value) for name, value in said.texts]
    tenant = await pointed(on.store, keys)
    if tenant is None or confirmed(on.ledger, tenant) is None:
        raise TokenRefused
    key = await on.issuers.find(tenant, said.issuer, said.kid)
    if key is None:
        raise TokenRefused
    return checked(token, tenant, said, key)


async def caller_behind(
    on: "Foundation", known: Claims | Person, keys: TenantKeys, row: TenantRow, circumstances: "Circumstances"
) -> tuple[Caller, SearchState]:
    """Return who acts in an admitted tenant, and what its searches stand on; TokenRefused for nobody."""
    if isinstance(known, Person):
        caller, found = await _person(on, known, keys, row, circumstances)
    else:
        caller, found = await _client(on, known, keys, row, circumstances)
    return caller, replace(found, change=await delete_again(on, keys, found.change))


async def _client(
    on: "Foundation", claims: Claims, keys: TenantKeys, row: TenantRow, circumstances: "Circumstances"
) -> tuple[Caller, SearchState]:
    if has_ended(on.ledger, keys.tenant, ClientId(claims.client)):
        raise TokenRefused
    try:
        async with on.store.tenant(keys.tenant, writes=False, single=True) as db:
            client, found = await Clients(db, keys).get_in_force(claims.client, row.epoch)
    except NotFound:
        raise TokenRefused from None
    if not usable(client) or claims.subject != client.id:
        raise TokenRefused
    roles = frozenset(Role(role) for role in client.roles & set(claims.roles))
    caller = Caller(
        f"client:{client.id}", client.id, client.purpose, roles, circumstances.address, circumstances.request,
        circumstances.app or client.name, client.environment, circumstances.feature, client.limits,
    )  # fmt: skip
    return caller, found


async def _person(
    on: "Foundation", person: Person, keys: TenantKeys, row: TenantRow, circumstances: "Circumstances"
) -> tuple[Caller, SearchState]:
    async with on.store.tenant(keys.tenant, writes=False) as db:
        await require_epoch(db, keys, row.epoch)
        own = own_issuer(await TenantSettings(db, keys).get(SETTINGS))
        query = sa.select(state.c.change, state.c.embedder).where(state.c.tenant_id == keys.tenant)
        stands = (await db.execute(query)).one()
    entry = in_force(on.ledger, keys, own)
    if own is None or entry is None or not own.binding.admits(person.issuer, person.audience, person.claims):
        raise TokenRefused
    caller = Caller(
        f"person:{person.issuer} {person.subject}", principal(keys, entry, person.issuer, person.subject), PURPOSE,
        own.mapping.given(person.claims), circumstances.address, circumstances.request, circumstances.app or PURPOSE,
        feature=circumstances.feature,
    )  # fmt: skip
    return caller, SearchState(stands.change, stands.embedder)
