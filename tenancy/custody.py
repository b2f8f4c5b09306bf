"""What an operator may do with a tenant: look, count, suspend, resume, replace its keys, destroy; never open.

A custody is issued for one tenant and one written reason, which stands in the tenant's audit beside every act.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Never, NoReturn, final

import sqlalchemy as sa

from tenancy.card import TenantCard, card_of, standing
from tenancy.embedder_change.model import ask
from tenancy.embedder_change.service import admit, hurry
from tenancy.errors import Invalid, ServiceError
from tenancy.exports.handing_over import Handing, handed_over
from tenancy.identity.agreeing import Standing, confirm, point, require_proposed, standing_of, unpoint
from tenancy.identity.binding import Binding
from tenancy.identity.operators import Operator
from tenancy.ids import TenantId
from tenancy.keys.local import KeyDenied
from tenancy.keys.tenant_keys import Purpose, TenantKeys
from tenancy.plans import effective
from tenancy.rotation.steps import begin_rotation
from tenancy.scope import Caller, Forged, vault
from tenancy.stores import due, registry
from tenancy.stores.audit import AuditTrail, Verdict
from tenancy.stores.documents.blocks import Blocks
from tenancy.stores.epoch import require_epoch, set_epoch
from tenancy.stores.registry import TenantRow, TenantStatus
from tenancy.stores.schema import tenant as tenant_tables
from tenancy.stores.settings import TenantSettings
from tenancy.tripwires.owners import Owner

if TYPE_CHECKING:
    from tenancy.foundation import Foundation

_WAITED: Final = (due.Kind.SCAN, due.Kind.DELIVERY, due.Kind.RECOVERY, due.Kind.EMBEDDER)
"""What is not done for a suspended tenant."""


class ReasonMissing(Invalid):
    """An operator acts on a tenant only with a written reason."""

    code = "reason_required"


class WrongStatus(ServiceError):
    """The tenant's status does not allow this."""

    status = 409
    code = "wrong_status"
    title = "The tenant's status does not allow this"


class RowChanged(ServiceError):
    """The tenant's row is not the one this custody was given: edited outside the service, or changed meanwhile."""

    status = 409
    code = "tenant_changed"
    title = "The tenant's row has changed"


@dataclass(frozen=True, slots=True)
class _Held:
    """What a custody stands for; `status` is the one in force."""

    caller: Caller
    foundation: "Foundation"
    row: TenantRow
    status: TenantStatus


