"""The rows of a tenant's ledger one by one, with the words they are booked under, for its tenant alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tenancy.keys.tenant_keys import TenantKeys
from tenancy.metering.book import Booked, stands_for, words
from tenancy.stores.databases.store import Transaction
from tenancy.stores.schema import usage


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A row as its tenant reads it: `at` in epoch seconds, amounts in whole micro-dollars.

    `listed_model` is what the catalogue of prices calls the model. `first_of_request` tells the call that a request is
    counted by; not `exact`: the call is under way or its end never became known, and what was estimated stands.
    `included` is part of the plan, `charged` is to be paid to the platform.
    """

    id: str
    at: float
    kind: str
    payer: str
    app: str
    feature: str
    model: str
    client: str
    listed_model: str
    first_of_request: bool
    exact: bool
    prompt_tokens: int
    completion_tokens: int
    embedding_tokens: int
    byte_days: int
    cost_microusd: int
    included_microusd: int
    charged_microusd: int
    price_version: str
    plan: str
    tariff_version: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the ledger ends: the day and the id of its last row."""

    day: int
    id: str


async def page(
    db: Transaction, keys: TenantKeys, limit: int, after: Place | None
) -> tuple[Sequence[LedgerRow], Place | None]:
    """Return up to `limit` rows, day by day from the oldest on, and the place after which the next page begins.

    SealBroken for a row whose words do not open, or are not there.
    """
    query = sa.select(usage).where(usage.c.tenant_id == keys.tenant)
    if after is not None:
        beyond = sa.or_(usage.c.day > after.day, usage.c.id > after.id)
        query = query.where(usage.c.day >= after.day, beyond)
    rows = (await db.execute(query.order_by(usage.c.day, usage.c.id).limit(limit + 1))).all()
    booked = await words(db, keys)
    following = Place(rows[limit - 1].day, rows[limit - 1].id) if len(rows) > limit else None
    return [_read(row, stands_for(booked, row.label)) for row in rows[:limit]], following


def _read(row: sa.Row[tuple[Any, ...]], booked: Booked) -> LedgerRow:
    return LedgerRow(
        row.id, row.at, row.kind, row.payer, booked.app, booked.feature, booked.model, booked.client, row.model,
        bool(row.opens), bool(row.exact), row.prompt_tokens, row.completion_tokens, row.embedding_tokens,
        row.byte_days, row.cost, row.covered, row.charge, row.price, row.plan, row.tariff,
    )  # fmt: skip
