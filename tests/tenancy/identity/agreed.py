"""Bring an issuer into force for a tenant, and come with its tokens."""

from collections.abc import Mapping
from dataclasses import replace

from tenancy.compartment import Compartment
from tenancy.identity.binding import Binding, OwnIssuer, RoleMapping
from tenancy.values.roles import Role
from tests.standins.issuer import AUDIENCE, ORGANISATION, Issuer
from tests.tenancy.building import NOWHERE, House, Resident

STAFF: Mapping[str, frozenset[Role]] = {
    "staff": frozenset({Role.USER}),
    "keepers": frozenset({Role.POWER}),
    "heads": frozenset({Role.ADMIN}),
}


def wished(issuer: Issuer, organisation: str, roles: Mapping[str, frozenset[Role]] = STAFF) -> OwnIssuer:
    """Return what a tenant may propose: an organisation at the stand-in, roles by the claim `groups`."""
    return OwnIssuer(Binding(issuer.url, AUDIENCE, ORGANISATION, organisation), RoleMapping("groups", roles))


async def propose(home: House, one: Resident, own: OwnIssuer) -> str:
    """Propose as the tenant's administrator; return where it stands."""
    return (await (await home.enter(one)).issuer.propose(own)).state


async def confirm(home: House, one: Resident, binding: Binding) -> str:
    """Confirm as the operator; return where it stands."""
    return (await (await home.custody(one.id)).confirm_issuer(binding)).state


async def agree(home: House, one: Resident, issuer: Issuer, organisation: str) -> OwnIssuer:
    """Propose and confirm."""
    own = wished(issuer, organisation)
    assert await propose(home, one, own) == "proposed"
    assert await confirm(home, one, own.binding) == "confirmed"
    return own


async def enter(home: House, token: str) -> Compartment:
    """Open what a token speaks for."""
    return await home.mint.from_token(token, NOWHERE)


def other(binding: Binding, **changed: str) -> Binding:
    """Return a binding that differs in some of its fields."""
    return replace(binding, **changed)
