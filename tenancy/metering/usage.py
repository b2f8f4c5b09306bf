"""What a tenant has spent, added up from its ledger by day, app, feature and model."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, Self, final

import sqlalchemy as sa

from tenancy.ids import TenantId
from tenancy.keys.tenant_keys import TenantKeys
from tenancy.metering.book import Booked, stands_for, words
from tenancy.metering.catalogue import Kind
from tenancy.metering.listing import LedgerRow, Place, page
from tenancy.metering.spending import Payer
from tenancy.stores.databases.store import Transaction
from tenancy.stores.schema import usage

_DAY_SECONDS: Final = 86_400
_OWN: Final = sa.case((usage.c.payer == Payer.OWN, usage.c.cost), else_=0)
_STORED: Final = usage.c.kind == Kind.STORAGE
SUMS: Final = (
    sa.func.sum(sa.case((_STORED, 0), else_=1)).label("calls"),
    sa.func.sum(usage.c.opens).label("opened"),
    sa.func.sum(1 - usage.c.exact).label("estimated"),
    sa.func.sum(usage.c.prompt_tokens).label("prompt_tokens"),
    sa.func.sum(usage.c.completion_tokens).label("completion_tokens"),
    sa.func.sum(usage.c.embedding_tokens).label("embedding_tokens"),
    sa.func.sum(usage.c.byte_days).label("byte_days"),
    sa.func.sum(usage.c.cost).label("cost"),
    sa.func.sum(_OWN).label("own"),
    sa.func.sum(usage.c.covered).label("covered"),
    sa.func.sum(usage.c.charge).label("charge"),
)
"""The sums of a ledger's rows, named as the fields of `Totals`."""


class Group(StrEnum):
    """What a report can be divided by."""

    DAY = "day"
    APP = "app"
    FEATURE = "feature"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over a ledger's rows, amounts in micro-dollars; `own` of the `cost` was charged to the tenant's own key.

    `opened` counts requests, `calls` calls to models, `estimated` those of them whose end never became known.
    `byte_days` are bytes kept for a day each. `covered` is part of the plan; `charge` is to be paid to the platform.
    """

    calls: int = 0
    opened: int = 0
    estimated: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    embedding_tokens: int = 0
    byte_days: int = 0
    cost: int = 0
    own: int = 0
    covered: int = 0
    charge: int = 0

    def plus(self, other: Self) -> "Totals":
        """Return the sum of two."""
        return Totals(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    @classmethod
    def of(cls, row: object) -> "Totals":
        """Return the sums that a row of `SUMS` holds."""
        return cls(*(int(getattr(row, each.name)) for each in fields(cls)))

    def named(self) -> dict[str, int]:
        """Return the sums by name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


@dataclass(frozen=True, slots=True)
class Line:
    """One group of a report: the words it was divided by, in the asked order."""

    words: tuple[str, ...]
    totals: Totals


@final
class TenantUsage:
    """The ledger of the tenant whose transaction this is, for reading."""

    def __init__(self, db: Transaction, keys: TenantKeys) -> None:
        """Bind to an open transaction."""
        self._db = db
        self._keys = keys

    async def report(self, since: float, until: float, groups: Sequence[Group]) -> list[Line]:
        """Return sums of the calls from `since` on and before `until` (epoch seconds), sorted by their words.

        Every call is in exactly one line, so the lines add up to the ledger. SealBroken for words that do not open, or
        are not there.
        """
        by = (usage.c.day, usage.c.label)
        query = sa.select(*by, *SUMS).where(within(self._keys.tenant, since, until)).group_by(*by)
        rows = (await self._db.execute(query)).all()
        booked = await words(self._db, self._keys)
        lines: dict[tuple[str, ...], Totals] = {}
        for row in rows:
            told = stands_for(booked, row.label)
            named = tuple(_word(group, row.day, told) for group in groups)
            lines[named] = lines.get(named, Totals()).plus(Totals.of(row))
        return [Line(named, totals) for named, totals in sorted(lines.items())]

    async def page(self, limit: int, after: Place | None) -> tuple[Sequence[LedgerRow], Place | None]:
        """Return up to `limit` rows one by one, day by day from the oldest on, and where the next page begins."""
        return await page(self._db, self._keys, limit, after)


def _word(group: Group, day: int, booked: Booked) -> str:
    if group is Group.DAY:
        return day_text(day)
    return str(getattr(booked, group))


def within(tenant: TenantId, since: float, until: float) -> sa.ColumnElement[bool]:
    """Select a tenant's rows from `since` on and before `until`, by whole days first: those have an index."""
    whole = usage.c.day.between(int(since // _DAY_SECONDS), int(until // _DAY_SECONDS))
    return sa.and_(usage.c.tenant_id == tenant, whole, usage.c.at >= since, usage.c.at < until)


def day_text(day: int) -> str:
    """Return whole days since 1970-01-01 as a date."""
    return datetime.fromtimestamp(day * _DAY_SECONDS, UTC).date().isoformat()
