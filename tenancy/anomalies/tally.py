"""Who has been active in this process since that was last reported, and what is to be counted of it yet.

Ids and numbers only. What is lost of it with its process is a minute's counts of changes; that there was activity is in
the tenant's records, where the next day's round finds it.
"""

import asyncio
from collections import Counter
from typing import Final, final

from tenancy.ids import TenantId


@final
class Tally:
    """The activity of a process that was not reported yet."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._active: set[TenantId] = set()
        self._pressing: set[TenantId] = set()
        self._requests: Counter[TenantId] = Counter()
        self.rung: Final = asyncio.Event()
        """Set when somebody should be scanned now; who reports it clears it."""

    def note(self, tenant: TenantId, *, pressing: bool = False) -> None:
        """Say that a tenant has done something, or something `pressing`, that stands in its records."""
        self._active.add(tenant)
        if pressing:
            self._pressing.add(tenant)
            self.rung.set()

    def request(self, tenant: TenantId) -> None:
        """Leave a request for the tenant's next transaction to count: its own one has committed."""
        self._requests[tenant] += 1
        self._active.add(tenant)

    def has_requests(self, tenant: TenantId) -> bool:
        """Tell whether requests are to be counted."""
        return tenant in self._requests

    def requests(self, tenant: TenantId) -> int:
        """Give out how many requests are to be counted, once."""
        return self._requests.pop(tenant, 0)

    def active(self) -> list[TenantId]:
        """Give out who has been active, once."""
        found = sorted(self._active)
        self._active.clear()
        self._pressing.clear()
        return found

    def pressing(self) -> list[TenantId]:
        """Give out whom to scan now, once; who was active besides stays so."""
        found = sorted(self._pressing)
        self._pressing.clear()
        return found
