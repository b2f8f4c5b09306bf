"""Keeps what operators offer the tenants of each plan, and tells a request what its tenant's plan is offered.

Rules this module enforces:

* A plan is offered nothing until an operator sets it.
* What is kept is sealed under a key of the deployment's own and bound to its plan; it never goes out.
* The ledger beside the keys says which offer is in force, by its version. So one that was replaced, suspended or
  removed is over with the next request in every process, and does not come back with an older database; a row that
  nobody set is no offer.
* A request reads the registry only where the offer is another than its process has met. Where it cannot be read, or
  does not open, the request is refused.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, final

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError

from tenancy.crypto.revocation_log import Ending, RevocationLog
from tenancy.errors import NotFound, Unavailable
from tenancy.ids import new_id
from tenancy.models.offers.offer import NOTHING, Offer, Status, renewed
from tenancy.plans import PLANS
from tenancy.sealing import Place, PurposeKey, SealBroken, seal, unseal
from tenancy.stores.schema import deployment

if TYPE_CHECKING:
    from tenancy.keys.local import LocalKeys
    from tenancy.stores.databases.store import Store, Transaction

_NOUN: Final = "offer"
_REMOVED: Final = "removed"
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the registry has of a plan's offer, in the version it was set as."""

    version: str
    provider: Mapping[str, str] = field(repr=False)


