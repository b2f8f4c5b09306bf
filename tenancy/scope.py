"""The authority of one caller over one tenant, which only the mint can issue.

Rules this module enforces:

* A scope is issued, never constructed: its initialiser takes a value of type `Never`, so no call type-checks, and raises
  when called all the same.
* It cannot be subclassed, copied, pickled, replaced or changed. Whatever is put together by other means (`object.__new__`,
  `object.__setattr__`) lacks the seal of this process and is refused by `tenant_of`, through which all storage is reached.
* The tenant's id is not an attribute. Only `tenant_of` reads it, and only modules of this package may import it.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Never, NoReturn, final

from tenancy.errors import ServiceError
from tenancy.ids import ClientId, TenantId


class Role(StrEnum):
    """What a tenant may let one of its clients do."""

    USER = "user"
    POWER = "power"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Forged(ServiceError):
    """A capability did not come from the mint; a defect or an attack, never a user's mistake."""

    status = 500
    code = "forged_capability"
    title = "The service refused its own request"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who acts, for the audit: a client of the tenant, or a job that one of its clients queued."""

    actor: str
    client: ClientId
    purpose: str
    roles: frozenset[Role]
    address: str = ""
    request: str = ""
    app: str = ""


@final
class TenantScope:
    """One caller's authority over one tenant."""

    __slots__ = ("_caller", "_epoch", "_seal", "_tenant")
    _caller: Caller
    _epoch: int
    _seal: bytes
    _tenant: TenantId

    def __init__(self, issued_only_by_the_mint: Never) -> None:
        """Refuse: scopes are issued."""
        raise Forged("A scope was constructed outside the mint.")

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Refuse subclasses also where no type checker ran."""
        raise TypeError("TenantScope is final")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        """Refuse to change."""
        raise AttributeError("a scope cannot change")

    def __delattr__(self, name: str) -> NoReturn:
        """Refuse to change."""
        raise AttributeError("a scope cannot change")

    def __copy__(self) -> NoReturn:
        """Refuse copies."""
        raise TypeError("a scope cannot be copied")

    def __deepcopy__(self, memo: object) -> NoReturn:
        """Refuse copies."""
        raise TypeError("a scope cannot be copied")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Refuse to leave the process."""
        raise TypeError("a scope cannot be pickled")

    def __repr__(self) -> str:
        """Show the actor, never the tenant."""
        return f"TenantScope(actor={self._caller.actor!r})"

    @property
    def caller(self) -> Caller:
        """Who acts through this scope."""
        return self._caller


def _press() -> tuple[Callable[[TenantId, int, Caller], TenantScope], Callable[[TenantScope], TenantId]]:
    """Make the issuing and the checking function around a key that no other code can reach by name."""
    key: Final = secrets.token_bytes(32)

    def sealed(tenant: TenantId, epoch: int, caller: Caller, identity: int) -> bytes:
        roles = ",".join(sorted(caller.roles))
        text = "\x00".join((tenant, str(epoch), caller.actor, caller.client, roles, str(identity)))
        return hmac.digest(key, text.encode(), hashlib.sha256)

    def issue(tenant: TenantId, epoch: int, caller: Caller) -> TenantScope:
        scope = object.__new__(TenantScope)
        object.__setattr__(scope, "_tenant", tenant)
        object.__setattr__(scope, "_epoch", epoch)
        object.__setattr__(scope, "_caller", caller)
        object.__setattr__(scope, "_seal", sealed(tenant, epoch, caller, id(scope)))
        return scope

    def check(scope: TenantScope) -> TenantId:
        if type(scope) is not TenantScope:
            raise Forged("A capability is not of the mint's own type.")
        try:
            expected = sealed(scope._tenant, scope._epoch, scope._caller, id(scope))
            genuine = hmac.compare_digest(expected, scope._seal)
        except AttributeError:
            genuine = False
        if not genuine:
            raise Forged("A capability does not carry the seal of this process.")
        return scope._tenant

    return issue, check


issue_scope, tenant_of = _press()


def epoch_of(scope: TenantScope) -> int:
    """Return the tenant's epoch when the scope was issued; every write transaction compares it."""
    tenant_of(scope)
    return scope._epoch
