"""The authority of one caller over one tenant, which only the mint can issue.

Rules this module enforces:

* A capability is issued, never constructed: its initialiser takes a value of type `Never`, so no call type-checks, and
  raises when called all the same.
* It holds nothing. What it stands for is kept in a vault under the identity of the issued object, so that nothing put
  together by other means (`object.__new__`, a reused address) stands for anything, and nothing in it can be changed.
* It cannot be subclassed, copied, pickled or replaced.
* The tenant's id is read by `tenant_of` alone, and only modules of this package may import that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Never, NoReturn, TypeVar, final
from weakref import WeakKeyDictionary

from tenancy.errors import ServiceError
from tenancy.ids import ClientId, TenantId
from tenancy.models.environments import Environment
from tenancy.values.roles import Role

T = TypeVar("T")
H = TypeVar("H")


class Forged(ServiceError):
    """A capability did not come from the mint; a defect or an attack, never a user's mistake."""

    status = 500
    code = "forged_capability"
    title = "The service refused its own request"


def vault(kind: type[T], holds: type[H]) -> tuple[Callable[[H], T], Callable[[T], H]]:
    """Make the issuing and the opening function of a capability class; what is issued lives as long as its object."""
    issued: WeakKeyDictionary[T, H] = WeakKeyDictionary()

    def issue(value: H) -> T:
        if type(value) is not holds:
            raise Forged("A capability was to be issued for something else.")
        capability = object.__new__(kind)
        issued[capability] = value
        return capability

    def opened(capability: T) -> H:
        value = issued.get(capability) if type(capability) is kind else None
        if value is None:
            raise Forged("A capability did not come from the mint of this process.")
        return value

    return issue, opened


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
    environment: Environment = Environment.PRODUCTION
    feature: str = ""
    limits: Mapping[str, int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Authority:
    """What a scope stands for; `epoch` is the tenant's when the scope was issued, and every write compares it."""

    tenant: TenantId
    epoch: int
    caller: Caller


@final
class TenantScope:
    """One caller's authority over one tenant."""

    __slots__ = ("__weakref__",)

    def __init__(self, issued_only_by_the_mint: Never) -> None:  # noqa: ARG002 - its type is what refuses
        """Refuse: scopes are issued."""
        raise Forged("A scope was constructed outside the mint.")

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Refuse subclasses also where no type checker ran."""
        raise TypeError("TenantScope is final")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Refuse to be copied or to leave the process."""
        raise TypeError("a scope cannot be copied or pickled")

    def __repr__(self) -> str:
        """Show the actor, never the tenant."""
        return f"TenantScope(actor={self.caller.actor!r})"

    @property
    def caller(self) -> Caller:
        """Who acts through this scope; a copy, so that changing it by force changes nothing."""
        return replace(_authority(self).caller)


issue_scope, _authority = vault(TenantScope, Authority)


def tenant_of(scope: TenantScope) -> TenantId:
    """Return whose data a genuine scope opens; Forged for any other object."""
    return _authority(scope).tenant


def epoch_of(scope: TenantScope) -> int:
    """Return the tenant's epoch when the scope was issued."""
    return _authority(scope).epoch
