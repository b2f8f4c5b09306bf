"""Records every call to a model that one caller makes: before a provider is asked, and again when it has answered.

Rules this module enforces:

* A call at a provider has its row before it is sent, with what it may take; the row becomes exact when the provider has
  answered, and goes when the call surely cost nothing. So a call whose end is never known (the process was killed, the
  request cancelled, the answer lost) stands in the ledger with its estimate: too much rather than nothing.
* A row can be begun only while the tenant stands where the caller was admitted; it can be settled always.
* Nothing waits for a provider inside a transaction.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final, final

from tenancy.errors import ServiceError
from tenancy.ids import new_id
from tenancy.keys.tenant_keys import TenantKeys
from tenancy.metering import book
from tenancy.metering.catalogue import Kind
from tenancy.metering.money import NOTHING
from tenancy.metering.spending import Payer, Settle, Spent
from tenancy.metering.together import Work
from tenancy.models.provider import surely_unspent
from tenancy.scope import TenantScope, epoch_of
from tenancy.stores.databases.store import Transaction

if TYPE_CHECKING:
    from tenancy.foundation import Foundation


@final
class OpenCall:
    """A call that is under way: since when, and what it took, estimated until it is `answered`."""

    def __init__(self, entry: book.Entry, spent: Spent) -> None:
        """Begin as `entry` says, with the estimate."""
        self.entry: Final = entry
        self.spent = spent
        self.answered = False


@final
class Meter:
    """The calls of one caller, which over HTTP is one request, and in the worker one job."""

    def __init__(self, keys: TenantKeys, scope: TenantScope, foundation: "Foundation", plan: str) -> None:
        """Book for the caller of `scope`, as the tenant's `plan` is charged."""
        self._keys = keys
        self._scope = scope
        self._on = foundation
        self._plan = plan
        self._settles: list[Settle] = []
        self._calls: dict[str, Spent] = {}

    @property
    def spent(self) -> tuple[Spent, ...]:
        """What was spent up to now, call by call; one under way, or lost, with its estimate."""
        return tuple(self._calls.values())

    def attach(self, settle: Settle) -> None:
        """Have `settle` run once for each later call, when what it took is known: the hook for limits and budgets.

        It runs inside the transaction that writes the call's row, so what it writes there stands exactly if the row
        does, and it must wait for nothing else. It is told of every call that has an end: with the provider's own
        count; with the estimate (`exact` is false) where the answer was lost; with nothing spent where the provider was
        not reached. It also runs when the request was cancelled or the tenant suspended meanwhile. Only when the
        process dies over a call it does not run: then the reservation that was made for it stands, as the row does.

        Whoever needs no transaction reads `spent` in a `finally` instead.
        """
        self._settles.append(settle)

    async def count(self, kind: Kind, model: str, payer: Payer, tokens: int) -> None:
        """Record a call whose tokens are known before it is made, as those of a local model are."""
        entry = self._entry(model)
        cost = self._on.prices.cost(model, kind, tokens, 0, entry.at)
        spent = Spent(kind, model, payer, tokens, 0, cost.amount, cost.price_version)

        async def work(db: Transaction) -> None:
            await self._begin(db, entry, spent)
            for settle in self._settles:
                await settle(db, spent)

        self._calls[entry.call] = spent
        await self._write(work)

    @asynccontextmanager
    async def call(
        self, kind: Kind, model: str, payer: Payer, *, characters: int, most: int
    ) -> AsyncIterator[OpenCall]:
        """Record a call to a provider around the block that makes it; the block says what it took with `took`.

        `characters` of prompt and at most so many tokens of answer are what is written until then.
        """
        entry = self._entry(model)
        guess = self._on.prices.estimate(model, kind, characters, most, entry.at)
        spent = Spent(
            kind, model, payer, guess.prompt_tokens, guess.completion_tokens, guess.cost.amount,
            guess.cost.price_version, exact=False,
        )  # fmt: skip
        self._calls[entry.call] = spent
        under_way = OpenCall(entry, spent)
        try:
            await self._write(lambda db: self._begin(db, entry, spent))
        except ServiceError:
            del self._calls[entry.call]  # there is no row, and nothing is sent
            raise
        except asyncio.CancelledError:  # nothing is sent, and the row may be on its way
            await self._end(under_way, reached=False)
            raise
        reached = True
        try:
            yield under_way
        except ServiceError as error:
            reached = under_way.answered or not surely_unspent(error)
            raise
        finally:
            await self._end(under_way, reached=reached)

    def took(self, call: OpenCall, prompt_tokens: int, completion_tokens: int) -> Spent:
        """Note what a provider counted for a call; it is written when the call's block ends."""
        was = call.spent
        cost = self._on.prices.cost(was.model, was.kind, prompt_tokens, completion_tokens, call.entry.at)
        call.spent = replace(
            was, prompt_tokens=prompt_tokens, completion_tokens=completion_tokens, cost=cost.amount,
            price_version=cost.price_version, exact=True,
        )  # fmt: skip
        call.answered = True
        return call.spent

    async def _end(self, under_way: OpenCall, *, reached: bool) -> None:
        spent, entry = under_way.spent, under_way.entry
        if not reached:
            spent = replace(spent, prompt_tokens=0, completion_tokens=0, cost=NOTHING, exact=True)
        self._calls[entry.call] = spent

        async def work(db: Transaction) -> None:
            if reached:
                await book.settle(db, self._keys, entry, spent)
            else:
                await book.void(db, self._keys, entry, spent)
            for settle in self._settles:
                await settle(db, spent)

        await self._write(work)

    def _entry(self, model: str) -> book.Entry:
        """Return the entry of a call that is made now."""
        who, at = self._scope.caller, time.time()
        booked = book.Booked(who.app, who.feature, model, who.client)
        rates = self._on.tariff.rates(self._plan, at)
        return book.Entry(new_id("use"), at, booked, self._on.prices.listed(model), rates, opens=not self._calls)

    async def _begin(self, db: Transaction, entry: book.Entry, spent: Spent) -> None:
        await book.add(db, self._keys, epoch_of(self._scope), entry, spent)

    async def _write(self, work: Work) -> None:
        await self._on.together.write(self._on.store, self._keys.tenant, work)
        self._on.tally.note(self._keys.tenant)
