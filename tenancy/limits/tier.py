"""Whose limits a request is held against: its tenant's always, and its client's where the tenant has set some."""

from collections.abc import Mapping
from dataclasses import dataclass

from tenancy.ids import ClientId, TenantId
from tenancy.limits.holds import owned


@dataclass(frozen=True, slots=True)
class Tier:
    """Limits of one tenant or of one of its clients (`client` set), as `who` in sentences to a person."""

    tenant: TenantId
    client: ClientId | None
    limits: Mapping[str, int | float]
    who: str

    def counter(self, *words: str) -> str:
        """Return the name of a counter of this tier: always one of the tenant's own."""
        return owned(self.tenant) + ":".join([*([] if self.client is None else [self.client]), *words])

    def named(self, limit: str) -> str:
        """Return what a limit of this tier is called beside those of the other."""
        return limit if self.client is None else f"client.{limit}"