@final
class Custody:
    """One operator's hold on one tenant, closed."""

    __slots__ = ("__weakref__",)

    def __init__(self, issued_only_by_the_mint: Never) -> None:  # noqa: ARG002 - its type is what refuses
        """Refuse: custody is issued."""
        raise Forged("A custody was constructed outside the mint.")

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Refuse subclasses also where no type checker ran."""
        raise TypeError("Custody is final")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Refuse copies and pickles."""
        raise TypeError("a custody cannot be copied or pickled")

    def card(self) -> TenantCard:
        """Return what an operator may read of a tenant."""
        held = _held(self)
        return card_of(held.row, held.status)

    async def look(self, action: str) -> TenantCard:
        """Return what an operator may read of a tenant, once the tenant's own trail says that it was looked at.

        Where the keys are gone there is no trail left that could take it.
        """
        held = _held(self)
        with suppress(KeyDenied):
            await self._write_down(action, held.row.id, await held.foundation.keyring.open(held.row.id))
        return self.card()

    async def counts(self) -> dict[str, int]:
        """Return how many rows and blobs the tenant has, by store."""
        held = _held(self)
        return await counts_of(held.foundation, held.row.id)

    async def verify_audit(self) -> Verdict:
        """Walk the tenant's audit trail and compare it with the heads kept beside the keys; no entry is returned."""
        held = _held(self)
        anchored = await asyncio.to_thread(held.foundation.anchors.of, held.row.id)
        keys = await held.foundation.keyring.open(held.row.id)
        async with held.foundation.store.tenant(held.row.id, writes=False) as db:
            return await AuditTrail(db, keys, held.caller).verify(anchored)

    async def suspend(self) -> TenantCard:
        """Refuse the tenant's credentials from the next request on; drop its index and opened keys."""
        return await self._move(TenantStatus.ACTIVE, TenantStatus.SUSPENDED, "tenant.suspended")

    async def resume(self) -> TenantCard:
        """Accept the tenant's credentials again, and let the jobs run that waited."""
        card = await self._move(TenantStatus.SUSPENDED, TenantStatus.ACTIVE, "tenant.resumed")
        lanes = _held(self).foundation.lanes
        await lanes.poke(await lanes.mark(_held(self).row.id))  # the drain has cleared the lane of a suspended tenant
        async with _held(self).foundation.store.registry(writes=True) as db:
            await due.mark(db, _WAITED, time.time(), [_held(self).row.id])
        return card

    async def rotate(self) -> None:
        """Have the tenant's keys replaced, in the background; nothing more begins while that is under way."""
        held = _held(self)
        if held.status not in {TenantStatus.ACTIVE, TenantStatus.SUSPENDED}:
            raise WrongStatus(f"The tenant is {held.status}: its keys are gone or going.")
        keys = await self._keys()
        await self._write_down("key.rotated", held.row.id, keys)
        await begin_rotation(held.foundation, held.row.id)

    async def change_embedder(self, to: str) -> None:
        """Have the tenant's documents embedded anew, in the background, as if it had asked for it. UnknownEmbedder."""
        held = _held(self)
        on, row = held.foundation, held.row
        keys = await self._keys()
        await admit(on, row.id, to)
        async with on.store.tenant(row.id, writes=True) as db:
            await require_epoch(db, keys, row.epoch)
            trail = AuditTrail(db, keys, held.caller)
            await ask(TenantSettings(db, keys), Blocks(db, keys), trail, to, held.caller)
        await on.anchors.note(row.id, trail.written)
        await hurry(on, row.id)

    async def change(
        self, plan: str | None, limits: Mapping[str, int | float] | None, *, exactly: bool = False
    ) -> TenantCard:
        """Give the tenant another plan, or limits of its own: more of them, or `exactly` these."""
        held = _held(self)
        row = held.row
        plan = plan or row.plan
        own = dict(row.limits if limits is None else limits if exactly else {**row.limits, **limits})
        effective(plan, own)
        keys = await self._keys()
        await self._write_down("tenant.changed", row.id, keys)
        return await self._write(keys, replace(row, plan=plan, limits=own), held.status)

    def issuer(self) -> Standing:
        """Return where the tenant's own issuer stands, and nothing of what it is."""
        return standing_of(_held(self).foundation.ledger, _held(self).row.id)

    async def confirm_issuer(self, binding: Binding) -> Standing:
        """Bring the tenant's own issuer into force if it is the one that the operator names.

        Raises IssuerNotProposed, IssuerTaken.
        """
        held = _held(self)
        on, tenant = held.foundation, held.row.id
        if held.status is not TenantStatus.ACTIVE:
            raise WrongStatus(f"The tenant is {held.status}, not active.")
        keys = await self._keys()
        known = require_proposed(on.ledger, keys, binding)
        await point(on.store, on.ledger, tenant, binding)  # leads nowhere until the ledger says so
        if known.state == "confirmed":
            return known
        await self._write_down("issuer.confirmed", binding.issuer, keys)
        return await confirm(on.ledger, keys, binding)

    async def end_issuer(self) -> Standing:
        """Refuse the tokens of the tenant's own issuer from the next request on, until it is confirmed anew."""
        held = _held(self)
        on, tenant = held.foundation, held.row.id
        if self.issuer().state in {"none", "ended"}:
            return self.issuer()
        keys = await self._keys()
        await asyncio.to_thread(on.ledger.append, "issuer.ended", tenant, tenant)
        await unpoint(on.store, tenant)
        on.issuers.forget(tenant)
        await self._write_down("issuer.ended", tenant, keys)
        return self.issuer()

    async def _write_down(self, action: str, resource: str, keys: TenantKeys) -> None:
        """Add an entry to the tenant's audit."""
        held = _held(self)
        async with held.foundation.store.tenant(held.row.id, writes=True) as db:
            trail = AuditTrail(db, keys, held.caller)
            await trail.add(action, resource)
        await held.foundation.anchors.note(held.row.id, trail.written)

    async def _keys(self) -> TenantKeys:
        """Return the tenant's keys if its row is still the one held, and genuine: only that is signed anew."""
        held = _held(self)
        async with held.foundation.store.registry(writes=False) as db:
            now = await registry.find_tenant(db, held.row.id)
        keys = await held.foundation.keyring.open(held.row.id)
        if now != held.row or not keys.genuine(held.row.mac, Purpose.GRANTS, *held.row.granting()):
            raise RowChanged(
                "The tenant's row changed meanwhile or was edited outside the service. Look at it and try again."
            )
        return keys

    async def plant(self, place: str) -> str:
        """Return a new tripwire token of the tenant's own; InvalidPlace for a `place` that may not be logged."""
        held = _held(self)
        on, tenant = held.foundation, held.row.id
        if held.status is not TenantStatus.ACTIVE:
            raise WrongStatus(f"The tenant is {held.status}, not active.")
        keys = await self._keys()
        token = await on.tripwires.owners.issue(Owner(tenant, place))
        await self._write_down("tripwire.planted", tenant, keys)
        return token

    async def export(self) -> AsyncGenerator[bytes, None]:
        """Return everything the tenant has, sealed to the key that it gave itself: nobody here reads it. NoRecipient.

        It ends unfinished when the tenant is suspended, resumed or erased meanwhile.
        """
        held = _held(self)
        if held.status not in {TenantStatus.ACTIVE, TenantStatus.SUSPENDED}:
            raise WrongStatus(f"The tenant is {held.status}: there is nothing left to export.")
        return handed_over(held.foundation, await self._keys(), Handing(self.card(), held.row.epoch, held.caller))

    async def _move(self, before: TenantStatus, status: TenantStatus, ending: str) -> TenantCard:
        held = _held(self)
        row, on = held.row, held.foundation
        if held.status is not before:
            raise WrongStatus(f"The tenant is {held.status}, not {before}.")
        keys = await self._keys()
        moved = replace(row, status=status, epoch=row.epoch + 1)
        # The ledger first: from here on the change holds, also against a backup put back later. The registry last: a
        # crash anywhere in between leaves a tenant that is refused, and the same request brings it to its end.
        await asyncio.to_thread(on.ledger.append, ending, row.id, row.id)
        async with on.store.tenant(row.id, writes=True) as db:
            await set_epoch(db, keys, moved.epoch)
            trail = AuditTrail(db, keys, held.caller)
            await trail.add(ending, row.id)
        await on.anchors.note(row.id, trail.written, now=True)
        card = await self._write(keys, moved, status)
        await on.pool.park(row.id)
        on.keyring.evict(row.id)
        await on.chats.evict(row.id)
        return card

    async def _write(self, keys: TenantKeys, row: TenantRow, status: TenantStatus) -> TenantCard:
        held = _held(self)
        row = replace(row, mac=keys.mac(Purpose.GRANTS, *row.granting()))
        async with held.foundation.store.registry(writes=True) as db:
            if await registry.find_tenant(db, row.id) != held.row:
                raise RowChanged("The tenant was changed at the same moment. Look at it and try again.")
            await registry.update_tenant(db, row)
        return card_of(row, status)


async def counts_of(on: "Foundation", tenant: TenantId) -> dict[str, int]:
    """Return how many rows and blobs a tenant has, by store."""
    found = {}
    async with on.store.tenant(tenant, writes=False) as db:
        for table in tenant_tables.sorted_tables:
            query = sa.select(sa.func.count()).select_from(table).where(table.c.tenant_id == tenant)
            found[table.name] = int((await db.execute(query)).scalar_one())
    return found | {"blobs": len(await asyncio.to_thread(on.blobs.list, tenant))}


_issue, _held = vault(Custody, _Held)


def issue_custody(operator: Operator, reason: str, row: TenantRow, foundation: "Foundation") -> Custody:
    """Hand over custody of one tenant; for the mint alone."""
    if not reason.strip():
        raise ReasonMissing("State a reason: it is written into the tenant's audit.")
    return _issue(_Held(operator.caller(reason), foundation, row, standing(row, foundation.ledger)))
