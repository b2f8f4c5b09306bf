"""A tenant's own issuer as its administrators see and change it."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, final

from tenancy.identity.agreeing import Standing, in_force, propose, standing_of, unpoint, withdraw
from tenancy.identity.binding import SETTINGS, OwnIssuer, own_issuer
from tenancy.keys.tenant_keys import TenantKeys
from tenancy.stores.records import Records

if TYPE_CHECKING:
    from tenancy.foundation import Foundation


@final
class TenantIssuer:
    """The issuer of one tenant, or that it has none."""

    def __init__(
        self, on: "Foundation", keys: TenantKeys, begin: Callable[[], AbstractAsyncContextManager[Records]]
    ) -> None:
        """Bind to the tenant whose keys these are; `begin` opens a write transaction of its compartment."""
        self._on = on
        self._keys = keys
        self._begin = begin

    async def read(self, records: Records) -> tuple[OwnIssuer | None, Standing]:
        """Return the issuer, from an open transaction of the tenant, and where it stands."""
        own = own_issuer(await records.settings.get(SETTINGS))
        if own is None:
            return None, Standing("none")
        known = standing_of(self._on.ledger, self._keys.tenant, own.binding.mac(self._keys))
        lapsed = known.state == "confirmed" and in_force(self._on.ledger, self._keys, own) is None
        return own, Standing("ended", known.since) if lapsed else known

    async def propose(self, own: OwnIssuer) -> Standing:
        """Write another issuer or other roles. Another issuer is in force only once the operator has confirmed it.

        Raises AddressRefused for an issuer that this service does not connect to.
        """
        await self._on.issuers.admit(own.binding.issuer)
        async with self._begin() as records:
            standing = await propose(records, self._on.ledger, self._keys, own)
        if standing.state != "confirmed":
            await self._unpoint()
        return standing

    async def withdraw(self) -> None:
        """End the issuer, if there is one: its tokens are refused from the next request on."""
        async with self._begin() as records:
            await withdraw(records, self._on.ledger, self._keys)
        await self._unpoint()

    async def _unpoint(self) -> None:
        await unpoint(self._on.store, self._keys.tenant)
        self._on.issuers.forget(self._keys.tenant)