@final
class Offers:
    """The offers of a deployment, as one process knows them."""

    def __init__(self, store: "Store", keys: "LocalKeys", ledger: RevocationLog) -> None:
        """Keep them in `store`'s registry; `ledger` says what of it is in force."""
        self._store = store
        self._key = PurposeKey(keys.secret("offers"), 1)
        self._ledger = ledger
        self._met: dict[str, _Kept] = {}

    async def of(self, plan: str) -> Mapping[str, str] | None:
        """Return the provider that a plan's tenants are offered now, None for none.

        Raises what the stores raise, and SealBroken for a row that was edited.
        """
        version = self._version_in_force(plan)
        if version is None:
            self._met.pop(plan, None)
            return None
        met = self._met.get(plan)
        if met is None or met.version != version or not met.provider:
            known, met = met, await self._meet(plan)
            self._met[plan] = met
            if met.version and not met.provider and met != known:
                _log.error("offer.lost", plan=plan)
        return met.provider or None

    async def _meet(self, plan: str) -> _Kept:
        """Read what is in force; nothing where the registry does not have it in that version, or it ended meanwhile."""
        version = None
        for turn in (False, True):
            async with self._store.registry(writes=turn) as db:
                kept = await self._read(db, plan, turn=turn)
                version = self._version_in_force(plan)  # in its turn, no other process is half-way through a change
            if kept is not None and kept.version == version:
                return kept
        return _Kept(version or "", NOTHING)

    def _version_in_force(self, plan: str) -> str | None:
        entry = self._ledger.latest(_NOUN, plan)
        return None if entry is None or _status(entry) is not Status.ACTIVE else _version(entry)

    async def all(self) -> list[Offer]:
        """Return where every plan's offer stands, in the order of the plans."""
        async with self._store.registry(writes=False) as db:
            return [await self._standing(db, plan) for plan in PLANS]

    async def set(self, plan: str, given: Mapping[str, str | None]) -> Offer:
        """Offer a plan's tenants a provider; what is given was admitted before. One that is suspended stays so.

        Raises NotFound for a plan that there is not, OfferWithoutKey, KeyBoundElsewhere, InvalidProvider.
        """
        async with self._changing(plan) as (db, before):
            provider = renewed(before.provider, given)
            kept = _Kept(new_id("ofr"), provider)
            body = seal(self._key, _place(plan), json.dumps({"version": kept.version, "provider": provider}).encode())
            row = deployment.c.key == _row(plan)
            if (await db.execute(deployment.update().where(row).values(value=body))).rowcount == 0:
                await db.execute(deployment.insert().values(key=_row(plan), value=body))
            entry = self._ledger.latest(_NOUN, plan)
            suspended = entry is not None and _status(entry) is Status.SUSPENDED  # also one that was lost meanwhile
            return await self._say(plan, Status.SUSPENDED if suspended else Status.ACTIVE, kept)

    async def suspend(self, plan: str) -> Offer:
        """Let nobody use a plan's offer from the next request on; NotFound where there is none."""
        return await self._turn(plan, Status.SUSPENDED)

    async def resume(self, plan: str) -> Offer:
        """Let a plan's tenants use what they are offered again; NotFound where there is nothing."""
        return await self._turn(plan, Status.ACTIVE)

    async def _turn(self, plan: str, status: Status) -> Offer:
        async with self._changing(plan) as (db, before):
            kept = await self._read(db, plan)
            if kept is None or before.status not in {Status.ACTIVE, Status.SUSPENDED}:
                raise NotFound
            return before if before.status is status else await self._say(plan, status, kept)

    async def remove(self, plan: str) -> Offer:
        """Offer a plan's tenants nothing from the next request on, and destroy the key; NotFound where there is none.

        What cannot be read any more is removed all the same.
        """
        async with self._changing(plan) as (db, before):
            if before.status is Status.NONE:
                raise NotFound
            await db.execute(deployment.delete().where(deployment.c.key == _row(plan)))
            await asyncio.to_thread(partial(self._ledger.append, f"{_NOUN}.{_REMOVED}", plan, "", version=""))
        return Offer(plan, Status.NONE)

    @asynccontextmanager
    async def _changing(self, plan: str) -> AsyncIterator[tuple["Transaction", Offer]]:
        """Give a transaction in which nobody else changes the plan's offer, and how it stands."""
        if plan not in PLANS:
            raise NotFound
        try:
            async with self._store.registry(writes=True) as db:
                await db.execute(_mine(plan).with_for_update())
                yield db, await self._standing(db, plan)
        except IntegrityError:
            raise Unavailable(
                "records", "Another operator set it at the same moment. Look at it and try again."
            ) from None

    async def _say(self, plan: str, status: Status, kept: _Kept) -> Offer:
        """Put an offer into force or out of it; from here on it holds, also against a backup put back later."""
        noted = partial(self._ledger.append, f"{_NOUN}.{status}", plan, "", version=kept.version)
        return Offer(plan, status, (await asyncio.to_thread(noted)).at, kept.provider)

    async def _standing(self, db: "Transaction", plan: str) -> Offer:
        entry = self._ledger.latest(_NOUN, plan)
        if entry is None or _status(entry) is Status.NONE:
            return Offer(plan, Status.NONE)
        try:
            kept = await self._read(db, plan)
        except SealBroken:  # an operator must be able to see that, and to set it anew
            kept = None
        if kept is None or kept.version != _version(entry):
            return Offer(plan, Status.LOST, entry.at)
        return Offer(plan, _status(entry), entry.at, kept.provider)

    async def _read(self, db: "Transaction", plan: str, *, turn: bool = False) -> _Kept | None:
        query = _mine(plan).with_for_update() if turn else _mine(plan)
        body = (await db.execute(query)).scalar_one_or_none()
        return None if body is None else _Kept(**json.loads(unseal(self._key, _place(plan), body)))


def _mine(plan: str) -> sa.Select[tuple[Any]]:
    return sa.select(deployment.c.value).where(deployment.c.key == _row(plan))


def _row(plan: str) -> str:
    return f"{_NOUN}:{plan}"


def _place(plan: str) -> Place:
    return Place("deployment", "deployment", _row(plan), "value")


def _version(entry: Ending) -> str:
    return entry.data["version"]


def _status(entry: Ending) -> Status:
    word = entry.kind.removeprefix(f"{_NOUN}.")
    return Status.NONE if word == _REMOVED else Status(word)
