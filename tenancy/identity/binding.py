"""A tenant's own OIDC issuer as it is agreed: by what a token is the tenant's, and which roles its claims give.

Rules this module enforces:

* A token belongs to a tenant by three things together: issuer, audience and one claim that names the organisation at
  the issuer, each exactly equal. One issuer may serve many customers; the claim tells them apart, and none is optional.
* Nothing in a token names a tenant or a role of ours: a role comes from the tenant's own mapping of a claim's values,
  and there are only the roles that a tenant can give.
* What grants has a MAC under the tenant's key, which the ledger holds: see `tenancy.identity.agreeing`.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, final

from tenancy.keys.tenant_keys import Purpose, TenantKeys
from tenancy.sealing import framed
from tenancy.values.roles import Role

SETTINGS: Final = "issuer"
"""The group of the tenant's sealed settings that holds all of this."""
LONGEST: Final = 500
"""Characters that an issuer, an audience, a claim's name or a claim's value may have."""


def lookup_key(issuer: str, audience: str, claim: str, value: str) -> str:
    """Return under what the registry finds whose tokens these are, once the operator has agreed; it tells nothing."""
    return "oidc:" + hashlib.sha256(framed("issuer", issuer, audience, claim, value)).hexdigest()


@final
@dataclass(frozen=True, slots=True)
class Binding:
    """By what a token is the tenant's: `claim` names the organisation at the issuer, `value` is the tenant's there."""

    issuer: str
    audience: str
    claim: str
    value: str

    def mac(self, keys: TenantKeys) -> str:
        """Return what only the tenant's key makes of exactly this binding."""
        return keys.mac(Purpose.GRANTS, "issuer", self.issuer, self.audience, self.claim, self.value).hex()

    def lookup(self) -> str:
        """Return the binding's key in the registry."""
        return lookup_key(self.issuer, self.audience, self.claim, self.value)

    def admits(self, issuer: str, audience: str, claims: Mapping[str, object]) -> bool:
        """Tell whether a verified token of that issuer, for that audience, is of this tenant."""
        return (issuer, audience, claims.get(self.claim)) == (self.issuer, self.audience, self.value)


@final
@dataclass(frozen=True, slots=True)
class RoleMapping:
    """Which values of one claim give which roles; no claim, or no entry, gives none."""

    claim: str = ""
    roles: Mapping[str, frozenset[Role]] = field(default_factory=dict)

    def mac(self, keys: TenantKeys) -> str:
        """Return what only the tenant's key makes of exactly this mapping."""
        return keys.mac(Purpose.GRANTS, "issuer roles", self.claim, self.written()).hex()

    def given(self, claims: Mapping[str, object]) -> frozenset[Role]:
        """Return the roles of the holder of verified `claims`; the claim is a text or a list of texts."""
        found = claims.get(self.claim) if self.claim else None
        values = found if isinstance(found, list) else [found]
        return frozenset(role for value in values if isinstance(value, str) for role in self.roles.get(value, ()))

    def written(self) -> str:
        """Return the mapping as one text, the same for equal mappings."""
        return json.dumps({value: sorted(roles) for value, roles in self.roles.items()}, sort_keys=True)


@final
@dataclass(frozen=True, slots=True)
class OwnIssuer:
    """A binding with its roles."""

    binding: Binding
    mapping: RoleMapping

    def stored(self) -> dict[str, str]:
        """Return it as a group of settings."""
        bound, roles = self.binding, self.mapping
        own = {"issuer": bound.issuer, "audience": bound.audience, "claim": bound.claim, "value": bound.value}
        return {**own, "roles_claim": roles.claim, "roles": roles.written()}


def own_issuer(stored: Mapping[str, str]) -> OwnIssuer | None:
    """Return what a group of settings says; None for an empty one."""
    if not stored:
        return None
    bound = Binding(stored["issuer"], stored["audience"], stored["claim"], stored["value"])
    roles = {value: frozenset(map(Role, given)) for value, given in json.loads(stored["roles"]).items()}
    return OwnIssuer(bound, RoleMapping(stored["roles_claim"], roles))
