"""What a record store can do, whichever database holds it."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVarTuple, overload

import sqlalchemy as sa
from sqlalchemy.sql.selectable import TypedReturnsRows

from tenancy.ids import TenantId

Columns = TypeVarTuple("Columns")
Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class Transaction(Protocol):
    """One open transaction; SQLAlchemy's own AsyncConnection is one."""

    @overload
    async def execute(
        self, statement: TypedReturnsRows[*Columns], parameters: Parameters | None = None
    ) -> sa.CursorResult[*Columns]: ...

    @overload
    async def execute(
        self, statement: sa.Executable, parameters: Parameters | None = None
    ) -> sa.CursorResult[*tuple[Any, ...]]: ...

    async def execute(
        self, statement: sa.Executable, parameters: Parameters | None = None
    ) -> sa.CursorResult[*tuple[Any, ...]]:
        """Run one statement and return its rows, all of them read already."""


class Store(Protocol):
    """Transactions on the registry and on one tenant's records; nothing opens two tenants at once."""

    async def start(self) -> None:
        """Create or migrate what is missing."""

    async def close(self) -> None:
        """Give back every connection."""

    def registry(self, *, writes: bool, single: bool = False) -> AbstractAsyncContextManager[Transaction]:
        """Open one short transaction on the registry."""

    def tenant(
        self, tenant: TenantId, *, writes: bool, single: bool = False
    ) -> AbstractAsyncContextManager[Transaction]:
        """Open one short transaction on a tenant's records; NotFound where there are none.

        Reading sees one state throughout; `single` says that one statement that reads is all, which costs less. One
        transaction of a tenant writes at a time; the next begins after it.
        """

    async def listed(self) -> dict[str, float]:
        """Return whose records can be seen without asking for them by name, and since when (epoch seconds).

        Empty where row security shows nobody's rows to who names nobody.
        """

    async def create(self, tenant: TenantId) -> None:
        """Make room for a new tenant, with its counters at zero and in epoch 1; an existing one is an error."""

    async def destroy(self, tenant: TenantId) -> None:
        """Remove all that `create` made, for a tenant that never came into being."""

    async def purge(self, tenant: TenantId, *, keep: tuple[str, ...]) -> None:
        """Remove every row of a tenant but those of the tables in `keep`, which name `state` among them."""
