"""The watch over tripwires: recognise, tell the caller's own from foreign ones, sound the alarm.

Rules this module enforces:

* Foreign is whatever the table of owners does not give to the caller: also a token of nobody's.
* An alarm is written down, and stands in the trail of the tenant that met the token, before anything else is done;
  where that fails the request fails. The trail names no other tenant.
"""

import time
from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, final

import structlog

from tenancy.anomalies.activity import Done
from tenancy.ids import DocumentId
from tenancy.keys.local import LocalKeys
from tenancy.sealing import PurposeKey
from tenancy.stores.databases.store import Store
from tenancy.tripwires.alarms import Alarm, Alarms, Surface, new_alarm_id
from tenancy.tripwires.owners import Owner, Owners
from tenancy.tripwires.tokens import Recogniser, Token

if TYPE_CHECKING:
    from tenancy.compartment import Compartment

_log = structlog.get_logger()


@final
class Tripwires:
    """The tripwires of a deployment, as one process sees them."""

    def __init__(self, keys: LocalKeys, store: Store, ring: Callable[[Alarm], None]) -> None:
        """Keep the tables in `store`'s registry; `ring` is told about every alarm."""
        self.key = PurposeKey(keys.secret("tripwires"), 1)
        self.recogniser = Recogniser(keys)
        self.owners = Owners(store, self.key, self.recogniser)
        self.alarms = Alarms(store, self.key)
        self._ring = ring

    async def sound(
        self, token: Token, owner: Owner | None, seen_by: str, surface: Surface, request: str, *, blocked: bool
    ) -> Alarm:
        """Write an alarm down, log it and count it."""
        whose, place, drill = ("", "", False) if owner is None else (owner.tenant, owner.place, owner.drill)
        alarm = Alarm(new_alarm_id(), str(token), whose, place, seen_by, surface, blocked, drill, request)
        alarm = await self.alarms.record(token, alarm)
        self._ring(alarm)
        if blocked or alarm.count == 1:
            say = _log.error if blocked or surface is Surface.PROBE else _log.warning
            say(
                "tripwire.found", alarm=alarm.id, owner=whose, place=place, seen_by=seen_by, surface=surface,
                blocked=blocked, drill=drill, request_id=request,
            )  # fmt: skip
        return alarm


@final
class TenantTripwires:
    """What one caller's compartment knows of tripwires."""

    def __init__(self, on: Tripwires, compartment: "Compartment") -> None:
        """Judge for the tenant and the caller of `compartment`."""
        self._on = on
        self._compartment = compartment

    @property
    def recogniser(self) -> Recogniser:
        """What recognises a token in any text."""
        return self._on.recogniser

    def found(self, *texts: str) -> frozenset[Token]:
        """Return every token in `texts`; a pure function of the key and the texts."""
        return frozenset(token for text in texts for token in self._on.recogniser.found(text))

    async def foreign(self, tokens: Iterable[Token]) -> frozenset[Token]:
        """Return which of the tokens are not this tenant's own; costs nothing where there are none."""
        every = frozenset(tokens)
        if not every:
            return every
        owners = await self._on.owners.find({token.owner for token in every})
        mine = self._compartment.card().id
        return frozenset(token for token in every if token.owner not in owners or owners[token.owner].tenant != mine)

    async def arrived(self, documents: Iterable[DocumentId]) -> frozenset[str]:
        """Return the names of the foreign tokens that came in with the tenant's own documents of these ids."""
        names: set[str] = set()
        async with self._compartment.snapshot() as records:
            for document in frozenset(documents):
                names |= await records.documents.arrived(document)
        return frozenset(names)

    async def sound(self, tokens: Collection[Token], surface: Surface, *, blocked: bool) -> None:
        """Sound the alarm for foreign tokens: an operator sees whose and where, the tenant's own trail that it rang."""
        if not tokens:
            return
        owners = await self._on.owners.find({token.owner for token in tokens})
        caller, seen_by = self._compartment.caller, self._compartment.card().id
        for token in sorted(tokens):
            owner = owners.get(token.owner)
            alarm = await self._on.sound(token, owner, seen_by, surface, caller.request, blocked=blocked)
            if blocked or alarm.count == 1:
                async with self._compartment.begin() as records:
                    await records.audit.add(f"tripwire.{surface}", alarm.id, "blocked" if blocked else "noticed")
                    await records.activity.count(time.time(), Done(canaries=1))
                self._compartment.audit.press()
