"""What a record store can do, whichever database holds it."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from tenancy.ids import TenantId


class Store(Protocol):
    """Transactions on the registry and on one tenant's records; nothing opens two tenants at once."""

    async def start(self) -> None:
        """Create or migrate what is missing."""

    async def close(self) -> None:
        """Give back every connection."""

    def registry(self, *, writes: bool) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open one short transaction on the registry."""

    def tenant(self, tenant: TenantId, *, writes: bool) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open one short transaction on a tenant's records; NotFound where there are none."""

    async def create(self, tenant: TenantId) -> None:
        """Make room for a new tenant."""

    async def destroy(self, tenant: TenantId) -> None:
        """Remove all that `create` made, for a tenant that never came into being."""

    async def purge(self, tenant: TenantId, *, keep: tuple[str, ...]) -> None:
        """Remove every row of a tenant but those of the tables in `keep`, and overwrite where they stood."""
