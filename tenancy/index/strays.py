"""Find what is left of collections that nobody's process will ever remove, on a machine or on a Qdrant server."""

import asyncio
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, final

from tenancy.ids import TenantId
from tenancy.index.folder import left_behind, remove_left_behind

if TYPE_CHECKING:
    from tenancy.index.management import Management
    from tenancy.index.server import Names


class Strays(Protocol):
    """What a kind of index can leave behind."""

    kind: str

    async def listed(self) -> list[str]:
        """Return what is there just now, before anybody asks whose it is."""

    def nobodys(self, name: str, living: Collection[TenantId]) -> bool:
        """Tell whether something that was listed belongs to none of the living tenants, read after it was listed."""

    async def remove(self, name: str) -> bool:
        """Remove it; False where it is gone already, or somebody's after all."""


@final
class FolderStrays:
    """Folders of processes that are gone, below the folders in which this deployment's processes keep theirs."""

    kind = "index-folder"

    def __init__(self, *roots: Path) -> None:
        """Look below `roots`."""
        self._roots = roots

    async def listed(self) -> list[str]:
        """Return the folders that no living process holds."""
        found = await asyncio.to_thread(lambda: [path for root in self._roots for path in left_behind(root)])
        return [str(path) for path in found]

    def nobodys(self, name: str, living: Collection[TenantId]) -> bool:
        """Say so of all: a folder belongs to its process, and that is gone."""
        del name, living
        return True

    async def remove(self, name: str) -> bool:
        """Remove a folder if no process has taken it meanwhile."""
        path = Path(name)
        return path.parent in self._roots and await asyncio.to_thread(remove_left_behind, path.parent, path.name)


@final
class ServerStrays:
    """Collections of this deployment on a Qdrant server."""

    kind = "collection"

    def __init__(self, url: str, api_key: str, secret: bytes) -> None:
        """Reach the server at `url`; `secret` is what the deployment's names are made with."""
        self._url = url
        self._api_key = api_key
        self._secret = secret

    def _names(self) -> "Names":
        from tenancy.index.server import Names  # noqa: PLC0415 - Qdrant's client takes long to import: see engines.py

        return Names(self._secret)

    def _management(self) -> "Management":
        from tenancy.index.management import Management  # noqa: PLC0415 - as above
        from tenancy.index.qdrant_calls import connecting  # noqa: PLC0415 - as above
        from tenancy.index.qdrant_jwt import ServerKey  # noqa: PLC0415 - as above

        return Management(connecting(self._url), ServerKey(self._api_key))

    async def listed(self) -> list[str]:
        """Return the collections of this deployment's tenants, whichever process made them."""
        names, management = self._names(), self._management()
        try:
            return [name for name in await management.names() if names.run_of(name) is not None]
        finally:
            await management.close()

    def nobodys(self, name: str, living: Collection[TenantId]) -> bool:
        """Tell by the keyed hash in the name: it is compared with that of every living tenant."""
        names = self._names()
        return not any(name.startswith(names.of_tenant(tenant)) for tenant in living)

    async def remove(self, name: str) -> bool:
        """Delete the collection."""
        from tenancy.index.qdrant_jwt import checked  # noqa: PLC0415 - as above

        management = self._management()
        try:
            await management.delete(checked(name))
        finally:
            await management.close()
        return True


def no_strays() -> Sequence[Strays]:
    """Return what a deployment without an index of its own can leave."""
    return ()
