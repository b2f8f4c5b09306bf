"""Open tenants' keys on a lease: refreshed while the provider agrees, gone when it denies or stays silent.

Rules this module enforces:

* A lease is renewed after `refresh` seconds and ends after `expire` seconds, whatever is in use.
* *Denied* evicts at once and is final. *Unreachable* is waited for until the lease ends; then the tenant fails closed.
* One flight per tenant: many requests at a cold start ask the provider once.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import final

from tenancy.ids import TenantId
from tenancy.keys.local import KeyDenied, KeyUnreachable, LocalKeys
from tenancy.keys.tenant_keys import Family, TenantKeys


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """One version of one family key as the registry keeps it."""

    family: Family
    version: int
    state: str  # active, decrypt-only
    wrapped: bytes


@dataclass(frozen=True, slots=True)
class _Lease:
    keys: TenantKeys
    opened: float


LoadKeys = Callable[[TenantId], Awaitable[Sequence[WrappedKey]]]


def holder_of(tenant: TenantId, family: Family) -> str:
    """Name the wrapping key: retention keys have one of their own, so that they outlive the tenant's."""
    return f"retention/{tenant}" if family is Family.RETENTION else f"tenants/{tenant}"


def label_of(family: Family, version: int) -> str:
    """Name a wrapped key for its associated data."""
    return f"{family}.{version}"


@final
class Keyring:
    """The opened keys of the tenants this process serves just now."""

    def __init__(
        self,
        provider: LocalKeys,
        load: LoadKeys,
        *,
        refresh: float = 60.0,
        expire: float = 300.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open with `provider` what `load` reads from the registry; `refresh` and `expire` are seconds."""
        self._provider = provider
        self._load = load
        self._refresh = refresh
        self.expire = expire
        self._clock = clock
        self._leases: dict[TenantId, _Lease] = {}
        self._flights: dict[TenantId, asyncio.Lock] = {}

    async def open(self, tenant: TenantId) -> TenantKeys:
        """Return the tenant's keys, or raise KeyDenied or KeyUnreachable."""
        lease = self._leases.get(tenant)
        if lease is not None and self._clock() - lease.opened < self._refresh:
            return lease.keys
        flight = self._flights.setdefault(tenant, asyncio.Lock())
        async with flight:
            lease = self._leases.get(tenant)
            if lease is not None and self._clock() - lease.opened < self._refresh:
                return lease.keys
            return await self._renew(tenant, lease, flight)

    async def _renew(self, tenant: TenantId, lease: _Lease | None, flight: asyncio.Lock) -> TenantKeys:
        try:
            wrapped = await self._load(tenant)
            keys = await asyncio.to_thread(self._unwrap, tenant, wrapped)
        except KeyDenied:
            self.evict(tenant)
            raise
        except KeyUnreachable:
            if lease is not None and self._clock() - lease.opened < self.expire:
                return lease.keys
            self.evict(tenant)
            raise
        if self._flights.get(tenant) is flight:  # else evicted meanwhile: this caller goes on, nothing is remembered
            self._leases[tenant] = _Lease(keys, self._clock())
        return keys

    def _unwrap(self, tenant: TenantId, wrapped: Sequence[WrappedKey]) -> TenantKeys:
        roots: dict[tuple[Family, int], bytes] = {}
        active: dict[Family, int] = {}
        for row in wrapped:
            label = label_of(row.family, row.version)
            roots[row.family, row.version] = self._provider.unwrap(holder_of(tenant, row.family), label, row.wrapped)
            if row.state == "active":
                active[row.family] = row.version
        if set(active) != set(Family):
            raise KeyDenied("The tenant's keys are not complete.")
        return TenantKeys(tenant, roots, active)

    def evict(self, tenant: TenantId) -> None:
        """Forget the tenant's opened keys now."""
        self._leases.pop(tenant, None)
        self._flights.pop(tenant, None)

    def sweep(self) -> list[TenantId]:
        """Forget every lease past its end, used or not; return whose."""
        now = self._clock()
        ended = [tenant for tenant, lease in self._leases.items() if now - lease.opened >= self.expire]
        for tenant in ended:
            self.evict(tenant)
        return ended
