"""Reserves a tenant's budgets before models are called, and settles them with what the calls took.

Rules this module enforces:

* Nothing is asked of a model before what it may take is held of every budget, in one step.
* The ledger of calls is the truth. A counter begins with what the ledger holds of its period, and begins anew every
  hour, so that whatever a crash or a lost store left wrong in it does not stay.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, final

import sqlalchemy as sa

from tenancy.ids import ClientId
from tenancy.keys.tenant_keys import TenantKeys
from tenancy.limits.budgets import PER_MINUTE, Budget, BudgetExceeded, Planned, in_force
from tenancy.limits.holds import Claim, Full, Held, Unknown
from tenancy.limits.standing import RateLimited, Standing, after
from tenancy.limits.tier import Tier
from tenancy.metering.book import words
from tenancy.metering.catalogue import Kind
from tenancy.metering.money import PER_DOLLAR
from tenancy.metering.spending import Spent
from tenancy.stores.databases.store import Transaction
from tenancy.stores.schema import usage

if TYPE_CHECKING:
    from tenancy.foundation import Foundation

_KEEP_SECONDS: Final = 3600.0
_LEASE_SECONDS: Final = 600.0  # longer than any answer takes; a reservation nobody settles is free again after it


@dataclass(frozen=True, slots=True)
class Reserved:
    """What is held, and of which budgets."""

    held: Held
    budgets: tuple[Budget, ...]


@final
class Spending:
    """The budgets of one tenant, and of its client where that has some."""

    def __init__(self, tiers: Sequence[Tier], foundation: "Foundation") -> None:
        """Keep to the limits of all `tiers`."""
        self._tiers, self._on = tiers, foundation

    def _in_force(self, now: float) -> list[Budget]:
        return [budget for tier in self._tiers for budget in in_force(tier, now)]

    async def reserve(self, planned: Sequence[Planned]) -> Reserved | None:
        """Hold what the calls may take; None where they take nothing. Raises RateLimited, BudgetExceeded."""
        now = time.time()
        guesses = [self._on.prices.estimate(each.model, each.kind, each.characters, each.most, now) for each in planned]
        tokens = sum(guess.prompt_tokens + guess.completion_tokens for guess in guesses)
        money = sum(guess.cost.amount for guess in guesses)
        wanted = [(each, money if each.in_money else tokens) for each in self._in_force(now)]
        budgets = tuple(each for each, amount in wanted if amount)
        claims = [_claim(each, amount, now) for each, amount in wanted if amount]
        taken = await self._on.counters.holds.take(claims, _LEASE_SECONDS) if claims else None
        if isinstance(taken, Unknown):
            recorded = await self._recorded(budgets)
            claims = [replace(claim, known=known) for claim, known in zip(claims, recorded, strict=True)]
            taken = await self._on.counters.holds.take(claims, _LEASE_SECONDS)
        if isinstance(taken, Full):
            await self._refuse(budgets[taken.at], now)
        return Reserved(taken, budgets) if isinstance(taken, Held) else None

    async def settle(self, reserved: Reserved | None, spent: Sequence[Spent]) -> None:
        """Give back what was reserved, and count what was spent."""
        if reserved is not None:
            await self._on.counters.holds.settle(reserved.held, _amounts(reserved.budgets, spent))

    async def count(self, spent: Sequence[Spent]) -> None:
        """Count what was spent by work that reserves nothing, such as reading documents in.

        Not towards the minute: one upload would have every question refused until it has passed.
        """
        budgets = [each for each in self._in_force(time.time()) if each.name != PER_MINUTE]
        nothing = Held("", tuple(each.counter for each in budgets))
        await self._on.counters.holds.settle(nothing, _amounts(budgets, spent))

    async def standings(self) -> list[Standing]:
        """Return how the tenant stands on its budgets; money in dollars."""
        budgets = self._in_force(time.time())
        used = [(await self._on.counters.holds.used(each.counter))[0] for each in budgets]
        if None in used:
            recorded = await self._recorded(budgets)
            used = [known if kept is None else kept for kept, known in zip(used, recorded, strict=True)]
        return [
            Standing(each.tier.named(each.name), each.tier.limits[each.name], _shown(each, amount or 0), each.resets_at)
            for each, amount in zip(budgets, used, strict=True)
        ]

    async def _recorded(self, budgets: Sequence[Budget]) -> list[int]:
        """Return what the ledger holds of each budget's period; nothing for a minute, which it is not asked about."""
        found = dict[tuple[ClientId | None, int], tuple[int, int]]()
        keys = await self._on.keyring.open(self._tiers[0].tenant)
        async with self._on.store.tenant(keys.tenant, writes=False) as db:
            for budget in budgets:
                if budget.since is not None and (budget.tier.client, budget.since) not in found:
                    found[budget.tier.client, budget.since] = await sums(db, keys, budget.tier.client, budget.since)
        return [0 if each.since is None else found[each.tier.client, each.since][each.in_money] for each in budgets]

    async def _refuse(self, budget: Budget, now: float) -> None:
        used, _ = await self._on.counters.holds.used(budget.counter)
        if (used or 0) < budget.most:
            wait, why = 0.0, "what is left is held by requests under way. Try again when they are done"
        else:
            wait, why = budget.resets_at - now, "it is used up"
        refusal = RateLimited if budget.name == PER_MINUTE else BudgetExceeded
        raise refusal(f"{budget.tier.who}, `{budget.name}`: {why}.", headers=after(wait))


_TOKENS: Final = usage.c.prompt_tokens + usage.c.completion_tokens + usage.c.embedding_tokens
_SUMS: Final = sa.select(
    sa.func.coalesce(sa.func.sum(_TOKENS), 0).label("tokens"),
    sa.func.coalesce(sa.func.sum(usage.c.cost), 0).label("money"),
).where(usage.c.tenant_id == sa.bindparam("tenant"), usage.c.day >= sa.bindparam("since"), usage.c.kind != Kind.STORAGE)


async def sums(db: Transaction, keys: TenantKeys, client: ClientId | None, since: int) -> tuple[int, int]:
    """Return the tokens and micro-dollars of the ledger from a day on: all of a tenant's, or one client's."""
    asked = _SUMS
    if client is not None:  # whose a call was is sealed with the words it is booked under
        booked = await words(db, keys)
        asked = asked.where(usage.c.label.in_([label for label, each in booked.items() if each.client == client]))
    row = (await db.execute(asked, {"tenant": keys.tenant, "since": since})).one()
    return int(row.tokens), int(row.money)


def _claim(budget: Budget, amount: int, now: float) -> Claim:
    known = 0 if budget.since is None else None
    return Claim(budget.counter, amount, budget.most, known, min(_KEEP_SECONDS, budget.resets_at - now))


def _amounts(budgets: Sequence[Budget], spent: Sequence[Spent]) -> list[int]:
    tokens, money = sum(each.tokens for each in spent), sum(each.cost for each in spent)
    return [money if each.in_money else tokens for each in budgets]


def _shown(budget: Budget, amount: int) -> float:
    return amount / PER_DOLLAR if budget.in_money else amount
