"""The budgets of tokens and money that are in force at a moment, and what planned calls to models may take of them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final

from tenancy.errors import ServiceError
from tenancy.limits.holds import MOST
from tenancy.limits.tier import Tier
from tenancy.metering.catalogue import Kind
from tenancy.metering.money import PER_DOLLAR

PER_MINUTE: Final = "tokens_per_minute"
DAILY: Final = "daily_tokens"
MONTHLY: Final = "monthly_tokens"
MONEY: Final = "monthly_usd"
_MINUTE: Final = 60
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class BudgetExceeded(ServiceError):
    """The tenant's tokens or money of a day or a month are used up."""

    status: ClassVar[int] = 429
    code: ClassVar[str] = "budget_exceeded"
    title: ClassVar[str] = "The budget is used up"


@dataclass(frozen=True, slots=True)
class Planned:
    """A call to a model that is going to be made, at most: characters of prompt, tokens of answer."""

    model: str
    kind: Kind
    characters: int
    most: int = 0


@dataclass(frozen=True, slots=True)
class Budget:
    """One limit of a tier within one period, in tokens or micro-dollars.

    `period` is part of its counter's name; `since` is the period's first day in the ledger (whole days since
    1970-01-01, UTC), None where the ledger is not asked; `resets_at` is in epoch seconds.
    """

    tier: Tier
    name: str
    period: str
    most: int
    resets_at: float
    since: int | None

    @property
    def counter(self) -> str:
        """The name of its counter."""
        return self.tier.counter(self.name, self.period)

    @property
    def in_money(self) -> bool:
        """Whether it counts micro-dollars."""
        return self.name == MONEY


def in_force(tier: Tier, at: float) -> list[Budget]:
    """Return the budgets of a tier for the minute, the day and the month (UTC) of a moment in epoch seconds."""
    day = datetime.fromtimestamp(at, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    month = day.replace(day=1)
    following = (month + timedelta(days=32)).replace(day=1)
    minute = at // _MINUTE
    periods = {
        PER_MINUTE: (f"{minute:.0f}", (minute + 1) * _MINUTE, None),
        DAILY: (f"{day:%Y-%m-%d}", (day + timedelta(days=1)).timestamp(), (day - _EPOCH).days),
        MONTHLY: (f"{month:%Y-%m}", following.timestamp(), (month - _EPOCH).days),
        MONEY: (f"{month:%Y-%m}", following.timestamp(), (month - _EPOCH).days),
    }
    return [
        Budget(tier, name, period, _whole(tier.limits[name], PER_DOLLAR if name == MONEY else 1), resets_at, since)
        for name, (period, resets_at, since) in periods.items()
        if name in tier.limits
    ]


def _whole(limit: float, parts: int) -> int:
    return round(min(limit * parts, MOST))
