"""Tell whoever waits in this process that a tenant's records have changed."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import final

from tenancy.ids import TenantId


@final
class Notices:
    """The listeners of a process, by tenant; nothing is remembered of a tenant to whom nobody listens."""

    def __init__(self) -> None:
        """Begin without listeners."""
        self._listeners: dict[TenantId, set[asyncio.Event]] = {}

    def ring(self, tenant: TenantId) -> None:
        """Tell that a transaction of the tenant has committed."""
        for listener in self._listeners.get(tenant, ()):
            listener.set()

    @contextmanager
    def listening(self, tenant: TenantId) -> Iterator[asyncio.Event]:
        """Give an event that every commit sets until the end of the block; who waits for it clears it."""
        listener = asyncio.Event()
        self._listeners.setdefault(tenant, set()).add(listener)
        try:
            yield listener
        finally:
            self._listeners[tenant].discard(listener)
            if not self._listeners[tenant]:
                del self._listeners[tenant]
