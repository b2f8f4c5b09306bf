"""The counters of a deployment: in this process, or in a store that all its processes see."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from limits.aio.storage import MemoryStorage

from tenancy.ids import TenantId
from tenancy.limits.holds import Holds, MemoryHolds, owned
from tenancy.limits.rates import Rates


async def _answers() -> None:
    """Return: this process answers itself."""


@dataclass(frozen=True, slots=True)
class Counters:
    """What is counted: rates and holds; what forgets a tenant's; what tells whether they answer."""

    rates: Rates
    holds: Holds
    forget: Callable[[TenantId], Awaitable[None]]
    answer: Callable[[], Awaitable[None]] = _answers


def in_memory() -> Counters:
    """Return counters that live as long as this process and that it alone sees."""
    storage, holds = MemoryStorage(), MemoryHolds()

    async def forget(tenant: TenantId) -> None:
        await holds.forget(tenant)
        for key in [key for key in storage.storage if key.lstrip("{").startswith(owned(tenant))]:
            await storage.clear(key)

    return Counters(Rates(storage), holds, forget)
