"""A deployment with prices and terms that change, whose tenants keep what a test says, on a day that a test says."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tenancy.foundation import Foundation
from tenancy.metering.catalogue import Catalogue
from tenancy.stores.databases.postgres import PostgresStore
from tenancy.stores.databases.sqlite import SqliteStore
from tenancy.stores.databases.store import Store
from tenancy.stores.schema import state, usage
from tests.tenancy.building import House, Resident, house
from tests.tenancy.lifecycle import rounds
from tests.tenancy.metering.tariffs import at, tariff_of
from tests.tenancy.stores.cluster import Database

DAY = 86_400.0
SINCE, UNTIL = at("2026-01-01"), at("2026-07-01")
NOON = at("2026-01-10T12:00:00")
GB = 10**9
_PRICES = """
version: test
models:
  small:
    - {from: 1970-01-01, prompt: 1, completion: 1}
unlisted:
  - {from: 1970-01-01, prompt: 10, completion: 30, embedding: 1}
storage:
  - {from: 1970-01-01, gigabyte_month: 0.08}
  - {from: 2026-03-01, gigabyte_month: 0.1}
"""


@dataclass(frozen=True, slots=True)
class Stores:
    """How another process of the deployment reaches the same records."""

    another: Callable[[], Store]


@pytest.fixture(params=["sqlite", "postgresql"])
def stores(request: pytest.FixtureRequest, folder: Path) -> Stores:
    """Return the records in each kind of database."""
    if request.param == "sqlite":
        return Stores(lambda: SqliteStore(folder / "data"))
    database: Database = request.getfixturevalue("database")
    return Stores(lambda: PostgresStore(database.owner))


@pytest.fixture
async def home(folder: Path, stores: Stores) -> AsyncIterator[House]:
    """Yield a deployment with prices and terms that change."""
    prices = folder / "prices.yaml"
    prices.write_text(_PRICES, encoding="utf-8")
    async with house(folder, store=stores.another()) as opened:
        foundation = replace(opened.foundation, prices=Catalogue.load(prices), tariff=tariff_of(folder))
        yield replace(opened, foundation=foundation)


async def look(on: Foundation, moment: float) -> int:
    return await rounds.booked(on, lambda: moment)


async def keep(home: House, one: Resident, kept: int) -> None:
    """Let so many bytes count against the tenant's limit."""
    await home.execute(one.id, state.update().where(state.c.tenant_id == one.id).values(bytes=kept))


async def booked(home: House, one: Resident, among: sa.Table = usage) -> list[Any]:
    async with home.foundation.store.tenant(one.id, writes=False) as db:
        return list(await db.execute(sa.select(among).where(among.c.tenant_id == one.id).order_by(among.c.day)))
