"""What an operator offers the tenants of a plan: a provider, where it stands, what becomes of it when it is set anew.

Rules this module enforces:

* There is one offer for a plan, or none; what was set for one plan is nothing for another.
* The key is bound to the address it was given for, as a tenant's own is: without the key, another address is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Final

from tenancy.errors import Invalid
from tenancy.models.own_provider import changed
from tenancy.models.provider import KeyBoundElsewhere

NOTHING: Final[Mapping[str, str]] = {}


class OfferWithoutKey(Invalid):
    """A provider is offered with the key that pays for it."""

    code: ClassVar[str] = "provider_key_required"


class Status(StrEnum):
    """Where an offer stands."""

    NONE = "none"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    LOST = "lost"
    """Set, and not what is kept in the registry: a database from before was put back. Nobody is offered it."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan's offer: `since` when it stands so (epoch seconds), `provider` as a tenant's own is kept, or empty."""

    plan: str
    status: Status
    since: float | None = None
    provider: Mapping[str, str] = field(default_factory=dict, repr=False)


def renewed(before: Mapping[str, str], given: Mapping[str, str | None]) -> dict[str, str]:
    """Return the provider that is offered when `given` is set where `before` was; a field left out stays as it was.

    Raises OfferWithoutKey, KeyBoundElsewhere, and InvalidProvider for an address that is none.
    """
    change = changed(before, given)
    if change.key_dropped:
        raise KeyBoundElsewhere("The provider key was given for another address. Give it again, or the new one's.")
    if "provider_key" not in change.provider:
        raise OfferWithoutKey("Give the provider_key that answers are to be paid with.")
    return change.provider
