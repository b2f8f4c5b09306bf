"""A tenant's embedder as its administrators see and change it."""

import time
from typing import TYPE_CHECKING, Final, final

from tenancy.embedder_change.model import EmbedderChange, ask, read_change
from tenancy.errors import Invalid
from tenancy.ids import TenantId
from tenancy.keys.local import KeyDenied
from tenancy.scope import Caller
from tenancy.stores import due
from tenancy.stores.documents.blocks import Blocks
from tenancy.stores.records import Records
from tenancy.stores.settings import TenantSettings

if TYPE_CHECKING:
    from tenancy.foundation import Foundation

_SURELY_SECONDS: Final = 60.0
"""Longer than it takes to commit a wish; who dies meanwhile leaves work that is due, not a wish that nobody sees."""


class UnknownEmbedder(Invalid):
    """There is no such embedder in this deployment."""

    code = "unknown_embedder"


def require_known(on: "Foundation", embedder: str) -> None:
    """Raise UnknownEmbedder for a name that is not an embedder of this deployment's."""
    if embedder not in on.embedders.names:
        raise UnknownEmbedder(f"There is no such embedder here. Choose one of: {', '.join(on.embedders.names)}.")


def default_embedder(on: "Foundation") -> str:
    """Return the embedder that new tenants get."""
    return on.embedders.default


async def admit(on: "Foundation", tenant: TenantId, embedder: str) -> None:
    """Have a wish looked at that is about to be committed; UnknownEmbedder where it cannot be fulfilled."""
    require_known(on, embedder)
    await _mark(on, tenant, time.time() + _SURELY_SECONDS)


async def hurry(on: "Foundation", tenant: TenantId) -> None:
    """Have it looked at now: after that transaction."""
    await _mark(on, tenant, time.time())


async def _mark(on: "Foundation", tenant: TenantId, at: float) -> None:
    async with on.store.registry(writes=True) as db:
        await due.mark(db, [due.Kind.EMBEDDER], at, [tenant])


async def find_change(on: "Foundation", tenant: str) -> tuple[str, EmbedderChange | None] | None:
    """Return the embedder of an existing tenant, and a change that is under way; None where its keys are gone."""
    try:
        keys = await on.keyring.open(TenantId(tenant))
    except KeyDenied:
        return None
    async with on.store.tenant(keys.tenant, writes=False) as db:
        return await read_change(TenantSettings(db, keys), Blocks(db, keys))


@final
class TenantEmbedder:
    """The embedder of one tenant."""

    def __init__(self, on: "Foundation", tenant: TenantId, caller: Caller) -> None:
        """Bind to a tenant and to who asks."""
        self._on = on
        self._tenant = tenant
        self._caller = caller

    async def read(self, records: Records) -> tuple[str, EmbedderChange | None]:
        """Return, from an open transaction, the embedder whose vectors answer, and a change that is under way."""
        return await read_change(records.settings, records.blocks)

    async def admit(self, embedder: str) -> str:
        """Return the name of an embedder that may be asked for, and have the wish looked at soon. UnknownEmbedder."""
        await admit(self._on, self._tenant, embedder)
        return embedder

    async def ask(self, records: Records, embedder: str) -> bool:
        """Ask for an admitted embedder, in an open transaction; False where that changes nothing."""
        return await ask(records.settings, records.blocks, records.audit, embedder, self._caller)

    async def hurry(self) -> None:
        """Have the wish looked at now that it is committed."""
        await hurry(self._on, self._tenant)
